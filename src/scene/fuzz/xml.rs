//! Mutations of XML: of its text, and of its elements and attributes.

use super::text::{EXTREMES, below, choose, mutated_text, n_changes};
use crate::math::rng::Random;
use std::fmt::Write as _;

/// An element without its text, which models have none of.
#[derive(Clone, Debug)]
struct Node {
    tag: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

impl Node {
    fn new(node: roxmltree::Node<'_, '_>) -> Self {
        let attributes = node.attributes().map(|it| (it.name().to_owned(), it.value().to_owned()));
        Self {
            tag: node.tag_name().name().to_owned(),
            attributes: attributes.collect(),
            children: node.children().filter(roxmltree::Node::is_element).map(Node::new).collect(),
        }
    }

    fn write(&self, text: &mut String) {
        let escaped =
            |value: &str| value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        write!(text, "<{}", self.tag).expect("a string takes all");
        for (name, value) in &self.attributes {
            write!(text, " {name}=\"{}\"", escaped(value)).expect("a string takes all");
        }
        text.push_str(">\n");
        self.children.iter().for_each(|child| child.write(text));
        writeln!(text, "</{}>", self.tag).expect("a string takes all");
    }

    fn count(&self) -> usize {
        1 + self.children.iter().map(Node::count).sum::<usize>()
    }

    /// The element at a place in the order of the file; the root is at 0.
    fn at(&mut self, place: usize) -> &mut Node {
        if place == 0 {
            return self;
        }
        let mut left = place - 1;
        for child in &mut self.children {
            let count = child.count();
            if left < count {
                return child.at(left);
            }
            left -= count;
        }
        panic!("there is no element at {place}")
    }

    /// The parent of the element at a place other than the root's, and which child that is.
    fn parent_at(&mut self, place: usize) -> (&mut Node, usize) {
        let mut left = place - 1;
        for index in 0..self.children.len() {
            let count = self.children[index].count();
            if left == 0 {
                return (self, index);
            }
            if left < count {
                return self.children[index].parent_at(left);
            }
            left -= count;
        }
        panic!("there is no element at {place}")
    }

    /// Every name is another than before, as are the references among these elements.
    fn rename(&mut self) {
        let names = self.attributes.iter_mut().filter(|(name, _)| name == "name");
        names.for_each(|(_, value)| value.push('~'));
        self.children.iter_mut().for_each(Node::rename);
    }

    /// Where there are attributes: places and indices of them.
    fn attributes_of_all(&mut self) -> Vec<(usize, usize)> {
        let mut found = vec![];
        for place in 0..self.count() {
            let count = self.at(place).attributes.len();
            found.extend((0..count).map(|index| (place, index)));
        }
        found
    }
}

/// A file with something wrong with it, or right in another way; half of all by their text, half by their elements.
pub(super) fn mutated(text: &str, random: &mut Random) -> String {
    let n_changes = n_changes(random);
    if random.below(2) == 0 {
        let mut text = text.to_owned();
        (0..n_changes).for_each(|_| text = mutated_text(&text, random));
        return text;
    }
    let document = roxmltree::Document::parse(text).expect("what is mutated is well-formed");
    let mut root = Node::new(document.root_element());
    (0..n_changes).for_each(|_| mutate(&mut root, random));
    let mut text = String::new();
    root.write(&mut text);
    text
}

fn mutate(root: &mut Node, random: &mut Random) {
    let n_elements = root.count();
    let place = below(random, n_elements);
    let other = below(random, n_elements);
    match random.below(10) {
        0..=3 => change_number(root, random),
        4 if place > 0 => {
            let (parent, index) = root.parent_at(place);
            let mut copy = parent.children[index].clone();
            if random.below(2) == 0 {
                copy.rename();
            }
            parent.children.insert(index, copy);
        }
        5 if place > 0 => {
            let (parent, index) = root.parent_at(place);
            parent.children.remove(index);
        }
        6 if place > 0 => {
            let (parent, index) = root.parent_at(place);
            let moved = parent.children.remove(index);
            let new_place = other % root.count();
            let to = root.at(new_place);
            to.children.push(moved);
        }
        7 => swap_references(root, random),
        8 => {
            let Some(&(at, index)) = choose(random, &root.attributes_of_all()) else { return };
            root.at(at).attributes.remove(index);
        }
        _ => graft(root, random),
    }
}

/// One of the numbers of an attribute becomes an extreme, or another of its size.
fn change_number(root: &mut Node, random: &mut Random) {
    let Some(&(place, index)) = choose(random, &root.attributes_of_all()) else { return };
    let value = &mut root.at(place).attributes[index].1;
    let mut words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        return;
    }
    let word = below(random, words.len());
    let gentle = random.below(2) == 0;
    words[word] = match words[word].parse::<f64>() {
        Ok(number) if gentle => (number * f64::from(1 + random.below(40)) / 10.0).to_string(),
        _ => (*choose(random, &EXTREMES).expect("there are some")).to_owned(),
    };
    *value = words.join(" ");
}

/// Two attributes of one name change their values.
fn swap_references(root: &mut Node, random: &mut Random) {
    let all = root.attributes_of_all();
    let Some(&(place, index)) = choose(random, &all) else { return };
    let name = root.at(place).attributes[index].0.clone();
    let alike: Vec<_> =
        all.iter().filter(|(at, i)| root.at(*at).attributes[*i].0 == name).copied().collect();
    let Some(&(at, i)) = choose(random, &alike) else { return };
    let theirs = root.at(at).attributes[i].1.clone();
    let ours = std::mem::replace(&mut root.at(place).attributes[index].1, theirs);
    root.at(at).attributes[i].1 = ours;
}

/// An element gets an attribute of another.
fn graft(root: &mut Node, random: &mut Random) {
    let Some(&(place, index)) = choose(random, &root.attributes_of_all()) else { return };
    let attribute = root.at(place).attributes[index].clone();
    let to = below(random, root.count());
    let to = root.at(to);
    to.attributes.retain(|(name, _)| *name != attribute.0);
    to.attributes.push(attribute);
}
