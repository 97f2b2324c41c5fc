//! Where a kernel finds what comes in and leaves what goes out.

use super::lines::Lines;
use crate::math::program::LaneProgram;

/// Where a number that goes out is left: a row of numbers, one for each environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A row of `out`, in the column of the thread's number.
    Own(u32),
    /// A row of `kept`, in the column that `chosen` names for the thread.
    Kept(u32),
}

/// Rows of a kernel's numbers, in the order of the program's inputs and outputs. A number that goes out and has no row is
/// not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Row of each input of the program.
    pub inputs: Vec<u32>,
    /// Row of each output of the program; none for one that is not written.
    pub outputs: Vec<Option<Row>>,
}

impl Layout {
    /// Inputs and outputs one after the other.
    pub(super) fn in_order(program: &LaneProgram) -> Self {
        Self {
            inputs: (0..program.inputs.len() as u32).collect(),
            outputs: (0..program.outputs.len() as u32).map(|row| Some(Row::Own(row))).collect(),
        }
    }

    fn has_kept(&self) -> bool {
        self.outputs.iter().any(|row| matches!(row, Some(Row::Kept(_))))
    }

    /// The kernel's name and parameters.
    pub(super) fn head(&self, kernel: &str) -> String {
        let kept = [".param .u64 kept", ".param .u64 chosen"];
        let mut parameters = vec![".param .u64 in", ".param .u64 out", ".param .u32 n"];
        if self.has_kept() {
            parameters.splice(2..2, kept);
            parameters.push(".param .u32 n_kept");
        }
        format!(".visible .entry {kernel}(\n    {}\n)", parameters.join(",\n    "))
    }

    /// Registers of the kernel beside those of its values, and how many of `%d` there are.
    pub(super) fn registers(&self) -> (String, usize) {
        let words = "    .reg .b32 %n, %block, %size, %thread, %i;\n    .reg .b64 %in, %out;\n";
        match self.has_kept() {
            true => (format!("{words}    .reg .b32 %width, %column;\n    .reg .b64 %kept;\n"), 4),
            false => (words.to_owned(), 2),
        }
    }

    /// Finds the thread's columns; threads beyond the last environment leave.
    pub(super) fn begin(&self, to: &mut Lines) {
        to.line("ld.param.u64 %d0, [in]");
        to.line("ld.param.u64 %d1, [out]");
        to.line("ld.param.u32 %n, [n]");
        // The thread's number among all.
        to.line("mov.u32 %block, %ctaid.x");
        to.line("mov.u32 %size, %ntid.x");
        to.line("mov.u32 %thread, %tid.x");
        to.line("mad.lo.u32 %i, %block, %size, %thread");
        let beyond = to.mask();
        to.line(&format!("setp.ge.u32 {beyond}, %i, %n"));
        to.line(&format!("@{beyond} ret"));
        for (pointer, array) in [("%in", "%d0"), ("%out", "%d1")] {
            to.line(&format!("cvta.to.global.u64 {array}, {array}"));
            to.line(&format!("mad.wide.u32 {pointer}, %i, 4, {array}"));
        }
        if self.has_kept() {
            to.line("ld.param.u64 %d2, [kept]");
            to.line("ld.param.u64 %d3, [chosen]");
            to.line("ld.param.u32 %width, [n_kept]");
            to.line("cvta.to.global.u64 %d2, %d2");
            to.line("cvta.to.global.u64 %d3, %d3");
            to.line("mad.wide.u32 %d3, %i, 4, %d3");
            to.line("ld.global.u32 %column, [%d3]");
            let idle = to.mask();
            to.line(&format!("setp.ge.u32 {idle}, %column, %width"));
            to.line(&format!("@{idle} ret"));
            to.line("mad.wide.u32 %kept, %column, 4, %d2");
        }
    }

    /// The address of a number that comes in.
    pub(super) fn input(&self, to: &mut Lines, index: usize) -> String {
        at(to, "%in", "%n", self.inputs[index])
    }

    /// The address to which a number goes, if it goes anywhere.
    pub(super) fn output(&self, to: &mut Lines, index: usize) -> Option<String> {
        Some(match self.outputs[index]? {
            Row::Own(row) => at(to, "%out", "%n", row),
            Row::Kept(row) => at(to, "%kept", "%width", row),
        })
    }
}

/// The address of a number in a row of `n`, from that of the same column in the first row.
fn at(to: &mut Lines, first: &str, n: &str, row: u32) -> String {
    let address = to.long();
    to.line(&format!("mad.wide.u32 {address}, {n}, {}, {first}", 4 * row));
    address
}
