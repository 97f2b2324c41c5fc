// CUDA's words for a C++ compiler of the host, so that the kernels of this folder run without a GPU.
//
// The threads of a block are fibers on one thread of the machine. Each runs up to a barrier or to its end; when all
// are there, the next round begins. Blocks follow one another. A block of which some threads end while others wait
// at a barrier is an error, as it is undefined on a GPU.
#pragma once

#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <math.h>
#include <sys/mman.h>
#include <ucontext.h>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local

struct dim3 {
    unsigned x, y, z;
};

inline thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace host {

constexpr unsigned MOST_THREADS = 1024;
constexpr std::size_t STACK = 64 * 1024;

enum class Place { Ready, Waiting, Done };

struct Fiber {
    ucontext_t start;
    jmp_buf at;
    bool has_begun = false;
    Place place = Place::Done;
};

// The stacks of the fibers of one thread of the machine.
struct Stacks {
    char *all;
    Stacks() {
        void *memory = mmap(nullptr, MOST_THREADS * STACK, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            std::abort();
        all = static_cast<char *>(memory);
    }
    ~Stacks() { munmap(all, MOST_THREADS * STACK); }
};

// What runs: a kernel and its arguments.
struct Work {
    void (*call)(const void *kernel, void **arguments);
    const void *kernel;
    void **arguments;
};

inline thread_local std::unique_ptr<Stacks> stacks;
inline thread_local std::vector<Fiber> fibers;
inline thread_local jmp_buf scheduler;
inline thread_local unsigned current;
inline thread_local Work work;

__attribute__((noinline)) inline void leave(Place place) {
    Fiber &fiber = fibers[current];
    fiber.place = place;
    if (_setjmp(fiber.at) == 0)
        _longjmp(scheduler, 1);
}

inline void fiber_main() {
    for (;;) {
        work.call(work.kernel, work.arguments);
        leave(Place::Done);
    }
}

__attribute__((noinline)) inline void resume(unsigned number) {
    current = number;
    threadIdx = {number, 0, 0};
    if (_setjmp(scheduler) != 0)
        return;
    Fiber &fiber = fibers[current];
    if (fiber.has_begun)
        _longjmp(fiber.at, 1);
    fiber.has_begun = true;
    setcontext(&fiber.start);
}

inline void prepare(unsigned n_threads) {
    if (!stacks) {
        stacks = std::make_unique<Stacks>();
        // They never move: contexts point into themselves.
        fibers.reserve(MOST_THREADS);
    }
    while (fibers.size() < n_threads) {
        std::size_t number = fibers.size();
        fibers.emplace_back();
        Fiber &fiber = fibers.back();
        getcontext(&fiber.start);
        fiber.start.uc_stack.ss_sp = stacks->all + number * STACK;
        fiber.start.uc_stack.ss_size = STACK;
        fiber.start.uc_link = nullptr;
        makecontext(&fiber.start, fiber_main, 0);
    }
}

// Whether all threads of a block came to their end together.
inline bool run_block(unsigned n_threads, bool backwards) {
    for (unsigned i = 0; i < n_threads; i++)
        fibers[i].place = Place::Ready;
    for (;;) {
        unsigned n_done = 0;
        for (unsigned i = 0; i < n_threads; i++) {
            unsigned number = backwards ? n_threads - 1 - i : i;
            resume(number);
            n_done += fibers[number].place == Place::Done;
        }
        if (n_done == n_threads)
            return true;
        if (n_done > 0) {
            // Those that wait never go on.
            fibers.clear();
            return false;
        }
    }
}

// Runs a grid. 0, or 1 if there are too many threads, or 2 if some ended while others waited at a barrier.
inline int run_grid(Work what, unsigned blocks_x, unsigned blocks_y, unsigned n_threads, bool backwards) {
    if (n_threads == 0 || n_threads > MOST_THREADS)
        return 1;
    work = what;
    gridDim = {blocks_x, blocks_y, 1};
    blockDim = {n_threads, 1, 1};
    for (unsigned i = 0; i < blocks_x * blocks_y; i++) {
        unsigned number = backwards ? blocks_x * blocks_y - 1 - i : i;
        blockIdx = {number % blocks_x, number / blocks_x, 0};
        prepare(n_threads);
        if (!run_block(n_threads, backwards))
            return 2;
    }
    return 0;
}

template <class P> struct Kind {
    static constexpr char NAME = '?';
};
template <class T> struct Kind<T *> {
    static constexpr char NAME = 'b';
};
template <> struct Kind<unsigned> {
    static constexpr char NAME = 'c';
};
template <> struct Kind<float> {
    static constexpr char NAME = 'f';
};

template <class... P> struct Kernel {
    using Function = void (*)(P...);

    template <std::size_t... I>
    static void call_with(Function kernel, void **arguments, std::index_sequence<I...>) {
        kernel(*static_cast<std::remove_const_t<P> *>(arguments[I])...);
    }
    static void call(const void *kernel, void **arguments) {
        call_with(reinterpret_cast<Function>(const_cast<void *>(kernel)), arguments, std::index_sequence_for<P...>());
    }
    // A letter for each parameter: b of an address, c of a count, f of a number.
    static const char *kinds() {
        static const std::string letters = {Kind<std::remove_const_t<P>>::NAME...};
        return letters.c_str();
    }
};

template <class... P> Kernel<P...> of(void (*)(P...)) {
    return {};
}

} // namespace host

inline void __syncthreads() { host::leave(host::Place::Waiting); }

// What a loader finds of a kernel beside itself.
#define HOST_KERNEL(name)                                                                                              \
    extern "C" const char *kinds_##name() { return decltype(host::of(&name))::kinds(); }                               \
    extern "C" int launch_##name(void **arguments, unsigned blocks_x, unsigned blocks_y, unsigned n_threads,           \
                                 int backwards) {                                                                      \
        host::Work work = {&decltype(host::of(&name))::call, reinterpret_cast<const void *>(&name), arguments};        \
        return host::run_grid(work, blocks_x, blocks_y, n_threads, backwards != 0);                                    \
    }
