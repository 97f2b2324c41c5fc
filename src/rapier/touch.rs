//! Which colliders meet, and with how much friction: as our model's pairs have it.

use crate::model::Model;
use bevy_rapier3d::rapier::geometry::{ColliderHandle, ColliderSet, SolverFlags};
use bevy_rapier3d::rapier::pipeline::{
    ContactModificationContext, PairFilterContext, PhysicsHooks,
};
use std::collections::HashMap;

/// What a collider's `user_data` says of things that were thrown; a geom's is its index plus one.
pub(super) const PROP: u128 = 0;

/// Sliding friction of every pair of geoms that may touch, the lower index first.
pub(super) struct Touch(HashMap<(usize, usize), f32>);

impl Touch {
    pub(super) fn new(model: &Model) -> Self {
        let friction = |pair: &crate::model::Pair| match pair.condim {
            1 => 0.0,
            _ => pair.friction[0] as f32,
        };
        let pairs = model.pairs.iter();
        Self(pairs.map(|pair| (sorted(pair.geom1, pair.geom2), friction(pair))).collect())
    }

    /// Whether a geom can touch anything of the model.
    pub(super) fn holds(&self, geom: usize) -> bool {
        self.0.keys().any(|&(a, b)| a == geom || b == geom)
    }

    fn pair(&self, colliders: &ColliderSet, handles: [ColliderHandle; 2]) -> Meeting {
        let data = handles.map(|handle| colliders.get(handle).map_or(PROP, |it| it.user_data));
        let [a, b] = data;
        if a == PROP || b == PROP {
            return Meeting::Prop;
        }
        match self.0.get(&sorted(a as usize - 1, b as usize - 1)) {
            Some(&friction) => Meeting::Geoms(friction),
            None => Meeting::Never,
        }
    }
}

fn sorted(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

enum Meeting {
    /// One at least was thrown.
    Prop,
    Geoms(f32),
    Never,
}

impl PhysicsHooks for Touch {
    fn filter_contact_pair(&self, context: &PairFilterContext) -> Option<SolverFlags> {
        match self.pair(context.colliders, [context.collider1, context.collider2]) {
            Meeting::Prop | Meeting::Geoms(_) => Some(SolverFlags::COMPUTE_IMPULSES),
            Meeting::Never => None,
        }
    }

    fn modify_solver_contacts(&self, context: &mut ContactModificationContext) {
        if let Meeting::Geoms(friction) =
            self.pair(context.colliders, [context.collider1, context.collider2])
        {
            *context.friction = friction;
        }
    }
}
