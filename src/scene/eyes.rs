//! What sees: the cameras and scans of a task, on the environments of a shard.

use super::block::Block;
use super::cameras::{Pictures, renderers};
use super::error::SceneError;
use super::library::Scene;
use super::observe::Moment;
use super::scans::{Scans, scanners};
use super::task::Task;
use crate::math::lanes::{Isa, Lanes};
use crate::math::rng::{Random, RandomStream};
use crate::physics::Data;
use crate::sight::{Pose, RayScene, Renderer, Scanner};
use crate::space::Observations;
use std::sync::Arc;

/// What draws and scans, made once for all shards.
#[derive(Clone, Default)]
pub(super) struct Optics {
    renderers: Arc<[Renderer]>,
    scanners: Arc<[Scanner]>,
}

impl Optics {
    /// Those of a scene.
    pub(super) fn new(scene: &Scene, isa: Isa) -> Result<Self, SceneError> {
        if !scene.task.has_eyes() {
            return Ok(Self::default());
        }
        let stage = Arc::new(RayScene::new(scene.model.clone()));
        let renderers = renderers(scene, &stage, isa)?;
        Ok(Self { renderers, scanners: scanners(scene, &stage, isa)? })
    }
}

/// What a shard sees with.
pub(super) struct Eyes<L> {
    pictures: Pictures<L>,
    scans: Scans<L>,
    pose: Pose,
}

impl<L: Lanes> Eyes<L> {
    pub(super) fn new(optics: &Optics) -> Self {
        Self {
            pictures: Pictures::new(optics.renderers.clone()),
            scans: Scans::new(optics.scanners.clone()),
            pose: Pose::default(),
        }
    }

    /// Draws and scans in the lanes of a moment of a block, whose bodies are up to date. Pictures go into `shown`.
    pub(super) fn see(
        &mut self,
        task: &Task,
        block: &Block<L>,
        data: &Data<L>,
        moment: &Moment<'_, L>,
        shown: &mut Observations,
    ) {
        if !task.has_eyes() {
            return;
        }
        for &lane in moment.lanes {
            self.pose.take(data, lane);
            let (seed, env) = (moment.seed, (moment.first_env + lane) as u32);
            let random = Random::new(seed, RandomStream::Picture, env, block.clocks[lane].moment());
            let seen = (&self.pose, block.appearances.get(lane));
            self.pictures.draw(&task.cameras, seen, (moment, lane), random, shown);
            self.scans.cast(&task.scans, &self.pose, lane);
        }
    }

    /// What the scans told last.
    pub(super) fn scanned(&self) -> &[L] {
        &self.scans.values
    }
}
