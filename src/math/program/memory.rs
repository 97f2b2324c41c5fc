//! Arrays of a program: numbers of the thread that are found by an index.
//!
//! While a program is written, the index of a place is a [`Tree`] of all that it is in the turns of the loops around it.
//! [`lower`](super::lower()) makes [`Index`]es of them: sums over the loops' counters, and tables where there is no sum.

use std::collections::HashMap;

/// Arrays, and where in them a program reads and writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// What a thread has.
    pub arrays: Vec<Array>,
    /// What [`Op::Load`](super::Op::Load) and [`Action::Store`](super::Action::Store) mean.
    pub places: Vec<Place>,
    /// Indices while the program is written.
    pub trees: Vec<Tree>,
    /// Indices of the program as it is run; each knows only those before it.
    pub indices: Vec<Index>,
    /// What indices look up.
    pub table: Vec<u32>,
}

/// An array of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Name in printed programs.
    pub name: &'static str,
    /// How many numbers it has.
    pub n: u32,
}

/// A place in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// An index into [`Memory::arrays`].
    pub array: u32,
    /// An index into [`Memory::trees`] while the program is written, then into [`Memory::indices`].
    pub at: u32,
}

/// What an index is in the turns of the loops around it, from the outermost to the innermost.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tree {
    /// Within no loop, or as in all turns.
    Leaf(u32),
    /// In each turn of a loop.
    Turns(Vec<u32>),
}

/// A whole number that a program finds places by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Index {
    /// This.
    Constant(u32),
    /// An index before this, plus so much for each turn of a loop, plus so much; modulo 2^32.
    Sum {
        /// An index into [`Memory::indices`].
        of: u32,
        /// The loop's counter; none with a step of 0.
        counter: u32,
        /// For each turn.
        step: u32,
        /// Always.
        plus: u32,
    },
    /// What is in [`Memory::table`] at an index.
    Look(u32),
}

impl Memory {
    /// The largest number in a tree.
    pub(super) fn most(&self, tree: u32) -> u32 {
        match &self.trees[tree as usize] {
            Tree::Leaf(value) => *value,
            Tree::Turns(turns) => turns.iter().map(|&turn| self.most(turn)).max().unwrap_or(0),
        }
    }

    /// The value of an index, where counters stand so.
    pub fn index(&self, index: u32, counters: &[u32]) -> u32 {
        match self.indices[index as usize] {
            Index::Constant(value) => value,
            Index::Sum { of, counter, step, plus } => {
                let turn = if step == 0 { 0 } else { counters[counter as usize] };
                let of = self.index(of, counters);
                of.wrapping_add(turn.wrapping_mul(step)).wrapping_add(plus)
            }
            Index::Look(at) => self.table[self.index(at, counters) as usize],
        }
    }
}

/// Places and trees that are there, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    places: HashMap<Place, u32>,
    trees: HashMap<Tree, u32>,
}

impl Known {
    pub(super) fn tree(&mut self, memory: &mut Memory, tree: Tree) -> u32 {
        *self.trees.entry(tree).or_insert_with_key(|tree| {
            memory.trees.push(tree.clone());
            memory.trees.len() as u32 - 1
        })
    }

    pub(super) fn place(&mut self, memory: &mut Memory, place: Place) -> u32 {
        *self.places.entry(place).or_insert_with(|| {
            memory.places.push(place);
            memory.places.len() as u32 - 1
        })
    }
}
