//! A compiled model as JSON under MuJoCo's names, for the comparison with MuJoCo's own arrays.

use serde_json::{Map, Value, json};

use super::types::*;

/// Every array that MuJoCo has too, first index the object; numbers that are not there are -1 or 0 as
/// in MuJoCo.
pub(super) fn dump(model: &Model) -> Value {
    let mut out = Map::new();
    let opt = &model.opt;
    for (name, number) in [
        ("nq", model.nq),
        ("nv", model.nv),
        ("nu", model.nu),
        ("na", model.na),
        ("nbody", model.bodies.len()),
        ("njnt", model.joints.len()),
        ("ngeom", model.geoms.len()),
        ("nsite", model.sites.len()),
        ("nmesh", model.meshes.len()),
        ("nhfield", model.hfields.len()),
        ("ntendon", model.tendons.len()),
        ("nkey", model.keyframes.len()),
    ] {
        out.insert(name.to_owned(), json!(number));
    }
    out.insert("qpos0".to_owned(), json!(model.qpos0));
    out.insert("qpos_spring".to_owned(), json!(model.qpos_spring));
    out.insert("meaninertia".to_owned(), json!(model.meaninertia));
    let enable = &opt.enable;
    out.insert(
        "opt".to_owned(),
        json!({
            "timestep": opt.timestep,
            "gravity": opt.gravity,
            "density": opt.medium.density,
            "viscosity": opt.medium.viscosity,
            "wind": opt.medium.wind,
            "integrator": format!("{:?}", opt.integrator).to_uppercase(),
            "cone": format!("{:?}", opt.cone).to_uppercase(),
            "impratio": opt.impratio,
            "eulerdamp": opt.eulerdamp,
            "refsafe": opt.refsafe,
            "equality": enable.equality,
            "frictionloss": enable.frictionloss,
            "limit": enable.limit,
            "spring": enable.spring,
            "damper": enable.damper,
            "actuation": enable.actuation,
            "clampctrl": enable.clampctrl,
            "iterations": opt.iterations,
            "tolerance": opt.tolerance,
            "ls_iterations": opt.ls_iterations,
            "ls_tolerance": opt.ls_tolerance,
        }),
    );
    dump_bodies(model, &mut out);
    dump_joints(model, &mut out);
    dump_geoms(model, &mut out);
    dump_looks(model, &mut out);
    dump_forces(model, &mut out);
    dump_pairs(model, &mut out);
    Value::Object(out)
}

fn put<T: serde::Serialize>(
    out: &mut Map<String, Value>,
    name: &str,
    rows: impl Iterator<Item = T>,
) {
    out.insert(name.to_owned(), Value::Array(rows.map(|row| json!(row)).collect()));
}

fn range(range: Option<[f64; 2]>) -> Value {
    range.map_or(Value::Null, |range| json!(range))
}

fn index(index: Option<usize>) -> i64 {
    index.map_or(-1, |index| index as i64)
}

fn dump_bodies(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.bodies.iter();
    put(out, "body_name", all().map(|it| &it.name));
    put(out, "body_parentid", all().map(|it| it.parentid));
    put(out, "body_rootid", all().map(|it| it.rootid));
    put(out, "body_pos", all().map(|it| it.pos));
    put(out, "body_quat", all().map(|it| it.quat));
    put(out, "body_ipos", all().map(|it| it.ipos));
    put(out, "body_iquat", all().map(|it| it.iquat));
    put(out, "body_mass", all().map(|it| it.mass));
    put(out, "body_inertia", all().map(|it| it.inertia));
    put(out, "body_subtreemass", all().map(|it| it.subtreemass));
    // MuJoCo writes -1 where a body has none.
    put(out, "body_jntadr", all().map(|it| if it.jntnum > 0 { it.jntadr as i64 } else { -1 }));
    put(out, "body_jntnum", all().map(|it| it.jntnum));
    put(out, "body_dofadr", all().map(|it| if it.dofnum > 0 { it.dofadr as i64 } else { -1 }));
    put(out, "body_dofnum", all().map(|it| it.dofnum));
    put(out, "body_invweight0", all().map(|it| it.invweight0));
    put(out, "body_gravcomp", all().map(|it| it.gravcomp));
    put(out, "body_mocap", all().map(|it| it.mocap));
}

fn dump_joints(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.joints.iter();
    put(out, "jnt_name", all().map(|it| &it.name));
    put(out, "jnt_type", all().map(|it| it.jnt_type as usize));
    put(out, "jnt_bodyid", all().map(|it| it.bodyid));
    put(out, "jnt_qposadr", all().map(|it| it.qposadr));
    put(out, "jnt_dofadr", all().map(|it| it.dofadr));
    put(out, "jnt_pos", all().map(|it| it.pos));
    put(out, "jnt_axis", all().map(|it| it.axis));
    put(out, "jnt_stiffness", all().map(|it| it.stiffness));
    put(out, "jnt_limited", all().map(|it| it.limited));
    put(out, "jnt_range", all().map(|it| it.range));
    put(out, "jnt_margin", all().map(|it| it.margin));
    put(out, "jnt_solref", all().map(|it| it.solref_limit));
    put(out, "jnt_solimp", all().map(|it| it.solimp_limit));
    put(out, "jnt_actfrcrange", all().map(|it| range(it.actfrcrange)));
    put(out, "jnt_actgravcomp", all().map(|it| it.actgravcomp));
    let all = || model.dofs.iter();
    put(out, "dof_bodyid", all().map(|it| it.bodyid));
    put(out, "dof_jntid", all().map(|it| it.jntid));
    put(out, "dof_parentid", all().map(|it| index(it.parentid)));
    put(out, "dof_armature", all().map(|it| it.armature));
    put(out, "dof_damping", all().map(|it| it.damping));
    put(out, "dof_invweight0", all().map(|it| it.invweight0));
    put(out, "dof_frictionloss", all().map(|it| it.frictionloss));
    put(out, "dof_solref", all().map(|it| it.solref_friction));
    put(out, "dof_solimp", all().map(|it| it.solimp_friction));
}

fn dump_geoms(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.geoms.iter();
    put(out, "geom_name", all().map(|it| &it.name));
    put(out, "geom_type", all().map(|it| format!("{:?}", it.geom_type).to_lowercase()));
    put(out, "geom_bodyid", all().map(|it| it.bodyid));
    put(out, "geom_size", all().map(|it| it.size));
    put(out, "geom_pos", all().map(|it| it.pos));
    put(out, "geom_quat", all().map(|it| it.quat));
    put(out, "geom_contype", all().map(|it| it.contype.cast_signed()));
    put(out, "geom_conaffinity", all().map(|it| it.conaffinity.cast_signed()));
    put(out, "geom_condim", all().map(|it| it.condim));
    put(out, "geom_priority", all().map(|it| it.priority));
    put(out, "geom_friction", all().map(|it| it.friction));
    put(out, "geom_solmix", all().map(|it| it.solmix));
    put(out, "geom_solref", all().map(|it| it.solref));
    put(out, "geom_solimp", all().map(|it| it.solimp));
    put(out, "geom_margin", all().map(|it| it.margin));
    put(out, "geom_gap", all().map(|it| it.gap));
    put(out, "geom_rbound", all().map(|it| it.rbound));
    put(out, "geom_dataid", all().map(|it| index(it.dataid)));
    put(out, "geom_group", all().map(|it| it.group));
    put(out, "geom_rgba", all().map(|it| it.rgba.map(f64::from)));
    let all = || model.sites.iter();
    put(out, "site_name", all().map(|it| &it.name));
    put(out, "site_type", all().map(|it| format!("{:?}", it.site_type).to_lowercase()));
    put(out, "site_bodyid", all().map(|it| it.bodyid));
    put(out, "site_size", all().map(|it| it.size));
    put(out, "site_pos", all().map(|it| it.pos));
    put(out, "site_quat", all().map(|it| it.quat));
    put(out, "hfield_size", model.hfields.iter().map(|it| it.size));
    put(out, "hfield_nrow", model.hfields.iter().map(|it| it.nrow));
    put(out, "hfield_ncol", model.hfields.iter().map(|it| it.ncol));
    put(out, "hfield_data", model.hfields.iter().flat_map(|it| it.data.iter()));
}

fn dump_forces(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.tendons.iter();
    put(out, "tendon_name", all().map(|it| &it.name));
    let joints = |it: &Tendon| match &it.path {
        TendonPath::Joints(joints) => joints.clone(),
        TendonPath::Sites(_) => vec![],
    };
    put(out, "tendon_joints", all().map(joints));
    // Two sites, the geom between them and its side site (-1 for none), and the divisor.
    let leg = |leg: &TendonLeg| {
        let geom = leg.over.map(|over| over.geom);
        let side = leg.over.and_then(|over| over.sidesite);
        json!([leg.sites[0], leg.sites[1], index(geom), index(side), leg.divisor])
    };
    let legs = |it: &Tendon| match &it.path {
        TendonPath::Joints(_) => vec![],
        TendonPath::Sites(legs) => legs.iter().map(leg).collect(),
    };
    put(out, "tendon_legs", all().map(legs));
    put(out, "tendon_limited", all().map(|it| it.limited));
    put(out, "tendon_range", all().map(|it| it.range));
    put(out, "tendon_margin", all().map(|it| it.margin));
    put(out, "tendon_solref_lim", all().map(|it| it.solref_limit));
    put(out, "tendon_solimp_lim", all().map(|it| it.solimp_limit));
    put(out, "tendon_frictionloss", all().map(|it| it.frictionloss));
    put(out, "tendon_solref_fri", all().map(|it| it.solref_friction));
    put(out, "tendon_solimp_fri", all().map(|it| it.solimp_friction));
    put(out, "tendon_stiffness", all().map(|it| it.stiffness));
    put(out, "tendon_damping", all().map(|it| it.damping));
    put(out, "tendon_armature", all().map(|it| it.armature));
    put(out, "tendon_lengthspring", all().map(|it| it.lengthspring));
    put(out, "tendon_length0", all().map(|it| it.length0));
    put(out, "tendon_invweight0", all().map(|it| it.invweight0));
    put(out, "tendon_actfrcrange", all().map(|it| range(it.actfrcrange)));
    let all = || model.actuators.iter();
    put(out, "actuator_name", all().map(|it| &it.name));
    // Numbers of mjtTrn and mjtDyn.
    let target = |it: &Actuator| match it.transmission {
        Transmission::Joint(index) => (0, index),
        Transmission::JointInParent(index) => (1, index),
        Transmission::Tendon(index) => (3, index),
        Transmission::Site(index) => (4, index),
        Transmission::Body(index) => (5, index),
    };
    put(out, "actuator_trntype", all().map(|it| target(it).0));
    put(out, "actuator_trnid", all().map(|it| target(it).1));
    put(out, "actuator_gear", all().map(|it| it.gear));
    put(out, "actuator_gainprm", all().map(|it| it.gainprm));
    put(out, "actuator_biasprm", all().map(|it| it.biasprm));
    let muscle = |muscle: &Option<Muscle>| match muscle {
        Some(it) => {
            let rest = [it.force, it.scale, it.lmin, it.lmax, it.vmax, it.fpmax, it.fvmax];
            json!([&it.range[..], &rest].concat())
        }
        None => Value::Null,
    };
    let muscles = |it: &Actuator| {
        let any = it.gain_muscle.is_some() || it.bias_muscle.is_some();
        let of = json!([muscle(&it.gain_muscle), muscle(&it.bias_muscle), it.lengthrange, it.acc0]);
        if any { of } else { Value::Null }
    };
    put(out, "actuator_muscle", all().map(muscles));
    let dynamics = |it: &Actuator| match it.dynamics {
        ActuatorDynamics::None => (0, vec![0.0]),
        ActuatorDynamics::Integrator => (1, vec![0.0]),
        ActuatorDynamics::Filter(time) => (2, vec![time]),
        ActuatorDynamics::FilterExact(time) => (3, vec![time]),
        ActuatorDynamics::Muscle(times) => (4, times.to_vec()),
    };
    put(out, "actuator_dyntype", all().map(|it| dynamics(it).0));
    put(out, "actuator_timeconst", all().map(|it| dynamics(it).1));
    put(out, "actuator_actadr", all().map(|it| index(it.actadr)));
    put(out, "actuator_actearly", all().map(|it| it.actearly));
    put(out, "actuator_ctrlrange", all().map(|it| range(it.ctrlrange)));
    put(out, "actuator_forcerange", all().map(|it| range(it.forcerange)));
    put(out, "actuator_actrange", all().map(|it| range(it.actrange)));
    dump_measures(model, out);
}

fn dump_measures(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.equalities.iter();
    put(out, "eq_name", all().map(|it| &it.name));
    put(out, "eq_solref", all().map(|it| it.solref));
    put(out, "eq_solimp", all().map(|it| it.solimp));
    // As in MuJoCo, of welds (anchor, position, quaternion, torquescale).
    put(
        out,
        "eq_data",
        all().map(|it| match &it.equality_type {
            EqualityType::Connect { anchors, .. } => anchors.concat(),
            EqualityType::Weld { anchor, relpos, relquat, torquescale, .. } => {
                [&anchor[..], &relpos[..], &relquat[..], &[*torquescale]].concat()
            }
            EqualityType::Joint { polycoef, .. } | EqualityType::Tendon { polycoef, .. } => {
                polycoef.to_vec()
            }
        }),
    );
    put(
        out,
        "eq_obj",
        all().map(|it| match &it.equality_type {
            EqualityType::Connect { bodies, .. } => (0, bodies[0] as i64, bodies[1] as i64),
            EqualityType::Weld { bodies, .. } => (1, bodies[0] as i64, bodies[1] as i64),
            EqualityType::Joint { joints, .. } => (2, joints.0 as i64, index(joints.1)),
            EqualityType::Tendon { tendons, .. } => (3, tendons.0 as i64, index(tendons.1)),
        }),
    );
    let all = || model.sensors.iter();
    put(out, "sensor_name", all().map(|it| &it.name));
    put(out, "sensor_dim", all().map(|it| it.dim));
    put(out, "sensor_adr", all().map(|it| it.adr));
    put(out, "sensor_cutoff", all().map(|it| it.cutoff));
    put(out, "sensor_kind", all().map(|it| format!("{:?}", it.sensor_type)));
    let all = || model.keyframes.iter();
    put(out, "key_name", all().map(|it| &it.name));
    put(out, "key_qpos", all().map(|it| &it.qpos));
    put(out, "key_qvel", all().map(|it| &it.qvel));
    put(out, "key_act", all().map(|it| &it.act));
    put(out, "key_ctrl", all().map(|it| &it.ctrl));
}

/// What MuJoCo keeps as 32-bit numbers is rounded to them.
fn dump_looks(model: &Model, out: &mut Map<String, Value>) {
    let single = |x: f64| f64::from(x as f32);
    let three = |rgb: Vec3| rgb.map(single);
    let all = || model.cameras.iter();
    put(out, "cam_name", all().map(|it| &it.name));
    put(out, "cam_mode", all().map(|it| it.mode as usize));
    put(out, "cam_bodyid", all().map(|it| it.bodyid));
    put(out, "cam_targetbodyid", all().map(|it| index(it.targetbodyid)));
    put(out, "cam_pos", all().map(|it| it.pos));
    put(out, "cam_quat", all().map(|it| it.quat));
    put(out, "cam_pos0", all().map(|it| it.pos0));
    put(out, "cam_poscom0", all().map(|it| it.poscom0));
    put(out, "cam_mat0", all().map(|it| it.mat0));
    put(out, "cam_projection", all().map(|it| it.orthographic));
    put(out, "cam_fovy", all().map(|it| it.fovy));
    put(out, "cam_resolution", all().map(|it| it.resolution));
    put(out, "cam_sensorsize", all().map(|it| it.sensorsize));
    put(out, "cam_intrinsic", all().map(|it| it.intrinsic));
    let all = || model.lights.iter();
    put(out, "light_name", all().map(|it| &it.name));
    put(out, "light_mode", all().map(|it| it.mode as usize));
    put(out, "light_bodyid", all().map(|it| it.bodyid));
    put(out, "light_targetbodyid", all().map(|it| index(it.targetbodyid)));
    put(out, "light_type", all().map(|it| it.light_type as usize));
    put(out, "light_castshadow", all().map(|it| it.castshadow));
    put(out, "light_active", all().map(|it| it.active));
    put(out, "light_pos", all().map(|it| it.pos));
    put(out, "light_dir", all().map(|it| it.dir));
    put(out, "light_pos0", all().map(|it| it.pos0));
    put(out, "light_poscom0", all().map(|it| it.poscom0));
    put(out, "light_dir0", all().map(|it| it.dir0));
    put(out, "light_attenuation", all().map(|it| three(it.attenuation)));
    put(out, "light_cutoff", all().map(|it| single(it.cutoff)));
    put(out, "light_exponent", all().map(|it| single(it.exponent)));
    put(out, "light_ambient", all().map(|it| three(it.ambient)));
    put(out, "light_diffuse", all().map(|it| three(it.diffuse)));
    put(out, "light_specular", all().map(|it| three(it.specular)));
    let head = &model.headlight;
    out.insert(
        "headlight".to_owned(),
        json!([head.ambient, head.diffuse, head.specular].map(three)),
    );
    let all = || model.materials.iter();
    put(out, "mat_name", all().map(|it| &it.name));
    put(out, "mat_texid", all().map(|it| index(it.texid)));
    put(out, "mat_texuniform", all().map(|it| it.texuniform));
    put(out, "mat_texrepeat", all().map(|it| it.texrepeat.map(single)));
    put(out, "mat_emission", all().map(|it| single(it.emission)));
    put(out, "mat_specular", all().map(|it| single(it.specular)));
    put(out, "mat_shininess", all().map(|it| single(it.shininess)));
    put(out, "mat_reflectance", all().map(|it| single(it.reflectance)));
    put(out, "mat_rgba", all().map(|it| it.rgba.map(f64::from)));
    put(out, "geom_matid", model.geoms.iter().map(|it| index(it.matid)));
    let all = || model.textures.iter();
    put(out, "tex_name", all().map(|it| &it.name));
    put(out, "tex_type", all().map(|it| it.texture_type as usize));
}

fn dump_pairs(model: &Model, out: &mut Map<String, Value>) {
    let all = || model.pairs.iter();
    put(out, "pair_geoms", all().map(|it| [it.geom1, it.geom2]));
    put(out, "pair_condim", all().map(|it| it.condim));
    put(out, "pair_friction", all().map(|it| it.friction));
    put(out, "pair_solref", all().map(|it| it.solref));
    put(out, "pair_solreffriction", all().map(|it| it.solreffriction));
    put(out, "pair_solimp", all().map(|it| it.solimp));
    put(out, "pair_margin", all().map(|it| it.margin));
    put(out, "pair_gap", all().map(|it| it.gap));
}

/// Dumps the models named in `DNNE_MODELS` (one path a line) into the folder `DNNE_DUMPS`, as
/// `<number>.json`: {model or null, diagnostics, seconds}, for tests/golden/compare_models.py; unless told,
/// a golden model.
#[test]
fn models_are_dumped_for_comparison() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/models/arm6.xml");
    let paths = std::env::var("DNNE_MODELS").unwrap_or_else(|_| golden.to_owned());
    let own = tempfile::tempdir().expect("a folder for the test");
    let folder = std::env::var_os("DNNE_DUMPS").unwrap_or_else(|| own.path().into());
    for (number, path) in paths.lines().enumerate() {
        let start = std::time::Instant::now();
        let (model, diagnostics) = super::load_model(path.as_ref());
        let seconds = start.elapsed().as_secs_f64();
        let diagnostics: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        let out = json!({
            "model": model.as_ref().map(dump),
            "diagnostics": diagnostics,
            "seconds": seconds,
        });
        let file = std::path::Path::new(&folder).join(format!("{number}.json"));
        assert!(paths != golden || out["model"]["nv"] == 6, "{out}");
        std::fs::write(file, out.to_string()).expect("the folder can be written");
    }
}
