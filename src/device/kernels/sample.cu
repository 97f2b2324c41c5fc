// From the outputs of the network to actions, of all environments: one thread an environment. The mean or the
// likeliest choice is taken where `is_deterministic`, else a random one.
//
// `outputs`, shape (n_envs, n_outputs), are what the head takes, then the value. `actions`, shape (n_envs, action_dim), are
// for the environments; the other buffers get what a rollout keeps. The random numbers are those of step `sequence` +
// `later`, where an entity is an environment. `value_scale` has mean and deviation of normalised values, which lie within
// +-`value_limit`; that is 0 where values are not normalised.

#include "distribution.cuh"
#include "scale.cuh"

// `log_std`, shape (n,), is not read where the network gives deviations.
extern "C" __global__ void sample_gaussian(
    const float *outputs, const float *log_std, const unsigned *sequence, const float *value_scale, float *actions,
    float *raw_actions, float *log_probs, float *values, float *params, float value_limit, unsigned n_envs,
    unsigned n, unsigned flags, unsigned is_deterministic, unsigned later
) {
    unsigned env = blockIdx.x * blockDim.x + threadIdx.x;
    if (env >= n_envs) return;
    unsigned n_head = flags & LOG_STD_NETWORK ? 2 * n : n;
    const float *output = outputs + size_t(env) * (n_head + 1);
    size_t row = env;
    float *action = actions + row * n;
    float *raw = raw_actions + row * n;

    Gaussian gaussian(output, log_std, n, flags);
    gaussian.write(params + row * 2 * n);
    values[row] = denormalize(output[n_head], value_scale, value_limit);

    Random random(sequence, later, env);
    for (unsigned i = 0; i < n; i++) {
        float drawn = gaussian.mean[i];
        if (!is_deterministic) drawn = drawn + gaussian.deviation(i) * float(random.normal());
        raw[i] = drawn;
        action[i] = flags & SQUASH ? math::tanh(drawn) : drawn;
    }
    float log_prob = gaussian.log_prob(raw, gaussian.log_normalizer());
    log_probs[row] = flags & SQUASH ? log_prob - squash_correction(raw, n) : log_prob;
}

// `options`, shape (n,), says how many each choice has; `n_logits` is their sum.
extern "C" __global__ void sample_choices(
    const float *outputs, const unsigned *options, const unsigned *sequence, const float *value_scale, float *actions,
    float *raw_actions, float *log_probs, float *values, float *params, float value_limit, unsigned n_envs,
    unsigned n, unsigned n_logits, unsigned is_deterministic, unsigned later
) {
    unsigned env = blockIdx.x * blockDim.x + threadIdx.x;
    if (env >= n_envs) return;
    const float *logits = outputs + size_t(env) * (n_logits + 1);
    size_t row = env;

    for (unsigned i = 0; i < n_logits; i++) params[row * n_logits + i] = logits[i];
    values[row] = denormalize(logits[n_logits], value_scale, value_limit);

    Random random(sequence, later, env);
    float log_prob = -0.0f;
    for (unsigned i = 0; i < n; i++) {
        Categorical categorical(logits, options[i]);
        unsigned choice = is_deterministic ? categorical.mode() : categorical.at(float(random.uniform()));
        actions[row * n + i] = float(choice);
        raw_actions[row * n + i] = float(choice);
        log_prob += categorical.log_prob(choice);
        logits += options[i];
    }
    log_probs[row] = log_prob;
}
