//! Mutations of values in brackets, as JSON and RON write them: of the parsed structure.

use crate::math::rng::Random;
use crate::scene::fuzz::text::{EXTREMES, below, choose, mutated_text, n_changes};

/// A value: a word, number or string as it is written, or what is between brackets.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Atom(String),
    Group { open: char, items: Vec<Item> },
}

/// A value in a group, with its key and the name before its brackets, where it has any.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    key: Option<String>,
    name: String,
    value: Tree,
}

/// A text with something wrong with it, or right in another way; half of all by their text, half by their structure.
pub(crate) fn mutated(text: &str, random: &mut Random) -> String {
    let n_changes = n_changes(random);
    if random.below(2) == 0 {
        let mut text = text.to_owned();
        (0..n_changes).for_each(|_| text = mutated_text(&text, random));
        return text;
    }
    mutated_structure(text, n_changes, random)
}

/// The same by its structure alone.
pub(crate) fn mutated_structure(text: &str, n_changes: usize, random: &mut Random) -> String {
    let mut root = Tree::Group { open: ' ', items: items(&mut tokens(text).as_slice()) };
    (0..n_changes).for_each(|_| mutate(&mut root, random));
    let mut text = String::new();
    root.write(&mut text);
    text
}

/// Strings with their quotes, brackets and other marks, and what lies between; without comments of RON.
fn tokens(text: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| !c.is_whitespace() && !"()[]{},:\"".contains(c);
        let length = match first {
            _ if rest.starts_with("//") => {
                rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
                continue;
            }
            '"' => {
                let mut is_escaped = false;
                let end = rest[1..].find(|c| {
                    let is_end = c == '"' && !is_escaped;
                    is_escaped = c == '\\' && !is_escaped;
                    is_end
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    found
}

const OPEN: [&str; 3] = ["(", "[", "{"];

fn close(open: char) -> &'static str {
    match open {
        '(' => ")",
        '[' => "]",
        '{' => "}",
        _ => "",
    }
}

/// What is between two brackets, up to the closing one.
fn items(tokens: &mut &[&str]) -> Vec<Item> {
    let mut found = Vec::new();
    while let Some((first, rest)) = tokens.split_first() {
        if [")", "]", "}"].contains(first) {
            break;
        }
        if *first == "," {
            *tokens = rest;
            continue;
        }
        let mut key = None;
        if rest.first() == Some(&":") {
            key = Some((*first).to_owned());
            *tokens = &rest[1..];
        }
        let name = match tokens {
            [name, open, ..] if !OPEN.contains(name) && OPEN.contains(open) => *name,
            _ => "",
        };
        if !name.is_empty() {
            *tokens = &tokens[1..];
        }
        let Some((first, rest)) = tokens.split_first() else { break };
        *tokens = rest;
        let value = match first.chars().next() {
            Some(open) if OPEN.contains(first) => {
                let items = items(tokens);
                *tokens = tokens.get(1..).unwrap_or_default();
                Tree::Group { open, items }
            }
            _ => Tree::Atom((*first).to_owned()),
        };
        found.push(Item { key, name: name.to_owned(), value });
    }
    found
}

impl Tree {
    fn write(&self, text: &mut String) {
        match self {
            Self::Atom(atom) => *text += atom,
            Self::Group { open, items } => {
                text.push(*open);
                for (place, Item { key, name, value }) in items.iter().enumerate() {
                    if place > 0 {
                        *text += ",\n";
                    }
                    if let Some(key) = key {
                        *text += key;
                        *text += ": ";
                    }
                    *text += name;
                    value.write(text);
                }
                *text += close(*open);
            }
        }
    }

    /// The ways to all groups, outermost first, as places of items.
    fn groups(&self, way: &[usize], found: &mut Vec<Vec<usize>>) {
        if let Self::Group { items, .. } = self {
            found.push(way.to_vec());
            for (place, item) in items.iter().enumerate() {
                item.value.groups(&[way, &[place]].concat(), found);
            }
        }
    }

    /// The items of the group at the end of a way.
    fn items_at(&mut self, way: &[usize]) -> &mut Vec<Item> {
        match (self, way) {
            (Self::Group { items, .. }, []) => items,
            (Self::Group { items, .. }, [first, rest @ ..]) => items[*first].value.items_at(rest),
            (Self::Atom(_), _) => panic!("no way leads through an atom"),
        }
    }

    /// The atoms that `is_meant`.
    fn atoms<'t>(&'t mut self, is_meant: &dyn Fn(&str) -> bool, found: &mut Vec<&'t mut String>) {
        match self {
            Self::Atom(atom) if is_meant(atom) => found.push(atom),
            Self::Atom(_) => {}
            Self::Group { items, .. } => {
                items.iter_mut().for_each(|item| item.value.atoms(is_meant, found));
            }
        }
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

fn is_string(text: &str) -> bool {
    text.starts_with('"')
}

/// Whether it is a string that looks like an expression.
fn is_expression(text: &str) -> bool {
    is_string(text) && text.contains(['(', '*', '['])
}

/// The group of an item, and its place there.
type Spot = (Vec<usize>, usize);

/// Where items are: a group that has any, and a place in it.
fn spot(root: &mut Tree, random: &mut Random) -> Option<Spot> {
    let mut groups = Vec::new();
    root.groups(&[], &mut groups);
    groups.retain(|way| !root.items_at(way).is_empty());
    let way = choose(random, &groups)?.clone();
    let place = below(random, root.items_at(&way).len());
    Some((way, place))
}

fn mutate(root: &mut Tree, random: &mut Random) {
    let Some((way, place)) = spot(root, random) else { return };
    match random.below(16) {
        0..=6 => change_number(root, random),
        13..=15 => change_string(root, random),
        7 => {
            let items = root.items_at(&way);
            items.insert(place, items[place].clone());
        }
        8 => drop(root.items_at(&way).remove(place)),
        9 => {
            let item = root.items_at(&way).remove(place);
            let Some((way, place)) = spot(root, random) else { return };
            root.items_at(&way).insert(place, item);
        }
        10 => {
            // One level or very many.
            let depth = [1, 2, 200, 20_000][below(random, 4)];
            let value = &mut root.items_at(&way)[place].value;
            let inner = std::mem::replace(value, Tree::Atom(String::new()));
            let mut text = String::new();
            inner.write(&mut text);
            *value = Tree::Atom("[".repeat(depth) + &text + &"]".repeat(depth));
        }
        11 => swap(root, random),
        _ => {
            let item = root.items_at(&way)[place].clone();
            let Some((way, place)) = spot(root, random) else { return };
            root.items_at(&way)[place].value = item.value;
        }
    }
}

/// A number becomes an extreme, or another of its size.
fn change_number(root: &mut Tree, random: &mut Random) {
    let mut numbers = Vec::new();
    root.atoms(&is_number, &mut numbers);
    if numbers.is_empty() {
        return;
    }
    let index = below(random, numbers.len());
    // Extremes are mostly refused: enough must come through.
    let gentle = random.below(8) > 0;
    *numbers[index] = match numbers[index].parse::<i64>() {
        Ok(number) if gentle => (number * i64::from(1 + random.below(8)) / 2).to_string(),
        Err(_) if gentle => {
            let number = numbers[index].parse::<f64>().unwrap_or_default();
            (number * f64::from(1 + random.below(40)) / 10.0).to_string()
        }
        _ => (*choose(random, &EXTREMES).expect("there are some")).to_owned(),
    };
}

/// What strings of expressions are made of.
const MARKS: [&str; 12] = ["(", ")", "[", "]", "*", "-", ",", "..", "0", "1e308", "abs", "x"];

/// A word, number or mark within a string is missing, comes twice, or is another: expressions that cannot be read, or mean
/// something else.
fn change_string(root: &mut Tree, random: &mut Random) {
    let mut strings = Vec::new();
    // Names are many, and most that differ are refused before anything is read.
    match random.below(4) {
        0 => root.atoms(&is_string, &mut strings),
        _ => root.atoms(&is_expression, &mut strings),
    }
    if strings.is_empty() {
        return;
    }
    let index = below(random, strings.len());
    let inner = strings[index].trim_matches('"');
    let mut words: Vec<String> = Vec::new();
    for c in inner.chars() {
        let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
        match words.last_mut() {
            Some(word) if is_of_word(c) && word.ends_with(is_of_word) => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    if words.is_empty() {
        return;
    }
    let at = below(random, words.len());
    match random.below(4) {
        0 => drop(words.remove(at)),
        1 => words.insert(at, words[at].clone()),
        2 => words[at] = words[below(random, words.len())].clone(),
        _ => words[at] = (*choose(random, &MARKS).expect("there are some")).to_owned(),
    }
    *strings[index] = format!("\"{}\"", words.concat());
}

/// Two strings, or two numbers, change places.
fn swap(root: &mut Tree, random: &mut Random) {
    let mut atoms = Vec::new();
    match random.below(2) {
        0 => root.atoms(&is_string, &mut atoms),
        _ => root.atoms(&is_number, &mut atoms),
    }
    if atoms.len() < 2 {
        return;
    }
    let (one, other) = (below(random, atoms.len()), below(random, atoms.len()));
    let kept = atoms[one].clone();
    *atoms[one] = std::mem::replace(atoms[other], kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::RandomStream;

    #[test]
    fn what_is_not_changed_means_the_same() {
        let mut random = Random::new(1, RandomStream::Reset, 0, 0);
        let json = r#"{"a": [1, -2.5e3, "x, \"y\": (z)"], "b": {"c": null, "d": {}}, "e": []}"#;
        let same = mutated_structure(json, 0, &mut random);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&same), value(json));
        let ron = "Task( // so\n a: Some(3), b: [(x: \"f(1)\", y: (0.5, 1)), B], c: Foo([1, 2]))";
        let same = mutated_structure(ron, 0, &mut random);
        let plain = |text: &str| text.replace(char::is_whitespace, "").replace("//so", "");
        assert_eq!(plain(&same), plain(ron).replace(" // so\n", ""));
    }

    #[test]
    fn expressions_are_mutated_to_such_that_cannot_be_read() {
        let ron = "Task(reward: \"2 * abs(x[0]) - min(a, 3)\")";
        let change =
            |number| mutated_structure(ron, 1, &mut Random::new(1, RandomStream::Reset, 0, number));
        let opens =
            |text: &str| text.matches('(').count() as i64 - text.matches(')').count() as i64;
        let is_odd =
            |text: &String| text.trim_start().starts_with("Task(reward: \"") && opens(text) != 0;
        let n = (0..400).map(change).filter(is_odd).count();
        assert!(n > 5, "{n}");
    }

    #[test]
    fn most_mutations_change_something() {
        let json = r#"{"a": [1, 2, 3], "b": {"c": "x", "d": "y"}, "e": 0.5}"#;
        let change = |number| {
            mutated_structure(json, 1, &mut Random::new(1, RandomStream::Reset, 0, number))
        };
        let plain = |text: &str| text.replace(char::is_whitespace, "");
        let n = (0..200).filter(|number| plain(&change(*number)) != plain(json)).count();
        assert!(n > 120, "{n}");
    }
}
