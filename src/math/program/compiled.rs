//! For tests: the printed C through the machine's compiler.

use super::{LaneProgram, Scalar, to_c};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads one environment after the other and writes what it becomes.
const MAIN: &str = "
#include <stdio.h>
int main(void) {
    static number in[INPUTS + 1], out[OUTPUTS + 1];
    while (fread(in, sizeof(number), INPUTS, stdin) == INPUTS) {
        run(in, out, 1, 0);
        fwrite(out, sizeof(number), OUTPUTS, stdout);
    }
    return 0;
}
";

/// Whether there is a C compiler; else the test is told to be skipped.
pub fn has_compiler() -> bool {
    let version = Command::new("cc").arg("--version").output();
    let found = version.is_ok_and(|it| it.status.success());
    if !found {
        crate::skips::skip("cc", "cc, a C compiler, does not run");
    }
    found
}

/// Outputs of a program for each of some inputs, by its C text; with products and sums `fused`, or each rounded.
///
/// # Panics
/// If the text does not compile.
pub fn run_c(program: &LaneProgram, environments: &[Vec<f64>], fused: bool) -> Vec<Vec<f64>> {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let binary = compile(program, folder.path(), fused);
    let mut child = Command::new(binary)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("what was compiled runs");
    let mut stdin = child.stdin.take().expect("it was piped");
    let bytes: Vec<u8> =
        environments.iter().flatten().flat_map(|&x| to_bytes(program.scalar, x)).collect();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("writing does not panic").expect("it reads all");
    assert!(output.status.success(), "{:?}", output.status);
    let numbers = from_bytes(program.scalar, &output.stdout);
    let answers: Vec<Vec<f64>> =
        numbers.chunks(program.outputs.len()).map(<[f64]>::to_vec).collect();
    assert_eq!(answers.len(), environments.len());
    answers
}

fn compile(program: &LaneProgram, folder: &Path, fused: bool) -> std::path::PathBuf {
    let (source, binary) = (folder.join("program.c"), folder.join("program"));
    let sizes = format!(
        "enum {{ INPUTS = {}, OUTPUTS = {} }};\n",
        program.inputs.len(),
        program.outputs.len()
    );
    std::fs::write(&source, sizes + &to_c(program) + MAIN).expect("there is room for a file");
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wno-unused", "-Werror"]);
    if !fused {
        command.arg("-DTWO_ROUNDINGS");
    }
    let output = command.arg(&source).arg("-o").arg(&binary).arg("-lm").output();
    let output = output.expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    binary
}

fn to_bytes(scalar: Scalar, x: f64) -> Vec<u8> {
    match scalar {
        Scalar::F32 => (x as f32).to_le_bytes().to_vec(),
        Scalar::F64 => x.to_le_bytes().to_vec(),
    }
}

fn from_bytes(scalar: Scalar, bytes: &[u8]) -> Vec<f64> {
    let single = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().expect("4 bytes")));
    let double = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    match scalar {
        Scalar::F32 => bytes.chunks(4).map(single).collect(),
        Scalar::F64 => bytes.chunks(8).map(double).collect(),
    }
}
