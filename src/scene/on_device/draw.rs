//! Random numbers for environments on a device. They are drawn here, in f64 and by counters: which thread draws them
//! makes no difference.

use super::DeviceShard;
use crate::math::lanes::Lanes;
use crate::math::rng::{Random, RandomStream};
use crate::scene::block::Block;
use crate::scene::disturb::draw_pushes;
use crate::scene::library::Scene;
use crate::scene::reset::begin_episode;
use rayon::prelude::*;

/// Environments that are worth a thread: what is drawn for each takes some microseconds at most, where its model is not
/// drawn too.
const WORTH_A_THREAD: usize = 64;

/// What an episode begins with, beside the state that is in its block.
pub(super) struct Start {
    /// Numbers of the model that it has of its own, in the order of their rows.
    pub params: Vec<f32>,
    /// Of what it shows.
    pub noise: Vec<f32>,
}

impl<L: Lanes> DeviceShard<L> {
    /// Draws how the next episodes of some environments begin, whose numbers ascend.
    pub(super) fn draw_starts(&mut self, envs: &[usize]) -> Vec<Start> {
        let _span = tracing::debug_span!("draw").entered();
        let host = &mut self.host;
        let (first, seed, difficulty) = (host.first, host.seed, host.difficulty);
        let (scene, places) = (&host.scene, &self.fields.params);
        // Drawing a model takes long: then a block is enough for a thread.
        let least = match scene.task.is_randomized() {
            true => 1,
            false => WORTH_A_THREAD.div_ceil(L::WIDTH),
        };
        let begin = |(index, block): (usize, &mut Block<L>)| {
            let of_block = (first + index * L::WIDTH, seed, difficulty);
            let from = envs.partition_point(|&env| env < index * L::WIDTH);
            let own = envs[from..].iter().map(|&env| env - index * L::WIDTH);
            let own = own.take_while(|&lane| lane < L::WIDTH);
            let start = |lane: usize| {
                begin_episode(block, scene, lane, of_block);
                let moment = block.clocks[lane].moment();
                let mut noise = vec![0.0; scene.task.observation_noise.len()];
                draw_noise(scene, seed, (of_block.0 + lane, moment), &mut noise);
                Start { params: params_of(block, lane, places), noise }
            };
            own.map(start).collect::<Vec<_>>()
        };
        match envs {
            // As most steps have it: no thread is woken for it.
            [] => vec![],
            &[env] => {
                let index = env / L::WIDTH;
                begin((index, &mut host.blocks[index]))
            }
            _ => {
                let blocks = host.blocks.par_iter_mut().enumerate().with_min_len(least);
                blocks.map(begin).collect::<Vec<_>>().into_iter().flatten().collect()
            }
        }
    }

    /// Numbers of the model that an environment has of its own, in the order of their rows.
    pub(super) fn params(&mut self, env: usize) -> Vec<f32> {
        let block = &mut self.host.blocks[env / L::WIDTH];
        params_of(block, env % L::WIDTH, &self.fields.params)
    }

    /// Rows of noise of what all environments will show next.
    pub(super) fn draw_noises(&self) -> Vec<f32> {
        let host = &self.host;
        let (n, n_noisy) = (self.n(), host.scene.task.observation_noise.len());
        if n_noisy == 0 {
            return vec![];
        }
        let _span = tracing::debug_span!("draw").entered();
        let mut drawn = vec![0.0; n * n_noisy];
        let by_env = drawn.par_chunks_exact_mut(n_noisy).enumerate().with_min_len(WORTH_A_THREAD);
        by_env.for_each(|(env, noise)| {
            let clock = &host.blocks[env / L::WIDTH].clocks[env % L::WIDTH];
            let of = (host.first + env, 2 * (clock.n_steps + 1));
            draw_noise(&host.scene, host.seed, of, noise);
        });
        let mut rows = vec![0.0; n * n_noisy];
        let by_row = rows.par_chunks_exact_mut(n).enumerate();
        by_row.with_min_len(WORTH_A_THREAD.div_ceil(n)).for_each(|(k, row)| {
            row.iter_mut().zip(drawn[k..].iter().step_by(n_noisy)).for_each(|(to, &x)| *to = x);
        });
        rows
    }

    /// Rows of what is added to two velocities of all environments; none of a task without pushes.
    pub(super) fn draw_all_pushes(&self) -> Vec<f32> {
        let (host, n) = (&self.host, self.n());
        if host.scene.task.pushes.is_none() {
            return vec![];
        }
        let _span = tracing::debug_span!("draw").entered();
        let least = WORTH_A_THREAD.div_ceil(L::WIDTH);
        let blocks = host.blocks.par_iter().enumerate().with_min_len(least);
        let drawn: Vec<Option<[L; 2]>> = blocks
            .map(|(index, block)| {
                let of_block = (host.first + index * L::WIDTH, host.seed);
                draw_pushes::<L>(&block.clocks, &host.scene, of_block, host.difficulty)
            })
            .collect();
        let mut rows = vec![0.0; 2 * n];
        for (env, change) in (0..n).filter_map(|env| Some((env, drawn[env / L::WIDTH]?))) {
            (0..2).for_each(|k| rows[k * n + env] = change[k].lane(env % L::WIDTH) as f32);
        }
        rows
    }
}

fn params_of<L: Lanes>(block: &mut Block<L>, lane: usize, places: &[usize]) -> Vec<f32> {
    let Some(params) = &mut block.params else { return vec![] };
    let varying = params.varying();
    places.iter().map(|&place| varying[place].lane(lane) as f32).collect()
}

/// Noise of what an environment shows at a moment.
fn draw_noise(scene: &Scene, seed: u64, (env, moment): (usize, u64), noise: &mut [f32]) {
    let mut random = Random::new(seed, RandomStream::Observe, env as u32, moment);
    for (number, &amplitude) in noise.iter_mut().zip(&scene.task.observation_noise) {
        *number = random.uniform_in(-amplitude, amplitude) as f32;
    }
}
