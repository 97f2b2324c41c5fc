//! A policy step of environments on a device.

use super::brought::{Brought, all, lanes, mask};
use super::{DeviceShard, told};
use crate::math::lanes::{LaneMask, Lanes};
use crate::scene::SceneError;
use crate::scene::non_finite::{NonFinite, NonFiniteSource};
use crate::scene::observe::finite_lanes;
use crate::scene::step::ActionUnits;
use crate::space::{Element, ObservationStream};
use std::time::Instant;

impl<L: Lanes> DeviceShard<L> {
    /// One policy step; see [`Shard::step`](crate::scene::shard::Shard::step).
    pub(super) fn tick(
        &mut self,
        actions: &[f32],
        units: ActionUnits,
        difficulty: f64,
    ) -> Result<(), SceneError> {
        let start = Instant::now();
        let _span = tracing::debug_span!("shard", environments = self.n()).entered();
        self.host.begin_step(difficulty);
        self.give(actions)?;
        let manner = self.manner(units);
        let physics = Instant::now();
        let scene = self.host.scene.clone();
        let span = tracing::debug_span!("kernel").entered();
        let ticked = self.link().tick(&scene, manner);
        ticked.map_err(|error| told(&scene, &self.device, error))?;
        let mut brought = Brought::new(self.fields.clone(), self.n());
        brought.read(self.link(), manner.looks)?;
        drop(span);
        self.host.spent.physics = physics.elapsed();
        let span = tracing::debug_span!("judge").entered();
        let mut ended = vec![];
        for index in 0..self.host.blocks.len() {
            let lanes = self.judge(index, actions, &brought)?;
            ended.extend(lanes.into_iter().map(|lane| index * L::WIDTH + lane));
        }
        self.show_step(&brought);
        drop(span);
        if !ended.is_empty() {
            self.begin(&ended)?;
        }
        self.host.spent.whole = start.elapsed();
        Ok(())
    }

    /// Gives the device what comes into a step.
    fn give(&mut self, actions: &[f32]) -> Result<(), SceneError> {
        let n = self.n();
        let dim = actions.len() / n.max(1);
        let by_row = |k: usize| (0..n).map(move |env| actions[env * dim + k]);
        let rows: Vec<f32> = (0..dim).flat_map(by_row).collect();
        self.send_rows("action", &rows)?;
        self.send_rows("push", &self.draw_all_pushes())?;
        let dt = self.host.scene.task.dt;
        let clocks = self.host.blocks.iter().flat_map(|block| &block.clocks);
        let times = clocks.map(|clock| (f64::from(clock.progress + 1) * dt) as f32);
        let mut rows: Vec<f32> = times.collect();
        self.send_rows("time", &rows)?;
        rows.fill(self.host.difficulty as f32);
        self.send_rows("difficulty", &rows)?;
        self.send_rows("noise", &self.draw_noises())
    }

    /// Gives the device all rows of an array.
    pub(super) fn send_rows(&mut self, array: &str, rows: &[f32]) -> Result<(), SceneError> {
        let first = self.fields.rows(array).start;
        match rows {
            [] => Ok(()),
            rows => Ok(self.link().write(first, rows)?),
        }
    }

    /// Hands out what the step was worth in a block, and ends episodes; returns the lanes in which another begins.
    fn judge(
        &mut self,
        index: usize,
        actions: &[f32],
        brought: &Brought,
    ) -> Result<Vec<usize>, SceneError> {
        for clock in &mut self.host.blocks[index].clocks {
            clock.progress += 1;
            clock.n_steps += 1;
        }
        let fit = mask::<L>(index, brought.row("fit", 0));
        let mut finite = fit;
        if brought.is_whole() {
            finite = self.look_closely(index, actions, brought, fit)?;
        }
        self.reward(index, brought);
        let success = self.host.scene.task.success;
        let success = success.map(|_| mask::<L>(index, brought.row("success", 0)));
        let ended = self.host.finish(index, finite, fit, success);
        self.host.sum_terms(index);
        Ok(ended)
    }

    fn reward(&mut self, index: usize, brought: &Brought) {
        let first = index * L::WIDTH;
        let envs = first..first + self.host.blocks[index].clocks.len();
        let n_parts = self.host.scene.task.n_reward_parts();
        let output = &mut self.host.output;
        output.rewards[envs.clone()].copy_from_slice(&brought.row("reward", 0)[envs.clone()]);
        let terminated = brought.row("terminated", 0);
        envs.clone().for_each(|env| output.terminated[env] = terminated[env] == 1.0);
        for part in 0..n_parts {
            let row = brought.row("reward_parts", part);
            envs.clone().for_each(|env| output.reward_parts[env * n_parts + part] = row[env]);
        }
    }

    /// Notes conditions, and numbers of a block that are not finite; returns where all that the step made is. `fit` is
    /// where also the sum of the rewards is.
    fn look_closely(
        &mut self,
        index: usize,
        actions: &[f32],
        brought: &Brought,
        fit: L::Mask,
    ) -> Result<L::Mask, SceneError> {
        let task = self.host.scene.task.clone();
        for output in 0..task.after_step.n_outputs() {
            let value = lanes::<L>(index, brought.output("outputs", output));
            task.after_step.set_output(&mut self.host.bench.registers, output, value);
        }
        if self.host.looks.is_some() {
            self.host.note_conditions(index);
            self.note_blind(index, brought);
        }
        if all(fit) {
            return Ok(fit);
        }
        let dim = actions.len() / self.n().max(1);
        let acts = |row: &[f32]| f32::from(u8::from(row.iter().all(|x| x.is_finite())));
        let acted: Vec<f32> = match dim {
            0 => vec![1.0; self.n()],
            _ => actions.chunks_exact(dim).map(acts).collect(),
        };
        let acted = mask::<L>(index, &acted);
        self.fetch_block(index)?;
        let (program, registers) = (&task.after_step, &self.host.bench.registers);
        let state = &self.host.blocks[index].state;
        let finite = finite_lanes(state, program.n_outputs(), |k| program.output(registers, k));
        let finite = fit | (finite & acted);
        if !all(finite) {
            self.host.note_non_finite(index, acted, finite);
        }
        Ok(finite)
    }

    /// Notes terminations of a block that compare what is no number.
    fn note_blind(&mut self, index: usize, brought: &Brought) {
        let n_lanes = self.host.blocks[index].clocks.len();
        for place in 0..self.host.scene.task.terminations.len() {
            let blind = mask::<L>(index, brought.output("blind", place));
            for lane in (0..n_lanes).filter(|&lane| blind.lane(lane)) {
                let (env, part) = (index * L::WIDTH + lane, NonFiniteSource::Termination(place));
                let noted = NonFinite { env, part, at_reset: false, value: f64::NAN };
                self.host.output.non_finite.push(noted);
            }
        }
    }

    /// Shows what the step led to, both as the present and as the transition's successor.
    fn show_step(&mut self, brought: &Brought) {
        let output = &mut self.host.output;
        for name in [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS] {
            let shown = &mut output.observations;
            let Some(stream) = shown.space().position(name) else { continue };
            let size = shown.space().streams()[stream].size();
            let Some(numbers) = f32::of_mut(&mut shown.buffers_mut()[stream]) else { continue };
            for k in 0..size {
                let row = brought.row(name, k).iter();
                row.enumerate().for_each(|(env, &x)| numbers[env * size + k] = x);
            }
        }
        output.next_observations.copy_rows(&output.observations, 0..output.rewards.len());
    }
}
