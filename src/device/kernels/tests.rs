//! The committed PTX is that of the sources; and what the host's library finds wrong with kernels.

use super::compile::{folder, kernels_in};
use super::host::library_of;
use super::{GAE, KernelSource, SOURCES};
use crate::device::ptx::parameters;
use crate::device::{Argument, BufferId, Emulator, Grid, ProgramBackend};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::process::Command;

/// The text of a source, and then of every header that it includes, in the order of names.
fn digest(source: &str) -> String {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let included = |text: &str| -> Vec<String> {
        let lines =
            text.lines().filter_map(|line| line.strip_prefix("#include \"")?.strip_suffix('"'));
        lines.map(str::to_owned).collect()
    };
    let text = read(&format!("{source}.cu"));
    let (mut headers, mut left) = (BTreeSet::new(), included(&text));
    while let Some(name) = left.pop() {
        if headers.insert(name.clone()) {
            left.extend(included(&read(&name)));
        }
    }
    let mut hash = Sha256::new();
    hash.update(text);
    headers.iter().for_each(|name| hash.update(read(name)));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_text_is_that_of_the_source() {
    let mut n_kernels = 0;
    for KernelSource { name, ptx } in SOURCES {
        let first = ptx.lines().next().unwrap_or_default();
        let expected = format!("// sha256 {}", digest(name));
        assert_eq!(
            first, expected,
            "{name}: run src/device/kernels/make_ptx.sh with nvcc on the PATH"
        );
        let text = std::fs::read_to_string(folder().join(format!("{name}.cu"))).unwrap();
        for kernel in kernels_in(&text) {
            assert!(parameters(ptx, kernel).is_some(), "{kernel} of {name}");
            n_kernels += 1;
        }
    }
    assert!(n_kernels > 0);
    let files = std::fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path());
    let sources = files.filter(|it| it.extension().is_some_and(|extension| extension == "cu"));
    assert_eq!(sources.count(), SOURCES.len(), "a source that is not listed");
}

#[test]
fn the_text_is_assembled_for_every_gpu() {
    let Some(ptxas) = std::env::var_os("DNNE_PTXAS") else {
        crate::skips::skip("ptxas", "DNNE_PTXAS names no assembler");
        return;
    };
    let to = tempfile::tempdir().unwrap();
    for KernelSource { name, ptx } in SOURCES {
        let path = to.path().join("kernel.ptx");
        std::fs::write(&path, ptx).unwrap();
        for architecture in ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"] {
            let arch = format!("-arch={architecture}");
            let output = Command::new(&ptxas)
                .args([&arch, "-o"])
                .arg(to.path().join("kernel.cubin"))
                .arg(&path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && !said.contains("warning"), "{name}: {said}");
        }
    }
}

/// Kernels that do what they should, and others that do not.
const FAULTY: &str = r#"
// Each number becomes that of the next thread of the block, with a barrier between writing and reading, or without.
extern "C" __global__ void rotate(const float *from, float *to, unsigned waits) {
    __shared__ float shared[64];
    shared[threadIdx.x] = from[threadIdx.x];
    if (waits) __syncthreads();
    to[threadIdx.x] = shared[(threadIdx.x + 1) % blockDim.x];
}
extern "C" __global__ void leave_early(float *to, unsigned n) {
    if (threadIdx.x >= n) return;
    __syncthreads();
    to[threadIdx.x] = 1.0f;
}
extern "C" __global__ void place(float *to, float number, unsigned n_columns) {
    to[blockIdx.y * n_columns + blockIdx.x * blockDim.x + threadIdx.x] = number * gridDim.y;
}
"#;

/// The parameters of [`FAULTY`] as a text has them.
const TEXT: &str = ".entry rotate(.param .u64 a, .param .u64 b, .param .u32 c)\n\
                    .entry leave_early(.param .u64 a, .param .u32 b)\n\
                    .entry place(.param .u64 a, .param .f32 b, .param .u32 c)";

/// The emulator with [`FAULTY`], its threads forwards or backwards, and two buffers of 64 numbers, 0 to 63 and 0.
fn faulty(is_backwards: bool) -> Option<(Emulator, [BufferId; 2])> {
    super::host::library()?;
    let sources = tempfile::tempdir().unwrap();
    std::fs::copy(folder().join("host.h"), sources.path().join("host.h")).unwrap();
    std::fs::write(sources.path().join("faulty.cu"), FAULTY).unwrap();
    let library = library_of(sources.path())?;
    let library = if is_backwards { library.backwards() } else { library };
    let mut emulator = Emulator::with_library(library);
    let buffers = [0, 1].map(|_| emulator.allocate(64).unwrap());
    emulator.write(buffers[0], 0, &(0..64u8).map(f32::from).collect::<Vec<_>>()).unwrap();
    Some((emulator, buffers))
}

const SOURCE: KernelSource = KernelSource { name: "faulty", ptx: TEXT };

#[test]
fn threads_wait_for_each_other_at_barriers() {
    for is_backwards in [false, true] {
        let Some((mut emulator, [from, to])) = faulty(is_backwards) else { return };
        let rotate = emulator.load_source(&SOURCE, "rotate").unwrap();
        let mut run = |waits| {
            let arguments = [Argument::Buffer(from), Argument::Buffer(to), Argument::Count(waits)];
            let grid = Grid { blocks: (1, 1), threads: 64 };
            emulator.launch_grid(rotate, grid, &arguments).unwrap();
            let mut numbers = [0.0; 64];
            emulator.read(to, 0, &mut numbers).unwrap();
            numbers
        };
        let expected: Vec<f32> = (0..64u8).map(|i| f32::from((i + 1) % 64)).collect();
        // Without, the first threads read what is not yet there.
        if !is_backwards {
            assert_ne!(run(0).to_vec(), expected);
        }
        assert_eq!(run(1).to_vec(), expected);
    }
}

#[test]
fn blocks_and_numbers_are_given_as_they_are() {
    let Some((mut emulator, [_, to])) = faulty(false) else { return };
    let place = emulator.load_source(&SOURCE, "place").unwrap();
    let arguments = [Argument::Buffer(to), Argument::Number(0.25), Argument::Count(20)];
    emulator.launch_grid(place, Grid { blocks: (2, 3), threads: 10 }, &arguments).unwrap();
    let mut numbers = [0.0; 64];
    emulator.read(to, 0, &mut numbers).unwrap();
    assert_eq!(numbers, std::array::from_fn(|i| if i < 60 { 0.75 } else { 0.0 }));
}

#[test]
fn what_kernels_must_not_do_is_said() {
    let Some((mut emulator, [from, to])) = faulty(false) else { return };
    let leave = emulator.load_source(&SOURCE, "leave_early").unwrap();
    let place = emulator.load_source(&SOURCE, "place").unwrap();
    let grid = |x, threads| Grid { blocks: (x, 1), threads };
    let mut said = |kernel, grid, arguments: &[Argument]| {
        emulator.launch_grid(kernel, grid, arguments).unwrap_err().to_string()
    };
    let (buffer, count) = (Argument::Buffer(to), Argument::Count);
    let found = said(leave, grid(1, 32), &[buffer, count(20)]);
    assert!(found.contains("leave_early") && found.contains("waited at a barrier"), "{found}");
    for (grid, what) in [
        (grid(1, 1025), "cannot have 1 x 1 blocks of 1025 threads"),
        (grid(1 << 31, 32), "cannot have 2147483648 x 1 blocks"),
        (Grid { blocks: (1, 65_536), threads: 32 }, "cannot have 1 x 65536 blocks of 32 threads"),
    ] {
        let found = said(leave, grid, &[buffer, count(32)]);
        assert!(found.contains(what) && found.contains("leave_early"), "{found}");
    }
    let found = said(place, grid(1, 70), &[buffer, Argument::Number(1.0), count(0)]);
    assert!(found.contains("beyond the end of the buffer of argument 0"), "{found}");
    let found = said(place, grid(1, 1), &[buffer, count(1), count(0)]);
    assert!(found.contains("takes a buffer, a number, a count, and was given a buffer"), "{found}");
    // The next launch is none the worse for it.
    emulator.launch_grid(leave, grid(3, 32), &[Argument::Buffer(from), count(32)]).unwrap();
}

#[test]
fn without_a_library_what_is_missing_is_said() {
    let said = Emulator::new().load_source(&GAE, "gae").unwrap_err().to_string();
    assert!(said.contains("cannot run kernel `gae`") && said.contains("C++ compiler"), "{said}");
    let Some(mut emulator) = super::host::emulator() else { return };
    assert!(emulator.load_source(&GAE, "gae").is_ok());
    let said = emulator.load_source(&GAE, "gea").unwrap_err().to_string();
    assert_eq!(said, "the text has no kernel `gea`");
    // A library of another source than the text.
    let other = KernelSource { name: "gae", ptx: ".entry gae(.param .u32 a)" };
    let said = emulator.load_source(&other, "gae").unwrap_err().to_string();
    assert!(said.contains("that of the text [Count]"), "{said}");
}
