//! PTX text cut into words.

use super::read::ReadError;

/// A word or a sign of punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) line: u32,
    pub(super) text: &'a str,
}

/// Whether a character is part of a word: a name, an instruction, a register, a number.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '%' | '$')
}

/// All tokens of a text, without its comments.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ReadError> {
    let mut found = vec![];
    for (line, text) in (1..).zip(text.lines()) {
        let mut rest = text.split("//").next().unwrap_or_default().trim();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                _ if is_of_word(first) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
                '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | ':' | '+' | '@'
                | '=' | '!' => 1,
                _ => return Err(ReadError { line, what: format!("no PTX of ours has `{first}`") }),
            };
            let (text, after) = rest.split_at(length);
            found.push(Token { line, text });
            rest = after.trim_start();
        }
    }
    Ok(found)
}
