//! `math.cuh` against `math/lanes` and `math/rng`, in every bit.

use super::KernelSource;
use super::host::emulator_of;
use crate::device::words::{from_doubles, from_words, to_doubles};
use crate::device::{Argument, Emulator, Grid, ProgramBackend};
use crate::math::lanes::{Lanes, exp, exp_m1, ln, ln_1p, normal, tanh};
use crate::math::rng::{Random, RandomStream, Sequences};

/// Every function of the header, and what is drawn.
const FUNCTIONS: &str = r#"
#include "math.cuh"
template <typename T>
__device__ T apply(T x, T y, unsigned function) {
    switch (function) {
        case 0: return math::exp(x);
        case 1: return math::exp_m1(x);
        case 2: return math::tanh(x);
        case 3: return math::ln(x);
        case 4: return math::ln_1p(x);
        default: return math::normal(x, y);
    }
}
extern "C" __global__ void single(const float *x, const float *y, float *to, unsigned n, unsigned function) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) to[i] = apply(x[i], y[i], function);
}
extern "C" __global__ void twice(const double *x, const double *y, double *to, unsigned n, unsigned function) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) to[i] = apply(x[i], y[i], function);
}
extern "C" __global__ void draws(const unsigned *sequence, double *to, unsigned n, unsigned later) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    Random random(sequence, later, i);
    to[8 * i] = double(random.next());
    to[8 * i + 1] = random.uniform();
    for (unsigned k = 2; k < 8; k++) to[8 * i + k] = random.normal();
}
"#;

const TEXT: &str = ".entry single(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 d, .param .u32 e)\n\
                    .entry twice(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 d, .param .u32 e)\n\
                    .entry draws(.param .u64 a, .param .u64 b, .param .u32 c, .param .u32 d)";

const SOURCE: KernelSource = KernelSource { name: "functions", ptx: TEXT };

fn emulator() -> Option<Emulator> {
    emulator_of("functions.cu", FUNCTIONS)
}

/// What a kernel makes of numbers that buffers hold.
fn run(emulator: &mut Emulator, kernel: &str, numbers: &[Vec<f32>; 2], function: u32) -> Vec<f32> {
    let kernel = emulator.load_source(&SOURCE, kernel).unwrap();
    let n_places = numbers[0].len();
    let [x, y, to] = [0, 1, 2].map(|_| emulator.allocate(n_places).unwrap());
    emulator.write(x, 0, &numbers[0]).unwrap();
    emulator.write(y, 0, &numbers[1]).unwrap();
    let n = N as u32;
    let arguments = [
        Argument::Buffer(x),
        Argument::Buffer(y),
        Argument::Buffer(to),
        Argument::Count(n),
        Argument::Count(function),
    ];
    emulator.launch_grid(kernel, Grid::of_threads(n), &arguments).unwrap();
    let mut results = vec![0.0; n_places];
    emulator.read(to, 0, &mut results).unwrap();
    results
}

fn apply<L: Lanes>(function: u32, x: L, y: L) -> L {
    match function {
        0 => exp(x),
        1 => exp_m1(x),
        2 => tanh(x),
        3 => ln(x),
        4 => ln_1p(x),
        _ => normal(x, y),
    }
}

/// Numbers of each test.
const N: usize = 300_000;

/// Ends, the neighbourhoods of 0 and of where formulas change, then random bits, of all numbers there are.
fn numbers(seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, RandomStream::Control, 0, 0);
    let ends = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::MIN_POSITIVE,
        f64::from(f32::MIN_POSITIVE),
        f64::from(f32::from_bits(1)),
        f64::from_bits(1),
        f64::MAX,
        f64::from(f32::MAX),
        f64::from(f32::MIN),
        0.625,
        std::f64::consts::SQRT_2,
        88.8,
        -110.0,
    ];
    let mut numbers = ends.to_vec();
    while numbers.len() < N {
        let bits = [random.next_u32(), random.next_u32()];
        numbers.push(match numbers.len() % 4 {
            0 => f64::from(f32::from_bits(bits[0])),
            1 => f64::from_bits(u64::from(bits[0]) << 32 | u64::from(bits[1])),
            2 => 20.0 * random.normal(),
            _ => random.uniform(),
        });
    }
    numbers
}

fn is_same(got: u64, expected: u64, is_nan: bool) -> bool {
    got == expected || is_nan
}

#[test]
fn functions_have_the_bits_of_those_of_lanes() {
    let Some(mut emulator) = emulator() else { return };
    let all = [numbers(1), numbers(2)];
    let single = all.clone().map(|all| all.iter().map(|x| *x as f32).collect::<Vec<f32>>());
    let double = all.clone().map(|all| from_doubles(&all));
    for function in 0..6 {
        let got = run(&mut emulator, "single", &single, function);
        for (i, got) in got.iter().enumerate() {
            let (x, y) = (single[0][i], single[1][i]);
            let expected = apply(function, x, y);
            let (bits, nan) = (expected.to_bits(), expected.is_nan() && got.is_nan());
            let same = is_same(got.to_bits().into(), bits.into(), nan);
            assert!(same, "{function} of {x:e} {y:e}: {got:e}, not {expected:e}");
        }
        let got = to_doubles(&run(&mut emulator, "twice", &double, function));
        for (i, got) in got.iter().enumerate() {
            let (x, y) = (all[0][i], all[1][i]);
            let expected = apply(function, x, y);
            let (bits, nan) = (expected.to_bits(), expected.is_nan() && got.is_nan());
            let same = is_same(got.to_bits(), bits, nan);
            assert!(same, "{function} of {x:e} {y:e}: {got:e}, not {expected:e}");
        }
    }
}

#[test]
fn random_numbers_are_those_of_the_host() {
    let Some(mut emulator) = emulator() else { return };
    let kernel = emulator.load_source(&SOURCE, "draws").unwrap();
    let n = 1000;
    let [sequence, to] = [4, 16 * n].map(|n| emulator.allocate(n).unwrap());
    // The step's high word changes on the way.
    let step = (7 << 32) - 2;
    for later in [0, 1, 5] {
        let sequences = Sequences::new(1 << 40 | 3, RandomStream::Explore, step);
        emulator.write(sequence, 0, &from_words(&sequences.words())).unwrap();
        let counts = [n as u32, later].map(Argument::Count);
        let buffers = [sequence, to].map(Argument::Buffer);
        let arguments = [buffers, counts].concat();
        emulator.launch_grid(kernel, Grid::of_threads(n as u32), &arguments).unwrap();
        let mut places = vec![0.0; 16 * n];
        emulator.read(to, 0, &mut places).unwrap();
        for (entity, got) in to_doubles(&places).chunks(8).enumerate() {
            let step = step + u64::from(later);
            let mut random = Random::new(1 << 40 | 3, RandomStream::Explore, entity as u32, step);
            let mut expected = vec![f64::from(random.next_u32()), random.uniform()];
            expected.extend((0..6).map(|_| random.normal()));
            let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(got), bits(&expected), "entity {entity}, {later} steps later");
        }
    }
}
