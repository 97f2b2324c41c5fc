//! What a device refuses, and what a text must not do.

use super::{of_small, program_of, small};
use crate::device::emulated::run_ptx;
use crate::device::{Argument, DeviceError, Emulator, KERNEL, ProgramBackend, to_ptx};
use crate::math::program::{ArrayCell, Builder, Op, Scalar};

#[test]
fn what_is_none_of_a_device_is_refused() {
    let mut it = Emulator::new();
    let text = to_ptx(&small());
    let said = |error: DeviceError| error.to_string();
    let kernel = it.load(&text, KERNEL).unwrap();
    assert_eq!(said(it.load(&text, "stop").unwrap_err()), "the text has no kernel `stop`");
    assert_eq!(
        said(it.load(&text, "function0").unwrap_err()),
        "the text has no kernel `function0`"
    );
    assert!(said(it.load("?", KERNEL).unwrap_err()).contains("no PTX of ours has `?`"));
    let buffer = it.allocate(8).unwrap();
    it.write(buffer, 6, &[1.0, 2.0]).unwrap();
    let out = said(it.write(buffer, 7, &[1.0, 2.0]).unwrap_err());
    assert_eq!(out, "2 numbers from 7 on are not all in a buffer of 8");
    assert!(it.read(buffer, usize::MAX, &mut [0.0]).is_err());
    let mut numbers = [9.0; 3];
    it.read(buffer, 5, &mut numbers).unwrap();
    assert_eq!(numbers, [0.0, 1.0, 2.0]);
    let (array, count) = (Argument::Buffer(buffer), Argument::Count(4));
    for arguments in
        [vec![array, array], vec![array, count, array], vec![array, array, count, count]]
    {
        let error = it.launch(kernel, 4, &arguments).unwrap_err();
        assert!(
            said(error).starts_with("kernel `step` takes a buffer, a buffer, a count, and was")
        );
    }
    it.launch(kernel, 4, &[array, array, count]).unwrap();
    it.free(buffer).unwrap();
    for error in [
        it.free(buffer).unwrap_err(),
        it.write(buffer, 0, &[]).unwrap_err(),
        it.launch(kernel, 4, &[array, array, count]).unwrap_err(),
    ] {
        assert_eq!(said(error), "buffer 0 is not one of this device, or is free again");
    }
}

#[test]
fn memory_outside_of_every_buffer_is_neither_read_nor_written() {
    let mut it = Emulator::new();
    let kernel = it.load(&to_ptx(&small()), KERNEL).unwrap();
    let [enough, short] = [82, 79].map(|n| it.allocate(n).unwrap());
    let out = it.allocate(40).unwrap();
    let mut launch = |from, n| {
        let arguments = [Argument::Buffer(from), Argument::Buffer(out), Argument::Count(n)];
        it.launch(kernel, n, &arguments)
    };
    launch(enough, 40).unwrap();
    let error = launch(short, 40).unwrap_err();
    let DeviceError::Fault(fault) = &error else { panic!("{error}") };
    assert_eq!(fault.thread, 39);
    assert!(error.to_string().contains("is in no buffer"), "{error}");
    // There are as many to be read, but no place to write the last.
    let DeviceError::Fault(fault) = launch(enough, 41).unwrap_err() else { panic!() };
    assert_eq!(fault.thread, 40);
}

#[test]
fn a_register_is_written_before_it_is_read() {
    let (environments, _) = of_small();
    let text = to_ptx(&small());
    let copied = text.lines().find(|line| line.contains("mov.f32")).unwrap();
    // What a block hands on is not there where it is skipped.
    let error = run_ptx(&text.replacen(copied, "", 1), 1, &environments).unwrap_err();
    assert!(error.to_string().ends_with("a register is read that was never written"), "{error}");
}

#[test]
fn a_kernel_that_never_ends_is_ended() {
    let text = to_ptx(&program_of(|it, [a, b, _]| it.op(Op::Add(a, b))));
    let forever = text.replace("    ret;\n}", "AGAIN:\n    bra AGAIN;\n    ret;\n}");
    let mut it = Emulator::new();
    it.most_done = 10_000;
    let buffer = it.allocate(3).unwrap();
    let arguments = [Argument::Buffer(buffer), Argument::Buffer(buffer), Argument::Count(1)];
    let kernel = it.load(&text, KERNEL).unwrap();
    it.launch(kernel, 1, &arguments).unwrap();
    let kernel = it.load(&forever, KERNEL).unwrap();
    let error = it.launch(kernel, 1, &arguments).unwrap_err();
    assert!(error.to_string().ends_with("the kernel does not come to its end"), "{error}");
}

/// A thread's own arrays end where they end, and hold what was written there.
#[test]
fn arrays_are_read_where_they_were_written() {
    let mut it = Builder::new(Scalar::F32);
    let [x, y] = ["x", "y"].map(|array| it.input(ArrayCell { array, index: 0 }));
    let kept = it.array("kept", 3);
    it.store(kept, 2, x);
    it.store(kept, 1, y);
    let cells = [2, 1].map(|at| it.cell(kept, at));
    let read = cells.map(|cell| it.read(cell).unwrap());
    let outputs = (0..).zip(read).map(|(index, value)| (ArrayCell { array: "z", index }, value));
    let program = it.finish(outputs.collect());
    let text = to_ptx(&crate::math::program::lower(program));
    let environments = vec![vec![3.0, 4.0], vec![5.0, 6.0]];
    assert_eq!(run_ptx(&text, 2, &environments).unwrap().0, environments);
    let short = text.replacen("kept[12]", "kept[8]", 1);
    let unwritten = text.replacen("    st.local", "    // st.local", 1);
    for (text, what) in [
        (short, "0x8 is in no array of the thread"),
        (unwritten, "a number is read that was never written"),
    ] {
        let error = run_ptx(&text, 2, &environments).unwrap_err();
        let DeviceError::Fault(fault) = &error else { panic!("{error}") };
        assert_eq!(fault.what, what);
    }
}
