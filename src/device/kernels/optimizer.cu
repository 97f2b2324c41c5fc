// The gradient of a minibatch, its length, and the step of Adam along it: src/learn/optimizer.rs, and src/learn/adam.rs
// to the bit.

#include "control.cuh"
#include "sums.cuh"

// Terms of the loss of a minibatch, as loss.cu has them, and the whole loss.
enum { APPROX_KL = 5, KL = 6, N_TERMS = 7, TOTAL = 7 };

// The settings of an update. After them lies, for each of its steps, what Adam corrects the moments by: 1 - beta_1^t and
// 1 / sqrt(1 - beta_2^t).
struct Settings {
    double max_grad_norm;
    double target_kl;
    // Where the learning rate follows the divergence, else 0.
    double kl_threshold;
    double adam_epsilon;
};

// The gradient by weights: the chunks of `partials`, shape (n_chunks, n), summed in order, and 0 where a weight is frozen.
// Each block leaves the sum of its squares in `squares`.
extern "C" __global__ void reduce_gradient(
    const Control *control, const float *partials, const float *is_frozen, float *gradient, double *squares,
    unsigned n_chunks, unsigned n
) {
    __shared__ Columns columns;
    if (has_ended(control)) return;
    unsigned i = blockIdx.x * BLOCK + threadIdx.x;
    float sum = 0.0f;
    if (i < n && is_frozen[i] == 0.0f) {
        for (unsigned chunk = 0; chunk < n_chunks; chunk++) sum += partials[size_t(chunk) * n + i];
    }
    if (i < n) gradient[i] = sum;
    double square = sum_all(columns, double(sum) * double(sum));
    if (threadIdx.x == 0) squares[blockIdx.x] = square;
}

// Decides on a step, in one block: whether it is taken, with what factors; adds its statistics to the sums and has the
// learning rate of the next one follow. The terms of the loss are row `row` of `terms_of`, shape (minibatches,
// N_TERMS + 1).
extern "C" __global__ void decide_step(
    Control *control, const Settings *settings_of, const double *squares, const float *log_std_gradient,
    const double *terms_of, unsigned n_blocks, unsigned n_log_std, unsigned row
) {
    __shared__ Columns columns;
    if (has_ended(control)) return;
    double sum = 0.0;
    for (unsigned i = threadIdx.x; i < n_blocks; i += BLOCK) sum += squares[i];
    for (unsigned i = threadIdx.x; i < n_log_std; i += BLOCK) {
        sum += double(log_std_gradient[i]) * double(log_std_gradient[i]);
    }
    double norm = sqrt(sum_all(columns, sum));
    if (threadIdx.x > 0) return;
    const Settings &settings = *settings_of;
    const double *terms = terms_of + size_t(row) * (N_TERMS + 1);
    control->takes = 0.0;
    if (!isfinite(terms[TOTAL])) {
        end(control, LOSS_NOT_FINITE);
        return;
    }
    if (settings.target_kl > 0.0 && terms[APPROX_KL] > 1.5 * settings.target_kl) {
        end(control, AT_TARGET_KL);
        return;
    }
    if (!isfinite(norm)) {
        end(control, GRADIENT_NOT_FINITE);
        return;
    }
    unsigned n_taken = unsigned(control->n_taken);
    const double *corrections = (const double *)(settings_of + 1) + 2 * n_taken;
    double limit = settings.max_grad_norm;
    control->takes = 1.0;
    control->gradient_scale = double(float(limit > 0.0 && norm > limit ? limit / norm : 1.0));
    control->rate = double(float(control->learning_rate / corrections[0]));
    control->second = double(float(corrections[1]));
    // Before the first step the policy is still that of the rollout: no divergence there says nothing of the rate.
    double rate = control->learning_rate, aim = settings.kl_threshold, divergence = terms[KL];
    if (n_taken > 0 && aim > 0.0) {
        if (divergence > 2.0 * aim) {
            rate = rate / 1.5 > 1e-6 ? rate / 1.5 : 1e-6;
        } else if (divergence < 0.5 * aim) {
            rate = rate * 1.5 < 1e-2 ? rate * 1.5 : 1e-2;
        }
    }
    control->learning_rate = rate;
    for (unsigned k = 0; k < N_TERMS; k++) control->sums[k] += terms[k];
    control->sums[N_TERMS] += norm;
    control->n_taken += 1.0;
}

// The step of Adam that was decided on. A thread a parameter; those that are frozen stay.
extern "C" __global__ void take_step(
    const Control *control, const Settings *settings, const float *is_frozen, const float *gradient, float *parameters,
    float *first, float *second, unsigned n
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (has_ended(control) || control->takes == 0.0 || i >= n) return;
    float epsilon = float(settings->adam_epsilon);
    float g = gradient[i] * float(control->gradient_scale);
    float m = first[i], v = second[i];
    m += float(1.0 - 0.9) * (g - m);
    v += float(1.0 - 0.999) * (g * g - v);
    first[i] = m;
    second[i] = v;
    if (is_frozen[i] != 0.0f) return;
    parameters[i] -= float(control->rate) * m / (sqrtf(v) * float(control->second) + epsilon);
}

// `n` numbers of a minibatch's order, from `at` on, to where it is read.
extern "C" __global__ void copy_indices(
    const Control *control, const unsigned *order, unsigned *indices, unsigned at, unsigned n
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (!has_ended(control) && i < n) indices[i] = order[at + i];
}

// `n` numbers to `at` in the answer to the host.
extern "C" __global__ void copy_to(const float *from, float *to, unsigned at, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) to[at + i] = from[i];
}
