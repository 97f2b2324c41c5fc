//! Features of a model that Rapier does not support.

use crate::model::{GeomType, JointType, Model};

/// A line for each feature of a model that Rapier lacks, or simulates differently.
pub fn unsupported_features(model: &Model) -> Vec<String> {
    let mut losses = Vec::new();
    let mut lose = |is_lost: bool, what: &str| {
        if is_lost {
            losses.push(what.to_owned());
        }
    };
    let turns = |jnt_type| matches!(jnt_type, JointType::Ball | JointType::Free);
    let enable = &model.opt.enable;
    let joints = || model.joints.iter();
    lose(
        !model.pairs.is_empty(),
        "contacts and limits have Rapier's stiffness (solref, solimp, margin and gap are ignored)",
    );
    lose(
        model.pairs.iter().any(|pair| pair.condim > 3),
        "contacts have no torsional and rolling friction (condim above 3)",
    );
    lose(
        enable.spring && joints().any(|joint| turns(joint.jnt_type) && joint.stiffness != 0.0),
        "ball and free joints have no springs",
    );
    lose(
        enable.limit && joints().any(|joint| joint.jnt_type == JointType::Ball && joint.limited),
        "ball joints have no limits",
    );
    lose(
        enable.frictionloss && model.dofs.iter().any(|dof| dof.frictionloss != 0.0),
        "joints have no dry friction (frictionloss)",
    );
    lose(enable.equality && !model.equalities.is_empty(), "there are no equality constraints");
    let tendons = || model.tendons.iter();
    lose(
        tendons().any(|tendon| {
            tendon.limited
                || tendon.stiffness != 0.0
                || tendon.damping != 0.0
                || tendon.frictionloss != 0.0
                || tendon.armature != 0.0
        }),
        "tendons pass on the forces of actuators only, without limits, springs, damping, friction \
         and inertia of their own",
    );
    lose(
        model.bodies.iter().any(|body| body.mocap),
        "mocap bodies, which the user moves, stand still",
    );
    lose(
        model.opt.medium.density > 0.0 || model.opt.medium.viscosity > 0.0,
        "there is no drag of air or water (density and viscosity)",
    );
    let touches = |geom: &&crate::model::Geom| geom.contype | geom.conaffinity != 0;
    lose(
        model.geoms.iter().filter(touches).any(|geom| geom.geom_type == GeomType::Ellipsoid),
        "ellipsoids are polyhedra of 160 corners",
    );
    for geom in model.geoms.iter().filter(touches) {
        lose(
            super::shape(model, geom).is_none(),
            &format!("geom {:?} touches nothing: its points have no convex hull", geom.name),
        );
    }
    losses
}
