//! Velocities of bodies, and the forces that they cost.

use super::data::Data;
use super::params::Params;
use super::plan::Plan;
use super::tendon::rotor_bias;
use crate::math::lanes::Lanes;
use crate::math::spatial::*;
use crate::model::JointType;

/// Body velocities and the rates of change of the motion axes (mj_comVel).
#[inline(always)]
pub(super) fn com_vel<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    for (i, body) in plan.model.bodies.iter().enumerate().skip(1) {
        let mut cvel = d.cvel[body.parentid];
        for joint in &plan.model.joints[body.jntadr..body.jntadr + body.jntnum] {
            let (mut first, end) = (joint.dofadr, joint.dofadr + joint.jnt_type.nv());
            if joint.jnt_type == JointType::Free {
                // Its directions of travel are the world's, which do not turn.
                for dof in first..first + 3 {
                    d.cdof_dot[dof] = [L::zero(); 6];
                    cvel = mul_add6(&d.cdof[dof], d.state.qvel[dof], &cvel);
                }
                first += 3;
            }
            // The three axes of a ball turn together.
            let before = cvel;
            for dof in first..end {
                d.cdof_dot[dof] = cross_motion(&before, &d.cdof[dof]);
                cvel = mul_add6(&d.cdof[dof], d.state.qvel[dof], &cvel);
            }
        }
        d.cvel[i] = cvel;
    }
}

/// Coriolis, centrifugal and gravitational forces by recursive Newton-Euler (mj_rne without joint
/// accelerations; Featherstone 2008, section 5.3).
#[inline(always)]
pub(super) fn bias<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let bodies = &plan.model.bodies;
    // Gravity enters as an upward acceleration of the world.
    d.cacc[0] = join6([L::zero(); 3], neg3(p.gravity));
    for (i, body) in bodies.iter().enumerate().skip(1) {
        let mut cacc = d.cacc[body.parentid];
        for dof in body.dofadr..body.dofadr + body.dofnum {
            cacc = mul_add6(&d.cdof_dot[dof], d.state.qvel[dof], &cacc);
        }
        d.cacc[i] = cacc;
        let momentum = inertia_mul(&d.cinert[i], &d.cvel[i]);
        let inertial = inertia_mul(&d.cinert[i], &cacc);
        d.cfrc[i] = add6(&inertial, &cross_force(&d.cvel[i], &momentum));
    }
    for i in (1..bodies.len()).rev() {
        let parent = bodies[i].parentid;
        if parent != 0 {
            d.cfrc[parent] = add6(&d.cfrc[parent], &d.cfrc[i]);
        }
    }
    for (i, dof) in plan.model.dofs.iter().enumerate() {
        d.qfrc_bias[i] = dot6(&d.cdof[i], &d.cfrc[dof.bodyid]);
    }
    if plan.has_tendon_armature {
        rotor_bias(plan, p, d);
    }
}

/// Angular and linear part of a spatial motion of a body, as seen at a point, in world axes.
#[inline(always)]
pub(super) fn at_point<L: Lanes>(
    plan: &Plan,
    d: &Data<L>,
    motion: &[V6<L>],
    body: usize,
    point: V3<L>,
) -> (V3<L>, V3<L>) {
    let m = &motion[body];
    let (angular, linear) = ([m[0], m[1], m[2]], [m[3], m[4], m[5]]);
    let com = d.subtree_com[plan.model.bodies[body].rootid];
    (angular, add3(linear, cross3(angular, sub3(point, com))))
}
