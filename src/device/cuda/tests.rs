//! What is said where there is no GPU that would do, and where there is one that it does what the emulator does.

use super::found::{check_capability, check_number, check_version};
use crate::device::tests::{of_small, small};
use crate::device::{Argument, DeviceError, KERNEL, ProgramBackend, open, to_ptx};

/// The first GPU; else the test is told to be skipped.
fn gpu() -> Option<Box<dyn ProgramBackend>> {
    let opened = open("cuda");
    if let Err(why) = &opened {
        crate::skips::skip("cuda", &why.to_string());
    }
    opened.ok()
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let table = [
        (check_version(10_020), "driver is for CUDA 10.2, and 11.4 or later is needed; update it"),
        (check_version(11_030), "driver is for CUDA 11.3, and 11.4"),
        (check_number(0, 0), "there is no GPU cuda:0, but no GPU at all"),
        (check_number(1, 1), "there is no GPU cuda:1, but only cuda:0"),
        (check_number(7, 4), "there is no GPU cuda:7, but cuda:0 to cuda:3"),
        (check_capability("GTX 1080", (6, 1)), "GTX 1080 has compute capability 6.1, and 7.5"),
        (check_capability("V100", (7, 0)), "V100 has compute capability 7.0"),
    ];
    for (answer, what) in table {
        let said = answer.expect_err(what).to_string();
        assert!(said.contains(what), "{said}");
    }
    for fine in [check_version(11_040), check_version(13_000), check_number(3, 4)] {
        assert_eq!(fine, Ok(()));
    }
    assert_eq!(check_capability("T4", (7, 5)), Ok(()));
    assert_eq!(check_capability("H200", (9, 0)), Ok(()));
}

#[test]
fn devices_have_names() {
    assert_eq!(open("emulate").unwrap().name(), "emulator");
    for name in ["gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:1:2", "CUDA", "cuda: 1", "cuda:+1", ""]
    {
        let Err(error) = open(name) else { panic!("{name}") };
        assert_eq!(error, DeviceError::NoDevice { name: name.to_owned() });
        assert!(error.to_string().contains("cuda:0, the first GPU), cuda:1"), "{error}");
    }
    // Nobody has so many.
    let Err(error) = open("cuda:999") else { panic!("a thousand GPUs") };
    let said = error.to_string();
    let expected = [
        "no NVIDIA driver was found",
        "there is no GPU cuda:999",
        "driver is for CUDA",
        "driver could not",
    ];
    assert!(expected.iter().any(|it| said.contains(it)), "{said}");
}

#[test]
fn a_gpu_does_what_the_emulator_does() {
    let Some(mut gpu) = gpu() else { return };
    let (environments, expected) = of_small();
    let n = environments.len();
    let kernel = gpu.load(&to_ptx(&small()), KERNEL).unwrap();
    let [from, to] = [2 * n, n].map(|n| gpu.allocate(n).unwrap());
    let by_field: Vec<f32> =
        (0..2).flat_map(|k| environments.iter().map(move |it| it[k])).collect();
    gpu.write(from, 0, &by_field).unwrap();
    let arguments = [Argument::Buffer(from), Argument::Buffer(to), Argument::Count(n as u32)];
    gpu.launch(kernel, n as u32, &arguments).unwrap();
    let mut answers = vec![0.0; n];
    gpu.read(to, 0, &mut answers).unwrap();
    assert_eq!(answers, expected);
}
