//! That all numbers of a model are such as 32 bits can hold, for so environments are simulated: a file may
//! have larger ones, and their products may not even be finite.

use crate::model::types::{EqualityType, Model};

/// What cannot be held, if anything.
pub(super) fn infinite_part(model: &Model) -> Option<&'static str> {
    let all = |numbers: &[f64]| numbers.iter().all(|x| x.abs() <= f64::from(f32::MAX));
    let bodies = model.bodies.iter().all(|it| {
        all(&it.pos)
            && all(&it.quat)
            && all(&it.ipos)
            && all(&it.iquat)
            && all(&it.inertia)
            && all(&it.invweight0)
            && all(&[it.mass, it.subtreemass, it.gravcomp])
    });
    let softness = |solref: &[f64; 2], solimp: &[f64; 5]| all(solref) && all(solimp);
    let between = |range: Option<[f64; 2]>| range.is_none_or(|range| all(&range));
    let dofs = model.dofs.iter().all(|it| {
        all(&[it.armature, it.damping, it.invweight0, it.frictionloss])
            && softness(&it.solref_friction, &it.solimp_friction)
    });
    let joints = model.joints.iter().all(|it| {
        all(&it.pos)
            && all(&it.axis)
            && all(&it.range)
            && all(&[it.stiffness, it.margin])
            && softness(&it.solref_limit, &it.solimp_limit)
            && between(it.actfrcrange)
    });
    let geoms = model.geoms.iter().all(|it| {
        all(&it.pos) && all(&it.quat) && all(&it.size) && all(&it.friction) && all(&[it.rbound])
    });
    let sites = model.sites.iter().all(|it| all(&it.pos) && all(&it.quat) && all(&it.size));
    let views = model.cameras.iter().all(|it| {
        all(&it.pos)
            && all(&it.pos0)
            && all(&it.poscom0)
            && all(&it.sensorsize)
            && all(&it.intrinsic)
    }) && model.lights.iter().all(|it| {
        all(&it.pos)
            && all(&it.pos0)
            && all(&it.poscom0)
            && all(&it.attenuation)
            && all(&[it.cutoff, it.exponent])
            && [it.ambient, it.diffuse, it.specular].iter().all(|rgb| all(rgb))
    });
    let head = [model.headlight.ambient, model.headlight.diffuse, model.headlight.specular];
    let looks =
        model.materials.iter().all(|it| {
            all(&it.texrepeat) && all(&[it.emission, it.specular, it.shininess, it.reflectance])
        }) && model.textures.iter().all(|it| all(&it.rgb1) && all(&it.rgb2) && all(&it.markrgb))
            && head.iter().all(|rgb| all(rgb));
    let mut colours =
        model.geoms.iter().map(|it| it.rgba).chain(model.sites.iter().map(|it| it.rgba));
    let colours = colours.all(|rgba| rgba.iter().all(|x| x.is_finite()))
        && model.materials.iter().all(|it| it.rgba.iter().all(|x| x.is_finite()));
    let pairs = model.pairs.iter().all(|it| {
        all(&[it.margin, it.gap])
            && all(&it.friction)
            && softness(&it.solref, &it.solimp)
            && all(&it.solreffriction)
    });
    let tendons = model.tendons.iter().all(|it| {
        all(&it.lengthspring)
            && all(&it.range)
            && all(&[it.length0, it.invweight0, it.armature, it.damping, it.stiffness])
            && all(&[it.margin, it.frictionloss])
            && softness(&it.solref_limit, &it.solimp_limit)
            && softness(&it.solref_friction, &it.solimp_friction)
            && between(it.actfrcrange)
    });
    let ties = model.equalities.iter().all(|it| softness(&it.solref, &it.solimp));
    let equalities = model.equalities.iter().all(|it| match &it.equality_type {
        EqualityType::Connect { anchors, .. } => anchors.iter().all(|anchor| all(anchor)),
        EqualityType::Weld { anchor, relpos, relquat, torquescale, .. } => {
            all(anchor) && all(relpos) && all(relquat) && all(&[*torquescale])
        }
        EqualityType::Joint { polycoef, .. } | EqualityType::Tendon { polycoef, .. } => {
            all(polycoef)
        }
    });
    let actuators = model.actuators.iter().all(|it| {
        let muscles = [&it.gain_muscle, &it.bias_muscle];
        let peaks = muscles.map(|muscle| muscle.as_ref().map_or(0.0, |it_is| it_is.peak(it.acc0)));
        all(&it.biasprm)
            && all(&it.gainprm)
            && all(&peaks)
            && all(&[it.acc0])
            && all(&it.lengthrange)
            && all(&it.gear)
            && [it.ctrlrange, it.forcerange, it.actrange].into_iter().all(between)
    });
    let keys = model
        .keyframes
        .iter()
        .all(|it| all(&it.qpos) && all(&it.qvel) && all(&it.act) && all(&it.ctrl));
    let opt = &model.opt;
    let options = all(&opt.gravity)
        && all(&opt.medium.wind)
        && all(&opt.magnetic)
        && all(&[opt.timestep, opt.medium.density, opt.medium.viscosity, opt.impratio]);
    let states = all(&model.qpos0) && all(&model.qpos_spring) && all(&[model.meaninertia]);
    let parts = [
        ("the mass or position of a body", bodies),
        ("the inertia seen by a joint", dofs && states),
        ("a joint", joints),
        ("a geom", geoms),
        ("a site", sites),
        ("a camera or light", views),
        ("a colour", colours && looks),
        ("the margin of a contact", pairs),
        ("a tendon", tendons),
        ("an equality", equalities && ties),
        ("an actuator", actuators),
        ("a keyframe", keys),
        ("an option", options),
    ];
    parts.into_iter().find(|(_, is_finite)| !is_finite).map(|(part, _)| part)
}
