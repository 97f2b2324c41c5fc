//! Sensors: what the model measures of itself (mj_sensorPos, mj_sensorVel, mj_sensorAcc).
//!
//! Positions and velocities are of the present state. Forces and accelerations belong to the forward
//! pass: they are those with which the last step was taken.

use super::actuation;
use super::constraint::row_dot;
use super::data::{Data, Group};
use super::params::Params;
use super::plan::{Plan, Subject};
use super::rays::rangefinder;
use super::touch::ray_meets_site;
use super::velocity::at_point;
use super::wrench::{contact_groups, rne_post_constraint};
use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;
use crate::model::{FrameObject, SensorStage, SensorType, Transmission};

/// Fills the sensors of positions and velocities; needs body poses, `cvel` and tendons up to date.
#[inline(always)]
pub(super) fn motion_sensors<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    fill(plan, p, d, SensorStage::Motion);
}

/// Fills the sensors of forces and accelerations; needs a forward pass.
#[inline(always)]
pub(super) fn force_sensors<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let needs_rne = |t: &SensorType| {
        matches!(
            t,
            SensorType::Accelerometer(_)
                | SensorType::Force(_)
                | SensorType::Torque(_)
                | SensorType::FrameLinAcc(_)
                | SensorType::FrameAngAcc(_)
        )
    };
    if plan.model.sensors.iter().any(|sensor| needs_rne(&sensor.sensor_type)) {
        rne_post_constraint(plan, p, d);
    }
    fill(plan, p, d, SensorStage::Force);
}

/// Fills the sensors of a stage.
#[inline(always)]
fn fill<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, stage: SensorStage) {
    for index in 0..plan.model.sensors.len() {
        let sensor_type = plan.model.sensors[index].sensor_type;
        if sensor_type.stage() != stage {
            continue;
        }
        let mut value = [L::zero(); 4];
        match stage {
            // Environments keep their own time.
            SensorStage::Clock => continue,
            SensorStage::Motion => motion(plan, p, d, sensor_type, &mut value),
            SensorStage::Force => force(plan, p, d, sensor_type, &mut value),
        }
        store(plan, d, index, value);
    }
}

/// Writes a sensor's values, clamped to its cutoff.
#[inline(always)]
fn store<L: Lanes>(plan: &Plan, d: &mut Data<L>, index: usize, value: [L; 4]) {
    let sensor = &plan.model.sensors[index];
    let is_direction = matches!(
        sensor.sensor_type,
        SensorType::FrameQuat(..)
            | SensorType::BallQuat(_)
            | SensorType::FrameXAxis(..)
            | SensorType::FrameYAxis(..)
            | SensorType::FrameZAxis(..)
    );
    for k in 0..sensor.dim {
        let mut x = value[k];
        if sensor.cutoff > 0.0 && !is_direction {
            let most = L::splat(sensor.cutoff);
            x = x.clamp(-most, most);
        }
        d.sensordata[sensor.adr + k] = x;
    }
}

fn set3<L: Lanes>(value: &mut [L; 4], v: V3<L>) {
    value[..3].copy_from_slice(&v);
}

/// A sensor of position or velocity.
#[inline(always)]
fn motion<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    sensor_type: SensorType,
    value: &mut [L; 4],
) {
    let joint = |jnt: usize| &plan.model.joints[jnt];
    match sensor_type {
        SensorType::JointPos(jnt) => value[0] = d.state.qpos[joint(jnt).qposadr],
        SensorType::JointVel(jnt) => value[0] = d.state.qvel[joint(jnt).dofadr],
        SensorType::BallQuat(jnt) => {
            let q = &d.state.qpos[joint(jnt).qposadr..];
            *value = quat_normalize([q[0], q[1], q[2], q[3]]);
        }
        SensorType::BallAngVel(jnt) => {
            value[..3].copy_from_slice(&d.state.qvel[joint(jnt).dofadr..joint(jnt).dofadr + 3]);
        }
        SensorType::TendonPos(tendon) => value[0] = d.ten_length[tendon],
        SensorType::TendonVel(tendon) => value[0] = d.ten_velocity[tendon],
        SensorType::ActuatorPos(index) => {
            value[0] = actuation::transmission(plan, p, d, index, &mut vec![]).0;
        }
        SensorType::ActuatorVel(index) => {
            value[0] = actuation::transmission(plan, p, d, index, &mut vec![]).1;
        }
        SensorType::Velocimeter(site) => {
            let (_, linear) = velocity(plan, p, d, FrameObject::Site(site));
            set3(value, rotate_back(&d.site_xmat[site], linear));
        }
        SensorType::Gyro(site) => {
            let (angular, _) = velocity(plan, p, d, FrameObject::Site(site));
            set3(value, rotate_back(&d.site_xmat[site], angular));
        }
        SensorType::Magnetometer(site) => {
            set3(value, rotate_back(&d.site_xmat[site], splat3(plan.model.opt.magnetic)));
        }
        SensorType::FramePos(object, reference) => {
            let (pos, _) = frame(plan, p, d, object);
            set3(
                value,
                match reference {
                    None => pos,
                    Some(reference) => {
                        let (origin, mat) = frame(plan, p, d, reference);
                        rotate_back(&mat, sub3(pos, origin))
                    }
                },
            );
        }
        SensorType::FrameQuat(object, reference) => {
            let turn = quaternion(plan, p, d, object);
            *value = match reference {
                None => turn,
                Some(reference) => {
                    quat_mul(quat_conjugate(quaternion(plan, p, d, reference)), turn)
                }
            };
        }
        SensorType::FrameXAxis(object, reference) => axis(plan, p, d, object, reference, 0, value),
        SensorType::FrameYAxis(object, reference) => axis(plan, p, d, object, reference, 1, value),
        SensorType::FrameZAxis(object, reference) => axis(plan, p, d, object, reference, 2, value),
        SensorType::FrameLinVel(object, reference) => {
            let (_, mut linear) = velocity(plan, p, d, object);
            if let Some(reference) = reference {
                let (angular, origin_velocity) = velocity(plan, p, d, reference);
                let (origin, mat) = frame(plan, p, d, reference);
                let (pos, _) = frame(plan, p, d, object);
                let carried = cross3(angular, sub3(pos, origin));
                linear = rotate_back(&mat, sub3(sub3(linear, origin_velocity), carried));
            }
            set3(value, linear);
        }
        SensorType::FrameAngVel(object, reference) => {
            let (mut angular, _) = velocity(plan, p, d, object);
            if let Some(reference) = reference {
                let (base, _) = velocity(plan, p, d, reference);
                angular = rotate_back(&frame(plan, p, d, reference).1, sub3(angular, base));
            }
            set3(value, angular);
        }
        SensorType::SubtreeCom(body) => set3(value, d.subtree_com[body]),
        SensorType::SubtreeLinVel(body) => set3(value, subtree_momentum(plan, p, d, body).0),
        SensorType::Rangefinder(site) => value[0] = rangefinder(plan, p, d, site),
        SensorType::SubtreeAngMom(body) => set3(value, subtree_momentum(plan, p, d, body).1),
        SensorType::Clock
        | SensorType::Touch(_)
        | SensorType::Accelerometer(_)
        | SensorType::Force(_)
        | SensorType::Torque(_)
        | SensorType::JointActuatorFrc(_)
        | SensorType::ActuatorFrc(_)
        | SensorType::JointLimitPos(_)
        | SensorType::JointLimitVel(_)
        | SensorType::JointLimitFrc(_)
        | SensorType::TendonActuatorFrc(_)
        | SensorType::TendonLimitPos(_)
        | SensorType::TendonLimitVel(_)
        | SensorType::TendonLimitFrc(_)
        | SensorType::FrameLinAcc(_)
        | SensorType::FrameAngAcc(_) => {}
    }
}

#[inline(always)]
fn axis<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    object: FrameObject,
    reference: Option<FrameObject>,
    k: usize,
    value: &mut [L; 4],
) {
    let (_, m) = frame(plan, p, d, object);
    let axis = [m[k], m[3 + k], m[6 + k]];
    set3(
        value,
        match reference {
            None => axis,
            Some(reference) => rotate_back(&frame(plan, p, d, reference).1, axis),
        },
    );
}

/// A sensor of force or acceleration.
#[inline(always)]
fn force<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    sensor_type: SensorType,
    value: &mut [L; 4],
) {
    match sensor_type {
        SensorType::Touch(site) => value[0] = touch(plan, p, d, site),
        SensorType::Accelerometer(site) => {
            let (_, linear) = acceleration(plan, p, d, FrameObject::Site(site));
            set3(value, rotate_back(&d.site_xmat[site], linear));
        }
        SensorType::FrameLinAcc(object) => set3(value, acceleration(plan, p, d, object).1),
        SensorType::FrameAngAcc(object) => set3(value, acceleration(plan, p, d, object).0),
        SensorType::Force(site) => {
            let (_, force) = interaction(plan, d, site);
            set3(value, rotate_back(&d.site_xmat[site], force));
        }
        SensorType::Torque(site) => {
            let (torque, _) = interaction(plan, d, site);
            set3(value, rotate_back(&d.site_xmat[site], torque));
        }
        SensorType::JointActuatorFrc(jnt) => {
            value[0] = d.qfrc_actuator[plan.model.joints[jnt].dofadr];
        }
        SensorType::ActuatorFrc(index) => value[0] = d.actuator_force[index],
        SensorType::TendonActuatorFrc(tendon) => {
            for (index, actuator) in plan.model.actuators.iter().enumerate() {
                if actuator.transmission == Transmission::Tendon(tendon) {
                    value[0] += d.actuator_force[index];
                }
            }
        }
        SensorType::JointLimitPos(jnt) => {
            value[0] = limit_sum(d, of_joint(jnt), |_, group| group.pos - p.jnt_limit[jnt].margin);
        }
        SensorType::JointLimitVel(jnt) => value[0] = limit_sum(d, of_joint(jnt), velocity_of(plan)),
        SensorType::JointLimitFrc(jnt) => value[0] = limit_sum(d, of_joint(jnt), force_of),
        SensorType::TendonLimitPos(tendon) => {
            let margin = p.tendons[tendon].limit.margin;
            value[0] = limit_sum(d, of_tendon(tendon), |_, group| group.pos - margin);
        }
        SensorType::TendonLimitVel(tendon) => {
            value[0] = limit_sum(d, of_tendon(tendon), velocity_of(plan));
        }
        SensorType::TendonLimitFrc(tendon) => value[0] = limit_sum(d, of_tendon(tendon), force_of),
        SensorType::Clock
        | SensorType::JointPos(_)
        | SensorType::JointVel(_)
        | SensorType::BallQuat(_)
        | SensorType::BallAngVel(_)
        | SensorType::TendonPos(_)
        | SensorType::TendonVel(_)
        | SensorType::ActuatorPos(_)
        | SensorType::ActuatorVel(_)
        | SensorType::Velocimeter(_)
        | SensorType::Gyro(_)
        | SensorType::Magnetometer(_)
        | SensorType::FramePos(..)
        | SensorType::FrameQuat(..)
        | SensorType::FrameXAxis(..)
        | SensorType::FrameYAxis(..)
        | SensorType::FrameZAxis(..)
        | SensorType::FrameLinVel(..)
        | SensorType::FrameAngVel(..)
        | SensorType::SubtreeCom(_)
        | SensorType::SubtreeLinVel(_)
        | SensorType::SubtreeAngMom(_)
        | SensorType::Rangefinder(_) => {}
    }
}

fn of_joint(jnt: usize) -> impl Fn(Subject) -> bool {
    move |subject| match subject {
        Subject::LimitJoint(joint, _) | Subject::LimitBall(joint) => joint == jnt,
        _ => false,
    }
}

fn of_tendon(tendon: usize) -> impl Fn(Subject) -> bool {
    move |subject| matches!(subject, Subject::LimitTendon(limited, _) if limited == tendon)
}

/// The velocity of a limit's row.
fn velocity_of<L: Lanes>(plan: &Plan) -> impl Fn(&Data<L>, &Group<L>) -> L {
    |d, group| row_dot(plan, &group.slot, 0, &d.efc_J, &d.state.qvel)
}

/// Its force.
fn force_of<L: Lanes>(d: &Data<L>, group: &Group<L>) -> L {
    d.efc_force[group.slot.row]
}

/// A quantity of the active one of these limits; zero in lanes without one.
#[inline(always)]
fn limit_sum<L: Lanes>(
    d: &Data<L>,
    is_meant: impl Fn(Subject) -> bool,
    of: impl Fn(&Data<L>, &Group<L>) -> L,
) -> L {
    let mut sum = L::zero();
    for group in &d.groups {
        if is_meant(group.slot.subject) {
            let present = L::zero().lt(d.efc_D[group.slot.row]);
            sum += L::select(present, of(d, group), L::zero());
        }
    }
    sum
}

/// Position and axes of a frame object.
#[inline(always)]
fn frame<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, object: FrameObject) -> (V3<L>, M3<L>) {
    match object {
        FrameObject::Body(body) => {
            (d.xipos[body], quat_to_mat(quat_mul(d.xquat[body], p.body_iquat[body])))
        }
        FrameObject::XBody(body) => (d.xpos[body], d.xmat[body]),
        FrameObject::Site(site) => (d.site_xpos[site], d.site_xmat[site]),
        FrameObject::Geom(geom) => {
            let body = plan.model.geoms[geom].bodyid;
            let (pos, mat) = (d.xpos[body], &d.xmat[body]);
            super::kinematics::place(&p.geoms[geom], pos, mat, super::plan::Axes::All)
        }
    }
}

#[inline(always)]
fn quaternion<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, object: FrameObject) -> Q4<L> {
    let local = |body: usize, quat: [f64; 4]| quat_mul(d.xquat[body], quat.map(L::splat));
    match object {
        FrameObject::Body(body) => quat_mul(d.xquat[body], p.body_iquat[body]),
        FrameObject::XBody(body) => d.xquat[body],
        FrameObject::Site(site) => {
            local(plan.model.sites[site].bodyid, plan.model.sites[site].quat)
        }
        FrameObject::Geom(geom) => {
            local(plan.model.geoms[geom].bodyid, plan.model.geoms[geom].quat)
        }
    }
}

pub(super) fn body_of(plan: &Plan, object: FrameObject) -> usize {
    match object {
        FrameObject::Body(body) | FrameObject::XBody(body) => body,
        FrameObject::Site(site) => plan.model.sites[site].bodyid,
        FrameObject::Geom(geom) => plan.model.geoms[geom].bodyid,
    }
}

/// Angular and linear velocity of a frame object, in world axes (mj_objectVelocity).
#[inline(always)]
fn velocity<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    object: FrameObject,
) -> (V3<L>, V3<L>) {
    at_point(plan, d, &d.cvel, body_of(plan, object), frame(plan, p, d, object).0)
}

/// Angular and linear acceleration of a frame object, in world axes, as an accelerometer feels it:
/// standing still it is minus gravity (mj_objectAcceleration).
#[inline(always)]
fn acceleration<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    object: FrameObject,
) -> (V3<L>, V3<L>) {
    let (body, point) = (body_of(plan, object), frame(plan, p, d, object).0);
    let (angular, linear) = at_point(plan, d, &d.cacc_full, body, point);
    let (spin, moving) = at_point(plan, d, &d.cvel, body, point);
    (angular, add3(linear, cross3(spin, moving)))
}

/// Torque and force that a site's body takes from its parent, at the site, in world axes.
#[inline(always)]
fn interaction<L: Lanes>(plan: &Plan, d: &Data<L>, site: usize) -> (V3<L>, V3<L>) {
    let body = plan.model.sites[site].bodyid;
    let f = &d.cfrc_int[body];
    let (torque, force) = ([f[0], f[1], f[2]], [f[3], f[4], f[5]]);
    let com = d.subtree_com[plan.model.bodies[body].rootid];
    (sub3(torque, cross3(sub3(d.site_xpos[site], com), force)), force)
}

/// Velocity of a subtree's centre of mass and its angular momentum about it (mj_subtreeVel).
#[inline(always)]
fn subtree_momentum<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &Data<L>,
    root: usize,
) -> (V3<L>, V3<L>) {
    let (mut linear, mut angular) = ([L::zero(); 3], [L::zero(); 3]);
    let com = d.subtree_com[root];
    let mut inside = vec![false; plan.model.bodies.len()];
    for (i, body) in plan.model.bodies.iter().enumerate() {
        inside[i] = i == root || (i > 0 && inside[body.parentid]);
        if !inside[i] || i == 0 {
            continue;
        }
        let (spin, moving) = at_point(plan, d, &d.cvel, i, d.xipos[i]);
        let momentum = scale3(moving, p.body_mass[i]);
        linear = add3(linear, momentum);
        let own = symmetric_mul(&d.xinertia[i], spin);
        angular = add3(angular, add3(own, cross3(sub3(d.xipos[i], com), momentum)));
    }
    (scale3(linear, p.body_subtreemass_inv[root]), angular)
}

/// Sum of the normal forces of contacts of the site's body whose force passes through the site.
#[inline(always)]
fn touch<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, site: usize) -> L {
    let body = plan.model.sites[site].bodyid;
    let mut sum = L::zero();
    for (contact, group) in contact_groups(d) {
        let [one, other] = plan.pairs[contact.pair].bodies;
        if one != body && other != body {
            continue;
        }
        let force = d.efc_force[group.slot.row].max(L::zero());
        let force = L::select(L::zero().lt(d.efc_D[group.slot.row]), force, L::zero());
        when!(L, L::zero().lt(force), [sum;] => {
            let mut direction = [contact.frame[0], contact.frame[1], contact.frame[2]];
            // As in MuJoCo, the ray goes against the force on the body.
            if other == body {
                direction = neg3(direction);
            }
            let hits = ray_meets_site(
                plan.model.sites[site].site_type,
                p.sites[site].size,
                rotate_back(&d.site_xmat[site], sub3(contact.pos, d.site_xpos[site])),
                rotate_back(&d.site_xmat[site], direction),
            );
            sum += force * hits;
        });
    }
    sum
}
