//! What cannot be seen of a simulation, drawn over it: joints, frames, masses, contacts, trails.

mod trails;

use super::control::Control;
use super::live::{Live, Play};
use super::stage::{Layout, OnShow, Poser, world_from_simulation};
use crate::model::JointType;
use crate::physics::{Data, Plan};
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

/// Kinds of drawings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Overlays {
    fn any(self) -> bool {
        Self { colliders: false, ..self } != Self::default()
    }
}

/// The engine, on a bench of its own.
#[derive(Resource)]
struct Bench(Mutex<Poser>);

pub(super) fn plugin(app: &mut App) {
    let Some(on_show) = app.world().get_resource::<OnShow>() else { return };
    let bench = Bench(Mutex::new(Poser::new(on_show.scene.model.clone())));
    app.insert_resource(bench)
        .init_resource::<trails::Trails>()
        .add_systems(Startup, set_up)
        .add_systems(Update, (draw, trails::draw).after(Play));
}

/// Drawings are seen through what they belong to.
fn set_up(mut store: ResMut<GizmoConfigStore>) {
    let (config, _) = store.config_mut::<DefaultGizmoConfigGroup>();
    config.depth_bias = -1.0;
    config.line.width = 2.5;
}

fn draw(
    control: Res<Control>,
    live: Res<Live>,
    layout: Res<Layout>,
    mut bench: ResMut<Bench>,
    mut gizmos: Gizmos,
) {
    let overlays = control.overlays;
    let Ok(poser) = bench.0.get_mut() else { return };
    if !overlays.any() {
        return;
    }
    let size = (layout.high - layout.low).max_element();
    for (env, snapshot) in live.envs.iter().enumerate() {
        let is_chosen = control.selected.map_or(env < MOST, |chosen| chosen == env);
        let Some(offset) = layout.offsets.get(env).filter(|_| is_chosen) else { continue };
        let (plan, data) = poser.forward(snapshot);
        let mut pen = Pen { gizmos: &mut gizmos, offset: *offset, size, plan, data };
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
}

impl Pen<'_, '_, '_> {
    fn place(&self, v: [f64; 3]) -> Vec3 {
        world_from_simulation() * (self.offset + direction(v))
    }

    /// An arrow along each hinge and slide.
    fn joints(&mut self) {
        for (i, joint) in self.plan.model.joints.iter().enumerate() {
            if !matches!(joint.jnt_type, JointType::Hinge | JointType::Slide) {
                continue;
            }
            let from = self.place(self.data.xanchor[i]);
            let axis = world_from_simulation() * direction(self.data.dof_axis[joint.dofadr]);
            self.gizmos.arrow(from, from + 0.12 * self.size * axis, JOINT);
        }
    }

    /// The axes of each body: red x, green y, blue z.
    fn frames(&mut self) {
        for body in 1..self.plan.model.bodies.len() {
            let from = self.place(self.data.xpos[body]);
            let m = &self.data.xmat[body];
            for (k, colour) in
                [Color::srgb(0.9, 0.1, 0.1), Color::srgb(0.1, 0.7, 0.1), Color::srgb(0.1, 0.2, 0.9)]
                    .into_iter()
                    .enumerate()
            {
                let axis = direction([m[k], m[3 + k], m[6 + k]]);
                let to = from + 0.1 * self.size * (world_from_simulation() * axis);
                self.gizmos.line(from, to, colour);
            }
        }
    }

    /// A ball at the centre of mass of each tree.
    fn masses(&mut self) {
        let bodies = &self.plan.model.bodies;
        for body in (1..bodies.len()).filter(|&body| bodies[body].parentid == 0) {
            let place = self.place(self.data.subtree_com[body]);
            self.gizmos.sphere(place, 0.03 * self.size, MASS).resolution(20);
        }
    }

    /// For each body the box of even density that has its mass and its moments of inertia.
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
                * Quat::from_xyzw(bx, by, bz, bw)
                * Quat::from_xyzw(qx, qy, qz, w);
            let place = self.place(self.data.xipos[i]);
            let cube = Transform { translation: place, rotation: turn, scale: edges };
            self.gizmos.cube(cube, INERTIA);
        }
    }

    /// A cross at each contact, and for each body an arrow for the force of all its contacts, scaled
    /// to the weight of its tree.
    fn contacts(&mut self) {
        for contact in self.data.contacts().iter().filter(|contact| contact.dist < 0.0) {
            let (place, reach) = (self.place(contact.pos), 0.015 * self.size);
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                self.gizmos.line(place - reach * axis, place + reach * axis, CONTACT);
            }
        }
        let bodies = &self.plan.model.bodies;
        for body in 1..bodies.len() {
            let force = direction(self.data.contact_force(self.plan, body));
            let weight = 9.81 * bodies[bodies[body].rootid].subtreemass as f32;
            let arrow = world_from_simulation() * force * (WEIGHT * self.size / weight.max(1e-6));
            if arrow.length() > 0.01 * self.size {
                let from = self.place(self.data.xipos[body]);
                self.gizmos.arrow(from, from + arrow, CONTACT);
            }
        }
    }
}

fn direction(v: [f64; 3]) -> Vec3 {
    Vec3::from_array(v.map(|part| part as f32))
}
