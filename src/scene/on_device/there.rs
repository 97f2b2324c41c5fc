//! Steps without the host, and the way home from them.

use super::enqueue::{Clocks, Enqueue};
use super::link::Link;
use super::move_state::set_own;
use super::plan::Draws;
use super::{DeviceShard, told};
use crate::math::lanes::Lanes;
use crate::scene::SceneError;
use crate::scene::shard::LaneShard;
use crate::scene::there::{ActionsThere, StepSums, StepThere, There, needs_host};
use crate::space::Observations;
use std::sync::PoisonError;

/// Makes a device ready for steps without the host.
fn make<L>(link: &mut Link, host: &LaneShard<L>, device: &str) -> Result<Enqueue, SceneError> {
    let scene = &host.scene;
    match (needs_host(scene), Draws::of(scene)) {
        (None, Some(draws)) => Ok(Enqueue::new(link, scene, (host.first, host.seed), &draws)?),
        (why, _) => Err(SceneError::NeedsHost {
            scene: scene.name.clone(),
            device: device.to_owned(),
            why: why.unwrap_or("starts of episodes that no kernel draws"),
        }),
    }
}

impl<L: Lanes> DeviceShard<L> {
    /// What steps there need, with clocks there.
    fn enqueue(&mut self) -> Result<(&mut Enqueue, &mut Link), SceneError> {
        self.failure.take().map_or(Ok(()), Err)?;
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        let it = match &mut self.enqueue {
            Some(it) => it,
            none => none.insert(make(link, &self.host, &self.device)?),
        };
        if it.clocks == Clocks::Here {
            let blocks = self.host.blocks.iter();
            let began = blocks.flat_map(|it| it.clocks.iter().copied().zip(it.difficulty.clone()));
            it.send(link, &began.collect::<Vec<_>>(), &self.host.output)?;
        }
        Ok((it, link))
    }

    /// Takes clocks home, and what the last step there brought, for who changes them here.
    pub(super) fn take_home(&mut self) -> Result<(), SceneError> {
        let Some(enqueue) = &mut self.enqueue else { return Ok(()) };
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        let host = &mut self.host;
        if let Some(fetched) = enqueue.fetched(link, &host.output)? {
            for (index, block) in host.blocks.iter_mut().enumerate() {
                set_own(block, index * L::WIDTH, &fetched.clocks, &fetched.delays);
            }
            host.output.clone_from(&fetched.output);
            (0..host.blocks.len()).for_each(|index| host.sum_terms(index));
            if host.looks.is_some() {
                host.conditions.clone_from(&fetched.conditions);
            }
        }
        enqueue.clocks = Clocks::Here;
        Ok(())
    }
}

impl<L: Lanes> There for DeviceShard<L> {
    fn there(&mut self) -> Result<StepThere, SceneError> {
        Ok(self.enqueue()?.0.step)
    }

    fn step_there(&mut self, actions: ActionsThere, difficulty: f64) -> Result<(), SceneError> {
        let (scene, manner) = (self.host.scene.clone(), self.manner(actions.units));
        self.host.difficulty = difficulty;
        let (enqueue, link) = self.enqueue()?;
        let stepped = enqueue.step(link, &scene, (manner, difficulty), actions);
        stepped.map_err(|error| told(&scene, &self.device, error))
    }

    fn sums(&self) -> Result<StepSums, SceneError> {
        let n_means = self.host.scene.task.n_reward_means();
        match &self.enqueue {
            Some(enqueue) => Ok(enqueue.sums(&mut self.lock())?),
            None => Ok(StepSums { reward_terms: vec![0.0; n_means], ..StepSums::default() }),
        }
    }

    fn clear_sums(&mut self) -> Result<(), SceneError> {
        let (enqueue, link) = self.enqueue()?;
        Ok(enqueue.clear_sums(link)?)
    }

    fn observed(&self) -> Result<Observations, SceneError> {
        let mut link = self.lock();
        let fetched = self.fetched(&mut link)?;
        let shown = fetched.map_or(&self.host.output, |fetched| &fetched.output);
        Ok(shown.observations.clone())
    }
}
