//! What cannot be seen of a simulation, drawn over it: joints, frames, masses, contacts, trails.

mod beams;
mod colliders;
mod returns;
mod stands;
mod trails;

use super::live::{Live, Play};
use super::stage::{
    Environment, Layout, OnShow, Pose, Poser, Poses, Restage, Selection, TintEnvironments, frame,
    world_from_simulation,
};
use crate::model::JointType;
use crate::physics::{Data, Plan};
use crate::ui::{Group, Page, Shortcut, bind};
use bevy::gizmos::config::{DefaultGizmoConfigGroup, GizmoConfigStore};
use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

/// More environments than this are not drawn over; it could not be read.
const MOST: usize = 16;
const JOINT: Color = Color::srgb(0.10, 0.55, 0.30);
const MASS: Color = Color::srgb(0.75, 0.10, 0.55);
const INERTIA: Color = Color::srgb(0.95, 0.85, 0.20);
const CONTACT: Color = Color::srgb(0.90, 0.10, 0.10);
/// Length of an arrow that stands for a whole weight, as a part of the model's size.
const WEIGHT: f32 = 0.5;
/// Forces below this share of the weight are not drawn.
const LEAST_FORCE: f32 = 0.005;

/// Kinds of drawings.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Overlays {
    pub joints: bool,
    pub frames: bool,
    pub masses: bool,
    pub contacts: bool,
    pub inertia: bool,
    pub trails: bool,
    /// Rapier's colliders.
    pub colliders: bool,
    /// Those of the task's scans.
    pub rays: bool,
    /// Robots that overlap are seen through, but for one.
    pub ghosts: bool,
    /// Robots stay in their places of the grid.
    pub apart: bool,
}

impl Overlays {
    fn any(self) -> bool {
        let no = false;
        Self { colliders: no, trails: no, rays: no, ghosts: no, apart: no, ..self }
            != Self::default()
    }
}

/// Whether environments are coloured by their returns.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tints(pub bool);

/// The engine, on a bench of its own.
#[derive(Resource)]
struct Bench(Mutex<Poser>);

pub(super) fn plugin(app: &mut App) {
    let draws = (
        (draw, trails::draw).after(KeepApart),
        (returns::colour, stands::stand).before(TintEnvironments),
    );
    app.init_resource::<Overlays>()
        .init_resource::<Tints>()
        .add_plugins((colliders::plugin, beams::plugin))
        .add_systems(Startup, set_up)
        .add_systems(OnEnter(Page::Watch), enter)
        .add_systems(Restage, enter)
        .add_systems(OnExit(Page::Watch), |mut commands: Commands| {
            commands.remove_resource::<Bench>();
        })
        .add_systems(Update, draws.run_if(in_state(Page::Watch)))
        .add_systems(Update, keep_apart.in_set(KeepApart).run_if(in_state(Page::Watch)))
        .configure_sets(Update, KeepApart.after(Play));
    bind_keys(app);
}

/// Environments are where they are to be, for their robots to be kept apart.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeepApart;

/// Robots that are to be kept apart walk on the spot.
fn keep_apart(
    overlays: Res<Overlays>,
    poses: Res<Poses>,
    mut layout: ResMut<Layout>,
    mut environments: Query<(&Environment, &mut Transform)>,
) {
    // No other layout, for which cameras would begin anew.
    let layout = layout.bypass_change_detection();
    layout.keep_apart(overlays.apart, &poses);
    for (environment, mut transform) in &mut environments {
        if let Some(offset) = layout.offsets.get(environment.0) {
            transform.set_if_neq(frame(*offset));
        }
    }
}

fn bind_keys(app: &mut App) {
    type Flag = fn(&mut Overlays) -> &mut bool;
    let flags: [(char, &'static str, Flag); 10] = [
        ('J', "joint axes", |overlays| &mut overlays.joints),
        ('E', "frames of bodies", |overlays| &mut overlays.frames),
        ('M', "centre of mass", |overlays| &mut overlays.masses),
        ('C', "contacts and their forces", |overlays| &mut overlays.contacts),
        ('I', "inertia boxes", |overlays| &mut overlays.inertia),
        ('T', "trails", |overlays| &mut overlays.trails),
        ('G', "colliders of Rapier", |overlays| &mut overlays.colliders),
        ('S', "rays of scans", |overlays| &mut overlays.rays),
        ('X', "see through robots that overlap", |overlays| &mut overlays.ghosts),
        ('U', "keep robots apart, in their places", |overlays| &mut overlays.apart),
    ];
    for (letter, does, flag) in flags {
        let flip = move |mut overlays: ResMut<Overlays>| {
            let flag = flag(&mut overlays);
            *flag = !*flag;
        };
        bind(app, Shortcut::letter(Group::Overlays, letter, does), flip);
    }
    let tint = Shortcut::letter(Group::Overlays, 'V', "colours by return");
    bind(app, tint, |mut tints: ResMut<Tints>| tints.0 = !tints.0);
}

fn enter(mut commands: Commands, on_show: Res<OnShow>) {
    commands.insert_resource(Bench(Mutex::new(Poser::new(on_show.scene.model.clone()))));
}

/// Drawings are seen through what they belong to.
fn set_up(mut store: ResMut<GizmoConfigStore>) {
    let (config, _) = store.config_mut::<DefaultGizmoConfigGroup>();
    config.depth_bias = -1.0;
    config.line.width = 2.5;
}

fn draw(
    (overlays, selection): (Res<Overlays>, Res<Selection>),
    live: Res<Live>,
    (layout, poses): (Res<Layout>, Res<Poses>),
    mut bench: ResMut<Bench>,
    mut gizmos: Gizmos,
) {
    let Ok(poser) = bench.0.get_mut() else { return };
    if !overlays.any() {
        return;
    }
    let size = (layout.high - layout.low).max_element();
    for (env, snapshot) in live.envs.iter().enumerate() {
        let is_chosen = selection.env.map_or(env < MOST, |chosen| chosen == env);
        let Some(offset) = layout.offsets.get(env).filter(|_| is_chosen) else { continue };
        let Some(shown) = poses.0.get(env) else { continue };
        let (plan, data) = poser.forward(snapshot);
        let mut pen = Pen { gizmos: &mut gizmos, offset: *offset, size, plan, data, shown };
        if overlays.joints {
            pen.joints();
        }
        if overlays.frames {
            pen.frames();
        }
        if overlays.masses {
            pen.masses();
        }
        if overlays.contacts {
            pen.contacts();
        }
        if overlays.inertia {
            pen.inertia();
        }
    }
}

/// Draws one environment.
struct Pen<'a, 'w, 's> {
    gizmos: &'a mut Gizmos<'w, 's>,
    offset: Vec3,
    /// Of the model [m].
    size: f32,
    plan: &'a Plan,
    data: &'a Data<f64>,
    /// Bodies as they are drawn: on their way to the next step.
    shown: &'a [Pose],
}

impl Pen<'_, '_, '_> {
    /// A place on a body, brought to where the body is drawn.
    fn place(&self, body: usize, v: [f64; 3]) -> Vec3 {
        let place = match self.shown.get(body) {
            Some(to) => to.pos + self.turn(body) * (direction(v) - direction(self.data.xpos[body])),
            None => direction(v),
        };
        world_from_simulation() * (self.offset + place)
    }

    /// What a body has turned by since the step that everything was worked out for.
    fn turn(&self, body: usize) -> Quat {
        let from = Pose::new([0.0; 3], self.data.xquat[body]).quat;
        self.shown.get(body).map_or(Quat::IDENTITY, |to| to.quat * from.inverse())
    }

    /// An arrow along each hinge and slide.
    fn joints(&mut self) {
        for (i, joint) in self.plan.model.joints.iter().enumerate() {
            if !matches!(joint.jnt_type, JointType::Hinge | JointType::Slide) {
                continue;
            }
            let from = self.place(joint.bodyid, self.data.xanchor[i]);
            let axis = self.turn(joint.bodyid) * direction(self.data.dof_axis[joint.dofadr]);
            let axis = world_from_simulation() * axis;
            self.gizmos.arrow(from, from + 0.12 * self.size * axis, JOINT);
        }
    }

    /// The axes of each body: red x, green y, blue z.
    fn frames(&mut self) {
        for body in 1..self.plan.model.bodies.len() {
            let from = self.place(body, self.data.xpos[body]);
            let turn = world_from_simulation() * self.turn(body);
            let m = &self.data.xmat[body];
            for (k, colour) in
                [Color::srgb(0.9, 0.1, 0.1), Color::srgb(0.1, 0.7, 0.1), Color::srgb(0.1, 0.2, 0.9)]
                    .into_iter()
                    .enumerate()
            {
                let axis = direction([m[k], m[3 + k], m[6 + k]]);
                let to = from + 0.1 * self.size * (turn * axis);
                self.gizmos.line(from, to, colour);
            }
        }
    }

    /// A ball at the centre of mass of each tree.
    fn masses(&mut self) {
        let bodies = &self.plan.model.bodies;
        for body in (1..bodies.len()).filter(|&body| bodies[body].parentid == 0) {
            let members = (1..bodies.len()).filter(|&i| bodies[i].rootid == body);
            let (sum, mass) = members.fold((Vec3::ZERO, 0.0), |(sum, mass), i| {
                let own = bodies[i].mass as f32;
                (sum + own * self.place(i, self.data.xipos[i]), mass + own)
            });
            let place = sum / mass.max(1e-9);
            self.gizmos.sphere(place, 0.03 * self.size, MASS).resolution(20);
        }
    }

    /// Inertia boxes: for each body the box of uniform density with its mass and moments of inertia.
    fn inertia(&mut self) {
        for (i, body) in self.plan.model.bodies.iter().enumerate().skip(1) {
            if body.mass <= 0.0 {
                continue;
            }
            let [x, y, z] = body.inertia;
            // A box of edges a, b, c has I_x = m (b^2 + c^2) / 12, and so on.
            let edge = |sum: f64| (6.0 * sum.max(0.0) / body.mass).sqrt() as f32;
            let edges = Vec3::new(edge(y + z - x), edge(z + x - y), edge(x + y - z));
            let [w, qx, qy, qz] = body.iquat.map(|part| part as f32);
            let [bw, bx, by, bz] = self.data.xquat[i].map(|part| part as f32);
            let turn = world_from_simulation()
                * self.turn(i)
                * Quat::from_xyzw(bx, by, bz, bw)
                * Quat::from_xyzw(qx, qy, qz, w);
            let place = self.place(i, self.data.xipos[i]);
            let cube = Transform { translation: place, rotation: turn, scale: edges };
            self.gizmos.cube(cube, INERTIA);
        }
    }

    /// A cross at each contact that pushes, near or far, and an arrow for its force on the second body, or on the
    /// first where the second is the world, scaled to the weight of the body's tree.
    fn contacts(&mut self) {
        let bodies = &self.plan.model.bodies;
        for (pos, [one, other], force) in self.data.contact_forces(self.plan) {
            let (body, sign) = if other == 0 { (one, -1.0) } else { (other, 1.0) };
            let weight = 9.81 * bodies[bodies[body].rootid].subtreemass as f32;
            let force = sign * direction(force) / weight.max(1e-6);
            if force.length() < LEAST_FORCE {
                continue;
            }
            let (place, reach) = (self.place(body, pos), 0.015 * self.size);
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                self.gizmos.line(place - reach * axis, place + reach * axis, CONTACT);
            }
            let arrow = world_from_simulation() * force * (WEIGHT * self.size);
            self.gizmos.arrow(place, place + arrow, CONTACT);
        }
    }
}

fn direction(v: [f64; 3]) -> Vec3 {
    Vec3::from_array(v.map(|part| part as f32))
}
