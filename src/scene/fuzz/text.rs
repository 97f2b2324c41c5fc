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

/// A text with something wrong with it, or right in another way.
pub(crate) fn mutated_text(text: &str, random: &mut Random) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let from = below(random, places.len());
    let to = (from + below(random, 24)).min(places.len() - 1);
    let (before, piece, after) =
        (&text[..places[from]], &text[places[from]..places[to]], &text[places[to]..]);
    match random.below(8) {
        0 => before.to_owned(),
        1 => format!("{before}{after}"),
        2 => format!("{before}{piece}{piece}{after}"),
        3 => format!("{before}{}{after}", choose(random, &PATCHES).expect("there are some")),
        // The most common slip leaves a file that loads: another digit.
        _ => {
            let digits: Vec<usize> =
                text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
            let Some(&at) = choose(random, &digits) else { return text.to_owned() };
            format!("{}{}{}", &text[..at], random.below(10), &text[at + 1..])
        }
    }
}
