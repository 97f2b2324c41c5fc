// Mean and deviation of advantages and other numbers of a rollout, and normalisation by them.

#include "sums.cuh"

// Numbers whose moments a block takes.
const unsigned ROWS = 8 * BLOCK;

// Of every block the mean of its numbers, and the sum of the squares of their deviations from it: `partials` has shape
// (blocks, 2). The numbers are `data` at `indices`, shape (n,), or the first `n` of them where not `is_chosen`.
extern "C" __global__ void moments(
    const float *data, const unsigned *indices, double *partials, unsigned n, unsigned is_chosen
) {
    __shared__ Columns columns;
    unsigned first = blockIdx.x * ROWS;
    unsigned end = n - first < ROWS ? n : first + ROWS;
    double sum = 0.0;
    for (unsigned i = first + threadIdx.x; i < end; i += BLOCK) sum += double(data[is_chosen ? indices[i] : i]);
    double mean = sum_all(columns, sum) / double(end - first);
    double squares = 0.0;
    for (unsigned i = first + threadIdx.x; i < end; i += BLOCK) {
        double deviation = double(data[is_chosen ? indices[i] : i]) - mean;
        squares += deviation * deviation;
    }
    squares = sum_all(columns, squares);
    if (threadIdx.x > 0) return;
    partials[2 * blockIdx.x] = mean;
    partials[2 * blockIdx.x + 1] = squares;
}

// From the moments of all blocks, in one block: the mean; the deviation of a sample (divisor n - 1) + 1e-8; the variance
// (divisor n). `standard` has shape (3,).
extern "C" __global__ void standard_of_moments(const double *partials, double *standard, unsigned n) {
    __shared__ Columns columns;
    unsigned n_blocks = (n + ROWS - 1) / ROWS;
    double sum = 0.0;
    for (unsigned i = threadIdx.x; i < n_blocks; i += BLOCK) {
        unsigned count = n - i * ROWS < ROWS ? n - i * ROWS : ROWS;
        sum += partials[2 * i] * double(count);
    }
    double mean = sum_all(columns, sum) / double(n);
    double squares = 0.0;
    for (unsigned i = threadIdx.x; i < n_blocks; i += BLOCK) {
        unsigned count = n - i * ROWS < ROWS ? n - i * ROWS : ROWS;
        double shift = partials[2 * i] - mean;
        squares += partials[2 * i + 1] + double(count) * shift * shift;
    }
    squares = sum_all(columns, squares);
    if (threadIdx.x > 0) return;
    double variance = squares / double(n);
    standard[0] = mean;
    standard[1] = sqrt(variance * double(n) / (n > 1 ? double(n) - 1.0 : 1.0)) + 1e-8;
    standard[2] = variance;
}

// (x - mean) / deviation in the place of each of `n` numbers.
extern "C" __global__ void normalize_by_standard(const double *standard, float *data, unsigned n) {
    unsigned i = blockIdx.x * BLOCK + threadIdx.x;
    if (i < n) data[i] = float((double(data[i]) - standard[0]) / standard[1]);
}
