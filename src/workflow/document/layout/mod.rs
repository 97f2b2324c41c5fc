//! Writing a changed document in the layout of the text that it was read from.
//!
//! A value that is as it was is copied from the text, letter by letter: order of keys, spaces, line ends and the
//! spelling of numbers. Only what changed is printed anew, in the manner of what stands beside it. The written
//! text depends on the text read and on the tree alone, so a tree that is again as it was is written again as it
//! was.

mod pair;
mod print;
mod scan;
mod style;

use serde_json::{Map, Value};

use print::Printer;
use style::Style;

/// Writes `root`, which was read from `text` and changed since.
pub(super) fn write_like(text: &str, root: &Map<String, Value>) -> String {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = serde_json::from_str::<Value>(json).ok();
    let (Some(Value::Object(old)), Some(written)) = (read, scan::scan(text)) else {
        return write_new(root);
    };
    if *root == old {
        return text.to_owned();
    }
    let style = Style::of(text, &written);
    let mut printer = Printer::new(text, &style);
    printer.copy(0..written.start);
    printer.changed_object(root, &old, &written, "");
    printer.copy(written.end..text.len());
    printer.finish()
}

/// Writes a document that comes from no text, in our own layout.
pub(super) fn write_new(root: &Map<String, Value>) -> String {
    let style = Style::ours();
    let mut printer = Printer::new("", &style);
    printer.new_root(root);
    let mut text = printer.finish();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
