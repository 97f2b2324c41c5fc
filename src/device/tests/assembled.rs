//! The text through NVIDIA's assembler, where `DNNE_PTXAS` says where one is.

use super::operations::functions;
use super::random_programs::random_program;
use super::small;
use crate::device::to_ptx;
use crate::math::program::Scalar;
use crate::math::program::op_tests::program;
use std::process::Command;

/// Turing to Blackwell.
const ARCHITECTURES: [&str; 6] = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"];

#[test]
fn every_instruction_is_one_of_the_assemblers() {
    let Some(ptxas) = std::env::var_os("DNNE_PTXAS") else {
        crate::skips::skip("ptxas", "DNNE_PTXAS names no assembler");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program.ptx");
    let random = (0..10).map(random_program);
    for program in [program(Scalar::F32), functions(), small()].into_iter().chain(random) {
        std::fs::write(&path, to_ptx(&program)).unwrap();
        for architecture in ARCHITECTURES {
            let arch = format!("-arch={architecture}");
            let output = Command::new(&ptxas)
                .args([&arch, "-o"])
                .arg(folder.path().join("program.cubin"))
                .arg(&path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && !said.contains("warning"), "{architecture}: {said}");
        }
    }
}
