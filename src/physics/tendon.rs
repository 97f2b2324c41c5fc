//! Tendons: their lengths, how these follow the joints, and their velocities.

use super::data::Data;
use super::kinematics::{place, point_velocity};
use super::params::Params;
use super::plan::{Axes, LegPlan, Moving, Plan};
use crate::math::lanes::{LaneMask, Lanes, Slice, when};
use crate::math::spatial::*;
use crate::math::wrapping::{Round, WrapShape, unit3, wrap};
use crate::model::{GeomType, TendonLeg, TendonPath};

/// Lengths, Jacobians and velocities of tendons (mj_tendon; MuJoCo documentation, "Modeling / Tendons").
#[inline(always)]
pub(super) fn tendons<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let mut jacobian = std::mem::take(&mut d.ten_J);
    for (i, tendon) in plan.model.tendons.iter().enumerate() {
        let shape = &plan.tendons[i];
        let row = &mut jacobian[shape.adr..shape.adr + shape.dofs.len()];
        let mut length = L::zero();
        match &tendon.path {
            TendonPath::Joints(joints) => {
                for (k, (&(jnt, _), &coef)) in joints.iter().zip(&p.tendons[i].coef).enumerate() {
                    let qpos = d.state.qpos[plan.model.joints[jnt].qposadr];
                    length = coef.mul_add(qpos, length);
                    row[k] = coef;
                }
            }
            TendonPath::Sites(legs) => {
                row.fill(L::zero());
                for (leg, way) in legs.iter().zip(&shape.legs) {
                    length += add_leg(plan, p, d, leg, way, row);
                }
            }
        }
        let mut velocity = L::zero();
        for (&dof, &j) in shape.dofs.iter().zip(&*row) {
            velocity = j.mul_add(d.state.qvel[dof], velocity);
        }
        (d.ten_length[i], d.ten_velocity[i]) = (length, velocity);
    }
    d.ten_J = jacobian;
}

/// Adds a leg to a tendon's Jacobian; its length by the divisor.
#[inline(always)]
fn add_leg<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    leg: &TendonLeg,
    way: &LegPlan,
    row: &mut [L],
) -> L {
    let (zero, share) = (L::zero(), L::splat(1.0 / leg.divisor));
    let ends = [d.site_xpos[leg.sites[0]], d.site_xpos[leg.sites[1]]];
    let Some(over) = leg.over else {
        return add_stretch(plan, d, &way.straight, ends, share, row) * share;
    };
    let geom = &plan.model.geoms[over.geom];
    let (pos, mat) =
        place(&p.geoms[over.geom], d.xpos[geom.bodyid], &d.xmat[geom.bodyid], Axes::All);
    let round = match geom.geom_type {
        GeomType::Sphere => Round::Sphere,
        _ => Round::Cylinder,
    };
    let shape = WrapShape { round, pos, mat, radius: p.geoms[over.geom].size[0] };
    let bent = wrap(&shape, ends, over.sidesite.map(|site| d.site_xpos[site]));
    let mut length = zero;
    when!(L, !bent.touches, [length, Slice(&mut *row);] => {
        let share = L::select(bent.touches, zero, share);
        length += add_stretch(plan, d, &way.straight, ends, share, row) * share;
    });
    when!(L, bent.touches, [length, Slice(&mut *row);] => {
        let share = L::select(bent.touches, share, zero);
        let on = select3(bent.touches, bent.points[0], ends[0]);
        let off = select3(bent.touches, bent.points[1], ends[1]);
        let before = add_stretch(plan, d, &way.onto, [ends[0], on], share, row);
        let after = add_stretch(plan, d, &way.off, [off, ends[1]], share, row);
        let about = L::select(bent.touches, bent.length, zero);
        length = (before + about + after).mul_add(share, length);
    });
    length
}

/// Adds how the length of a straight part, times a share, grows with the dofs that move its ends apart; its length.
#[inline(always)]
fn add_stretch<L: Lanes>(
    plan: &Plan,
    d: &Data<L>,
    moving: &[Moving],
    ends: [V3<L>; 2],
    share: L,
    row: &mut [L],
) -> L {
    let between = sub3(ends[1], ends[0]);
    let along = unit3(between);
    for moves in moving {
        let velocity = point_velocity(plan, d, moves.dof, ends[usize::from(moves.second)]);
        let growth = dot3(along, velocity);
        let growth = if moves.second { growth } else { -growth };
        row[moves.place] = growth.mul_add(share, row[moves.place]);
    }
    dot3(between, between).sqrt()
}

/// Adds the force with which the rotor of a spatial tendon resists the change of the tendon's direction to the bias
/// forces (mj_tendonBias). Tendons with a rotor go about nothing.
#[inline(always)]
pub(super) fn rotor_bias<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    for (i, tendon) in plan.model.tendons.iter().enumerate() {
        let TendonPath::Sites(legs) = &tendon.path else { continue };
        if tendon.armature == 0.0 {
            continue;
        }
        let mut drift = L::zero();
        for leg in legs {
            drift += leg_drift(plan, d, leg.sites) * L::splat(1.0 / leg.divisor);
        }
        let force = p.tendons[i].armature * drift;
        let shape = &plan.tendons[i];
        for (k, &dof) in shape.dofs.iter().enumerate() {
            d.qfrc_bias[dof] = d.ten_J[shape.adr + k].mul_add(force, d.qfrc_bias[dof]);
        }
    }
}

/// The second derivative of the distance between two sites that the velocity alone gives.
#[inline(always)]
fn leg_drift<L: Lanes>(plan: &Plan, d: &Data<L>, sites: [usize; 2]) -> L {
    let (from, to) = (site_motion(plan, d, sites[0]), site_motion(plan, d, sites[1]));
    let between = sub3(d.site_xpos[sites[1]], d.site_xpos[sites[0]]);
    let apart = sub3(to.0, from.0);
    let along = unit3(between);
    let growing = dot3(along, apart);
    let across = dot3(apart, apart) - growing * growing;
    let length = dot3(between, between).sqrt().max(L::splat(super::params::MIN_VALUE));
    across / length + dot3(along, sub3(to.1, from.1))
}

/// Velocity of a site, and the acceleration that the velocity alone gives; gravity, which `cacc` holds, is the same
/// for all.
#[inline(always)]
fn site_motion<L: Lanes>(plan: &Plan, d: &Data<L>, site: usize) -> (V3<L>, V3<L>) {
    let body = plan.model.sites[site].bodyid;
    let arm = sub3(d.site_xpos[site], d.subtree_com[plan.model.bodies[body].rootid]);
    let (v, a) = (&d.cvel[body], &d.cacc[body]);
    let (spin, angular) = ([v[0], v[1], v[2]], [a[0], a[1], a[2]]);
    let moving = add3([v[3], v[4], v[5]], cross3(spin, arm));
    let linear = add3([a[3], a[4], a[5]], cross3(angular, arm));
    (moving, add3(linear, cross3(spin, moving)))
}
