//! States that leave a device and come to it: for spectators, checkpoints and hands.

use super::clocks::Began;
use super::fetched::Fetched;
use super::link::Link;
use super::{DeviceShard, Fields};
use crate::device::DeviceError;
use crate::math::lanes::Lanes;
use crate::scene::SceneError;
use crate::scene::block::Block;
use crate::scene::manual_state::EnvState;
use crate::scene::shard::Shard;
use crate::scene::snapshot::Snapshot;
use crate::scene::state::{EnvironmentsState, parts};
use std::sync::{Arc, PoisonError};

/// Takes numbers of environments from `first` on out of what a device keeps, rows of `n` numbers.
fn take<L: Lanes>(block: &mut Block<L>, first: usize, n: usize, fields: &Fields, kept: &[f32]) {
    let n_lanes = block.clocks.len();
    let copy = |name: &str, to: Vec<&mut [L]>| {
        if to.is_empty() {
            return;
        }
        let rows = fields.rows(name).start - fields.kept.start..;
        for (row, lanes) in rows.zip(to.into_iter().flatten()) {
            for lane in 0..n_lanes {
                lanes.set_lane(lane, f64::from(kept[row * n + first + lane]));
            }
        }
    };
    for part in parts::<L>() {
        copy(part.name, part.lanes_mut(block));
    }
    copy("ctrl", vec![&mut block.state.ctrl]);
}

/// Sets clocks and delays of a block, of which `first` is the first environment.
pub(super) fn set_own<L: Lanes>(
    block: &mut Block<L>,
    first: usize,
    clocks: &[Began],
    delays: &[f32],
) {
    for lane in 0..block.clocks.len() {
        (block.clocks[lane], block.difficulty[lane]) = clocks[first + lane];
        block.delay.set_lane(lane, f64::from(delays[first + lane]));
    }
}

impl<L: Lanes> DeviceShard<L> {
    /// What steps without the host changed; none where the host knows it.
    pub(super) fn fetched<'a>(
        &self,
        link: &'a mut Link,
    ) -> Result<Option<&'a Fetched>, DeviceError> {
        match &self.enqueue {
            Some(enqueue) => enqueue.fetched(link, &self.host.output),
            None => Ok(None),
        }
    }

    /// Takes the state of a block home.
    pub(super) fn fetch_block(&mut self, index: usize) -> Result<(), SceneError> {
        let n = self.n();
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        let kept = link.mirror()?;
        take(&mut self.host.blocks[index], index * L::WIDTH, n, &self.fields, kept);
        Ok(())
    }

    /// Appends the state of all environments.
    pub(super) fn fetch(&self, state: &mut EnvironmentsState) -> Result<(), SceneError> {
        let (n, mut link) = (self.n(), self.lock());
        let fetched = self.fetched(&mut link)?;
        let own = fetched.map(|it| (it.clocks.clone(), it.delays.clone()));
        let kept = link.mirror()?;
        for (index, known) in self.host.blocks.iter().enumerate() {
            let mut block = Block::new(&self.host.scene, &self.host.plan, known.clocks.len());
            block.clocks.clone_from(&known.clocks);
            block.difficulty.clone_from(&known.difficulty);
            block.delay = known.delay;
            if let Some((clocks, delays)) = &own {
                set_own(&mut block, index * L::WIDTH, clocks, delays);
            }
            take(&mut block, index * L::WIDTH, n, &self.fields, kept);
            block.save(state);
        }
        Ok(())
    }

    /// Gives the device the states of all blocks, with what their episodes have of their own.
    pub(super) fn send(&mut self) -> Result<(), SceneError> {
        let n = self.n();
        for part in parts::<L>() {
            let n_rows = part.lanes(&self.host.blocks[0]).concat().len();
            let mut rows = vec![0.0; n_rows * n];
            for (index, block) in self.host.blocks.iter().enumerate() {
                for (row, lanes) in part.lanes(block).into_iter().flatten().enumerate() {
                    for lane in 0..block.clocks.len() {
                        rows[row * n + index * L::WIDTH + lane] = lanes.lane(lane) as f32;
                    }
                }
            }
            self.send_rows(part.name, &rows)?;
        }
        let delay = |env: usize| self.host.blocks[env / L::WIDTH].delay.lane(env % L::WIDTH);
        let rows: Vec<f32> = (0..n).map(|env| delay(env) as f32).collect();
        self.send_rows("delay", &rows)?;
        let mut rows = vec![0.0; self.fields.params.len() * n];
        for env in 0..n {
            let params = self.params(env);
            params.iter().enumerate().for_each(|(k, &x)| rows[k * n + env] = x);
        }
        self.send_rows("params", &rows)
    }

    /// Puts an environment into a state, in the episode that it is in.
    pub(super) fn put(&mut self, env: usize, to: EnvState<'_>) -> Result<(), SceneError> {
        let (index, lane) = (env / L::WIDTH, env % L::WIDTH);
        self.fetch_block(index)?;
        self.host.put(env, to);
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        for part in parts::<L>() {
            let first = self.fields.rows(part.name).start;
            let lanes = part.lanes(&self.host.blocks[index]);
            for (row, lanes) in lanes.into_iter().flatten().enumerate() {
                link.write_one(first + row, env, lanes.lane(lane) as f32)?;
            }
        }
        Ok(())
    }

    /// Pulls at a body of one environment.
    pub(super) fn pull(
        &mut self,
        env: usize,
        body: usize,
        wrench: [f64; 6],
    ) -> Result<(), SceneError> {
        let (n, scene) = (self.n(), self.host.scene.clone());
        if self.pulls.is_empty() {
            self.pulls = vec![0.0; 6 * scene.model.bodies.len() * n];
            if self.fields.rows("xfrc_applied").is_empty() {
                self.fields = Arc::new(Fields::of(&scene, &self.host.plan, true));
                let fields = self.fields.clone();
                self.link().grow(fields)?;
            }
        }
        for (part, value) in wrench.into_iter().enumerate() {
            self.pulls[(6 * body + part) * n + env] = value as f32;
        }
        let pulls = std::mem::take(&mut self.pulls);
        self.send_rows("xfrc_applied", &pulls)?;
        if pulls.iter().any(|&it| it != 0.0) {
            self.pulls = pulls;
        }
        Ok(())
    }

    /// What an environment looks like.
    pub(super) fn picture(&self, env: usize) -> Result<Snapshot, SceneError> {
        let (n, mut link) = (self.n(), self.lock());
        let mut seen = self.host.snapshot(env).unwrap_or_default();
        if let Some(fetched) = self.fetched(&mut link)? {
            seen = fetched.seen(env, seen);
        }
        let (fields, kept) = (&self.fields, link.mirror()?);
        let rows = |name: &str| -> Vec<f32> {
            let rows = fields.rows(name).map(|row| row - fields.kept.start);
            rows.map(|row| kept[row * n + env]).collect()
        };
        let [qpos, qvel, ctrl, action] = ["qpos", "qvel", "ctrl", "previous_action"].map(rows);
        Ok(Snapshot { qpos, qvel, ctrl, action, ..seen })
    }
}
