//! Episodes that begin on a device.

use super::DeviceShard;
use super::link::Begun;
use crate::math::lanes::Lanes;
use crate::scene::SceneError;
use crate::space::{Element, ObservationStream};
use std::sync::PoisonError;

impl<L: Lanes> DeviceShard<L> {
    /// Begins the next episode of some environments, whose numbers ascend, and shows how it begins.
    pub(super) fn begin(&mut self, envs: &[usize]) -> Result<(), SceneError> {
        let starts = self.draw_starts(envs);
        let host = &self.host;
        let places = self.fields.params.clone();
        let number = |place: usize, array: &str, index: usize| {
            let (block, lane) = (&host.blocks[envs[place] / L::WIDTH], envs[place] % L::WIDTH);
            let of = |lanes: &[L]| lanes[index].lane(lane) as f32;
            match array {
                "qpos" => of(&block.state.qpos),
                "qvel" => of(&block.state.qvel),
                "delay" => block.delay.lane(lane) as f32,
                "noise" => starts[place].noise[index],
                "params" => {
                    let row = places.iter().position(|&at| at == index);
                    row.map_or(0.0, |row| starts[place].params[row])
                }
                "difficulty" => host.difficulty as f32,
                _ => unreachable!("an episode begins by nothing else"),
            }
        };
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        let begun = link.begin(envs, number)?;
        let n_seen = self.show(envs, &begun);
        for (place, &env) in envs.iter().enumerate() {
            self.host.output.episode_starts[env] = true;
            if begun.row(n_seen)[place] != 1.0 {
                // Which numbers are not finite is found where every number can be looked at.
                self.host.observe_start(env / L::WIDTH, &[env % L::WIDTH]);
            }
        }
        Ok(())
    }

    /// Writes what begun episodes show; returns how many rows that are.
    fn show(&mut self, envs: &[usize], begun: &Begun) -> usize {
        let mut first = 0;
        for name in [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS] {
            let shown = &mut self.host.output.observations;
            let Some(stream) = shown.space().position(name) else { continue };
            let size = shown.space().streams()[stream].size();
            let Some(numbers) = f32::of_mut(&mut shown.buffers_mut()[stream]) else { continue };
            for k in 0..size {
                for (&env, &number) in envs.iter().zip(begun.row(first + k)) {
                    numbers[env * size + k] = number;
                }
            }
            first += size;
        }
        first
    }
}
