// Generalised advantage estimation, as src/learn/gae.rs, to the bit.

// A thread an environment, from the last step to the first. Buffers have shape (horizon, n_envs), rewards are before
// `reward_scale`, flags are 0 or 1, and `decay` is gamma lambda in single precision.
extern "C" __global__ void gae(const float *rewards, const float *values, const float *last_values,
                               const float *terminated, const float *truncated, const float *truncation_values,
                               float *advantages, float *returns, float reward_scale, float gamma, float decay,
                               unsigned horizon, unsigned n_envs) {
    unsigned env = blockIdx.x * blockDim.x + threadIdx.x;
    if (env >= n_envs)
        return;
    float next_value = last_values[env];
    float next_advantage = 0.0f;
    for (unsigned t = horizon; t-- > 0;) {
        unsigned i = t * n_envs + env;
        float successor = next_value;
        float trace = next_advantage;
        if (terminated[i] != 0.0f) {
            successor = 0.0f;
            trace = 0.0f;
        } else if (truncated[i] != 0.0f) {
            successor = truncation_values[i];
            trace = 0.0f;
        }
        float value = values[i];
        float delta = rewards[i] * reward_scale + gamma * successor - value;
        float advantage = delta + decay * trace;
        advantages[i] = advantage;
        returns[i] = advantage + value;
        next_value = value;
        next_advantage = advantage;
    }
}
