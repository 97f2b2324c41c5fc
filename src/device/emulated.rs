//! For tests: programs through their PTX text and the emulator, beside the interpreter.

use super::{Argument, DeviceError, Emulator, KERNEL, ProgramBackend};
use crate::math::lanes::{Isa, Lanes, for_isa};
use crate::math::program::{Interpreter, LaneProgram};

/// Whether this machine has lanes that fuse as devices do; else the test is told to be skipped.
pub fn has_fused_lanes() -> bool {
    let found = !matches!(Isa::detect(), Isa::Portable | Isa::Reference);
    if !found {
        crate::skips::skip("fma", "this machine's lanes round products before they are added to");
    }
    found
}

/// What a text's kernel makes of each environment, and how many instructions its warps did.
///
/// # Errors
/// If the text cannot be read, or does what it must not.
pub fn run_ptx(
    text: &str,
    n_outputs: usize,
    environments: &[Vec<f32>],
) -> Result<(Vec<Vec<f32>>, u64), DeviceError> {
    let n = environments.len();
    let n_inputs = environments.first().map_or(0, Vec::len);
    let mut emulator = Emulator::new();
    let kernel = emulator.load(text, KERNEL)?;
    let inputs = emulator.allocate(n * n_inputs)?;
    let outputs = emulator.allocate(n * n_outputs)?;
    let by_field = (0..n_inputs).flat_map(|k| environments.iter().map(move |it| it[k]));
    emulator.write(inputs, 0, &by_field.collect::<Vec<f32>>())?;
    let arguments =
        [Argument::Buffer(inputs), Argument::Buffer(outputs), Argument::Count(n as u32)];
    emulator.launch(kernel, n as u32, &arguments)?;
    let mut numbers = vec![0.0; n * n_outputs];
    emulator.read(outputs, 0, &mut numbers)?;
    let of = |i: usize| (0..n_outputs).map(|k| numbers[k * n + i]).collect();
    Ok(((0..n).map(of).collect(), emulator.n_done()))
}

/// The outputs of each environment, computed by the interpreter over the widest lanes.
pub fn interpreted(program: &LaneProgram, environments: &[Vec<f32>]) -> Vec<Vec<f32>> {
    for_isa!(Isa::detect(), L => by_lanes::<L>(program, environments))
}

fn by_lanes<L: Lanes>(program: &LaneProgram, environments: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut interpreter = Interpreter::<L>::new(program);
    let mut answers = vec![];
    for block in environments.chunks(L::WIDTH) {
        let mut inputs = vec![L::zero(); program.inputs.len()];
        for (lane, x) in block.iter().enumerate() {
            inputs.iter_mut().zip(x).for_each(|(to, &x)| to.set_lane(lane, f64::from(x)));
        }
        let outputs = interpreter.run(&inputs);
        let of = |lane| outputs.iter().map(|x| x.lane(lane) as f32).collect();
        answers.extend((0..block.len()).map(of));
    }
    answers
}

/// # Panics
/// If the emulator's answer for one of them is not the interpreter's, to the bit; any NaN is as good as another.
pub fn compare(name: &str, program: &LaneProgram, environments: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let text = super::to_ptx(program);
    let emulated = run_ptx(&text, program.outputs.len(), environments);
    let (emulated, _) = emulated.unwrap_or_else(|error| panic!("{name}: {error}"));
    let interpreted = interpreted(program, environments);
    assert_eq!(emulated.len(), interpreted.len());
    for (i, (emulated, interpreted)) in emulated.iter().zip(&interpreted).enumerate() {
        assert_eq!(emulated.len(), program.outputs.len());
        for ((a, b), (cell, _)) in emulated.iter().zip(interpreted).zip(&program.outputs) {
            let is_same = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            assert!(is_same, "{name}, environment {i}, {cell:?}: {a:e}, not {b:e}");
        }
    }
    emulated
}
