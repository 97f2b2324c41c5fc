// Programs in f64 that are a table of operations: what src/scene/on_device/table.rs makes of a traced one.

#pragma once

#include "math.cuh"

// The operations, by the numbers that table.rs gives them. Masks are 1 or 0.
enum Operation {
    CONSTANT, ADD, SUB, MUL, DIV, MUL_ADD, NEG, SQRT, ABS, FLIP_SIGN, EXPONENT, MANTISSA, POWER_OF_TWO, FLOOR, LEAST,
    MOST, LESS, NOT_MORE, EQUAL, SELECT, AND, OR, NOT
};

// A program, as the words before its table say: an operation with its operands is 5 words, an output 2.
struct Program {
    // Uniform numbers that it takes, in the first registers; the next has the difficulty.
    unsigned n_drawn;
    unsigned n_operations;
    unsigned n_outputs;
};

// Registers of a program, shape (n_registers, n), in the column of an environment.
struct Registers {
    double *first;
    unsigned n;

    __device__ double &operator[](unsigned number) const { return first[size_t(number) * n]; }
};

// What an operation makes of the registers `a`, `b` and `c`. Products are rounded before they are added to.
__device__ inline double operate(unsigned operation, const Registers &x, unsigned a, unsigned b, unsigned c) {
    switch (operation) {
        case CONSTANT: return math::with_bits<double>((unsigned long long)b << 32 | a);
        case ADD: return x[a] + x[b];
        case SUB: return x[a] - x[b];
        case MUL: return x[a] * x[b];
        case DIV: return x[a] / x[b];
        case MUL_ADD: return x[a] * x[b] + x[c];
        case NEG: return -x[a];
        case SQRT: return sqrt(x[a]);
        case ABS: return fabs(x[a]);
        case FLIP_SIGN: return math::flip_sign(x[a], x[b]);
        case EXPONENT: return math::exponent(x[a]);
        case MANTISSA: return math::mantissa(x[a]);
        case POWER_OF_TWO: return math::power_of_two(x[a]);
        case FLOOR: return floor(x[a]);
        case LEAST: return math::least(x[a], x[b]);
        case MOST: return math::most(x[a], x[b]);
        case LESS: return x[a] < x[b];
        case NOT_MORE: return x[a] <= x[b];
        case EQUAL: return x[a] == x[b];
        case SELECT: return x[a] != 0.0 ? x[b] : x[c];
        case AND: return x[a] != 0.0 && x[b] != 0.0;
        case OR: return x[a] != 0.0 || x[b] != 0.0;
        default: return x[a] == 0.0;
    }
}

// Runs the program of a table: what goes out is in registers, and the words that follow say in which. Returns these.
__device__ inline const unsigned *run(const unsigned *table, const Registers &registers) {
    const Program *program = (const Program *)table;
    const unsigned *words = table + sizeof(Program) / sizeof(unsigned);
    for (unsigned i = 0; i < program->n_operations; i++, words += 5)
        registers[words[1]] = operate(words[0], registers, words[2], words[3], words[4]);
    return words;
}

// Draws what a program takes, runs it, and writes its outputs to their rows of `to`, shape (rows, n), in the column of
// the environment.
__device__ inline void draw(
    const unsigned *table, const Registers &registers, Random &random, double difficulty, float *to
) {
    const Program *program = (const Program *)table;
    for (unsigned k = 0; k < program->n_drawn; k++) registers[k] = random.uniform();
    registers[program->n_drawn] = difficulty;
    const unsigned *words = run(table, registers);
    for (unsigned i = 0; i < program->n_outputs; i++, words += 2)
        to[size_t(words[0]) * registers.n] = float(registers[words[1]]);
}
