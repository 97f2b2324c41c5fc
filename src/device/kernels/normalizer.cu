// Running statistics of observations and values, and normalisation by them: src/learn/normalizer.rs, to the bit.

#include "control.cuh"
#include "scale.cuh"

// Rows of a partial sum, as there.
const unsigned CHUNK_ROWS = 1024;
// Added to the variance before its root, as there.
const double EPSILON = 1e-5;

// Statistics of columns: shape (3, dim), means, variances and how many rows were seen.
struct Statistics {
    double *mean;
    double *variance;
    double *count;
    __device__ Statistics(double *all, unsigned dim) : mean(all), variance(all + dim), count(all + 2 * dim) {}
};

// The mean and the sum of squared deviations of the rows of each chunk, in `partials`, shape (chunks, 2, dim). The rows are
// the first `n` of `data`, shape (rows, dim), or those of `indices`, shape (n,), where `is_chosen`. A thread a column;
// blocks for all columns of the first chunk, then for those of the next.
extern "C" __global__ void column_moments(
    const Control *control, const float *data, const unsigned *indices, double *partials, unsigned n, unsigned dim,
    unsigned is_chosen
) {
    unsigned n_blocks = (dim + blockDim.x - 1) / blockDim.x;
    unsigned chunk = blockIdx.x / n_blocks, column = blockIdx.x % n_blocks * blockDim.x + threadIdx.x;
    if (has_ended(control) || column >= dim) return;
    unsigned begin = chunk * CHUNK_ROWS;
    unsigned end = n - begin < CHUNK_ROWS ? n : begin + CHUNK_ROWS;
    double count = double(end - begin);
    double mean = 0.0;
    for (unsigned i = begin; i < end; i++) mean += double(data[size_t(is_chosen ? indices[i] : i) * dim + column]);
    mean /= count;
    double squares = 0.0;
    for (unsigned i = begin; i < end; i++) {
        double deviation = double(data[size_t(is_chosen ? indices[i] : i) * dim + column]) - mean;
        squares += deviation * deviation;
    }
    partials[size_t(chunk) * 2 * dim + column] = mean;
    partials[(size_t(chunk) * 2 + 1) * dim + column] = squares;
}

// Takes the moments of all chunks into the statistics, in one block, and writes the `scale` that follows, shape (2, dim):
// means and roots of variances. If a number is not finite, nothing changes and the update ends. `next`, shape (3, dim), is
// working memory.
extern "C" __global__ void merge_moments(
    Control *control, const double *partials, double *statistics, double *next, float *scale, unsigned n, unsigned dim,
    unsigned ended
) {
    __shared__ unsigned is_finite[1];
    if (has_ended(control)) return;
    if (threadIdx.x == 0) is_finite[0] = 1;
    __syncthreads();
    Statistics old(statistics, dim), merged(next, dim);
    for (unsigned column = threadIdx.x; column < dim; column += blockDim.x) {
        double count = old.count[column];
        double mean = old.mean[column];
        double squares = old.variance[column] * count;
        for (unsigned begin = 0; begin < n; begin += CHUNK_ROWS) {
            const double *partial = partials + size_t(begin / CHUNK_ROWS) * 2 * dim;
            double more = double(n - begin < CHUNK_ROWS ? n - begin : CHUNK_ROWS);
            double total = count + more;
            double delta = partial[column] - mean;
            mean += delta * more / total;
            squares += partial[dim + column] + delta * delta * count * more / total;
            count = total;
        }
        // All that write it write the same.
        if (!isfinite(mean) || !isfinite(squares)) is_finite[0] = 0;
        merged.mean[column] = mean;
        merged.variance[column] = squares / count;
        merged.count[column] = count;
    }
    __syncthreads();
    if (is_finite[0] == 0) {
        if (threadIdx.x == 0) end(control, Ended(ended));
        return;
    }
    for (unsigned column = threadIdx.x; column < dim; column += blockDim.x) {
        old.mean[column] = merged.mean[column];
        old.variance[column] = merged.variance[column];
        old.count[column] = merged.count[column];
        scale[column] = float(merged.mean[column]);
        scale[dim + column] = float(sqrt(merged.variance[column] + EPSILON));
    }
}

// Ends the update unless all of `n` numbers are finite.
extern "C" __global__ void require_finite(Control *control, const float *data, unsigned n, unsigned ended) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    // All that write it write the same.
    if (i < n && !isfinite(data[i])) end(control, Ended(ended));
}

// Normalises `n` numbers of one column in place.
extern "C" __global__ void normalize_column(
    const Control *control, const float *scale, float *data, unsigned n, float limit
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (has_ended(control) || i >= n) return;
    data[i] = normalize(data[i], scale[0], scale[1], limit);
}

// Rows `indices` of `data`, shape (rows, dim), into `x`, shape (n, dim), normalised column by column if `is_normalized`. A
// thread a number.
extern "C" __global__ void gather_rows(
    const Control *control, const float *data, const unsigned *indices, const float *scale, float *x, unsigned n,
    unsigned dim, unsigned is_normalized, float limit
) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (has_ended(control) || i / dim >= n) return;
    unsigned column = i % dim;
    float number = data[size_t(indices[i / dim]) * dim + column];
    if (is_normalized) number = normalize(number, scale[column], scale[dim + column], limit);
    x[i] = number;
}
