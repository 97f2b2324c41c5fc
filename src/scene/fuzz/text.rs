//! Mutations of any text, and what mutations are made of.

use crate::math::rng::Random;

/// What numbers are replaced by.
pub(crate) const EXTREMES: [&str; 24] = [
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "2",
    "7",
    "-3",
    "1e-9",
    "-1e-9",
    "1e-300",
    "1e-30",
    "1e9",
    "1e15",
    "-1e15",
    "3e38",
    "1e39",
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "2147483648",
    "-9223372036854775809",
    "",
];

/// What is put into a text.
const PATCHES: [&str; 14] =
    ["", "-1", "0", "1e308", "nan", "\"", "<", "/>", ">", "&amp;", "<!--", "\u{e9}", " ", "true"];

/// An index below `length`, which is above zero.
pub(crate) fn below(random: &mut Random, length: usize) -> usize {
    random.below(length as u32) as usize
}

pub(crate) fn choose<'a, T>(random: &mut Random, list: &'a [T]) -> Option<&'a T> {
    (!list.is_empty()).then(|| &list[below(random, list.len())])
}

/// How many changes a mutation has.
pub(crate) fn n_changes(random: &mut Random) -> usize {
    [1, 1, 1, 2, 2, 3][below(random, 6)]
}

/// A text with something wrong with it, or right in another way. Most are slips of a hand or an editor, after which many
/// files still load: a file that cannot be read at all shows little of what comes after reading.
pub(crate) fn mutated_text(text: &str, random: &mut Random) -> String {
    match random.below(16) {
        0 => stretched(text, random),
        1 => patched(text, random),
        2..=6 => another_number(text, random),
        7..=9 => another_space(text, random),
        10 => another_line(text, random),
        11 => another_ending(text, random),
        12 => another_quote(text, random),
        _ => escaped(text, random),
    }
}

/// Where characters that `is_meant` stand.
fn places(text: &str, is_meant: impl Fn(char) -> bool) -> Vec<usize> {
    text.char_indices().filter(|(_, c)| is_meant(*c)).map(|(at, _)| at).collect()
}

/// A text in which something else stands from `at` on, in the place of `length` bytes.
fn replaced(text: &str, at: usize, length: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..at], &text[at + length..])
}

/// A text that ends early, or of which a stretch is left out or comes twice.
fn stretched(text: &str, random: &mut Random) -> String {
    let places: Vec<usize> = places(text, |_| true).into_iter().chain([text.len()]).collect();
    let from = below(random, places.len());
    let to = (from + below(random, 24)).min(places.len() - 1);
    let (from, to) = (places[from], places[to]);
    match random.below(3) {
        0 => text[..from].to_owned(),
        1 => replaced(text, from, to - from, ""),
        _ => replaced(text, to, 0, &text[from..to]),
    }
}

/// Something stands where it does not belong.
fn patched(text: &str, random: &mut Random) -> String {
    let places: Vec<usize> = places(text, |_| true).into_iter().chain([text.len()]).collect();
    let at = places[below(random, places.len())];
    replaced(text, at, 0, choose(random, &PATCHES).expect("there are some"))
}

/// One digit is another, missing, double, or something else that stands in numbers.
fn another_number(text: &str, random: &mut Random) -> String {
    let Some(&at) = choose(random, &places(text, |c| c.is_ascii_digit())) else {
        return text.to_owned();
    };
    match random.below(8) {
        0 => replaced(text, at, 1, ""),
        1 => replaced(text, at, 0, &text[at..=at]),
        2 => replaced(text, at, 0, choose(random, &[".", "-", "e", "_", "+"]).expect("some")),
        _ => replaced(text, at, 1, &random.below(10).to_string()),
    }
}

/// A space or the end of a line is another one, or several.
fn another_space(text: &str, random: &mut Random) -> String {
    let Some(&at) = choose(random, &places(text, |c| c == ' ' || c == '\n')) else {
        return text.to_owned();
    };
    let spaces = ["\n", "\t", "\r\n", "    ", "", "\n\n\n", "\u{a0}"];
    replaced(text, at, 1, choose(random, &spaces).expect("there are some"))
}

/// A line is missing, comes twice, or has changed places with another.
fn another_line(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let (at, other) = (below(random, lines.len()), below(random, lines.len()));
    match random.below(3) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at]),
        _ => lines.swap(at, other),
    }
    lines.join("\n")
}

/// The file as another editor saves it: with other ends of lines, a mark at its beginning, or without its last line's
/// end.
fn another_ending(text: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => text.replace('\n', "\r\n"),
        1 => format!("\u{feff}{text}"),
        2 => text.trim_end().to_owned(),
        _ => text.replace('\n', " "),
    }
}

/// A quotation mark of another kind, or none.
fn another_quote(text: &str, random: &mut Random) -> String {
    let Some(&at) = choose(random, &places(text, |c| c == '"')) else { return text.to_owned() };
    replaced(text, at, 1, choose(random, &["'", "", "\"\"", "\\\"", "\u{201c}"]).expect("some"))
}

/// A letter as its number, as the text's language writes that; in the wrong place it is a mistake.
fn escaped(text: &str, random: &mut Random) -> String {
    let Some(&at) = choose(random, &places(text, |c| c.is_ascii_alphabetic())) else {
        return text.to_owned();
    };
    let number = text.as_bytes()[at];
    let escape = match text.trim_start().chars().next() {
        Some('<') => format!("&#{number};"),
        Some('{' | '[') => format!("\\u{number:04x}"),
        _ => format!("\\u{{{number:x}}}"),
    };
    replaced(text, at, 1, &escape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::RandomStream;
    use std::collections::HashSet;

    #[test]
    fn texts_of_any_kind_are_mutated_and_most_mutations_differ() {
        let json = "{\n  \"name\": [1, -2.5, \"x y\"],\n  \"b\": 30\n}\n";
        for text in [json, "<a b=\"1 2\"/>\n", "Task(\n    dt: 0.01,\n)", "\u{e9}", " ", "7", ""] {
            let mutate =
                |number| mutated_text(text, &mut Random::new(1, RandomStream::Reset, 0, number));
            let found: HashSet<String> = (0..400).map(mutate).collect();
            let n_least = text.len().min(20);
            assert!(found.len() > n_least, "{text:?}: {} kinds", found.len());
        }
        // A letter by its number is the same letter.
        let same = |number| {
            let text = escaped(json, &mut Random::new(1, RandomStream::Reset, 0, number));
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(&text), value(json));
            text != json
        };
        assert!((0..20).all(same));
    }
}
