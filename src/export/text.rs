//! Text that is written from front to back, with marks on its parts.

use super::code::{Code, Mark, WorkflowPart};
use crate::code::string_literal;

/// Columns of a line.
const WIDTH: usize = 100;

#[derive(Default)]
pub(super) struct Writer {
    text: String,
    marks: Vec<Mark>,
}

impl Writer {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a text and the end of its line.
    pub(super) fn line(&mut self, text: &str) {
        self.push(text);
        self.push("\n");
    }

    /// Adds a text that is a part of the workflow.
    pub(super) fn mark(&mut self, text: &str, part: WorkflowPart) {
        let start = self.len();
        self.push(text);
        self.mark_since(start, part);
    }

    pub(super) fn mark_since(&mut self, start: usize, part: WorkflowPart) {
        self.marks.push(Mark { range: start..self.len(), part });
    }

    pub(super) fn finish(mut self) -> Code {
        self.marks.sort_by_key(|mark| (mark.range.start, std::cmp::Reverse(mark.range.end)));
        Code { text: self.text, marks: self.marks }
    }
}

/// A text as a literal over several lines, where it has several or is long; lines after the first are indented
/// by one column more than `indent`, where the literal begins.
pub(super) fn literal_lines(text: &str, indent: usize) -> String {
    let width = WIDTH - indent - 4;
    let mut pieces: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let mut piece = String::new();
        for word in line.split_inclusive(' ') {
            if !piece.is_empty() && piece.chars().count() + word.trim_end().chars().count() > width
            {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push_str(word);
        }
        pieces.push(piece);
    }
    let escaped = pieces.iter().map(|piece| {
        let literal = string_literal(piece);
        let inside = &literal[1..literal.len() - 1];
        // A line's own first space would go with the indentation.
        match inside.strip_prefix(' ') {
            Some(rest) => format!("\\x20{rest}"),
            None => inside.to_owned(),
        }
    });
    let joint = format!("\\\n{}", " ".repeat(indent + 1));
    format!("\"{}\"", escaped.collect::<Vec<_>>().join(&joint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_words_and_at_their_own_lines() {
        assert_eq!(literal_lines("a \"b\"", 4), "\"a \\\"b\\\"\"");
        assert_eq!(literal_lines("a\n b\n", 4), "\"a\\n\\\n     \\x20b\\n\"");
        let long = "word ".repeat(40);
        let literal = literal_lines(&long, 4);
        assert!(literal.lines().count() == 3 && literal.lines().all(|line| line.len() <= WIDTH));
    }
}
