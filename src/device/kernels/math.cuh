// Elementary functions and random numbers with the bits of `math/lanes` and `math/rng`.
//
// Every function does the operations of the Rust function of its name, in the same order, for float and double. None
// may be contracted: nvcc gets -fmad=false, C++ compilers -ffp-contract=off.

#pragma once

#include <math.h>
#include <string.h>

#ifndef __CUDACC__
#ifndef __device__
#define __device__
#endif
#ifndef __constant__
#define __constant__
#endif
#endif

namespace math {

template <typename T>
struct Bits;

template <>
struct Bits<float> {
    typedef unsigned Word;
    static const int FRACTION = 23;
    static const int BIAS = 127;
};

template <>
struct Bits<double> {
    typedef unsigned long long Word;
    static const int FRACTION = 52;
    static const int BIAS = 1023;
};

template <typename T>
__device__ inline typename Bits<T>::Word bits_of(T x) {
    typename Bits<T>::Word bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

template <typename T>
__device__ inline T with_bits(typename Bits<T>::Word bits) {
    T x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

template <typename T>
__device__ constexpr bool is_double() {
    return sizeof(T) == 8;
}

// One of two numbers by the precision.
template <typename T>
__device__ constexpr T constant(double single, double twice) {
    return T(is_double<T>() ? twice : single);
}

template <typename T>
__device__ inline T infinity() {
    return T(INFINITY);
}

// A polynomial by Horner's scheme, from the constant coefficient up.
template <typename T>
__device__ inline T horner(T, double last) {
    return T(last);
}

template <typename T, typename... Rest>
__device__ inline T horner(T x, double first, Rest... rest) {
    return horner(x, rest...) * x + T(first);
}

__device__ inline float size_of(float x) { return fabsf(x); }
__device__ inline double size_of(double x) { return fabs(x); }
__device__ inline float root(float x) { return sqrtf(x); }
__device__ inline double root(double x) { return sqrt(x); }

// The smaller; b where a is NaN. fminf may take either of 0 and -0.
template <typename T>
__device__ inline T least(T a, T b) {
    return a < b ? a : b;
}

// The larger; b where a is NaN.
template <typename T>
__device__ inline T most(T a, T b) {
    return a > b ? a : b;
}

// The nearest number in low..=high; NaN stays, as by Rust's `clamp` of numbers.
template <typename T>
__device__ inline T clamp(T x, T low, T high) {
    T above = x < low ? low : x;
    return above > high ? high : above;
}

// The other sign where the sign bit of `by` is set.
template <typename T>
__device__ inline T flip_sign(T x, T by) {
    return with_bits<T>(bits_of(x) ^ (bits_of(by) & bits_of(T(-0.0))));
}

// e of a positive normal number 2^e m with m in [1, 2).
template <typename T>
__device__ inline T exponent(T x) {
    return T(int(bits_of(x) >> Bits<T>::FRACTION)) - T(Bits<T>::BIAS);
}

// m of a positive normal number 2^e m with m in [1, 2).
template <typename T>
__device__ inline T mantissa(T x) {
    typedef typename Bits<T>::Word Word;
    Word fraction = (Word(1) << Bits<T>::FRACTION) - 1;
    return with_bits<T>((bits_of(x) & fraction) | bits_of(T(1)));
}

// 2^n of an integer n for which that is a normal number: the sum's last bits are n and the bias.
template <typename T>
__device__ inline T power_of_two(T n) {
    typedef typename Bits<T>::Word Word;
    T sum = n + T((Word(1) << Bits<T>::FRACTION) + Bits<T>::BIAS);
    return with_bits<T>(bits_of(sum) << Bits<T>::FRACTION);
}

// The nearest integer, of two equally near ones the even.
template <typename T>
__device__ inline T round_even(T x) {
    T large = constant<T>(12582912.0, 6755399441055744.0);
    return (x + large) - large;
}

// n and r: x = n ln 2 + r. The product of n and the first part of ln 2 is exact.
template <typename T>
__device__ inline T reduce(T x, T &n) {
    n = round_even(x * T(1.44269504088896340736));
    T high = constant<T>(0.693145751953125, 0.693147180369123816);
    T low = constant<T>(1.42860676533018705e-6, 1.9082149292705877e-10);
    return (x - n * high) - n * low;
}

// e^r - 1 for |r| <= ln 2 / 2.
template <typename T>
__device__ inline T less_one(T r) {
    T series = is_double<T>()
        ? horner(r, 0.50000000000000011, 0.16666666666666674, 0.041666666666623817, 0.0083333333333221286,
                 0.001388888891736876, 0.00019841269886831662, 2.4801521055647439e-5, 2.7557242064900699e-6,
                 2.7620202510719169e-7, 2.511015219240185e-8)
        : horner(r, 0.5, 0.166665763, 0.0416663736, 0.00836323481, 0.00139412179);
    return r + r * r * series;
}

// 2^n y, in two steps: either factor is a normal number where 2^n is not.
template <typename T>
__device__ inline T scale(T y, T n) {
    T part = round_even(n * T(0.5));
    return y * power_of_two(part) * power_of_two(n - part);
}

// e^x.
template <typename T>
__device__ inline T exp(T x) {
    T within = least(constant<T>(90.0, 720.0), most(constant<T>(-110.0, -760.0), x));
    T n;
    T r = reduce(within, n);
    return scale(T(1) + less_one(r), n);
}

// e^x - 1, also where that is small.
template <typename T>
__device__ inline T exp_m1(T x) {
    T within = least(constant<T>(88.8, 709.9), most(T(-60), x));
    T n;
    T r = reduce(within, n);
    T half = power_of_two(n - T(1));
    T out = half * less_one(r) + (half - T(0.5));
    return x == T(0) ? x : out + out;
}

// The hyperbolic tangent.
template <typename T>
__device__ inline T tanh(T x) {
    T size = least(constant<T>(10.0, 22.0), size_of(x));
    T z = size * size;
    T series = is_double<T>()
        ? horner(z, -0.33333333333333331, 0.13333333333333056, -0.053968253967911356, 0.021869488519570834,
                 -0.0088632351145364312, 0.0035921218834587378, -0.001455776377972625, 0.00058966518569392396,
                 -0.0002376042810917997, 9.2596636631468916e-5, -3.1227998526110772e-5, 6.497422763254726e-6)
        : horner(z, -0.333333284, 0.133327931, -0.05385378, 0.021008689, -0.00611114409);
    T small = size + size * z * series;
    T n;
    T r = reduce(size + size, n);
    T power = power_of_two(n) * (T(1) + less_one(r));
    T large = T(1) - T(2) / (power + T(1));
    return flip_sign(size < T(0.625) ? small : large, x);
}

// (2 atanh(s) / s - 2) / s^2, of z = s^2.
template <typename T>
__device__ inline T tail(T z) {
    return is_double<T>()
        ? horner(z, 0.66666666666666696, 0.39999999999897884, 0.2857142862665214, 0.22222211031676706,
                 0.18182896210630037, 0.15331497716548545, 0.14619097141730655)
        : horner(z, 0.666666865, 0.399886966, 0.295830876);
}

// e and f: x = 2^e (1 + f), with 1 + f from sqrt(1/2) to sqrt 2; for positive finite x.
template <typename T>
__device__ inline T split(T x, T &e) {
    bool tiny = x < constant<T>(1.17549435082228750797e-38, 2.2250738585072014e-308);
    T lifted = x * constant<T>(16777216.0, 18014398509481984.0);
    x = tiny ? lifted : x;
    e = exponent(x);
    T m = mantissa(x);
    e = tiny ? e - constant<T>(24.0, 54.0) : e;
    bool high = T(1.41421356237309504880) < m;
    m = high ? m * T(0.5) : m;
    e = high ? e + T(1) : e;
    return m - T(1);
}

// ln x: -infinity at 0, NaN below.
template <typename T>
__device__ inline T ln(T x) {
    T high = constant<T>(0.693145751953125, 0.693147180369123816);
    T low = constant<T>(1.42860676533018705e-6, 1.9082149292705877e-10);
    T e;
    T f = split(x, e);
    T s = f / (T(2) + f);
    T half_square = T(0.5) * f * f;
    T rest = s * (half_square + s * s * tail(s * s)) + e * low;
    T out = e * high - ((half_square - rest) - f);
    T below = x == T(0) ? -infinity<T>() : T(NAN);
    out = x <= T(0) ? below : out;
    return x < infinity<T>() ? out : x;
}

// ln(1 + x), also where x is small.
template <typename T>
__device__ inline T ln_1p(T x) {
    T sum = T(1) + x;
    T lost = x < T(1) ? x - (sum - T(1)) : T(1) - (sum - x);
    bool whole = lost == T(0) || !(sum < infinity<T>());
    T out = ln(sum) + (whole ? T(0) : lost / sum);
    T small = constant<T>(1.1920928955078125e-7 * 0.25, 2.220446049250313e-16 * 0.25);
    return size_of(x) < small ? x : out;
}

// Cosine of an angle in turns, from 0 to 1.
template <typename T>
__device__ inline T cos_of_turns(T turns) {
    T n = round_even(turns * T(4));
    T r = (turns - n * T(0.25)) * T(6.28318530717958647692);
    T z = r * r;
    T sin = is_double<T>()
        ? horner(z, -0.16666666666666666, 0.0083333333333309272, -0.00019841269836724877, 2.7557316084930261e-6,
                 -2.5051128149966295e-8, 1.5917861852632913e-10)
        : horner(z, -0.166666642, 0.00833274703, -0.000195875051);
    T cos = is_double<T>()
        ? horner(z, 0.041666666666666664, -0.0013888888888887382, 2.4801587298744435e-5, -2.7557317260628113e-7,
                 2.0876143942493214e-9, -1.1382464187765441e-11)
        : horner(z, 0.0416666642, -0.00138883013, 2.45475367e-5);
    sin = r + r * z * sin;
    cos = T(1) - (T(0.5) * z - z * z * cos);
    T turn = n - T(4) * round_even(n * T(0.25) - T(0.375));
    T out = turn == T(1) || turn == T(3) ? sin : cos;
    return T(0.5) < turn && turn < T(2.5) ? -out : out;
}

// A standard normal number of two that are uniform, `u` in (0, 1] and `v` in [0, 1).
template <typename T>
__device__ inline T normal(T u, T v) {
    return root(T(-2) * ln(u)) * cos_of_turns(v);
}

}  // namespace math

// Philox4x32-10: the random numbers of one entity, drawn in order.
struct Random {
    unsigned key[2];
    unsigned counter[4];
    // What is left of a block, the next word first.
    unsigned words[4];
    int n_left;

    // Of the sequences of which `sequence` has the key and then the step, low word first, `later` steps on.
    __device__ Random(const unsigned *sequence, unsigned later, unsigned entity) : n_left(0) {
        unsigned long long step = sequence[2] | (unsigned long long)sequence[3] << 32;
        step += later;
        key[0] = sequence[0];
        key[1] = sequence[1];
        counter[0] = 0;
        counter[1] = entity;
        counter[2] = unsigned(step);
        counter[3] = unsigned(step >> 32);
    }

    __device__ void draw_block() {
        unsigned k0 = key[0], k1 = key[1];
        for (int i = 0; i < 4; i++) words[i] = counter[i];
        for (int round = 0; round < 10; round++) {
            unsigned long long low = 0xD2511F53ull * words[0];
            unsigned long long high = 0xCD9E8D57ull * words[2];
            words[0] = unsigned(high >> 32) ^ words[1] ^ k0;
            words[1] = unsigned(high);
            words[2] = unsigned(low >> 32) ^ words[3] ^ k1;
            words[3] = unsigned(low);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        counter[0]++;
        n_left = 4;
    }

    __device__ unsigned next() {
        if (n_left == 0) draw_block();
        unsigned word = words[0];
        words[0] = words[1];
        words[1] = words[2];
        words[2] = words[3];
        n_left--;
        return word;
    }

    // Uniform in [0, 1), in steps of 2^-32.
    __device__ double uniform() { return double(next()) / 4294967296.0; }

    __device__ double normal() {
        double u = 1.0 - uniform();
        double v = uniform();
        return math::normal(u, v);
    }
};
