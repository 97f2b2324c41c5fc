//! Indices of a program's places as what a machine computes: from counters, steps and a table.

use super::memory::{Index, Memory, Tree};
use super::op::{Action, Block, If, LaneProgram, Loop, Op};
use std::collections::HashMap;

/// The program with an [`Index`] in the place of each [`Tree`].
#[must_use]
pub fn lower(mut program: LaneProgram) -> LaneProgram {
    let memory = std::mem::take(&mut program.memory);
    if memory.arrays.is_empty() {
        return program;
    }
    let to = Memory { arrays: memory.arrays.clone(), ..Memory::default() };
    let mut lowering = Lowering { from: memory, to, ..Lowering::default() };
    lowering.block(&mut program.body);
    program.memory = lowering.to;
    program
}

/// Indices of all turns, loop within loop, without what is added to all of them.
type Turns = Vec<Vec<u32>>;

#[derive(Default)]
struct Lowering {
    from: Memory,
    to: Memory,
    /// Of the loops around, from the outermost.
    counters: Vec<u32>,
    indices: HashMap<Index, u32>,
    places: HashMap<(u32, u32), u32>,
    /// Where numbers that follow one another are in the table.
    rows: HashMap<Vec<u32>, u32>,
}

impl Lowering {
    fn block(&mut self, block: &mut Block) {
        for statement in &mut block.statements {
            match &mut statement.action {
                Action::Let { op: Op::Load { place, .. }, .. } | Action::Store { place, .. } => {
                    *place = self.place(*place);
                }
                Action::If(If { body, .. }) => self.block(body),
                Action::Loop(it) => self.repeat(it),
                Action::Let { .. } | Action::Call(_) => {}
            }
        }
    }

    fn repeat(&mut self, it: &mut Loop) {
        if let Some(counted) = &mut it.counted {
            it.limit = self.from.most(counted.turns);
            counted.turns = self.tree(counted.turns);
            self.counters.push(counted.counter);
        }
        self.block(&mut it.body);
        if it.counted.is_some() {
            self.counters.pop();
        }
    }

    fn place(&mut self, place: u32) -> u32 {
        let mut place = self.from.places[place as usize];
        place.at = self.tree(place.at);
        *self.places.entry((place.array, place.at)).or_insert_with(|| {
            self.to.places.push(place);
            self.to.places.len() as u32 - 1
        })
    }

    fn tree(&mut self, tree: u32) -> u32 {
        let mut depth = 0;
        let mut inner = tree;
        while let Tree::Turns(turns) = &self.from.trees[inner as usize] {
            inner = turns[0];
            depth += 1;
        }
        // A loop of one turn is a loop no more, and has no counter.
        let counters = self.counters.clone();
        let mut level = vec![tree];
        let mut shape = vec![];
        for _ in 0..depth {
            let mut below = vec![];
            let mut lengths = vec![];
            for tree in level {
                if let Tree::Turns(turns) = &self.from.trees[tree as usize] {
                    lengths.push(turns.len());
                    below.extend(turns);
                }
            }
            shape.push(lengths);
            level = below;
        }
        let leaf = |&tree: &u32| match self.from.trees[tree as usize] {
            Tree::Leaf(value) => value,
            Tree::Turns(_) => 0,
        };
        let mut values: Vec<u32> = level.iter().map(leaf).collect();
        // Loops of one turn only, wherever they stand, were taken away.
        shape.retain(|lengths| lengths.iter().any(|&n| n != 1));
        debug_assert!(shape.len() <= counters.len());
        let first = values.first().copied().unwrap_or(0);
        values.iter_mut().for_each(|value| *value = value.wrapping_sub(first));
        let of = self.of(&shape, &counters, values);
        if first == 0 { of } else { self.sum(of, 0, 0, first) }
    }

    fn index(&mut self, index: Index) -> u32 {
        *self.indices.entry(index).or_insert_with(|| {
            self.to.indices.push(index);
            self.to.indices.len() as u32 - 1
        })
    }

    fn sum(&mut self, of: u32, counter: u32, step: u32, plus: u32) -> u32 {
        match (self.to.indices[of as usize], step, plus) {
            (_, 0, 0) => of,
            (Index::Constant(value), 0, _) => self.index(Index::Constant(value.wrapping_add(plus))),
            _ => self.index(Index::Sum { of, counter, step, plus }),
        }
    }

    /// The index of numbers that stand in the turns of loops, lengths of which are `shape`.
    fn of(&mut self, shape: &[Vec<usize>], counters: &[u32], values: Vec<u32>) -> u32 {
        let first = values.first().copied().unwrap_or(0);
        if values.iter().all(|value| *value == first) {
            return self.index(Index::Constant(first));
        }
        let Some((lengths, outer)) = shape.split_last() else {
            return self.index(Index::Constant(first));
        };
        let mut rest = &values[..];
        let mut rows: Turns = vec![];
        for &n in lengths {
            let (row, others) = rest.split_at(n);
            rows.push(row.to_vec());
            rest = others;
        }
        let counter = counters[outer.len()];
        let long = rows.iter().find(|row| row.len() > 1);
        let step = long.map_or(0, |row| row[1].wrapping_sub(row[0]));
        let is_even = |row: &Vec<u32>| row.windows(2).all(|it| it[1].wrapping_sub(it[0]) == step);
        if rows.iter().all(is_even) {
            let starts = rows.iter().map(|row| row[0]).collect();
            let of = self.of(outer, counters, starts);
            return self.sum(of, counter, step, 0);
        }
        let starts = rows.into_iter().map(|row| self.row(row)).collect();
        let of = self.of(outer, counters, starts);
        let at = self.sum(of, counter, 1, 0);
        self.index(Index::Look(at))
    }

    /// Where the table has these numbers.
    fn row(&mut self, row: Vec<u32>) -> u32 {
        let table = &mut self.to.table;
        *self.rows.entry(row).or_insert_with_key(|row| {
            table.extend(row);
            (table.len() - row.len()) as u32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::{Random, RandomStream};

    /// A tree of loops with so many turns or fewer, and its leaves by the turns that lead there.
    fn grow(
        from: &mut Memory,
        random: &mut Random,
        depth: usize,
        path: &mut Vec<u32>,
        leaves: &mut Vec<(Vec<u32>, u32)>,
    ) -> u32 {
        let tree = if depth == 0 {
            let kind = random.uniform_in(0.0, 3.0) as u32;
            let whole = |x: f64| x as u32;
            let sum: u32 = path.iter().zip([7, 3, 1]).map(|(&turn, step)| turn * step).sum();
            // Sums over turns, now and then something else.
            let value = if kind == 0 { whole(random.uniform_in(0.0, 50.0)) } else { 100 - sum };
            leaves.push((path.clone(), value));
            Tree::Leaf(value)
        } else {
            let most: f64 = if path.iter().all(|&turn| turn == 0) { 4.0 } else { 1.0 };
            let n = random.uniform_in(most.min(2.0), 5.0) as u32;
            let mut turns = vec![];
            for turn in 0..n {
                path.push(turn);
                turns.push(grow(from, random, depth - 1, path, leaves));
                path.pop();
            }
            Tree::Turns(turns)
        };
        from.trees.push(tree);
        from.trees.len() as u32 - 1
    }

    #[test]
    fn an_index_is_in_every_turn_what_its_tree_says() {
        for seed in 0..200 {
            let mut random = Random::new(seed, RandomStream::Reset, 0, 0);
            let mut lowering = Lowering::default();
            let depth = seed as usize % 4;
            let mut leaves = vec![];
            let tree = grow(&mut lowering.from, &mut random, depth, &mut vec![], &mut leaves);
            lowering.counters = (0..depth as u32).collect();
            let index = lowering.tree(tree);
            for (turns, value) in leaves {
                assert_eq!(lowering.to.index(index, &turns), value, "{seed}: {turns:?}");
            }
        }
    }

    /// What follows from turns alone needs no table.
    #[test]
    fn even_steps_are_sums() {
        let mut from = Memory::default();
        let mut trees = vec![];
        for outer in 0..3 {
            let leaves = (0..2 + outer).map(|inner| {
                from.trees.push(Tree::Leaf(5 + 10 * outer - 2 * inner));
                from.trees.len() as u32 - 1
            });
            let turns = Tree::Turns(leaves.collect());
            from.trees.push(turns);
            trees.push(from.trees.len() as u32 - 1);
        }
        from.trees.push(Tree::Turns(trees));
        let tree = from.trees.len() as u32 - 1;
        let mut lowering = Lowering { from, counters: vec![4, 7], ..Lowering::default() };
        let index = lowering.tree(tree);
        assert!(lowering.to.table.is_empty());
        let mut counters = [0; 8];
        (counters[4], counters[7]) = (2, 3);
        assert_eq!(lowering.to.index(index, &counters), 19);
    }
}
