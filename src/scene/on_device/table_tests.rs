//! Tables do what the interpreter does, to the bit.

use super::table::Table;
use crate::device::kernels::{KernelSource, host};
use crate::device::words::{from_doubles, from_words, to_doubles};
use crate::device::{Argument, Emulator, ProgramBackend};
use crate::math::program::{
    ArrayCell, Builder, Interpreter, LaneProgram, Op, Scalar, Value, ValueKind, op_tests, order,
    tidy,
};
use crate::math::rng::{Random, RandomStream};
use crate::scene::trace::tests::of_one_model;
use crate::scene::{SceneLibrary, trace_push, trace_start};

const KERNEL: &str = r#"
#include "program.cuh"
extern "C" __global__ void run_table(const unsigned *table, double *registers, unsigned n) {
    unsigned env = blockIdx.x * blockDim.x + threadIdx.x;
    if (env >= n) return;
    Registers own = {registers + env, n};
    run(table, own);
}
"#;

const SOURCE: KernelSource = KernelSource {
    name: "table",
    ptx: ".entry run_table(.param .u64 a, .param .u64 b, .param .u32 c)",
};

fn cell(index: usize) -> ArrayCell {
    ArrayCell { array: "uniform", index: index as u32 }
}

/// What the kernel makes of each row of inputs, which are its first registers.
fn run(device: &mut Emulator, table: &Table, inputs: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = inputs.len();
    let kernel = device.load_source(&SOURCE, "run_table").unwrap();
    let words = from_words(&table.words(|_| None));
    let by_row = (0..inputs[0].len()).flat_map(|k| inputs.iter().map(move |it| it[k]));
    let given = from_doubles(&by_row.collect::<Vec<_>>());
    let [at_words, registers] = [words.len(), 2 * n * table.n_registers as usize]
        .map(|n_places| device.allocate(n_places).unwrap());
    device.write(at_words, 0, &words).unwrap();
    device.write(registers, 0, &given).unwrap();
    let buffers = [at_words, registers].map(Argument::Buffer);
    let arguments = [&buffers[..], &[Argument::Count(n as u32)]].concat();
    device.launch(kernel, n as u32, &arguments).unwrap();
    let mut places = vec![0.0; 2 * n * table.n_registers as usize];
    device.read(registers, 0, &mut places).unwrap();
    let numbers = to_doubles(&places);
    let of = |env: usize| {
        table.outputs.iter().map(|(_, register)| numbers[*register as usize * n + env]).collect()
    };
    (0..n).map(of).collect()
}

fn compare(device: &mut Emulator, what: &str, program: &LaneProgram, inputs: &[Vec<f64>]) {
    let table = Table::of(program).unwrap_or_else(|| panic!("{what} is no table"));
    let found = run(device, &table, inputs);
    let mut interpreter = Interpreter::<f64>::new(program);
    for (x, found) in inputs.iter().zip(found) {
        // Those of a table are by their numbers, and the difficulty is the last.
        let in_order = |cell: &ArrayCell| match cell.array {
            "uniform" => x[cell.index as usize],
            _ => x[x.len() - 1],
        };
        let given: Vec<f64> = program.inputs.iter().map(in_order).collect();
        for (expected, found) in interpreter.run(&given).into_iter().zip(found) {
            let is_same =
                expected.to_bits() == found.to_bits() || (expected.is_nan() && found.is_nan());
            assert!(is_same, "{what} of {x:?}: {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn every_operation_does_what_its_table_says() {
    let Some(mut device) = host::emulator_of("table.cu", KERNEL) else { return };
    let mut program = op_tests::program(Scalar::F64);
    program.inputs.iter_mut().for_each(|cell| cell.array = "uniform");
    let table = Table::of(&program).unwrap();
    let answers = run(&mut device, &table, &op_tests::arguments(Scalar::F64));
    op_tests::check(Scalar::F64, "a table", false, &answers);
}

/// A program of random operations and guarded blocks.
fn random_program(seed: u32) -> LaneProgram {
    let mut random = Random::new(9, RandomStream::Control, seed, 0);
    let mut it = Builder::new(Scalar::F64);
    let mut numbers: Vec<Value> = (0..4).map(|k| it.input(cell(k))).collect();
    numbers.extend([0.0, 1.0, -2.5, 1e-310].map(|x| it.number(x)));
    let mut masks = vec![it.op(Op::Lt(numbers[0], numbers[1])), it.op(Op::Truth(true))];
    // Of each open block, how many values there were before.
    let mut open = vec![];
    for _ in 0..90 {
        let mut number = || numbers[random.below(numbers.len() as u32) as usize];
        let [a, b, c] = [number(), number(), number()];
        let [p, q] = [0, 1].map(|_| masks[random.below(masks.len() as u32) as usize]);
        let op = match random.below(22) {
            0 | 1 => Op::Add(a, b),
            2 | 3 => Op::Sub(a, b),
            4 => Op::Mul(a, b),
            5 => Op::Div(a, b),
            6 | 7 => Op::MulAdd(a, b, c),
            8 => Op::FlipSign(a, b),
            9 => Op::Sqrt(a),
            10 => Op::Floor(a),
            11 => Op::Min(a, b),
            12 => Op::Max(a, b),
            13 => Op::Lt(a, b),
            14 => Op::Equal(a, b),
            15 => Op::Select(p, a, b),
            16 => Op::And(p, q),
            17 => Op::Or(p, q),
            18 => Op::Not(p),
            19 | 20 if open.len() < 3 => {
                it.begin_if(p);
                open.push((numbers.len(), masks.len()));
                continue;
            }
            _ => {
                let Some((n_numbers, n_masks)) = open.pop() else { continue };
                let outside = (numbers[n_numbers - 1], masks[n_masks - 1]);
                let pairs = [(a, outside.0), (p, outside.1)];
                numbers.truncate(n_numbers);
                masks.truncate(n_masks);
                let merged = it.end_if(&pairs);
                numbers.push(merged[0]);
                masks.push(merged[1]);
                continue;
            }
        };
        let value = it.op(op);
        match it.kind(value) {
            ValueKind::Number => numbers.push(value),
            ValueKind::Mask => masks.push(value),
        }
    }
    for (n_numbers, n_masks) in open.into_iter().rev() {
        it.end_if(&[]);
        numbers.truncate(n_numbers);
        masks.truncate(n_masks);
    }
    let (one, zero) = (it.number(1.0), it.number(0.0));
    let masks = masks.into_iter().map(|mask| it.op(Op::Select(mask, one, zero)));
    let outputs: Vec<Value> = masks.collect::<Vec<_>>().into_iter().chain(numbers).collect();
    let program = it.finish((0..).map(cell).zip(outputs).collect());
    if seed.is_multiple_of(2) { order(tidy(program)) } else { program }
}

#[test]
fn a_table_does_what_the_interpreter_does() {
    let Some(mut device) = host::emulator_of("table.cu", KERNEL) else { return };
    let known = [0.0, -0.0, 1.0, -1.0, 0.3, -2.7, 1e-310, 1e308, f64::INFINITY, f64::NAN, 1e-3];
    let mut n_reused = 0;
    for seed in 0..200 {
        let mut random = Random::new(10, RandomStream::Control, seed, 0);
        let mut row = |_| (0..4).map(|_| known[random.below(11) as usize]).collect::<Vec<f64>>();
        let inputs: Vec<_> = (0..[1, 45, 140][seed as usize % 3]).map(&mut row).collect();
        let program = random_program(seed);
        compare(&mut device, &format!("program {seed}"), &program, &inputs);
        let table = Table::of(&program).unwrap();
        n_reused += usize::from((table.n_registers as usize) < program.kinds.len());
    }
    assert!(n_reused > 100, "{n_reused}");
}

/// Starts of free bodies turn by sines, whose guarded blocks a table has without their guards.
#[test]
fn starts_and_pushes_are_tables() {
    let Some(mut device) = host::emulator_of("table.cu", KERNEL) else { return };
    let library = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let mut scenes: Vec<_> =
        library.names().iter().filter_map(|name| library.load(name).ok()).collect();
    scenes.push(of_one_model("Euler", 1, r#"Continuous([(actuator: "push", scale: 0.7)])"#));
    let mut n_pushes = 0;
    for scene in scenes {
        let start = trace_start(&scene).unwrap();
        let push = trace_push(&scene).unwrap();
        n_pushes += usize::from(push.is_some());
        for program in [Some(start), push].into_iter().flatten() {
            let uniform = program.inputs.iter().filter(|cell| cell.array == "uniform");
            let n = uniform.map(|cell| cell.index + 1).max().unwrap_or(0) + 1;
            let row = |env: u32| {
                let mut random = Random::new(4, RandomStream::Reset, env, 0);
                (0..n).map(|_| random.uniform()).collect::<Vec<f64>>()
            };
            let inputs: Vec<_> = (0..130).map(row).collect();
            compare(&mut device, &scene.name, &program, &inputs);
        }
    }
    assert!(n_pushes > 1, "{n_pushes}");
}

#[test]
fn what_is_no_table_is_refused() {
    let looped = || {
        let mut it = Builder::new(Scalar::F64);
        let x = it.input(cell(0));
        let yes = it.op(Op::Truth(true));
        let (turn, cells) = it.begin_loop(3, yes, &[x]);
        let next = it.op(Op::Add(cells[0], turn));
        let again = it.op(Op::Lt(next, x));
        let last = it.end_loop(again, &[next])[0];
        it.finish(vec![(cell(0), last)])
    };
    let of_scalar = |scalar, array| {
        let mut it = Builder::new(scalar);
        let x = it.input(ArrayCell { array, index: 0 });
        it.finish(vec![(cell(0), x)])
    };
    assert_eq!(Table::of(&looped()), None);
    assert_eq!(Table::of(&of_scalar(Scalar::F32, "uniform")), None);
    assert_eq!(Table::of(&of_scalar(Scalar::F64, "qpos")), None);
    let words = Table::of(&of_scalar(Scalar::F64, "difficulty")).unwrap().words(|_| Some(7));
    // It draws nothing, and the difficulty's register goes out.
    assert_eq!(words, [0, 0, 1, 7, 0]);
}
