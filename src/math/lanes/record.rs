//! Macros that tell a recording lane type where a computation may skip or repeat a block.
//! All other lanes do just what stands there.

use super::Lanes;

/// Numbers and masks that a block may change, in an order that stays. What a block adds comes last in its list.
pub trait Cells<L: Lanes> {
    /// Shows every number and mask to the visitor, always in the same order.
    fn visit(&mut self, visitor: &mut dyn Visitor<L>);
}

/// A visitor of cells.
pub trait Visitor<L: Lanes> {
    /// A number, and what it reads after a block that would have added it and was not entered: NaN if anything will do.
    fn number(&mut self, cell: &mut L, otherwise: f64);
    /// A mask, which reads false after such a block.
    fn mask(&mut self, cell: &mut L::Mask);
    /// What follows is another list.
    fn list(&mut self);
}

impl<L: Lanes> Cells<L> for L {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        visitor.number(self, 0.0);
    }
}

/// Cells that lie elsewhere.
pub struct Slice<'a, T>(pub &'a mut [T]);

impl<L: Lanes, T: Cells<L>> Cells<L> for Slice<'_, T> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        self.0.iter_mut().for_each(|cells| cells.visit(visitor));
    }
}

impl<L: Lanes, T: Cells<L>, const N: usize> Cells<L> for [T; N] {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        self.iter_mut().for_each(|cells| cells.visit(visitor));
    }
}

impl<L: Lanes, T: Cells<L>> Cells<L> for Vec<T> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        self.iter_mut().for_each(|cells| cells.visit(visitor));
    }
}

impl<L: Lanes> Cells<L> for (usize, L) {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        visitor.number(&mut self.1, 0.0);
    }
}

/// Several cells, each a list of its own, and masks.
pub struct CellsAndMasks<'a, L: Lanes> {
    /// Lists of numbers, each visited in its turn.
    pub cells: &'a mut [&'a mut dyn Cells<L>],
    /// Masks, visited after the lists.
    pub masks: &'a mut [&'a mut L::Mask],
}

impl<L: Lanes> Cells<L> for CellsAndMasks<'_, L> {
    fn visit(&mut self, visitor: &mut dyn Visitor<L>) {
        for cells in &mut *self.cells {
            visitor.list();
            cells.visit(visitor);
        }
        visitor.list();
        for mask in &mut *self.masks {
            visitor.mask(mask);
        }
    }
}

/// Shows cells to a function that takes `&mut dyn Cells`.
macro_rules! cells {
    ([$($cell:expr),*; $($truth:expr),*]) => {
        &mut $crate::math::lanes::CellsAndMasks {
            cells: &mut [$(&mut $cell),*],
            masks: &mut [$(&mut $truth),*],
        }
    };
}
pub(crate) use cells;

/// A block that is skipped if no lane has the mask: `when!(L, mask, [cells; masks] => { .. })`.
///
/// It lists every number and mask from outside that the block changes, for lanes that write it down. What is made in
/// the block and not listed must not be used after it; nothing may leave the block early.
macro_rules! when {
    ($L:ty, $mask:expr, [$($cell:expr),*; $($truth:expr),*] => $body:block) => {{
        let mask = $mask;
        if <$L>::RECORDS {
            <$L>::enter(mask, $crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
        if mask.any() $body
        if <$L>::RECORDS {
            <$L>::leave($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    }};
}
pub(crate) use when;

/// A block of something that is listed because some lane has it: lanes always enter it, and do not ask for the mask.
/// Otherwise as [`when!`].
macro_rules! listed {
    ($L:ty, $mask:expr, [$($cell:expr),*; $($truth:expr),*] => $body:block) => {{
        if <$L>::RECORDS {
            <$L>::enter($mask, $crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
        $body
        if <$L>::RECORDS {
            <$L>::leave($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    }};
}
pub(crate) use listed;

/// A loop of at most so many turns, which ends when no lane has work to do:
/// `repeat!(L, turn in n, while todo, [cells; masks] => { .. })`.
///
/// `todo` is a mask that the body takes lanes from, and never gives back; the body leaves alone what counts in
/// lanes without it. `turn` is the number of turns before this one, in all lanes. What else the body changes is
/// listed as in [`when!`].
macro_rules! repeat {
    ($L:ty, $turn:ident in $limit:expr, while $todo:ident,
     [$($cell:expr),*; $($truth:expr),*] => $body:block) => {{
        let limit: usize = $limit;
        let mut $turn = <$L>::zero();
        if <$L>::RECORDS {
            $turn = <$L>::begin_loop(
                limit, &mut $todo, $crate::math::lanes::cells!([$($cell),*; $($truth),*]),
            );
        }
        for turn in 0..if <$L>::RECORDS { 1 } else { limit } {
            if !<$L>::RECORDS {
                $turn = <$L>::splat(turn as f64);
            }
            if !$todo.any() {
                break;
            }
            $body
        }
        if <$L>::RECORDS {
            <$L>::end_loop(&mut $todo, $crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    }};
}
pub(crate) use repeat;

/// A loop over what is known when a program is written, of turns that do the same:
/// `turns!(L, for x in xs, [cells; masks] => { .. })`, or `while` something.
///
/// What a turn changes is listed as in [`when!`]; no turn is left early. Lanes that write it down may make one loop of
/// it where its numbers lie in arrays.
macro_rules! turns {
    ($L:ty, for $turn:pat in $all:expr, [$($cell:expr),*; $($truth:expr),*] => $body:block) => {{
        if <$L>::RECORDS {
            <$L>::begin_turns($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
        for $turn in $all {
            if <$L>::RECORDS {
                <$L>::begin_turn($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
            }
            $body
            if <$L>::RECORDS {
                <$L>::end_turn($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
            }
        }
        if <$L>::RECORDS {
            <$L>::end_turns($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    }};
    ($L:ty, while $more:expr, [$($cell:expr),*; $($truth:expr),*] => $body:block) => {{
        if <$L>::RECORDS {
            <$L>::begin_turns($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
        while $more {
            if <$L>::RECORDS {
                <$L>::begin_turn($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
            }
            $body
            if <$L>::RECORDS {
                <$L>::end_turn($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
            }
        }
        if <$L>::RECORDS {
            <$L>::end_turns($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    }};
}
pub(crate) use turns;

/// What cells hold that lie in arrays goes there, for lanes that write it down: `put!(L, [cells;])`.
macro_rules! put {
    ($L:ty, [$($cell:expr),*; $($truth:expr),*]) => {
        if <$L>::RECORDS {
            <$L>::put($crate::math::lanes::cells!([$($cell),*; $($truth),*]));
        }
    };
}
pub(crate) use put;
