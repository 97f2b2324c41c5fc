// The nonlinearities of src/learn/network/activation.rs, to the bit.

#pragma once

#include "math.cuh"

// In the order of `Activation` there, after none at all.
enum Activation { LINEAR, ELU, RELU, TANH, SELU, SIGMOID, SOFTPLUS, GELU };

const float SELU_LAMBDA = 1.050701f;
const float SELU_ALPHA = 1.6732632f;

__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + math::exp(-x)); }

// P(X <= x) of the standard normal distribution, and its density at x.
__device__ inline float normal_below(float x, float &density) {
    float bell = math::exp(-0.5f * x * x);
    float t = 1.0f / (1.0f + 0.3275911f * 0.707106781f * fabsf(x));
    float series = t * (0.2548296f + t * (-0.28449674f + t * (1.4214138f + t * (-1.453152f + t * 1.0614054f))));
    float beyond = 0.5f * series * bell;
    density = 0.3989423f * bell;
    return x > 0.0f ? 1.0f - beyond : beyond;
}

// Both are called, not written out at each of the numbers of a tile: their cases are long.
__device__ __attribute__((noinline)) inline float activate(unsigned f, float x) {
    float density;
    switch (f) {
    case ELU: {
        float below = math::exp_m1(x);
        return x > 0.0f ? x : below;
    }
    case RELU: return x < 0.0f ? 0.0f : x;
    case TANH: return math::tanh(x);
    case SELU: {
        float below = SELU_ALPHA * math::exp_m1(x);
        return SELU_LAMBDA * (x > 0.0f ? x : below);
    }
    case SIGMOID: return sigmoid(x);
    case SOFTPLUS: {
        float above = x < 0.0f ? 0.0f : x;
        return above + math::ln_1p(math::exp(-fabsf(x)));
    }
    case GELU: return x * normal_below(x, density);
    default: return x;
    }
}

// The slope, by the output; of gelu by the input.
__device__ __attribute__((noinline)) inline float slope_of(unsigned f, float kept) {
    switch (f) {
    case ELU: return kept > 0.0f ? 1.0f : kept + 1.0f;
    case RELU: return kept > 0.0f ? 1.0f : 0.0f;
    case TANH: return 1.0f - kept * kept;
    case SELU: return kept > 0.0f ? SELU_LAMBDA : kept + SELU_LAMBDA * SELU_ALPHA;
    case SIGMOID: return kept * (1.0f - kept);
    case SOFTPLUS: return 1.0f - math::exp(-kept);
    case GELU: {
        float density;
        float below = normal_below(kept, density);
        return below + kept * density;
    }
    default: return 1.0f;
    }
}
