//! A camera, and where it has to stand to see everything.

use super::super::stage::{Layout, Rig, fog, surroundings};
use super::{FIELD_OF_VIEW, Follow};
use crate::ui::{Page, Quality, ViewOfPage};
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;

/// Part of the picture's width and height that what is on show may fill.
const FILL: f32 = 0.86;

/// Adds a camera that sees all environments.
pub(in crate::viewer::app) fn spawn<'a>(
    commands: &'a mut Commands,
    images: &mut Assets<Image>,
    layout: &Layout,
    aspect: f32,
    quality: Quality,
) -> EntityCommands<'a> {
    let projection = PerspectiveProjection { fov: FIELD_OF_VIEW, far: 2_000.0, ..default() };
    let mut camera = commands.spawn((
        (Camera3d::default(), ViewOfPage),
        frame_all(layout, aspect),
        Follow::new(layout),
        DespawnOnExit(Page::Watch),
        Projection::Perspective(projection),
        quality.msaa(),
        Tonemapping::TonyMcMapface,
        quality.shadow_filter(),
        quality.dither(),
        fog(),
    ));
    if quality == Quality::Fine {
        camera.insert(surroundings(images));
    }
    camera
}

/// Width over height of what a camera draws, as far as is known.
pub(in crate::viewer::app) fn aspect(camera: &Camera) -> f32 {
    let size = camera.logical_viewport_size().unwrap_or(Vec2::ONE);
    size.x / size.y.max(1.0)
}

/// The whole grid, from a little above and to the side.
pub(in crate::viewer::app) fn frame_all(layout: &Layout, aspect: f32) -> Rig {
    let (low, high) = layout.bounds();
    let mut rig = Rig {
        target: (low + high) / 2.0,
        azimuth: 115f32.to_radians(),
        elevation: 20f32.to_radians(),
        distance: 0.0,
    };
    rig.distance = distance_to_see(&rig, low, high, aspect);
    rig
}

/// From where one environment is seen by a camera that looks as this one does [m]; of what travels with some of the
/// ground before and behind it.
pub(in crate::viewer::app) fn distance_to_one(layout: &Layout, rig: &Rig, aspect: f32) -> f32 {
    if layout.traveller.is_some() {
        return 2.5 * (layout.high - layout.low).length();
    }
    let middle = Rig { target: (layout.low + layout.high) / 2.0, ..*rig };
    distance_to_see(&middle, layout.low, layout.high, aspect)
}

/// How far back the camera has to go for all corners of a box to be in the picture.
fn distance_to_see(rig: &Rig, low: Vec3, high: Vec3, aspect: f32) -> f32 {
    let forward = -rig.back();
    let right = forward.cross(Vec3::Z).normalize();
    let up = right.cross(forward);
    let tan = (FIELD_OF_VIEW / 2.0).tan() * FILL;
    let needs = |corner: Vec3| {
        let offset = corner - rig.target;
        let across = (offset.dot(right).abs() / (tan * aspect)).max(offset.dot(up).abs() / tan);
        across - offset.dot(forward)
    };
    let corner = |i: usize| {
        Vec3::from_array(std::array::from_fn(|k| if i >> k & 1 == 0 { low[k] } else { high[k] }))
    };
    (0..8).map(corner).map(needs).fold(0.05, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_just_fits_fills_the_picture() {
        let rig = Rig { target: Vec3::ZERO, azimuth: 0.0, elevation: 0.0, distance: 0.0 };
        let (low, high) = (Vec3::new(0.0, -2.0, -1.0), Vec3::new(0.0, 2.0, 1.0));
        let tan = (FIELD_OF_VIEW / 2.0).tan() * FILL;
        assert!((distance_to_see(&rig, low, high, 2.0) - 1.0 / tan).abs() < 1e-4);
        assert!((distance_to_see(&rig, low, high, 1.0) - 2.0 / tan).abs() < 1e-4);
    }

    #[test]
    fn the_camera_looks_along_its_azimuth() {
        let quarter = std::f32::consts::FRAC_PI_2;
        let rig = Rig { target: Vec3::ZERO, azimuth: quarter, elevation: 0.0, distance: 1.0 };
        assert!((rig.back() - Vec3::NEG_Y).length() < 1e-6);
        let above = Rig { elevation: quarter, ..rig };
        assert!((above.back() - Vec3::Z).length() < 1e-6);
    }
}
