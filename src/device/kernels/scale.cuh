// Normalisation by running statistics, and back: src/learn/normalizer.rs, to the bit.

#pragma once

#include "math.cuh"

// clamp((x - mean) / std, +-limit).
__device__ inline float normalize(float x, float mean, float std, float limit) {
    return math::clamp((x - mean) / std, -limit, limit);
}

// A value in units of return: clamp(value, +-limit) std + mean, where `scale` has mean and std; `limit` is 0 where values
// are not normalised.
__device__ inline float denormalize(float value, const float *scale, float limit) {
    if (limit == 0.0f) return value;
    return math::clamp(value, -limit, limit) * scale[1] + scale[0];
}
