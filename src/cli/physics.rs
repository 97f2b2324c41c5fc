//! Which engine moves the bodies while a policy is played or measured.

use super::output::complain;
use crate::scene::{EngineKind, Scene};
use clap::ValueEnum;
use std::sync::Arc;

/// A physics engine.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Physics {
    /// The engine that policies are trained in.
    #[default]
    Ours,
    /// Rapier: multibody joints, other contacts.
    Rapier,
}

impl Physics {
    /// The engine, if it is not our own. Says on standard error what of the scene it lacks.
    pub(super) fn engine(self, scene: &Scene) -> anyhow::Result<Option<Arc<dyn EngineKind>>> {
        match self {
            Self::Ours => Ok(None),
            Self::Rapier => {
                let engine = rapier(scene)?;
                if scene.task.is_randomized() {
                    complain(
                        "note: in Rapier every episode has the model as it is, not randomized",
                    );
                }
                Ok(Some(engine))
            }
        }
    }
}

#[cfg(feature = "rapier")]
fn rapier(scene: &Scene) -> anyhow::Result<Arc<dyn EngineKind>> {
    for loss in crate::rapier::unsupported_features(&scene.model) {
        complain(format_args!("note: in Rapier {loss}"));
    }
    Ok(Arc::new(crate::rapier::Rapier))
}

#[cfg(not(feature = "rapier"))]
fn rapier(_: &Scene) -> anyhow::Result<Arc<dyn EngineKind>> {
    anyhow::bail!(
        "this build has no Rapier; build DNNE with its default features, or with --features rapier"
    )
}
