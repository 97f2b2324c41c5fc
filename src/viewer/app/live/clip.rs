//! Frames that have come: those yet to be shown, and the last ones that were.

use super::super::stage::{Pose, Poser};
use crate::session::Frame;
use std::collections::VecDeque;

/// A row of frames, and a place in it.
#[derive(Default)]
pub(in crate::viewer::app) struct Clip {
    frames: VecDeque<Kept>,
    /// The frame on show.
    at: usize,
    /// How far on the way to the next one, in 0..1.
    part: f64,
}

/// A frame, and where it has every body, shape (n_envs, nbody): worked out when it is first shown, of as many
/// frames as come at once a picture shows two.
struct Kept {
    frame: Frame,
    poses: Vec<Vec<Pose>>,
}

/// What is to be seen at a moment: the frame before it, the one after it, and how far between them it lies, in
/// 0..=1. Across a gap there is no between.
pub(super) struct Moment<'a> {
    pub before: &'a Frame,
    pub after: &'a Frame,
    pub way: f32,
    poses: [&'a [Vec<Pose>]; 2],
}

impl Clip {
    /// Adds frames; one of the same tick as the last there is, with more or fewer environments, takes its place.
    pub(super) fn extend(&mut self, frames: VecDeque<Frame>) {
        for frame in frames {
            let kept = Kept { frame, poses: Vec::new() };
            match self.frames.back_mut() {
                Some(last) if last.frame.tick == kept.frame.tick => *last = kept,
                _ => self.frames.push_back(kept),
            }
        }
    }

    /// Frames after the present one.
    pub(super) fn ahead(&self) -> usize {
        self.frames.len().saturating_sub(self.at + 1)
    }

    /// Forgets what has not been shown yet.
    pub(super) fn drop_ahead(&mut self) {
        self.frames.truncate(self.at + 1);
        self.part = 0.0;
    }

    /// The last frames up to the present one, oldest first.
    pub(in crate::viewer::app) fn past(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter().take(self.at + 1).map(|kept| &kept.frame)
    }

    /// Where a body of an environment was in the last `back` frames up to the present one, the newest first,
    /// as far as they were shown and belong to one episode.
    pub(in crate::viewer::app) fn way_of(
        &self,
        env: usize,
        body: usize,
        back: usize,
    ) -> impl Iterator<Item = Pose> {
        let newest = self.at.saturating_sub(back);
        let episode = move |kept: &Kept| kept.frame.envs.get(env).map(|env| env.episode);
        let now = self.frames.get(newest).and_then(episode);
        let frames = self.frames.iter().take(newest + 1).rev();
        let of_episode = frames.take_while(move |kept| now.is_some() && episode(kept) == now);
        of_episode.filter_map(move |kept| kept.poses.get(env)?.get(body).copied())
    }

    /// Frames before the present one.
    pub(in crate::viewer::app) fn n_past(&self) -> usize {
        self.at
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

    /// Forgets all but `n_kept` frames before the present one.
    pub(super) fn forget(&mut self, n_kept: usize) {
        let n = self.at.saturating_sub(n_kept);
        self.frames.drain(..n);
        self.at -= n;
    }

    /// The present moment; or the frame that is so many before it, or the first there is.
    pub(super) fn moment(&mut self, back: usize, poser: &mut Poser) -> Option<Moment<'_>> {
        let at = self.at.saturating_sub(back);
        let before = &self.frames.get(at)?.frame;
        let follows = |kept: &Kept| {
            let after = &kept.frame;
            after.tick == before.tick + 1 && after.envs.len() == before.envs.len()
        };
        let moves = back == 0 && self.frames.get(at + 1).is_some_and(follows);
        let next = if moves { at + 1 } else { at };
        for kept in self.frames.range_mut(at..=next) {
            if kept.poses.is_empty() {
                let envs = kept.frame.envs.iter();
                kept.poses = envs.map(|env| poser.poses(&env.qpos)).collect();
            }
        }
        let [before, after] = [at, next].map(|i| &self.frames[i]);
        Some(Moment {
            before: &before.frame,
            after: &after.frame,
            way: if moves { self.part as f32 } else { 0.0 },
            poses: [&before.poses, &after.poses],
        })
    }
}

impl Moment<'_> {
    /// Where bodies are, shape (n_envs, nbody). An environment that begins anew jumps. Those that the frame
    /// does not have stay as they are.
    pub(super) fn pose(&self, poses: &mut [Vec<Pose>]) {
        let [before, after] = self.poses;
        let episodes = self.before.envs.iter().zip(self.after.envs.iter());
        let way = episodes.map(|(a, b)| if a.episode == b.episode { self.way } else { 0.0 });
        for (((poses, from), to), way) in poses.iter_mut().zip(before).zip(after).zip(way) {
            poses.clear();
            match way {
                0.0 => poses.extend_from_slice(from),
                _ => poses.extend(from.iter().zip(to).map(|(from, to)| from.towards(to, way))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_mjcf;
    use crate::nodes::Progress;
    use crate::scene::Snapshot;
    use std::path::Path;
    use std::sync::Arc;

    /// A ball that flies.
    fn poser() -> Poser {
        let text =
            r#"<mujoco><worldbody><body><freejoint/><geom size="1"/></body></worldbody></mujoco>"#;
        Poser::new(Arc::new(parse_mjcf(text, Path::new(".")).0.unwrap()))
    }

    /// The same in some environments, in an episode, at an x.
    fn balls(tick: u64, of: &[(u64, f32)]) -> Frame {
        let env = |&(episode, x): &(u64, f32)| Snapshot {
            qpos: vec![x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            episode,
            ..Snapshot::default()
        };
        Frame { tick, progress: Progress::default(), envs: of.iter().map(env).collect() }
    }

    fn clip(ticks: &[u64]) -> Clip {
        let frame = |&tick: &u64| balls(tick, &[]);
        let mut clip = Clip::default();
        clip.extend(ticks.iter().map(frame).collect());
        clip
    }

    fn place(clip: &mut Clip) -> (u64, u64, f32) {
        let moment = clip.moment(0, &mut poser()).unwrap();
        (moment.before.tick, moment.after.tick, moment.way)
    }

    /// Where bodies are at a moment so many frames back, in a picture that has room for `n_envs`.
    fn xs(clip: &mut Clip, back: usize, n_envs: usize) -> Vec<f32> {
        let mut poses =
            vec![vec![Pose { pos: bevy::math::Vec3::splat(-1.0), ..Pose::default() }; 2]; n_envs];
        clip.moment(back, &mut poser()).unwrap().pose(&mut poses);
        poses.iter().map(|bodies| bodies[1].pos.x).collect()
    }

    #[test]
    fn bodies_move_from_frame_to_frame_but_not_from_one_episode_to_the_next() {
        let mut clip = Clip::default();
        clip.extend([balls(1, &[(1, 0.0), (1, 5.0)]), balls(2, &[(1, 2.0), (2, 0.0)])].into());
        clip.advance(0.5);
        assert_eq!(xs(&mut clip, 0, 3), [1.0, 5.0, -1.0]);
        clip.advance(0.5);
        assert_eq!((xs(&mut clip, 0, 2), xs(&mut clip, 1, 1)), (vec![2.0, 0.0], vec![0.0]));
        let way = |env, back| clip.way_of(env, 1, back).map(|pose| pose.pos.x).collect::<Vec<_>>();
        assert_eq!(
            (way(0, 0), way(0, 1), way(1, 0), way(2, 0)),
            (vec![2.0, 0.0], vec![0.0], vec![0.0], vec![])
        );
    }

    #[test]
    fn another_number_of_environments_takes_the_place_of_the_last() {
        let mut clip = Clip::default();
        clip.extend([balls(1, &[(1, 0.0)]), balls(2, &[(1, 1.0)]), balls(3, &[(1, 2.0)])].into());
        clip.advance(1.0);
        clip.drop_ahead();
        assert_eq!((clip.ahead(), xs(&mut clip, 0, 1)), (0, vec![1.0]));
        clip.extend([balls(2, &[(1, 1.0), (1, 7.0)])].into());
        assert_eq!((clip.n_past(), xs(&mut clip, 0, 2)), (1, vec![1.0, 7.0]));
    }

    #[test]
    fn time_runs_through_the_frames_and_waits_at_the_last() {
        let mut clip = clip(&[4, 5, 6]);
        assert_eq!(place(&mut clip), (4, 5, 0.0));
        clip.advance(1.25);
        assert_eq!(place(&mut clip), (5, 6, 0.25));
        clip.advance(7.0);
        assert_eq!(place(&mut clip), (6, 6, 0.0));
    }

    #[test]
    fn nothing_moves_across_a_gap() {
        let mut clip = clip(&[4, 90, 91]);
        clip.advance(0.5);
        assert_eq!(place(&mut clip), (4, 4, 0.0));
        clip.advance(0.5);
        assert_eq!(place(&mut clip), (90, 91, 0.0));
        clip.skip_to_last();
        assert_eq!((place(&mut clip), clip.ahead()), ((91, 91, 0.0), 0));
    }

    #[test]
    fn the_last_frames_are_kept_and_older_ones_forgotten() {
        let mut clip = clip(&[1, 2, 3, 4, 5]);
        clip.advance(3.5);
        clip.forget(2);
        let past: Vec<u64> = clip.past().map(|frame| frame.tick).collect();
        assert_eq!((past, place(&mut clip)), (vec![2, 3, 4], (4, 5, 0.5)));
        let mut back = |n| clip.moment(n, &mut poser()).map(|moment| moment.before.tick);
        assert_eq!((back(1), back(9)), (Some(3), Some(2)));
    }
}
