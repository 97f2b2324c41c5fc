//! Forces between bodies once the constraints are solved: of contacts, and of parents on their children.

use super::data::{ContactData, Data, Group};
use super::equality;
use super::params::Params;
use super::plan::{Plan, Subject};
use crate::math::lanes::Lanes;
use crate::math::spatial::*;

/// The contacts that have rows, with their groups.
#[inline(always)]
pub(super) fn contact_groups<L: Lanes>(
    d: &Data<L>,
) -> impl Iterator<Item = (&ContactData<L>, &Group<L>)> {
    let of = |slot: Subject| matches!(slot, Subject::Contact(..));
    let groups = d.groups.iter().filter(move |group| of(group.slot.subject));
    groups.filter_map(|group| {
        let place = d.contacts.binary_search_by_key(&group.slot.row, |contact| contact.row);
        place.ok().map(|index| (&d.contacts[index], group))
    })
}

/// A contact's force on the second body, and its torque at the contact, in world axes.
#[inline(always)]
pub(super) fn contact_wrench<L: Lanes>(
    contact: &ContactData<L>,
    group: &Group<L>,
    efc_force: &[L],
    efc_D: &[L],
) -> (V3<L>, V3<L>) {
    let f = &contact.frame;
    let axes = [[f[0], f[1], f[2]], [f[3], f[4], f[5]], [f[6], f[7], f[8]]];
    let present = L::zero().lt(efc_D[group.slot.row]);
    let (mut torque, mut force) = ([L::zero(); 3], [L::zero(); 3]);
    for row in 0..group.slot.dim {
        let strength = L::select(present, efc_force[group.slot.row + row], L::zero());
        if row < 3 {
            force = mul_add3(axes[row], strength, force);
        } else {
            torque = mul_add3(axes[row - 3], strength, torque);
        }
    }
    (torque, force)
}

/// Accelerations with constraints and the forces between bodies (mj_rnePostConstraint).
#[inline(always)]
pub(super) fn rne_post_constraint<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let bodies = &plan.model.bodies;
    d.cacc_full[0] = join6([L::zero(); 3], neg3(p.gravity));
    for (i, body) in bodies.iter().enumerate().skip(1) {
        let mut cacc = d.cacc_full[body.parentid];
        for dof in body.dofadr..body.dofadr + body.dofnum {
            cacc = mul_add6(&d.cdof_dot[dof], d.state.qvel[dof], &cacc);
            cacc = mul_add6(&d.cdof[dof], d.qacc[dof], &cacc);
        }
        d.cacc_full[i] = cacc;
        let momentum = inertia_mul(&d.cinert[i], &d.cvel[i]);
        let inertial = inertia_mul(&d.cinert[i], &cacc);
        d.cfrc_int[i] = add6(&inertial, &cross_force(&d.cvel[i], &momentum));
    }
    external_forces(plan, p, d);
    for i in (1..bodies.len()).rev() {
        let parent = bodies[i].parentid;
        if parent != 0 {
            d.cfrc_int[parent] = add6(&d.cfrc_int[parent], &d.cfrc_int[i]);
        }
    }
}

/// Takes forces from outside (applied, contacts, connects and welds) from what parents must give.
#[inline(always)]
fn external_forces<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let mut forces = std::mem::take(&mut d.cfrc_int);
    let mut take = |body: usize, torque: V3<L>, force: V3<L>, point: V3<L>, sign: f64| {
        if body == 0 {
            return;
        }
        let com = d.subtree_com[plan.model.bodies[body].rootid];
        let torque = add3(torque, cross3(sub3(point, com), force));
        forces[body] = mul_add6(&join6(torque, force), L::splat(-sign), &forces[body]);
    };
    for (body, wrench) in d.state.xfrc_applied.iter().enumerate() {
        let w = wrench;
        take(body, [w[0], w[1], w[2]], [w[3], w[4], w[5]], d.xipos[body], 1.0);
    }
    for (contact, group) in contact_groups(d) {
        let (torque, force) = contact_wrench(contact, group, &d.efc_force, &d.efc_D);
        let [one, other] = plan.pairs[contact.pair].bodies;
        take(one, torque, force, contact.pos, -1.0);
        take(other, torque, force, contact.pos, 1.0);
    }
    for group in &d.groups {
        if let Subject::Equality(index) = group.slot.subject {
            equality::wrenches(plan, p, d, index, group, &mut take);
        }
    }
    d.cfrc_int = forces;
}
