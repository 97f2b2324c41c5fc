// Steps of a rollout: what the network is shown, and what is kept of a transition.

#include "control.cuh"
#include "scale.cuh"

// Why a pass of the network has ended before it begins: nobody needs what it gives. Not one of `Ended`.
const double NOT_NEEDED = -1.0;

// Observations, shape (n, dim), into `x` as the network sees them: normalised column by column if `is_normalized`. They
// are kept as they are in `kept`, of the same shape, if `keeps`. A thread a number.
extern "C" __global__ void show_observations(
    const Control *control, const float *observations, const float *scale, float *x, float *kept, unsigned n,
    unsigned dim, unsigned is_normalized, unsigned keeps, float limit
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (has_ended(control) || i / dim >= n) return;
    unsigned column = i % dim;
    float number = observations[i];
    if (keeps) kept[i] = number;
    if (is_normalized) number = normalize(number, scale[column], scale[dim + column], limit);
    x[i] = number;
}

// Lets a pass of the network begin, if an episode was cut short or `of_all` says so; else it has ended. One block.
extern "C" __global__ void begin_values(Control *control, const float *truncated, unsigned n, unsigned of_all) {
    __shared__ unsigned is_needed[1];
    if (threadIdx.x == 0) is_needed[0] = of_all;
    __syncthreads();
    for (unsigned env = threadIdx.x; env < n; env += blockDim.x) {
        // All that write it write the same.
        if (truncated[env] != 0.0f) is_needed[0] = 1;
    }
    __syncthreads();
    if (threadIdx.x == 0) control->ended = is_needed[0] ? double(GOES_ON) : NOT_NEEDED;
}

// A transition of `n` environments into the rows of a rollout from `first_row` on: what the policy saw and did, what came
// of it, and the value of where it led. That is the last of `next_outputs`, shape (n, n_outputs); it is kept where the
// episode was truncated, and is 0 elsewhere. `last_values`, shape (n,), get it of all environments if `is_last`. A thread a
// number of the widest of these.
extern "C" __global__ void store_step(
    const float *observations, const float *actions, const float *log_probs, const float *values, const float *params,
    const float *rewards, const float *terminated, const float *truncated, const float *next_outputs,
    const float *value_scale, float *to_observations, float *to_actions, float *to_log_probs, float *to_values,
    float *to_params, float *to_rewards, float *to_terminated, float *to_truncated, float *truncation_values,
    float *last_values, float value_limit, unsigned first_row, unsigned n, unsigned dim, unsigned action_dim,
    unsigned n_params, unsigned n_outputs, unsigned is_last
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    size_t first = first_row;
    if (i / dim < n) to_observations[first * dim + i] = observations[i];
    if (i / action_dim < n) to_actions[first * action_dim + i] = actions[i];
    if (i / n_params < n) to_params[first * n_params + i] = params[i];
    if (i >= n) return;
    to_log_probs[first + i] = log_probs[i];
    to_values[first + i] = values[i];
    to_rewards[first + i] = rewards[i];
    to_terminated[first + i] = terminated[i];
    to_truncated[first + i] = truncated[i];
    bool is_cut = truncated[i] != 0.0f;
    float value = 0.0f;
    // Where nobody asked for it there is none.
    if (is_cut || is_last) {
        value = denormalize(next_outputs[size_t(i) * n_outputs + n_outputs - 1], value_scale, value_limit);
    }
    truncation_values[first + i] = is_cut ? value : 0.0f;
    if (is_last) last_values[i] = value;
}
