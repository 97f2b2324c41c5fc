//! Frames that have come: those yet to be shown, and the last ones that were.

use crate::session::Frame;
use std::collections::VecDeque;

/// A row of frames, and a place in it.
#[derive(Default)]
pub(in crate::viewer::app) struct Clip {
    frames: VecDeque<Frame>,
    /// The frame on show.
    at: usize,
    /// How far on the way to the next one, in 0..1.
    part: f64,
}

impl Clip {
    pub(super) fn extend(&mut self, frames: VecDeque<Frame>) {
        self.frames.extend(frames);
    }

    /// Frames after the present one.
    pub(super) fn ahead(&self) -> usize {
        self.frames.len().saturating_sub(self.at + 1)
    }

    /// The last frames up to the present one, oldest first.
    pub(in crate::viewer::app) fn past(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter().take(self.at + 1)
    }

    /// Frames before the present one.
    pub(in crate::viewer::app) fn n_past(&self) -> usize {
        self.at
    }

    /// The frame that is so many before the present one, or the first there is.
    pub(in crate::viewer::app) fn back(&self, n: usize) -> Option<&Frame> {
        self.frames.get(self.at.saturating_sub(n))
    }

    /// Goes on by a number of ticks, as far as there are frames.
    pub(super) fn advance(&mut self, ticks: f64) {
        self.part += ticks.max(0.0);
        while self.part >= 1.0 && self.ahead() > 0 {
            self.at += 1;
            self.part -= 1.0;
        }
        if self.ahead() == 0 {
            self.part = 0.0;
        }
    }

    /// Goes on to the newest frame.
    pub(super) fn skip_to_last(&mut self) {
        self.at += self.ahead();
        self.part = 0.0;
    }

    /// Forgets all but so many frames before the present one.
    pub(super) fn forget(&mut self, n_kept: usize) {
        let n = self.at.saturating_sub(n_kept);
        self.frames.drain(..n);
        self.at -= n;
    }

    /// The frame before the present moment, the one after it, and how far between them it lies, in
    /// 0..=1. Across a gap there is no between.
    pub(super) fn moment(&self) -> Option<(&Frame, &Frame, f32)> {
        let before = self.frames.get(self.at)?;
        let after = self
            .frames
            .get(self.at + 1)
            .filter(|after| after.tick == before.tick + 1 && after.envs.len() == before.envs.len());
        Some(match after {
            Some(after) => (before, after, self.part as f32),
            None => (before, before, 0.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::Progress;

    fn clip(ticks: &[u64]) -> Clip {
        let frame = |&tick: &u64| Frame { tick, progress: Progress::default(), envs: Vec::new() };
        let mut clip = Clip::default();
        clip.extend(ticks.iter().map(frame).collect());
        clip
    }

    fn place(clip: &Clip) -> (u64, u64, f32) {
        let (before, after, way) = clip.moment().unwrap();
        (before.tick, after.tick, way)
    }

    #[test]
    fn time_runs_through_the_frames_and_waits_at_the_last() {
        let mut clip = clip(&[4, 5, 6]);
        assert_eq!(place(&clip), (4, 5, 0.0));
        clip.advance(1.25);
        assert_eq!(place(&clip), (5, 6, 0.25));
        clip.advance(7.0);
        assert_eq!(place(&clip), (6, 6, 0.0));
    }

    #[test]
    fn nothing_moves_across_a_gap() {
        let mut clip = clip(&[4, 90, 91]);
        clip.advance(0.5);
        assert_eq!(place(&clip), (4, 4, 0.0));
        clip.advance(0.5);
        assert_eq!(place(&clip), (90, 91, 0.0));
        clip.skip_to_last();
        assert_eq!((place(&clip), clip.ahead()), ((91, 91, 0.0), 0));
    }

    #[test]
    fn the_last_frames_are_kept_and_older_ones_forgotten() {
        let mut clip = clip(&[1, 2, 3, 4, 5]);
        clip.advance(3.5);
        clip.forget(2);
        let past: Vec<u64> = clip.past().map(|frame| frame.tick).collect();
        assert_eq!((past, place(&clip)), (vec![2, 3, 4], (4, 5, 0.5)));
        assert_eq!(clip.back(1).map(|frame| frame.tick), Some(3));
        assert_eq!(clip.back(9).map(|frame| frame.tick), Some(2));
    }
}
