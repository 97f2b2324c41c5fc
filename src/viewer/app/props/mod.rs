//! Boxes and balls that the user throws among the robots, where Rapier moves them.

mod draw;

use crate::scene::{Prop, PropShape, Snapshot};
use crate::ui::Page;
use bevy::prelude::*;

/// What lies about in each environment on show, in its frame.
#[derive(Resource, Default)]
pub(super) struct Props(pub Vec<Vec<Thing>>);

/// A thing as it is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thing {
    id: u64,
    shape: PropShape,
    transform: Transform,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Props>()
        .add_plugins(draw::plugin)
        .add_systems(OnExit(Page::Watch), |mut props: ResMut<Props>| props.0.clear());
}

/// Things between two steps, at 0..=1.
pub(super) fn between(before: &[Snapshot], after: &[Snapshot], way: f32) -> Vec<Vec<Thing>> {
    let thing = |from: &Prop, to: Option<&Prop>| {
        let (here, there) = (transform(from), transform(to.unwrap_or(from)));
        let translation = here.translation.lerp(there.translation, way);
        let rotation = here.rotation.slerp(there.rotation, way);
        Thing {
            id: from.id,
            shape: from.shape,
            transform: Transform { translation, rotation, ..here },
        }
    };
    let of_one = |(before, after): (&Snapshot, &Snapshot)| {
        let next = |prop: &Prop| after.props.iter().find(|other| other.id == prop.id).copied();
        before.props.iter().map(|prop| thing(prop, next(prop).as_ref())).collect()
    };
    before.iter().zip(after).map(of_one).collect()
}

fn transform(prop: &Prop) -> Transform {
    let [w, x, y, z] = prop.quat;
    let scale = match prop.shape {
        PropShape::Box(half) => 2.0 * Vec3::from_array(half),
        PropShape::Ball(radius) => Vec3::splat(radius),
    };
    Transform {
        translation: Vec3::from_array(prop.pos),
        rotation: Quat::from_xyzw(x, y, z, w),
        scale,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_move_from_step_to_step_and_new_ones_wait() {
        let prop = |id: u64, x: f32| Prop {
            id,
            shape: PropShape::Ball(0.5),
            pos: [x, 0.0, 0.0],
            quat: [1.0, 0.0, 0.0, 0.0],
        };
        let snapshot = |props: Vec<Prop>| Snapshot { props, ..Snapshot::default() };
        let before = [snapshot(vec![prop(1, 0.0), prop(2, 5.0)])];
        let after = [snapshot(vec![prop(2, 7.0), prop(3, 1.0)])];
        let things = between(&before, &after, 0.5);
        let places: Vec<(u64, f32)> =
            things[0].iter().map(|thing| (thing.id, thing.transform.translation.x)).collect();
        // The first has vanished, the third is not there yet.
        assert_eq!(places, [(1, 0.0), (2, 6.0)]);
        assert_eq!(things[0][0].transform.scale, Vec3::splat(0.5));
    }
}
