//! The environments in 3D: an entity for each, below it one for each body, below that its geoms.
//!
//! Simulations have z up, Bevy has y up. Everything below an [`Environment`] is in the simulation's
//! axes; its own transform turns them.

mod geometry;
mod ground;
mod layout;
mod light;
mod pose;
mod rig;
mod selection;
mod sky;
mod tint;

use super::graphics::{self, Surface};
use crate::scene::Scene;
use crate::ui::{Page, Quality};
use bevy::prelude::*;
use std::f32::consts::FRAC_PI_2;

pub(super) use ground::cell_size;
pub(super) use layout::Layout;
pub(super) use light::surroundings;
pub(super) use pose::{Pose, Poser, seen};
pub(super) use rig::Rig;
pub(super) use selection::Selection;
pub(super) use sky::fog;
pub(super) use tint::{SCALE as RETURN_COLOURS, Stands, Tint, TintEnvironments};

/// What is on show; there when its page is entered.
#[derive(Resource, Clone)]
pub(super) struct OnShow {
    pub scene: Scene,
    pub n_envs: usize,
}

/// Another scene takes the place of the one on show, while the page stays: what features set up by the scene
/// they set up anew in this schedule, when [`OnShow`] has it.
#[derive(bevy::ecs::schedule::ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Restage;

/// Where every body is to be drawn, shape (n_envs, nbody), in the frame of its environment.
#[derive(Resource, Default)]
pub(super) struct Poses(pub Vec<Vec<Pose>>);

/// The frame of an environment, which this is the number of.
#[derive(Component)]
pub(super) struct Environment(pub usize);

/// A body's frame, below that of its environment.
#[derive(Component)]
pub(super) struct Body {
    pub env: usize,
    pub body: usize,
}

/// The stage is set: there is a [`Layout`], and bodies are in it.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SetStage;

/// Bodies are where their poses say.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlaceBodies;

pub(super) fn plugin(app: &mut App) {
    let on_another_number = in_state(Page::Watch).and_then(resource_exists_and_changed::<OnShow>);
    app.init_resource::<Quality>()
        .init_resource::<Poses>()
        .init_resource::<Selection>()
        .add_plugins((surfaces, sky::plugin, light::plugin, ground::plugin, tint::plugin))
        .add_systems(OnEnter(Page::Watch), (lay_out, prepare, build).chain().in_set(SetStage))
        .add_systems(Restage, (clear, lay_out_anew, prepare, build).chain().in_set(SetStage))
        .add_systems(OnExit(Page::Watch), strike)
        .add_systems(PreUpdate, rebuild.run_if(on_another_number))
        .add_systems(PostUpdate, place.in_set(PlaceBodies).before(TransformSystems::Propagate));
}

fn lay_out(mut commands: Commands, on_show: Res<OnShow>) {
    commands.insert_resource(Layout::new(&on_show.scene.model, on_show.n_envs));
}

/// The bodies of the scene that was on show go.
fn clear(
    mut commands: Commands,
    mut poses: ResMut<Poses>,
    mut selection: ResMut<Selection>,
    environments: Query<Entity, With<Environment>>,
) {
    environments.iter().for_each(|environment| commands.entity(environment).despawn());
    poses.0.clear();
    selection.body = None;
}

/// As the scene has it now; who looks goes on looking from where they did if it is as large as before.
fn lay_out_anew(on_show: Res<OnShow>, mut layout: ResMut<Layout>) {
    let new = Layout::new(&on_show.scene.model, on_show.n_envs);
    if !layout.is_like(&new) {
        *layout = new;
    }
}

/// Takes down what the page has; what it has spawned goes by itself.
fn strike(
    mut commands: Commands,
    mut poses: ResMut<Poses>,
    mut selection: ResMut<Selection>,
    mut tinted: ResMut<tint::Tinted>,
) {
    poses.0.clear();
    *selection = Selection::default();
    tinted.clear();
    commands.remove_resource::<OnShow>();
    commands.remove_resource::<Layout>();
    commands.remove_resource::<Drawings>();
}

fn surfaces(app: &mut App) {
    graphics::plugin(app, &light::daylight());
}

/// From the simulation's axes (x, y, z up) to Bevy's (x, y up, -z).
pub(super) fn world_from_simulation() -> Quat {
    Quat::from_rotation_x(-FRAC_PI_2)
}

/// What every environment is drawn with.
#[derive(Resource)]
struct Drawings {
    geoms: Vec<geometry::Drawn>,
    /// About the axis of what is round.
    n_faces: u32,
}

fn prepare(
    mut commands: Commands,
    on_show: Res<OnShow>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<Surface>>,
    mut tinted: ResMut<tint::Tinted>,
    quality: Res<Quality>,
) {
    tinted.clear();
    let (model, n_faces) = (&on_show.scene.model, quality.n_faces(on_show.n_envs));
    let geoms = geometry::build(model, (*quality, n_faces), &mut meshes, &mut materials);
    commands.insert_resource(Drawings { geoms, n_faces });
}

fn build(
    mut commands: Commands,
    on_show: Res<OnShow>,
    layout: Res<Layout>,
    drawings: Res<Drawings>,
    mut poses: ResMut<Poses>,
) {
    let model = &on_show.scene.model;
    let rest = Poser::new(model.clone()).rest();
    poses.0.resize(on_show.n_envs, rest);
    for (env, offset) in layout.offsets.iter().enumerate() {
        let frame = frame(*offset);
        let own = (Environment(env), Tint::default(), DespawnOnExit(Page::Watch));
        let environment = (own, frame, Visibility::default());
        commands.spawn(environment).with_children(|parent| {
            for body in 0..model.bodies.len() {
                let bundle = (Body { env, body }, Transform::default(), Visibility::default());
                parent.spawn(bundle).with_children(|parent| {
                    for geom in drawings.geoms.iter().filter(|geom| geom.body == body) {
                        parent.spawn(geom.bundle());
                    }
                });
            }
        });
    }
}

/// The frame of an environment with this origin, in Bevy's axes.
pub(super) fn frame(offset: Vec3) -> Transform {
    let turn = world_from_simulation();
    Transform { translation: turn * offset, rotation: turn, ..default() }
}

/// Another number of environments is to be on show.
fn rebuild(
    mut commands: Commands,
    on_show: Res<OnShow>,
    quality: Res<Quality>,
    drawings: Res<Drawings>,
    mut layout: ResMut<Layout>,
    environments: Query<Entity, With<Environment>>,
) {
    if layout.grid.len() == on_show.n_envs {
        return;
    }
    environments.iter().for_each(|environment| commands.entity(environment).despawn());
    *layout = Layout::new(&on_show.scene.model, on_show.n_envs);
    if drawings.n_faces != quality.n_faces(on_show.n_envs) {
        commands.run_system_cached(prepare);
    }
    commands.run_system_cached(build);
}

fn place(poses: Res<Poses>, mut bodies: Query<(&Body, &mut Transform)>) {
    if !poses.is_changed() {
        return;
    }
    for (body, mut transform) in &mut bodies {
        if let Some(pose) = poses.0.get(body.env).and_then(|bodies| bodies.get(body.body)) {
            // What stands still, as the world does, is not worked out anew all the way to the GPU.
            transform.set_if_neq(pose.transform());
        }
    }
}
