//! The emulator runs the text: what is changed there changes the answers.

use super::{of_small, small};
use crate::device::emulated::run_ptx;
use crate::device::to_ptx;

/// Another instruction with the same operands.
fn other(opcode: &str) -> Option<&'static str> {
    Some(match opcode {
        "add.rn.f32" => "sub.rn.f32",
        "mul.rn.f32" => "add.rn.f32",
        "setp.lt.f32" => "setp.gt.f32",
        "setp.le.f32" => "setp.gt.f32",
        "setp.lt.u32" => "setp.ge.u32",
        _ => return None,
    })
}

/// A text with each of its instructions changed, one at a time: the opcode, a constant, the sense of a branch.
fn changed(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut texts = vec![];
    let mut change = |at: usize, line: String| {
        let mut changed = lines.clone();
        changed[at] = &line;
        texts.push((line.clone(), changed.join("\n")));
    };
    for (at, line) in lines.iter().enumerate() {
        let opcode = line.split_whitespace().next().unwrap_or_default();
        if let Some(other) = other(opcode) {
            change(at, line.replace(opcode, other));
        }
        if let Some(place) = line.find("0f3F") {
            change(at, line[..place].to_owned() + "0f41" + &line[place + 4..]);
        }
        if line.contains("@!") && line.contains(" bra ") {
            change(at, line.replace("@!", "@"));
        }
        if line.contains("add.u32") || line.contains(", 5;") {
            change(at, line.replace(", 1;", ", 2;").replace(", 5;", ", 4;"));
        }
    }
    texts
}

#[test]
fn every_instruction_decides_what_comes_out() {
    let (environments, expected) = of_small();
    let text = to_ptx(&small());
    assert_eq!(run_ptx(&text, 1, &environments).unwrap().0.concat(), expected);
    let texts = changed(&text);
    for kind in ["sub.rn", "setp.gt.f32", "setp.ge.u32", "0f41", "@%", "add.u32", ", 4;"] {
        assert!(texts.iter().any(|(line, _)| line.contains(kind)), "{kind} in\n{text}");
    }
    for (line, text) in texts {
        if let Ok((answers, _)) = run_ptx(&text, 1, &environments) {
            assert_ne!(answers.concat(), expected, "with {line}");
        }
    }
}
