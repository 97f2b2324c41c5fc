//! Resistance of the medium in which the bodies move: each is taken for the box of uniform density that
//! has its mass and inertia (MuJoCo documentation, "Computation / Fluid forces / Inertia-based model").

use super::data::Data;
use super::kinematics::point_velocity;
use super::params::{DragParams, MIN_VALUE, Params};
use super::passive::apply_force;
use super::pattern::tri;
use super::plan::{Plan, last_dof};
use super::velocity::at_point;
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::{Body, Medium, Model};
use std::f64::consts::PI;

/// Whether the medium's forces are simulated; as in MuJoCo not where springs and dampers are both off.
pub(super) fn resists(model: &Model) -> bool {
    let enable = &model.opt.enable;
    !model.opt.medium.is_empty() && (enable.spring || enable.damper)
}

/// Stokes' drag of a sphere as wide as the box is on average, and the drag of the box's faces.
pub(super) fn drag_of_box(body: &Body, medium: &Medium) -> DragParams<f64> {
    let mut drag = DragParams { viscous: [0.0; 6], quadratic: [0.0; 6] };
    if body.mass < MIN_VALUE {
        return drag;
    }
    let total: f64 = body.inertia.iter().sum();
    let size = body.inertia.map(|own| {
        let others_less_own = (total - 2.0 * own).max(MIN_VALUE);
        (others_less_own / body.mass * 6.0).sqrt()
    });
    let diameter = size.iter().sum::<f64>() / 3.0;
    for k in 0..3 {
        let [a, b] = [size[(k + 1) % 3], size[(k + 2) % 3]];
        drag.viscous[k] = PI * diameter.powi(3) * medium.viscosity;
        drag.viscous[3 + k] = 3.0 * PI * diameter * medium.viscosity;
        drag.quadratic[k] = medium.density * size[k] * (a.powi(4) + b.powi(4)) / 64.0;
        drag.quadratic[3 + k] = 0.5 * medium.density * a * b;
    }
    drag
}

/// A body's inertial axes in the world, and its velocity through the medium along them.
#[inline(always)]
fn velocity<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, body: usize) -> (M3<L>, V6<L>) {
    let axes = quat_to_mat(quat_mul(d.xquat[body], p.body_iquat[body]));
    let (angular, linear) = at_point(plan, d, &d.cvel, body, d.xipos[body]);
    let linear = rotate_back(&axes, sub3(linear, p.wind));
    (axes, join6(rotate_back(&axes, angular), linear))
}

/// Adds the drag of all bodies to the passive forces.
#[inline(always)]
pub(super) fn drag<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let mut forces = std::mem::take(&mut d.qfrc_passive);
    for (body, drag) in p.body_drag.iter().enumerate().skip(1) {
        let (axes, v) = velocity(plan, p, d, body);
        let f: V6<L> = std::array::from_fn(|k| {
            -(drag.quadratic[k].mul_add(v[k].abs(), drag.viscous[k]) * v[k])
        });
        let torque = rotate(&axes, [f[0], f[1], f[2]]);
        let force = rotate(&axes, [f[3], f[4], f[5]]);
        apply_force(plan, d, body, join6(torque, force), &mut forces);
    }
    d.qfrc_passive = forces;
}

/// Adds h times what drag grows by with each velocity to the matrix of `implicitfast`.
#[inline(always)]
pub(super) fn add_damping<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (body, drag) in p.body_drag.iter().enumerate().skip(1) {
        let (axes, v) = velocity(plan, p, d, body);
        let twice = L::splat(2.0);
        let slope: V6<L> = std::array::from_fn(|k| {
            p.timestep * (twice * drag.quadratic[k]).mul_add(v[k].abs(), drag.viscous[k])
        });
        let mut dof = last_dof(&plan.model, body);
        while let Some(i) = dof {
            let moved = motion(plan, d, body, i, &axes);
            let weighted: V6<L> = std::array::from_fn(|k| slope[k] * moved[k]);
            let mut other = dof;
            while let Some(j) = other {
                let entry = dot6(&weighted, &motion(plan, d, body, j, &axes));
                d.qLD[tri(i, j)] += entry;
                other = plan.model.dofs[j].parentid;
            }
            dof = plan.model.dofs[i].parentid;
        }
    }
}

/// How a body turns about and moves along its inertial axes when one dof alone moves with unit velocity.
#[inline(always)]
fn motion<L: Lanes>(plan: &Plan, d: &Data<L>, body: usize, dof: usize, axes: &M3<L>) -> V6<L> {
    let turn = if plan.dof_rotates[dof] { d.dof_axis[dof] } else { [L::zero(); 3] };
    let shift = point_velocity(plan, d, dof, d.xipos[body]);
    join6(rotate_back(axes, turn), rotate_back(axes, shift))
}
