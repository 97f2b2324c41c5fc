//! Frames that have come and are yet to be shown.

use crate::session::Frame;
use std::collections::VecDeque;

/// A queue of frames, and a place in it.
#[derive(Default)]
pub(super) struct Clip {
    frames: VecDeque<Frame>,
    /// Ticks from the first frame, less than one unless it is the only one.
    at: f64,
}

impl Clip {
    pub(super) fn extend(&mut self, frames: VecDeque<Frame>) {
        self.frames.extend(frames);
    }

    /// Frames after the present one.
    pub(super) fn ahead(&self) -> usize {
        self.frames.len().saturating_sub(1)
    }

    /// Goes on by a number of ticks, as far as there are frames.
    pub(super) fn advance(&mut self, ticks: f64) {
        self.at += ticks.max(0.0);
        while self.at >= 1.0 && self.frames.len() > 1 {
            self.frames.pop_front();
            self.at -= 1.0;
        }
        if self.frames.len() <= 1 {
            self.at = 0.0;
        }
    }

    /// Goes on to the newest frame.
    pub(super) fn skip_to_last(&mut self) {
        let n = self.ahead();
        self.frames.drain(..n);
        self.at = 0.0;
    }

    /// The frame before the present moment, the one after it, and how far between them it lies, in
    /// 0..=1. Across a gap there is no between.
    pub(super) fn moment(&self) -> Option<(&Frame, &Frame, f32)> {
        let before = self.frames.front()?;
        let after = self.frames.get(1).filter(|after| after.tick == before.tick + 1);
        Some(match after {
            Some(after) => (before, after, self.at as f32),
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
}
