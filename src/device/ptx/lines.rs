//! A kernel or function that is being printed.

use std::collections::HashMap;
use std::fmt::Write;

/// Lines written so far, and the registers and labels that they use beside those of values.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
    stage: &'static str,
    n_numbers: usize,
    n_words: usize,
    n_longs: usize,
    n_masks: usize,
    n_labels: usize,
    /// Registers of the counters of loops around.
    pub(super) counters: HashMap<u32, String>,
    /// Of the body and the blocks that are open, the registers of indices computed in them.
    indices: Vec<HashMap<u32, String>>,
}

/// The number before one more is counted.
fn next(n: &mut usize) -> usize {
    *n += 1;
    *n - 1
}

impl Lines {
    /// Begins the body, or a block that may be skipped or repeated.
    pub(super) fn begin_block(&mut self) {
        self.indices.push(HashMap::new());
    }

    /// Ends it: what was computed in it is known no more.
    pub(super) fn end_block(&mut self) {
        self.indices.pop();
    }

    /// The register of an index, if it is computed where this is seen.
    pub(super) fn index(&self, index: u32) -> Option<String> {
        self.indices.iter().rev().find_map(|block| block.get(&index).cloned())
    }

    /// Notes the register of an index.
    pub(super) fn note_index(&mut self, index: u32, register: &str) {
        if let Some(block) = self.indices.last_mut() {
            block.insert(index, register.to_owned());
        }
    }

    /// An instruction.
    pub(super) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line};");
    }

    /// An instruction with a comment.
    pub(super) fn line_of(&mut self, line: &str, comment: &str) {
        let _ = writeln!(self.text, "    {line}; // {comment}");
    }

    /// What follows belongs to this stage.
    pub(super) fn stage(&mut self, stage: &'static str) {
        if self.stage != stage {
            self.stage = stage;
            let _ = writeln!(self.text, "    // {stage}");
        }
    }

    /// A new name for a place in the text, or for something declared at one.
    pub(super) fn label(&mut self, kind: &str) -> String {
        format!("{kind}{}", next(&mut self.n_labels))
    }

    /// Branches to the label come here.
    pub(super) fn place(&mut self, label: &str) {
        let _ = writeln!(self.text, "{label}:");
    }

    /// A new register for an f32.
    pub(super) fn number(&mut self) -> String {
        format!("%f{}", next(&mut self.n_numbers))
    }

    /// A new register for 32 bits.
    pub(super) fn word(&mut self) -> String {
        format!("%w{}", next(&mut self.n_words))
    }

    /// A new register for an address.
    pub(super) fn long(&mut self) -> String {
        format!("%a{}", next(&mut self.n_longs))
    }

    /// A new register for a mask.
    pub(super) fn mask(&mut self) -> String {
        format!("%p{}", next(&mut self.n_masks))
    }

    /// The whole under its head, with registers `%v` and `%m` for so many values, `own` ones, and `n_own_longs` of `%d`.
    pub(super) fn finish(
        mut self,
        head: &str,
        n_values: usize,
        own: &str,
        n_own_longs: usize,
    ) -> String {
        self.line("ret");
        let mut text = format!("{head}\n{{\n{own}");
        let registers = [
            (".f32", "%v", n_values),
            (".pred", "%m", n_values),
            (".f32", "%f", self.n_numbers),
            (".b32", "%w", self.n_words),
            (".b64", "%a", self.n_longs),
            (".b64", "%d", n_own_longs),
            (".pred", "%p", self.n_masks),
        ];
        for (kind, name, n) in registers.into_iter().filter(|&(_, _, n)| 0 < n) {
            let _ = writeln!(text, "    .reg {kind} {name}<{n}>;");
        }
        text + &self.text + "}\n"
    }
}
