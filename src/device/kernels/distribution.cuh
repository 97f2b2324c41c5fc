// Action distributions of one environment: the formulas of `learn/distribution`, in the same order.

#pragma once

#include "math.cuh"

// What the flags of a kernel say of its head: where logarithms of deviations come from, and whether actions are the
// hyperbolic tangent of what is drawn.
const unsigned LOG_STD_PARAMETER = 1;
const unsigned LOG_STD_NETWORK = 2;
const unsigned SQUASH = 4;

// ln(2 pi), and ln 2.
const float LN_TAU = 1.8378771f;
const float LN_2 = 0.693147180559945309417232121458176568f;
const float ROOT_HALF = 0.707106781186547524400844362104849039f;
const float ROOT_2_OVER_PI = 0.7978846f;

// Independent normal distributions of n dimensions.
struct Gaussian {
    unsigned n;
    // Means.
    const float *mean;
    // Logarithms of deviations, from the network or a parameter.
    const float *log_std;
    bool is_clamped;

    // `outputs` of the network, and the parameter `log_std`, which the network's outputs may replace.
    __device__ Gaussian(const float *outputs, const float *log_std, unsigned n, unsigned flags)
        : n(n), mean(outputs), log_std(log_std), is_clamped(flags & LOG_STD_NETWORK) {
        if (is_clamped) this->log_std = outputs + n;
    }

    __device__ float log_deviation(unsigned i) const {
        return is_clamped ? math::clamp(log_std[i], -20.0f, 2.0f) : log_std[i];
    }

    __device__ float deviation(unsigned i) const { return math::exp(log_deviation(i)); }

    // A clamped logarithm does not move with the output.
    __device__ bool is_free(unsigned i) const { return -20.0f <= log_std[i] && log_std[i] <= 2.0f; }

    // Sum over dimensions of ln std + ln(2 pi) / 2.
    __device__ float log_normalizer() const {
        float sum = 0.0f;
        for (unsigned i = 0; i < n; i++) sum += log_deviation(i);
        return sum + 0.5f * float(n) * LN_TAU;
    }

    // ln p of an action, summed over dimensions.
    __device__ float log_prob(const float *action, float log_normalizer) const {
        float squares = 0.0f;
        for (unsigned i = 0; i < n; i++) {
            float z = (action[i] - mean[i]) / deviation(i);
            squares += z * z;
        }
        return -0.5f * squares - log_normalizer;
    }

    // Writes means, then deviations.
    __device__ void write(float *params) const {
        for (unsigned i = 0; i < n; i++) {
            params[i] = mean[i];
            params[n + i] = deviation(i);
        }
    }

    // Of these distributions from old ones, given by means, then deviations.
    __device__ float divergence(const float *old) const {
        float sum = 0.0f;
        for (unsigned i = 0; i < n; i++) {
            float old_std = old[n + i];
            float shift = (mean[i] - old[i]) / old_std;
            float ratio = deviation(i) / old_std;
            sum += 0.5f * (ratio * ratio + shift * shift - 1.0f) - math::ln(ratio);
        }
        return sum;
    }
};

// ln(1 - tanh(u)^2).
__device__ inline float squash_term(float u) {
    float size = fabsf(u);
    return 2.0f * (LN_2 - size - math::ln_1p(math::exp(-2.0f * size)));
}

// The sum of that over dimensions.
__device__ inline float squash_correction(const float *drawn, unsigned n) {
    float sum = -0.0f;
    for (unsigned i = 0; i < n; i++) sum += squash_term(drawn[i]);
    return sum;
}

// What squashing adds to the entropy of one dimension, and the derivatives of that.
struct SquashEntropy {
    float sum;
    float by_mean;
    float by_log_std;
};

// Nodes and weights of the trapezoidal rule for the standard normal distribution.
__constant__ const float SQUASH_NODES[15][2] = {
    {-5.0f, 1.0619426e-6f},      {-4.285714f, 2.9266e-5f},    {-3.5714285f, 4.8422458e-4f},
    {-2.857143f, 0.004810071f},  {-2.142857f, 0.028686488f},  {-1.4285715f, 0.102712765f},
    {-0.7142857f, 0.22079673f},  {0.0f, 0.28495878f},         {0.7142857f, 0.22079673f},
    {1.4285715f, 0.102712765f},  {2.142857f, 0.028686488f},   {2.857143f, 0.004810071f},
    {3.5714285f, 4.8422458e-4f}, {4.285714f, 2.9266e-5f},     {5.0f, 1.0619426e-6f},
};

// Nodes and weights of Gauss's quadrature for the weight ln(1 + e^(-2 x)) on x > 0.
__constant__ const float NEAR_NODES[7][2] = {
    {0.0902892f, 0.14018486f}, {0.47080444f, 0.17418136f},  {1.1508394f, 0.07972733f},  {2.1570726f, 0.015759798f},
    {3.5446388f, 0.0013362437f}, {5.400013f, 4.352458e-5f}, {7.8906565f, 4.0734725e-7f},
};

__device__ inline SquashEntropy squash_narrow(float mean, float std) {
    SquashEntropy out = {0.0f, 0.0f, 0.0f};
#pragma unroll 1
    for (int i = 0; i < 15; i++) {
        float node = SQUASH_NODES[i][0], weight = SQUASH_NODES[i][1];
        float u = mean + std * node;
        float slope = -2.0f * math::tanh(u);
        out.sum += weight * squash_term(u);
        out.by_mean += weight * slope;
        out.by_log_std += weight * slope * std * node;
    }
    return out;
}

// The error function of x, given e^(-x^2).
__device__ inline float error_function(float x, float bell) {
    float t = 1.0f / (1.0f + 0.3275911f * fabsf(x));
    float sum = (0.0f + 1.0614054f) * t;
    sum = (sum + -1.4531521f) * t;
    sum = (sum + 1.4214138f) * t;
    sum = (sum + -0.28449674f) * t;
    sum = (sum + 0.2548296f) * t;
    return copysignf(1.0f - sum * bell, x);
}

__device__ inline SquashEntropy squash_wide(float mean, float std) {
    float shift = mean / std;
    float bell = math::exp(-0.5f * shift * shift);
    float erf = error_function(shift * ROOT_HALF, bell);
    float spread = std * ROOT_2_OVER_PI * bell;
    SquashEntropy out = {spread + mean * erf, erf, spread};
#pragma unroll 1
    for (int i = 0; i < 14; i++) {
        float node = NEAR_NODES[i / 2][0], weight = NEAR_NODES[i / 2][1];
        float u = i % 2 == 0 ? node : -node;
        float z = (u - mean) / std;
        float density = weight * math::exp(-0.5f * z * z) * (0.5f * ROOT_2_OVER_PI) / std;
        out.sum += density;
        out.by_mean += density * z / std;
        out.by_log_std += density * (z * z - 1.0f);
    }
    out.sum = 2.0f * (LN_2 - out.sum);
    out.by_mean = -2.0f * out.by_mean;
    out.by_log_std = -2.0f * out.by_log_std;
    return out;
}

__device__ inline SquashEntropy squash_entropy(float mean, float std) {
    return std < 1.0f ? squash_narrow(mean, std) : squash_wide(mean, std);
}

// One choice of n, by logits that need not be normalised.
struct Categorical {
    const float *logits;
    unsigned n;
    float largest;
    float log_sum;

    __device__ Categorical(const float *logits, unsigned n) : logits(logits), n(n), largest(-INFINITY) {
        // A NaN is passed over; it shows in the sum.
        for (unsigned i = 0; i < n; i++) largest = logits[i] > largest ? logits[i] : largest;
        float sum = -0.0f;
        for (unsigned i = 0; i < n; i++) sum += math::exp(logits[i] - largest);
        log_sum = math::ln(sum);
    }

    __device__ float log_prob(unsigned choice) const { return (logits[choice] - largest) - log_sum; }

    __device__ float entropy() const {
        float sum = -0.0f;
        for (unsigned i = 0; i < n; i++) {
            float log_p = log_prob(i);
            float p = math::exp(log_p);
            sum += p == 0.0f ? 0.0f : p * log_p;
        }
        return -sum;
    }

    // Of this distribution from another one.
    __device__ float divergence(const Categorical &other) const {
        float sum = -0.0f;
        for (unsigned i = 0; i < n; i++) {
            float log_p = log_prob(i);
            float p = math::exp(log_p);
            sum += p == 0.0f ? 0.0f : p * (log_p - other.log_prob(i));
        }
        return sum;
    }

    // The likeliest choice, the first of equals.
    __device__ unsigned mode() const {
        unsigned best = 0;
        for (unsigned i = 0; i < n; i++) {
            if (logits[i] > logits[best]) best = i;
        }
        return best;
    }

    // The choice that a uniform number stands for, by inversion of the cumulative distribution.
    __device__ unsigned at(float uniform) const {
        for (unsigned i = 0; i < n; i++) {
            uniform -= math::exp(log_prob(i));
            if (uniform < 0.0f) return i;
        }
        // Rounding may leave a crumb after the last choice; so does a NaN.
        return mode();
    }
};
