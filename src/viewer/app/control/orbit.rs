//! The mouse on the camera: turn, move, nearer, farther.

use super::super::camera::{FIELD_OF_VIEW, Follow, View, spawn};
use super::super::stage::{Layout, Rig, SetStage};
use super::pointer::Pointer;
use super::poke::{Hand, pokes};
use crate::ui::{Group, Page, Quality, Shortcut, bind, explain};
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use std::f32::consts::{FRAC_PI_2, PI};

/// Turn of the camera by itself [rad/s].
const ORBIT_SPEED: f32 = 0.12;
/// Part of the distance that a notch of the wheel covers.
const ZOOM: f32 = 0.1;
/// Pixels of scrolling that make a notch.
const PIXELS_IN_NOTCH: f32 = 60.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), set_up.after(SetStage))
        .add_systems(Update, (drag, turn).run_if(in_state(Page::Watch)));
    let letter = |letter, does| Shortcut::letter(Group::View, letter, does);
    bind(app, letter('R', "3D view on or off"), |mut view: ResMut<View>| {
        view.renders = !view.renders;
    });
    let follow = letter('F', "follow what travels, or stay");
    bind(app, follow, |mut follows: Query<&mut Follow>| {
        follows.iter_mut().for_each(|mut follow| follow.enabled = !follow.enabled);
    });
    bind(app, letter('O', "turn the camera slowly"), |mut view: ResMut<View>| {
        view.orbits = !view.orbits;
    });
    explain(app, Group::View, "left drag", "turn the camera");
    explain(app, Group::View, "right drag", "move the camera");
    explain(app, Group::View, "wheel", "nearer or farther");
}

fn set_up(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    layout: Res<Layout>,
    windows: Query<&Window, With<PrimaryWindow>>,
    quality: Res<Quality>,
) {
    let aspect = windows.single().map_or(1.0, |window| window.width() / window.height().max(1.0));
    spawn(&mut commands, &mut images, &layout, aspect, *quality);
}

fn drag(
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    motion: Res<AccumulatedMouseMotion>,
    scroll: Res<AccumulatedMouseScroll>,
    (hand, pointer): (Res<Hand>, Res<Pointer>),
    windows: Query<&Window, With<PrimaryWindow>>,
    mut rigs: Query<&mut Rig>,
) {
    let height = windows.single().map_or(720.0, Window::height).max(1.0);
    for mut rig in &mut rigs {
        let moved = motion.delta / height;
        if !pointer.drags_view || hand.holds() || pokes(&keys) {
            // What the mouse does is done to a panel or to a body.
        } else if buttons.pressed(MouseButton::Left) {
            rig.azimuth -= PI * moved.x;
            rig.elevation = (rig.elevation + PI * moved.y).clamp(-0.1, 0.99 * FRAC_PI_2);
        } else if buttons.pressed(MouseButton::Right) || buttons.pressed(MouseButton::Middle) {
            // What is under the mouse stays under it.
            let reach = 2.0 * rig.distance * (FIELD_OF_VIEW / 2.0).tan();
            let forward = -rig.back();
            let right = forward.cross(Vec3::Z).normalize();
            let up = right.cross(forward);
            rig.target += reach * (up * moved.y - right * moved.x);
        }
        let notches = match scroll.unit {
            MouseScrollUnit::Line => scroll.delta.y,
            MouseScrollUnit::Pixel => scroll.delta.y / PIXELS_IN_NOTCH,
        };
        if notches != 0.0 && !pointer.over_panels {
            rig.distance = (rig.distance * (1.0 - ZOOM).powf(notches)).clamp(0.02, 800.0);
        }
    }
}

fn turn(view: Res<View>, time: Res<Time<Real>>, mut rigs: Query<&mut Rig>) {
    if view.orbits {
        rigs.iter_mut().for_each(|mut rig| rig.azimuth += ORBIT_SPEED * time.delta_secs());
    }
}
