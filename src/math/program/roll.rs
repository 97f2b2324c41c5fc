//! Numbers that lie in arrays, and loops whose turns were written out one after the other.
//!
//! Turns that do the same, to numbers of arrays wherever they lie and to what is the same in all of them, become one
//! loop. Each place in it remembers where it was in every turn.

use super::build::{Builder, Opening};
use super::memory::{Array, Place, Tree};
use super::op::{Action, Block, Carried, Counted, Loop, Op, Value, ValueKind};
use super::shape::{Slot, walk_all};
use std::collections::HashMap;

/// A number in an array, as it was at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub array: u32,
    pub at: u32,
    pub version: u32,
}

/// One turn of a loop, written out.
#[derive(Debug)]
pub(super) struct Turn {
    pub cells: Vec<Value>,
    pub nexts: Vec<Value>,
    pub body: Block,
}

impl Builder {
    /// Whether what is read from an array was read in the turn that is being written: turns are to be alike.
    pub(super) fn is_of_turn(&self, op: Op, value: Value) -> bool {
        let open = &self.frame().open;
        let turn = open.iter().rposition(|block| matches!(block.opening, Opening::Turn));
        let within = turn.map_or(&open[..], |turn| &open[turn..]);
        !matches!(op, Op::Load { .. })
            || within.iter().any(|block| block.id == self.home[value.index()])
    }

    /// Begins a turn of a loop; returns what stands for values of these kinds that it goes on with.
    fn begin_turn_block(&mut self, kinds: &[ValueKind]) -> Vec<Value> {
        self.begin_block(Opening::Turn);
        kinds.iter().map(|&kind| self.fresh(kind)).collect()
    }

    fn end_turn_block(&mut self) -> Block {
        Block { statements: self.end_block().statements }
    }

    fn lazy(&mut self, op: Op) -> Value {
        self.kinds.push(ValueKind::Number);
        self.made_by.push(Some(op));
        self.home.push(0);
        Value(self.kinds.len() as u32 - 1)
    }

    /// A new array of so many numbers.
    pub fn array(&mut self, name: &'static str, n: u32) -> u32 {
        self.memory.arrays.push(Array { name, n });
        self.memory.arrays.len() as u32 - 1
    }

    /// Makes room in an array for so many numbers.
    pub fn widen(&mut self, array: u32, n: u32) {
        let array = &mut self.memory.arrays[array as usize];
        array.n = array.n.max(n);
    }

    /// The number that is in an array now; it is read where it is used.
    pub fn cell(&mut self, array: u32, at: u32) -> Value {
        let version = self.versions.get(&(array, at)).copied().unwrap_or(0);
        let at_tree = self.places.tree(&mut self.memory, Tree::Leaf(at));
        let place = self.places.place(&mut self.memory, Place { array, at: at_tree });
        let value = self.lazy(Op::Load { place, version });
        self.cells.insert(value, Cell { array, at, version });
        value
    }

    /// Whether a value is what is at a place now.
    pub fn is_cell(&self, value: Value, array: u32, at: u32) -> bool {
        let version = self.versions.get(&(array, at)).copied().unwrap_or(0);
        self.cells.get(&value) == Some(&Cell { array, at, version })
    }

    /// What is there may be another from here on.
    pub fn change(&mut self, array: u32, at: u32) {
        self.n_versions += 1;
        self.versions.insert((array, at), self.n_versions);
    }

    /// Reads a value that lies in an array, for use here; none if it is there no more.
    pub fn read(&mut self, value: Value) -> Option<Value> {
        let Some(&cell) = self.cells.get(&value) else { return Some(value) };
        let is_there = self.is_cell(value, cell.array, cell.at);
        let op = self.made_by(value).filter(|_| is_there)?;
        Some(self.op(op))
    }

    /// Writes a number to an array.
    pub fn store(&mut self, array: u32, at: u32, value: Value) {
        let at_tree = self.places.tree(&mut self.memory, Tree::Leaf(at));
        let place = self.places.place(&mut self.memory, Place { array, at: at_tree });
        self.push(Action::Store { place, value });
        self.change(array, at);
    }

    /// Begins a loop whose turns are written out.
    pub fn begin_turns(&mut self) {
        self.turns.push(vec![]);
    }

    /// Begins a turn. Returns what stands for the values of these kinds that go from turn to turn.
    pub fn begin_turn(&mut self, kinds: &[ValueKind]) -> Vec<Value> {
        let cells = self.begin_turn_block(kinds);
        let turn = Turn { cells: cells.clone(), nexts: vec![], body: Default::default() };
        if let Some(turns) = self.turns.last_mut() {
            turns.push(turn);
        }
        cells
    }

    /// Ends the turn, with those values as the next turn has them.
    pub fn end_turn(&mut self, nexts: Vec<Value>) {
        let body = self.end_turn_block();
        if let Some(turn) = self.turns.last_mut().and_then(|turns| turns.last_mut()) {
            (turn.nexts, turn.body) = (nexts, body);
        }
    }

    /// Ends the loop. `starts` are what its values begin with; returns what they are after it.
    pub fn end_turns(&mut self, starts: Vec<Value>) -> Vec<Value> {
        let mut values = starts;
        let mut run: Vec<(Turn, Form)> = vec![];
        for mut turn in self.turns.pop().unwrap_or_default() {
            let form = Form::of(&mut turn);
            if run.last().is_some_and(|(_, last)| last.key != form.key || last.reads != form.reads)
            {
                values = self.roll(std::mem::take(&mut run), &values);
            }
            run.push((turn, form));
        }
        if run.is_empty() { values } else { self.roll(run, &values) }
    }

    /// Turns that are alike as one loop.
    fn roll(&mut self, turns: Vec<(Turn, Form)>, starts: &[Value]) -> Vec<Value> {
        let n = turns.len() as u32;
        let (mut turns, forms): (Vec<Turn>, Vec<Form>) = turns.into_iter().unzip();
        let mut turn = turns.swap_remove(0);
        let mut n_slots = 0;
        let (memory, places) = (&mut self.memory, &mut self.places);
        let mut set = |slot: Slot| {
            let number = n_slots;
            let all = forms.iter().map(|form| form.slots[number]);
            n_slots += 1;
            match slot {
                Slot::Place(place) => {
                    let trees = all.map(|place| memory.places[place as usize].at).collect();
                    let at = places.tree(memory, Tree::Turns(trees));
                    let array = memory.places[*place as usize].array;
                    *place = places.place(memory, Place { array, at });
                }
                Slot::Turns(turns) => *turns = places.tree(memory, Tree::Turns(all.collect())),
            }
        };
        walk_all(&mut turn.body, &mut inside(&turn.cells), &mut vec![], &mut |_, _| {}, &mut set);
        let yes = self.op(Op::Truth(true));
        let turns = self.places.tree(&mut self.memory, Tree::Leaf(n));
        let counted = Some(Counted { counter: self.n_counters, turns });
        self.n_counters += 1;
        let mut carried = vec![];
        for ((&cell, &next), &start) in turn.cells.iter().zip(&turn.nexts).zip(starts) {
            let to = self.fresh(self.kind(cell));
            carried.push(Carried { cell, start, next, to });
        }
        let last = carried.iter().map(|it| it.to).collect();
        let body = turn.body;
        let it = Loop { limit: n, enter: yes, turn: None, body, again: yes, carried, counted };
        self.push(Action::Loop(it));
        last
    }
}

/// The values that a turn goes on with, as the first of those that are its own.
fn inside(cells: &[Value]) -> HashMap<Value, u32> {
    cells.iter().copied().zip(0..).collect()
}

/// What a turn does.
struct Form {
    key: Vec<u32>,
    /// What it reads from outside.
    reads: Vec<Value>,
    /// Its places, and the turns of loops within.
    slots: Vec<u32>,
}

impl Form {
    /// Brings operands of what commutes in order, too.
    fn of(turn: &mut Turn) -> Self {
        let (mut key, mut reads, mut slots) = (vec![], vec![], vec![]);
        let mut inside = inside(&turn.cells);
        let mut slot = |slot: Slot| match slot {
            Slot::Place(&mut id) | Slot::Turns(&mut id) => slots.push(id),
        };
        walk_all(
            &mut turn.body,
            &mut inside,
            &mut key,
            &mut |value, _| reads.push(*value),
            &mut slot,
        );
        for next in &turn.nexts {
            match inside.get(next) {
                Some(&number) => key.push(number),
                None => reads.push(*next),
            }
            key.push(u32::MAX);
        }
        Self { key, reads, slots }
    }
}
