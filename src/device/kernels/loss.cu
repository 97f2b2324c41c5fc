// The loss of PPO, and its gradient by the network's outputs: the formulas of `learn/ppo/loss.rs`, in the same order.
//
// One thread a row of the minibatch, which is row `indices[i]` of the rollout. Each block sums its rows in f64, in an
// order that depends on nothing but the number of rows; `ppo_loss_total` sums the blocks.

#include "distribution.cuh"
#include "sums.cuh"

// Terms of the loss. All but the last are summed over rows.
enum Term { POLICY, VALUE, ENTROPY, BOUNDS, CLIP_FRACTION, APPROX_KL, KL, N_TERMS };

// Settings of the loss.
struct Settings {
    float clip;
    float value;
    float entropy;
    float bounds;
    float soft_bound;
    // Whether the loss of the value is clipped too: 0 or 1.
    float clip_value_loss;
};

// A loss and its derivative.
struct Slope {
    float loss;
    float slope;
};

__device__ inline Slope policy_loss(const Settings &settings, float ratio, float advantage) {
    float surrogate = ratio * advantage;
    float clipped_ratio = math::clamp(ratio, 1.0f - settings.clip, 1.0f + settings.clip);
    float clipped_surrogate = clipped_ratio * advantage;
    if (surrogate <= clipped_surrogate) return {-surrogate, -surrogate};
    return {-clipped_surrogate, 0.0f};
}

__device__ inline Slope value_loss(const Settings &settings, float value, float old_value, float ret) {
    float error = value - ret;
    float change = value - old_value;
    float clipped_value = old_value + math::clamp(change, -settings.clip, settings.clip);
    float clipped_error = clipped_value - ret;
    float loss = error * error, clipped_loss = clipped_error * clipped_error;
    bool is_clipped = fabsf(change) > settings.clip;
    if (settings.clip_value_loss != 0.0f && is_clipped && clipped_loss > loss) return {clipped_loss, 0.0f};
    return {loss, 2.0f * error};
}

__device__ inline Slope bounds_loss(const Settings &settings, float mean) {
    float above = fmaxf(mean - settings.soft_bound, 0.0f);
    float below = fmaxf(-settings.soft_bound - mean, 0.0f);
    return {above * above + below * below, 2.0f * (above - below)};
}

// What the loss reads of the rollout. `actions` have shape (rows, action_dim), the others (rows,).
struct Samples {
    const float *actions;
    const float *log_probs;
    const float *advantages;
    const float *returns;
    const float *values;
    // Mean and deviation of advantages.
    const double *standard;
};

// The policy's terms of a row by its log-probability; returns the derivative by that.
__device__ inline float policy_row(
    const Settings &settings, const Samples &samples, size_t row, float log_prob, double *terms
) {
    double deviation = double(samples.advantages[row]) - samples.standard[0];
    float advantage = float(deviation / samples.standard[1]);
    float log_ratio = log_prob - samples.log_probs[row];
    float ratio = math::exp(log_ratio);
    Slope policy = policy_loss(settings, ratio, advantage);
    float change = ratio - 1.0f;
    terms[POLICY] = double(policy.loss);
    terms[APPROX_KL] = double(change - log_ratio);
    terms[CLIP_FRACTION] = fabsf(change) > settings.clip ? 1.0 : 0.0;
    return policy.slope;
}

// The value's term of a row; returns the derivative by the value.
__device__ inline float value_row(
    const Settings &settings, const Samples &samples, size_t row, float value, double *terms
) {
    Slope slope = value_loss(settings, value, samples.values[row], samples.returns[row]);
    terms[VALUE] = double(slope.loss);
    return settings.value * slope.slope;
}

// Sums the terms of all threads of a block into its partial sums.
__device__ inline void sum_terms(Columns &columns, const double *terms, double *partial) {
    for (unsigned k = 0; k < N_TERMS; k++) columns.numbers[k][threadIdx.x] = terms[k];
    double sum = sum_columns(columns, N_TERMS);
    if (threadIdx.x < N_TERMS) partial[threadIdx.x] = sum;
}

// Of normal distributions. `outputs` and `gradient` have shape (n_rows, n_outputs); `params`, shape (rows, 2 n), gets
// the new ones. `partials`, shape (blocks, N_TERMS + n), are the sums of the terms, then of the gradient by `log_std`.
//
// With z = (a - mean) / std: d log p / d mean = z / std, d log p / d ln std = z^2 - 1.
extern "C" __global__ void ppo_loss_gaussian(
    const float *outputs, const float *log_std, const unsigned *indices, const float *actions, const float *log_probs,
    const float *advantages, const float *returns, const float *values, const double *standard, float *params,
    const float *settings_of, float *gradient, double *partials, unsigned n_rows, unsigned n, unsigned flags
) {
    __shared__ Columns columns;
    Settings settings = *(const Settings *)settings_of;
    Samples samples = {actions, log_probs, advantages, returns, values, standard};
    unsigned i = blockIdx.x * BLOCK + threadIdx.x;
    bool is_row = i < n_rows;
    unsigned n_head = flags & LOG_STD_NETWORK ? 2 * n : n;
    unsigned width = N_TERMS + (flags & LOG_STD_PARAMETER ? n : 0);
    double *partial = partials + size_t(blockIdx.x) * width;
    // Threads without a row read the first one and count for nothing.
    size_t row = is_row ? indices[i] : indices[0];
    size_t place = is_row ? i : 0;
    const float *output = outputs + place * (n_head + 1);
    float *slopes = gradient + place * (n_head + 1);
    const float *action = actions + row * n;
    float weight = 1.0f / float(n_rows);

    Gaussian gaussian(output, log_std, n, flags);
    double terms[N_TERMS] = {};
    float log_normalizer = gaussian.log_normalizer();
    float log_prob = gaussian.log_prob(action, log_normalizer);
    if (flags & SQUASH) log_prob = log_prob - squash_correction(action, n);
    float slope = policy_row(settings, samples, row, log_prob, terms);
    float by_value = value_row(settings, samples, row, output[n_head], terms);
    // Another block writes the parameters of the first row.
    if (is_row) terms[KL] = double(gaussian.divergence(params + row * 2 * n));
    float entropy = log_normalizer + 0.5f * float(n);

    for (unsigned first = 0; first < n; first += GROUP) {
        unsigned n_columns = n - first < GROUP ? n - first : GROUP;
        for (unsigned k = 0; k < n_columns; k++) {
            unsigned j = first + k;
            float mean = gaussian.mean[j], std = gaussian.deviation(j);
            float z = (action[j] - mean) / std;
            // The entropy of a Gaussian grows as the sum of the logarithms of its deviations.
            float entropy_by_mean = 0.0f, entropy_by_log_std = 1.0f;
            if (flags & SQUASH) {
                SquashEntropy squashed = squash_entropy(mean, std);
                entropy += squashed.sum;
                entropy_by_mean += squashed.by_mean;
                entropy_by_log_std += squashed.by_log_std;
            }
            Slope bounds = bounds_loss(settings, mean);
            terms[BOUNDS] += double(bounds.loss);
            float by_mean =
                slope * z / std + settings.bounds * bounds.slope - settings.entropy * entropy_by_mean;
            float by_log_std = slope * (z * z - 1.0f) - settings.entropy * entropy_by_log_std;
            if (is_row) {
                slopes[j] = by_mean * weight;
                if (flags & LOG_STD_NETWORK) slopes[n + j] = (gaussian.is_free(j) ? by_log_std : 0.0f) * weight;
            }
            columns.numbers[k][threadIdx.x] = is_row ? double(by_log_std) : 0.0;
        }
        if (flags & LOG_STD_PARAMETER) {
            double sum = sum_columns(columns, n_columns);
            if (threadIdx.x < n_columns) partial[N_TERMS + first + threadIdx.x] = sum;
        }
    }
    terms[ENTROPY] = double(entropy);
    if (is_row) {
        slopes[n_head] = by_value * weight;
        gaussian.write(params + row * 2 * n);
    } else {
        for (unsigned k = 0; k < N_TERMS; k++) terms[k] = 0.0;
    }
    sum_terms(columns, terms, partial);
}

// Of `n` choices, each with so many `options`, `n_logits` in all; `params` has shape (rows, n_logits), `partials` (blocks,
// N_TERMS).
//
// d log p(a) / d logit_j = [j = a] - p_j, d entropy / d logit_j = -p_j (ln p_j + entropy).
extern "C" __global__ void ppo_loss_choices(
    const float *outputs, const unsigned *options, const unsigned *indices, const float *actions,
    const float *log_probs, const float *advantages, const float *returns, const float *values,
    const double *standard, float *params, const float *settings_of, float *gradient, double *partials,
    unsigned n_rows, unsigned n, unsigned n_logits
) {
    __shared__ Columns columns;
    Settings settings = *(const Settings *)settings_of;
    Samples samples = {actions, log_probs, advantages, returns, values, standard};
    unsigned i = blockIdx.x * BLOCK + threadIdx.x;
    double terms[N_TERMS] = {};
    if (i < n_rows) {
        size_t row = indices[i];
        const float *output = outputs + size_t(i) * (n_logits + 1);
        float *slopes = gradient + size_t(i) * (n_logits + 1);
        const float *action = actions + row * n;
        float *stored = params + row * n_logits;
        float weight = 1.0f / float(n_rows);

        float log_prob = -0.0f, divergence = -0.0f;
        for (unsigned k = 0, at = 0; k < n; at += options[k], k++) {
            Categorical categorical(output + at, options[k]);
            log_prob += categorical.log_prob(unsigned(action[k]));
            divergence += categorical.divergence(Categorical(stored + at, options[k]));
        }
        terms[KL] = double(divergence);
        float slope = policy_row(settings, samples, row, log_prob, terms);
        slopes[n_logits] = value_row(settings, samples, row, output[n_logits], terms) * weight;

        for (unsigned k = 0, at = 0; k < n; at += options[k], k++) {
            Categorical categorical(output + at, options[k]);
            float entropy = categorical.entropy();
            terms[ENTROPY] += double(entropy);
            for (unsigned j = 0; j < options[k]; j++) {
                float log_p = categorical.log_prob(j);
                float p = math::exp(log_p);
                float chosen = j == unsigned(action[k]) ? 1.0f : 0.0f;
                // What cannot be chosen adds nothing, though its logarithm may be infinite.
                float by_entropy = p == 0.0f ? 0.0f : -p * (log_p + entropy);
                slopes[at + j] = (slope * (chosen - p) - settings.entropy * by_entropy) * weight;
                stored[at + j] = output[at + j];
            }
        }
    }
    sum_terms(columns, terms, partials + size_t(blockIdx.x) * N_TERMS);
}

// Sums the partial sums of `n_blocks` blocks, in one block. Row `statistics_row` of `statistics`, shape (minibatches,
// N_TERMS + 1), gets the mean of each term, then the whole loss; `log_std_gradient`, shape (n_log_std,), that of the
// mean loss.
extern "C" __global__ void ppo_loss_total(
    const double *partials, const float *settings_of, double *statistics, float *log_std_gradient, unsigned n_blocks,
    unsigned n_rows, unsigned n_log_std, unsigned statistics_row
) {
    __shared__ Columns columns;
    __shared__ double means[N_TERMS];
    unsigned width = N_TERMS + n_log_std;
    for (unsigned first = 0; first < width; first += GROUP) {
        unsigned n_columns = width - first < GROUP ? width - first : GROUP;
        for (unsigned k = 0; k < n_columns; k++) {
            double sum = 0.0;
            for (unsigned i = threadIdx.x; i < n_blocks; i += BLOCK) sum += partials[size_t(i) * width + first + k];
            columns.numbers[k][threadIdx.x] = sum;
        }
        double mean = sum_columns(columns, n_columns) / double(n_rows);
        unsigned column = first + threadIdx.x;
        if (threadIdx.x < n_columns && column < N_TERMS) means[column] = mean;
        if (threadIdx.x < n_columns && column >= N_TERMS) log_std_gradient[column - N_TERMS] = float(mean);
    }
    __syncthreads();
    if (threadIdx.x > 0) return;
    Settings settings = *(const Settings *)settings_of;
    double *to = statistics + size_t(statistics_row) * (N_TERMS + 1);
    for (unsigned k = 0; k < N_TERMS; k++) to[k] = means[k];
    to[N_TERMS] = means[POLICY] + double(settings.value) * means[VALUE] - double(settings.entropy) * means[ENTROPY]
        + double(settings.bounds) * means[BOUNDS];
}
