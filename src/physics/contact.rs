//! Contacts: which geoms touch, and the constraint rows that keep them apart.

use super::collide::{self, Shape, ShapeData, ShapeKind};
use super::constraint::{push_group, regularise, rows_dot};
use super::cost::MAX_DIM;
use super::data::{ContactData, Data};
use super::kinematics::{place, point_velocity};
use super::params::{MIN_VALUE, Params};
use super::plan::{Plan, Slot, Subject, kind, last_dof};
use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;
use crate::model::{Cone, GeomType};

/// Finds the contacts of all pairs (mj_collision): bounding spheres first, then shapes.
#[inline(always)]
pub(super) fn collision<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    d.contacts.clear();
    for (i, geom) in plan.contact_geoms.iter().enumerate() {
        let body = plan.model.geoms[geom.geomid].bodyid;
        let params = &p.geoms[geom.geomid];
        (d.geom_xpos[i], d.geom_xmat[i]) = place(params, d.xpos[body], &d.xmat[body], geom.axes);
    }
    for (index, pair) in plan.pairs.iter().enumerate() {
        let near = near(plan, p, d, index);
        when!(L, near, [d.contacts;] => {
            narrow(plan, p, d, index, near);
            for slot in 0..pair.n_slots {
                let found = &d.found[slot];
                when!(L, found.dist.lt(p.pairs[index].margin), [d.contacts;] => {
                    d.contacts.push(ContactData {
                        pair: index,
                        slot: pair.first_slot + slot,
                        row: plan.slots[pair.first_slot + slot].row,
                        dist: found.dist,
                        pos: found.pos,
                        frame: collide::contact_frame(found.normal, found.tangent),
                    });
                });
            }
        });
    }
}

/// Lists every contact and every group of rows as one that no lane has: what a program has, which lists them all,
/// before it has made any.
pub(super) fn list_absent<L: Lanes>(plan: &Plan, d: &mut Data<L>) {
    let (zero, far) = (L::zero(), L::splat(collide::ABSENT));
    d.contacts.clear();
    for (index, pair) in plan.pairs.iter().enumerate() {
        for slot in pair.first_slot..pair.first_slot + pair.n_slots {
            let row = plan.slots[slot].row;
            let (pos, frame) = ([zero; 3], [zero; 9]);
            d.contacts.push(ContactData { pair: index, slot, row, dist: far, pos, frame });
        }
    }
    d.groups.clear();
    let is_contact = |slot: &&Slot| matches!(slot.subject, Subject::Contact(..));
    let others = plan.slots.iter().filter(|slot| !is_contact(slot));
    let contacts = plan.slots.iter().filter(is_contact).filter(|slot| slot.dofs.0 != slot.dofs.1);
    for slot in others.chain(contacts) {
        push_group(plan, d, slot, zero, [zero; 5], zero);
    }
}

/// The lanes in which the bounding spheres of a pair, or a sphere and a plane, are within reach.
#[inline(always)]
fn near<L: Lanes>(plan: &Plan, p: &Params<L>, d: &Data<L>, index: usize) -> L::Mask {
    let pair = &plan.pairs[index];
    let [a, b] = pair.geoms;
    let offset = sub3(d.geom_xpos[b], d.geom_xpos[a]);
    let reach = p.pairs[index].reach;
    if plan.model.geoms[plan.contact_geoms[a].geomid].geom_type == GeomType::Plane {
        let m = &d.geom_xmat[a];
        dot3([m[2], m[5], m[8]], offset).lt(reach)
    } else {
        dot3(offset, offset).lt(reach * reach)
    }
}

/// A contact geom as the narrow phase sees it.
#[inline(always)]
fn shape<'a, L: Lanes>(plan: &'a Plan, p: &Params<L>, d: &Data<L>, index: usize) -> Shape<'a, L> {
    let geomid = plan.contact_geoms[index].geomid;
    let geom = &plan.model.geoms[geomid];
    let data = match (geom.geom_type, geom.dataid) {
        (GeomType::Mesh, Some(id)) => match &plan.hulls[id] {
            Some(hull) => ShapeData::Hull(hull),
            None => ShapeData::None,
        },
        (GeomType::HeightField, Some(id)) => ShapeData::HeightField(&plan.fields[id]),
        _ => ShapeData::None,
    };
    // Copied once, straight to its place: of every pair that is near that is some kilobytes.
    Shape { pos: d.geom_xpos[index], mat: d.geom_xmat[index], size: p.geoms[geomid].size, data }
}

fn kind_of(plan: &Plan, index: usize) -> ShapeKind {
    kind(plan.model.geoms[plan.contact_geoms[index].geomid].geom_type)
}

/// The shapes of a pair against each other, into `found`.
#[inline(always)]
fn narrow<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>, index: usize, near: L::Mask) {
    let [a, b] = plan.pairs[index].geoms;
    let shape1 = shape(plan, p, d, a);
    let shape2 = shape(plan, p, d, b);
    let margin = p.pairs[index].margin;
    let found = &mut d.found[..plan.pairs[index].n_slots];
    collide::collide((kind_of(plan, a), kind_of(plan, b)), &shape1, &shape2, margin, near, found);
}

/// Makes the groups of the contacts that are close enough to push (mj_instantiateContact).
#[inline(always)]
pub(super) fn make_contacts<L: Lanes>(plan: &Plan, p: &Params<L>, d: &mut Data<L>) {
    let contacts = std::mem::take(&mut d.contacts);
    for contact in &contacts {
        let violation = contact.dist - p.pairs[contact.pair].includemargin;
        let slot = &plan.slots[contact.slot];
        if slot.dofs.0 == slot.dofs.1 {
            // Neither body can move (one is moved by the user): such rows push nothing, and their
            // large constant cost would drown that of the others.
            continue;
        }
        when!(L, violation.lt(L::zero()), [d.groups, d.efc_J, d.efc_D, d.efc_aref;] => {
            contact_jacobian(plan, d, contact);
            contact_rows(plan, p, d, contact, violation);
        });
    }
    d.contacts = contacts;
}

/// Velocities of the second body relative to the first at the contact, in its frame: normal, two
/// tangents, spin about the normal, rolling about the tangents.
#[inline(always)]
fn contact_jacobian<L: Lanes>(plan: &Plan, d: &mut Data<L>, contact: &ContactData<L>) {
    let slot = plan.slots[contact.slot];
    let dofs = plan.dofs(&slot);
    let n = dofs.len();
    let [_, body2] = plan.pairs[contact.pair].bodies;
    // A dof of the list moves one of the two bodies: the second if it is among its ancestors.
    let last = last_dof(&plan.model, body2);
    let moves_second = |dof: usize| {
        last.is_some_and(|last| last == dof || plan.ancestor_rows[last] & (1 << dof) != 0)
    };
    let f = &contact.frame;
    let axes = [[f[0], f[1], f[2]], [f[3], f[4], f[5]], [f[6], f[7], f[8]]];
    for (k, &dof) in dofs.iter().enumerate() {
        let dof = dof as usize;
        let mut velocity = point_velocity(plan, d, dof, contact.pos);
        let mut spin = d.dof_axis[dof];
        if !moves_second(dof) {
            velocity = neg3(velocity);
            spin = neg3(spin);
        }
        for row in 0..slot.dim.min(3) {
            d.efc_J[slot.jadr + row * n + k] = dot3(axes[row], velocity);
        }
        for row in 3..slot.dim {
            let along = if plan.dof_rotates[dof] { dot3(axes[row - 3], spin) } else { L::zero() };
            d.efc_J[slot.jadr + row * n + k] = along;
        }
    }
}

/// The smallest regularisation that numbers of this precision bear, in parts of the inverse inertia that
/// the row sees. A row that is stiffer than this drowns in its rounding everything else that acts on the
/// body, and what rests on it is thrown up; softer than MuJoCo's it gives way by less than a micrometre.
fn least_share<L: Lanes>() -> L {
    L::splat(64.0 * L::EPSILON)
}

/// One over a regularisation, in the lanes that have the row.
#[inline(always)]
fn weight<L: Lanes>(active: L::Mask, r: L, least: L) -> L {
    L::select(active, L::one() / r.max(least).max(L::splat(MIN_VALUE)), L::zero())
}

/// Reference accelerations and regularisation of a contact's rows.
#[inline(always)]
fn contact_rows<L: Lanes>(
    plan: &Plan,
    p: &Params<L>,
    d: &mut Data<L>,
    contact: &ContactData<L>,
    violation: L,
) {
    let slot = plan.slots[contact.slot];
    let params = &p.pairs[contact.pair];
    let friction = params.friction;
    let pyramid = slot.dim > 1 && plan.model.opt.cone == Cone::Pyramidal;
    let mut invweight = params.invweight0[0];
    if pyramid {
        // An edge of the pyramid leans from the normal by the first friction coefficient.
        invweight = (friction[0] * friction[0]).mul_add(invweight, invweight);
    }
    let (impedance, r) = regularise(&params.impedance, violation.abs(), invweight);
    let least = invweight * least_share();
    let ratio = L::one() / p.impratio.max(L::splat(1e-15));
    let active = violation.lt(L::zero());
    let mut mu = L::zero();
    if pyramid {
        let squared = friction[0] * friction[0] * ratio;
        let edge = weight(active, L::splat(2.0) * squared * r, least);
        d.efc_D[slot.row..slot.row + slot.dim].fill(edge);
    } else {
        d.efc_D[slot.row] = weight(active, r, least);
        let tangent = r * ratio;
        mu = friction[0] * (tangent / r).sqrt();
        for k in 1..slot.dim {
            let scale = friction[0] / friction[k - 1];
            d.efc_D[slot.row + k] = weight(active, tangent * scale * scale, least);
        }
    }
    let mut velocity = [L::zero(); MAX_DIM];
    rows_dot(plan, &slot, &d.efc_J, &d.state.qvel, &mut velocity);
    for k in 0..slot.dim {
        let damping = match pyramid || k == 0 {
            true => params.impedance.damping,
            false => params.friction_damping,
        };
        d.efc_aref[slot.row + k] = -(damping * velocity[k]);
    }
    let normal = &mut d.efc_aref[slot.row];
    *normal -= params.impedance.stiffness * impedance * violation;
    push_group(plan, d, &slot, contact.dist, friction, mu);
}
