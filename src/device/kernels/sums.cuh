// Sums over the threads of a block, in f64 and in an order that depends on nothing but their number.

#pragma once

// Threads of a block.
const unsigned BLOCK = 128;
// Columns that a block sums at once, and threads that share one of them.
const unsigned GROUP = 8;
const unsigned PARTS = BLOCK / GROUP;

// One number of each thread in each column.
struct Columns {
    double numbers[GROUP][BLOCK];
    double parts[GROUP][PARTS];
};

// Sums the first `n` columns over all threads; thread k returns the sum of column k.
__device__ inline double sum_columns(Columns &columns, unsigned n) {
    unsigned column = threadIdx.x / PARTS, part = threadIdx.x % PARTS;
    __syncthreads();
    double sum = 0.0;
    if (column < n) {
        for (unsigned i = part; i < BLOCK; i += PARTS) sum += columns.numbers[column][i];
    }
    columns.parts[column][part] = sum;
    __syncthreads();
    double total = 0.0;
    if (threadIdx.x < n) {
        for (unsigned i = 0; i < PARTS; i++) total += columns.parts[threadIdx.x][i];
    }
    return total;
}

// The sum of a number of each thread, for all of them.
__device__ inline double sum_all(Columns &columns, double number) {
    columns.numbers[0][threadIdx.x] = number;
    double sum = sum_columns(columns, 1);
    // Nobody reads the numbers any more, and `sum_columns` waits before it reads them again.
    if (threadIdx.x == 0) columns.numbers[1][0] = sum;
    __syncthreads();
    return columns.numbers[1][0];
}
