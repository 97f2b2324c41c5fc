// Dense layers: tiles of 64 x 64 numbers, of which each of 256 threads sums 4 x 4.
//
// Sums run over their terms in order, one fused product after the other, so the same bits come out wherever they are
// computed. Gradients by weights are sums over rows: chunks of rows are summed by themselves, `reduce_gradient` adds
// the chunks in order.

#include "activation.cuh"
#include "control.cuh"

const unsigned TILE = 64;
// Terms of a sum that lie in shared memory at a time.
const unsigned DEPTH = 16;
// Threads that share rows or columns of a tile, and neighbours of these for each.
const unsigned SIDE = 16;
const unsigned EACH = TILE / SIDE;
const unsigned THREADS = SIDE * SIDE;

// Neighbours that are read at once.
struct alignas(16) Four {
    float of[EACH];
};

// A slice of a factor: `numbers[k][i]` is the term k of row or column i of the tile. Some more, so that threads that write
// neighbouring k meet different banks.
struct alignas(16) Slice {
    float numbers[DEPTH][TILE + EACH];

    __device__ Four four(unsigned k, unsigned i) const { return *(const Four *)&numbers[k][EACH * i]; }
};

// Of a matrix with `stride` numbers from row to row: terms `from`.. below `end` of the rows `first`.. below `n`.
__device__ inline void load_rows(
    Slice &slice, const float *matrix, unsigned stride, unsigned first, unsigned n, unsigned from, unsigned end
) {
    unsigned k = threadIdx.x % DEPTH;
    for (unsigned i = threadIdx.x / DEPTH; i < TILE; i += THREADS / DEPTH) {
        unsigned row = first + i, term = from + k;
        slice.numbers[k][i] = row < n && term < end ? matrix[size_t(row) * stride + term] : 0.0f;
    }
}

// The same of columns: terms are rows of the matrix.
__device__ inline void load_columns(
    Slice &slice, const float *matrix, unsigned stride, unsigned first, unsigned n, unsigned from, unsigned end
) {
    unsigned i = threadIdx.x % TILE;
    for (unsigned k = threadIdx.x / TILE; k < DEPTH; k += THREADS / TILE) {
        unsigned column = first + i, term = from + k;
        slice.numbers[k][i] = column < n && term < end ? matrix[size_t(term) * stride + column] : 0.0f;
    }
}

// Adds the products of two slices to the sums of a thread.
__device__ inline void multiply(const Slice &a, const Slice &b, float (&sums)[EACH][EACH]) {
    unsigned row = threadIdx.x / SIDE, column = threadIdx.x % SIDE;
    for (unsigned k = 0; k < DEPTH; k++) {
        Four of_a = a.four(k, row), of_b = b.four(k, column);
        for (unsigned i = 0; i < EACH; i++) {
            for (unsigned j = 0; j < EACH; j++) sums[i][j] = fmaf(of_a.of[i], of_b.of[j], sums[i][j]);
        }
    }
}

// Tiles of a matrix are numbered row by row, and its blocks with them: of the indices of a grid only x goes beyond 65,535.
__device__ inline unsigned tiles_of(unsigned n_columns) { return (n_columns + TILE - 1) / TILE; }
__device__ inline unsigned tile_row(unsigned n_columns) { return blockIdx.x / tiles_of(n_columns); }
__device__ inline unsigned tile_column(unsigned n_columns) { return blockIdx.x % tiles_of(n_columns); }

// y = f(x W^T + b): x has shape (n, n_inputs), W (n_outputs, n_inputs), y (n, n_outputs), with `x_stride` and `y_stride`
// numbers from row to row, and each begins at the number that is given for it. `kept`, shape (n, n_outputs), gets what f
// acts on, where its slope needs that. A block a tile of y.
extern "C" __global__ void dense_forward(
    const Control *control, const float *x, const float *weights, float *y, float *kept, unsigned x_at,
    unsigned x_stride, unsigned weight_at, unsigned bias_at, unsigned y_at, unsigned y_stride, unsigned n,
    unsigned n_inputs, unsigned n_outputs, unsigned activation
) {
    __shared__ Slice a, b;
    if (has_ended(control)) return;
    unsigned first_row = tile_row(n_outputs) * TILE, first_column = tile_column(n_outputs) * TILE;
    unsigned row = first_row + threadIdx.x / SIDE * EACH, column = first_column + threadIdx.x % SIDE * EACH;
    float sums[EACH][EACH];
    for (unsigned j = 0; j < EACH; j++) {
        unsigned output = column + j;
        float bias = output < n_outputs ? weights[bias_at + output] : 0.0f;
        for (unsigned i = 0; i < EACH; i++) sums[i][j] = bias;
    }
    for (unsigned from = 0; from < n_inputs; from += DEPTH) {
        load_rows(a, x + x_at, x_stride, first_row, n, from, n_inputs);
        load_rows(b, weights + weight_at, n_inputs, first_column, n_outputs, from, n_inputs);
        __syncthreads();
        multiply(a, b, sums);
        __syncthreads();
    }
    for (unsigned i = 0; i < EACH; i++) {
        for (unsigned j = 0; j < EACH; j++) {
            size_t at_row = row + i, output = column + j;
            if (at_row >= n || output >= n_outputs) continue;
            if (activation == GELU) kept[at_row * n_outputs + output] = sums[i][j];
            y[y_at + at_row * y_stride + output] = activate(activation, sums[i][j]);
        }
    }
}

// dx = dy W f'(x), the gradient by what the nonlinearity of the layer below acts on: dy has shape (n, n_outputs) with
// `dy_stride` from row to row, dx and `kept` (n, n_inputs). `kept` is what f' follows from. A block a tile of dx.
extern "C" __global__ void dense_backward(
    const Control *control, const float *dy, const float *weights, const float *kept, float *dx, unsigned dy_at,
    unsigned dy_stride, unsigned weight_at, unsigned n, unsigned n_inputs, unsigned n_outputs, unsigned activation
) {
    __shared__ Slice a, b;
    if (has_ended(control)) return;
    unsigned first_row = tile_row(n_inputs) * TILE, first_column = tile_column(n_inputs) * TILE;
    unsigned row = first_row + threadIdx.x / SIDE * EACH, column = first_column + threadIdx.x % SIDE * EACH;
    float sums[EACH][EACH] = {};
    for (unsigned from = 0; from < n_outputs; from += DEPTH) {
        load_rows(a, dy + dy_at, dy_stride, first_row, n, from, n_outputs);
        load_columns(b, weights + weight_at, n_inputs, first_column, n_inputs, from, n_outputs);
        __syncthreads();
        multiply(a, b, sums);
        __syncthreads();
    }
    for (unsigned i = 0; i < EACH; i++) {
        for (unsigned j = 0; j < EACH; j++) {
            size_t at_row = row + i, input = column + j;
            if (at_row >= n || input >= n_inputs) continue;
            size_t place = at_row * n_inputs + input;
            dx[place] = sums[i][j] * slope_of(activation, kept[place]);
        }
    }
}

// The gradient by weights and bias of one chunk of rows, in its row of `partials`, shape (chunks, n_weights): dW = dy^T x,
// db = the sum of dy. A block a tile of dW of a chunk: all tiles of the first chunk, then those of the next.
extern "C" __global__ void dense_gradient(
    const Control *control, const float *dy, const float *x, float *partials, unsigned dy_at, unsigned dy_stride,
    unsigned x_at, unsigned x_stride, unsigned weight_at, unsigned bias_at, unsigned n, unsigned n_inputs,
    unsigned n_outputs, unsigned chunk_rows, unsigned n_weights
) {
    __shared__ Slice a, b;
    if (has_ended(control)) return;
    unsigned chunk = tile_row(n_inputs) / tiles_of(n_outputs);
    unsigned first_output = tile_row(n_inputs) % tiles_of(n_outputs) * TILE;
    unsigned first_input = tile_column(n_inputs) * TILE;
    unsigned begin = chunk * chunk_rows;
    unsigned end = n - begin < chunk_rows ? n : begin + chunk_rows;
    unsigned output = first_output + threadIdx.x / SIDE * EACH, input = first_input + threadIdx.x % SIDE * EACH;
    bool sums_bias = first_input == 0 && threadIdx.x < TILE;
    float sums[EACH][EACH] = {};
    float bias = 0.0f;
    for (unsigned from = begin; from < end; from += DEPTH) {
        load_columns(a, dy + dy_at, dy_stride, first_output, n_outputs, from, end);
        load_columns(b, x + x_at, x_stride, first_input, n_inputs, from, end);
        __syncthreads();
        multiply(a, b, sums);
        if (sums_bias) {
            for (unsigned k = 0; k < DEPTH; k++) bias += a.numbers[k][threadIdx.x];
        }
        __syncthreads();
    }
    float *partial = partials + size_t(chunk) * n_weights;
    for (unsigned i = 0; i < EACH; i++) {
        for (unsigned j = 0; j < EACH; j++) {
            unsigned row = output + i, column = input + j;
            if (row < n_outputs && column < n_inputs) partial[weight_at + size_t(row) * n_inputs + column] = sums[i][j];
        }
    }
    if (sums_bias && first_output + threadIdx.x < n_outputs) partial[bias_at + first_output + threadIdx.x] = bias;
}
