//! Contact-rich states against MuJoCo, stage by stage (`tests/golden/states/`). Prints a table:
//!
//! `cargo test --release agreement -- --nocapture`
//!
//! `tests/golden/agreement.py` records other models in a folder and names it in `DNNE_STATES`.

use super::by_kinds::ByKinds;
use super::{dense, golden, golden_data, inject, load, numbers, rows, states};
use crate::math::differences::{largest, relative_difference};
use crate::math::lanes::{Isa, Lanes, for_isa};
use crate::model::{Model, SensorType};
use crate::physics::wrench::contact_groups;
use crate::physics::{Data, Params, Plan, forward, refresh, step, step_sensing};
use serde_json::Value;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

/// The shipped scenes, and models that were written to have every kind of constraint and sensor.
pub(super) const MODELS: [&str; 18] = [
    "ant",
    "humanoid",
    "half_cheetah",
    "hopper",
    "walker2d",
    "double_pendulum_swingup",
    "reacher",
    "quadruped",
    "elliptic",
    "pyramids",
    "shapes",
    "sensing",
    "actuators",
    "couplings",
    "floating",
    "fluid",
    "strings",
    "sticking",
];

/// The stages, and how far one of their numbers may be from MuJoCo's, relative to the largest of its
/// array or to one. The data are written with thirteen digits.
const STAGES: [(&str, f64); 13] = [
    ("poses", 1e-12),
    ("M", 1e-12),
    ("bias", 1e-11),
    ("passive", 1e-11),
    ("actuator", 1e-11),
    ("smooth", 1e-9),
    ("contacts", 1e-9),
    ("rows", 1e-9),
    ("qacc", 1e-9),
    ("step", 1e-9),
    ("sensors", 1e-9),
    ("f32 step", 1e-4),
    ("f32 100", 1e-2),
];

/// Where contacts come from an iterative narrow phase, which ends at 1e-12 of depth, normals are good to
/// its root, and what follows from them inherits that: stages from the contacts on are held to these.
const ITERATIVE: [(&str, f64); 2] = [("quadruped", 1e-6), ("shapes", 1e-5)];

/// How far the worst of all numbers may be after one step in f32: a contact or limit that rounding moves
/// to the other side of its edge.
const WORST_F32: f64 = 1e-3;

/// Stages of which a model has nothing: no contacts, rows or sensors, or no rollout.
const EMPTY: [(&str, &str); 21] = [
    ("half_cheetah", "sensors"),
    ("hopper", "sensors"),
    ("walker2d", "sensors"),
    ("double_pendulum_swingup", "contacts"),
    ("double_pendulum_swingup", "rows"),
    ("double_pendulum_swingup", "sensors"),
    ("reacher", "contacts"),
    ("reacher", "sensors"),
    (NO_ROLLOUT, "f32 100"),
    ("elliptic", "sensors"),
    ("pyramids", "sensors"),
    ("shapes", "sensors"),
    ("actuators", "contacts"),
    ("actuators", "sensors"),
    ("couplings", "contacts"),
    ("floating", "contacts"),
    ("floating", "sensors"),
    ("fluid", "contacts"),
    ("fluid", "sensors"),
    ("strings", "contacts"),
    ("sticking", "sensors"),
];

/// MuJoCo may give a contact with a height field twice, for two neighbouring triangles, which we keep once.
/// The recorded states are free of that, a hundred steps are not.
const NO_ROLLOUT: &str = "quadruped";

/// The folder of other people's models, which are held to 1e-6 at least.
static FOREIGN: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("DNNE_STATES"));

/// Differences by stage: those of all numbers of all states.
struct Errors([Vec<f64>; STAGES.len()]);

impl Errors {
    fn add(&mut self, stage: &str, ours: &[f64], theirs: &[f64]) {
        let index = STAGES.iter().position(|(name, _)| *name == stage).unwrap();
        if ours.len() != theirs.len() {
            self.0[index].push(f64::INFINITY);
            return;
        }
        let scale = theirs.iter().fold(1.0_f64, |max, x| max.max(x.abs()));
        let all = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / scale);
        self.0[index].extend(all.map(|x| if x.is_nan() { f64::INFINITY } else { x }));
    }

    /// The largest difference of a stage, and the 99th percentile; not a number where there is nothing
    /// to compare.
    fn summary(&mut self, stage: usize) -> (f64, f64) {
        let errors = &mut self.0[stage];
        if errors.is_empty() {
            return (f64::NAN, f64::NAN);
        }
        errors.sort_by(f64::total_cmp);
        let p99 = errors[(errors.len() * 99).div_ceil(100).max(1) - 1];
        (*errors.last().unwrap(), p99)
    }
}

/// Contacts that push, as MuJoCo's are recorded: geoms, dist, pos, normal, first tangent.
fn contacts(plan: &Plan, d: &Data<f64>) -> Vec<f64> {
    let mut found = Vec::new();
    for (contact, _) in contact_groups(d) {
        let geoms = plan.pairs[contact.pair].geoms.map(|i| plan.contact_geoms[i].geomid as f64);
        found.extend(geoms);
        found.push(contact.dist);
        found.extend(contact.pos);
        found.extend(&contact.frame[..6]);
    }
    found
}

/// Which of MuJoCo's contacts each of ours is: the order of the contacts of one pair is our own.
struct Order(Vec<usize>);

fn order(ours: &[f64], theirs: &[f64]) -> Order {
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.chunks(12).collect(), theirs.chunks(12).collect());
    let mut left: Vec<usize> = (0..theirs.len()).collect();
    let mut order = Vec::new();
    for (index, contact) in ours.iter().enumerate() {
        let far = |other: usize| match theirs[other][..2] == contact[..2] {
            true => largest((2..9).map(|k| (theirs[other][k] - contact[k]).abs())),
            false => f64::INFINITY,
        };
        let nearest = left.iter().copied().min_by(|&a, &b| far(a).total_cmp(&far(b)));
        let nearest = nearest.filter(|&other| far(other).is_finite()).unwrap_or(index);
        left.retain(|&other| other != nearest);
        order.push(nearest);
    }
    Order(order)
}

impl Order {
    fn contacts(&self, theirs: &[f64]) -> Vec<f64> {
        if self.0.len() * 12 != theirs.len() {
            return theirs.to_vec();
        }
        self.0.iter().flat_map(|&i| theirs[12 * i..12 * i + 12].to_vec()).collect()
    }

    /// Rows in our order; contacts come last, `sizes` rows each, alike within a pair.
    fn rows(&self, sizes: &[usize], theirs: Vec<f64>) -> Vec<f64> {
        let n_contact_rows: usize = sizes.iter().sum();
        if sizes.len() != self.0.len() || n_contact_rows > theirs.len() {
            return theirs;
        }
        let first = theirs.len() - n_contact_rows;
        let start = |contact: usize| first + sizes[..contact].iter().sum::<usize>();
        let mut rows = theirs[..first].to_vec();
        for (ours, &contact) in self.0.iter().enumerate() {
            let start = start(contact.min(sizes.len() - 1));
            rows.extend(&theirs[start..(start + sizes[ours]).min(theirs.len())]);
        }
        rows
    }
}

/// Where MuJoCo keeps a sensor's values: elsewhere than we if we left out one before it.
fn their_adr(golden: &Value, name: &str, ours: usize) -> usize {
    let mut known = golden["sensors"].as_array().unwrap().iter();
    let of_name = known.find(|sensor| !name.is_empty() && sensor[0] == *name);
    of_name.map_or(ours, |sensor| sensor[1].as_u64().unwrap() as usize)
}

fn f64_stages(plan: &Plan, golden: &Value, errors: &mut Errors) -> f64 {
    let model = &plan.model;
    let params = Params::<f64>::new(model);
    let mut d = Data::<f64>::new(plan);
    let mut resting = Data::<f64>::new(plan);
    let mut n_rows = 0;
    let recorded = states(golden, "contacts");
    let mut by_kind = ByKinds::default();
    for state in recorded {
        inject(&mut d, state);
        forward(plan, &params, &mut d);
        let theirs = |name: &str| numbers(&state[name]);
        errors.add("poses", &d.xpos.concat(), &theirs("xpos"));
        errors.add("poses", &d.xquat.concat(), &theirs("xquat"));
        let mut full = vec![0.0; model.nv * model.nv];
        for entry in theirs("qM").chunks(3) {
            let (i, j) = (entry[0] as usize, entry[1] as usize);
            full[i * model.nv + j] = entry[2];
            full[j * model.nv + i] = entry[2];
        }
        errors.add("M", &dense(plan, &d.qM), &full);
        errors.add("bias", &d.qfrc_bias, &theirs("qfrc_bias"));
        errors.add("passive", &d.qfrc_passive, &theirs("qfrc_passive"));
        errors.add("actuator", &d.qfrc_actuator, &theirs("qfrc_actuator"));
        errors.add("actuator", &d.actuator_force, &theirs("actuator_force"));
        errors.add("actuator", &d.act_dot, &theirs("act_dot"));
        errors.add("smooth", &d.qacc_smooth, &theirs("qacc_smooth"));
        let found = contacts(plan, &d);
        let order = order(&found, &theirs("contacts"));
        by_kind.add(model, &found, &theirs("contacts"));
        errors.add("contacts", &found, &order.contacts(&theirs("contacts")));
        let ours = rows(plan, &d);
        let sizes = ours.contact_sizes.clone();
        let theirs = |name: &str| match name.starts_with("efc_") {
            true => order.rows(&sizes, numbers(&state[name])),
            false => numbers(&state[name]),
        };
        n_rows += ours.kind.len();
        errors.add("rows", &ours.kind, &theirs("efc_type"));
        let beyond = |all: &[f64]| -> Vec<f64> {
            let with_kind = all.iter().zip(&ours.kind);
            with_kind.filter(|(_, kind)| **kind > 0.0).map(|(x, _)| *x).collect()
        };
        errors.add("rows", &beyond(&ours.pos), &beyond(&theirs("efc_pos")));
        // The turn that a weld of two sites forbids is measured in the frame of the other site's body;
        // MuJoCo's is that of the site. The three rows weigh the same, so only their length counts.
        let lengths = |mut all: Vec<f64>| -> Vec<f64> {
            let complete = all.len() == ours.vel.len();
            for &first in ours.turns.iter().filter(|_| complete) {
                let length = all[first..first + 3].iter().map(|x| x * x).sum::<f64>().sqrt();
                all[first..first + 3].fill(length);
            }
            all
        };
        errors.add("rows", &lengths(ours.vel.clone()), &lengths(theirs("efc_vel")));
        errors.add("rows", &lengths(ours.aref.clone()), &lengths(theirs("efc_aref")));
        errors.add("rows", &ours.weight, &theirs("efc_D"));
        errors.add("qacc", &d.qacc, &theirs("qacc"));
        errors.add("qacc", &d.qfrc_constraint, &theirs("qfrc_constraint"));

        inject(&mut d, state);
        step_sensing(plan, &params, &mut d, true);
        errors.add("step", &d.state.qpos, &theirs("next_qpos"));
        errors.add("step", &d.state.qvel, &theirs("next_qvel"));
        errors.add("step", &d.state.act, &theirs("next_act"));
        // Sensors of forces are those of the step, the others those of the state they are read in.
        inject(&mut resting, state);
        resting.sensordata.fill(f64::NAN);
        refresh(plan, &params, &mut resting);
        let theirs = numbers(&state["sensordata"]);
        for sensor in &model.sensors {
            let values = sensor.adr..sensor.adr + sensor.dim;
            let adr = their_adr(golden, &sensor.name, sensor.adr);
            let moved = resting.sensordata[sensor.adr].is_nan();
            let ours = if moved { &d.sensordata } else { &resting.sensordata };
            if !matches!(sensor.sensor_type, SensorType::Clock) {
                errors.add("sensors", &ours[values.clone()], &theirs[adr..adr + sensor.dim]);
            }
        }
    }
    if FOREIGN.is_some() {
        by_kind.print();
    }
    n_rows as f64 / recorded.len() as f64
}

/// One step with another state in each lane.
fn one_step_in_lanes<L: Lanes>(plan: &Plan, golden: &Value, errors: &mut Errors) {
    let params = Params::<L>::new(&plan.model);
    let mut d = Data::<L>::new(plan);
    let mut one = Data::<f64>::new(plan);
    for states in states(golden, "contacts").chunks(L::WIDTH) {
        d.state.qacc_warmstart.fill(L::zero());
        for lane in 0..L::WIDTH {
            inject(&mut one, &states[lane % states.len()]);
            let arrays = [
                (&mut d.state.qpos, &one.state.qpos),
                (&mut d.state.qvel, &one.state.qvel),
                (&mut d.state.act, &one.state.act),
                (&mut d.state.ctrl, &one.state.ctrl),
            ];
            for (to, from) in arrays {
                to.iter_mut().zip(from).for_each(|(to, &from)| to.set_lane(lane, from));
            }
        }
        step(plan, &params, &mut d);
        for (lane, state) in states.iter().enumerate() {
            let of = |values: &[L]| values.iter().map(|x| x.lane(lane)).collect::<Vec<_>>();
            errors.add("f32 step", &of(&d.state.qpos), &numbers(&state["next_qpos"]));
            errors.add("f32 step", &of(&d.state.qvel), &numbers(&state["next_qvel"]));
        }
    }
}

/// The largest difference of positions within a hundred steps, for each recorded rollout.
fn rollouts<L: Lanes>(plan: &Plan, golden: &Value) -> Vec<f64> {
    let params = Params::<L>::new(&plan.model);
    let mut d = Data::<L>::new(plan);
    let mut worst = Vec::new();
    for rollout in states(golden, "rollouts") {
        inject(&mut d, rollout);
        let mut errors = vec![];
        for theirs in states(rollout, "then_qpos") {
            for _ in 0..10 {
                step(plan, &params, &mut d);
            }
            let ours: Vec<f64> = d.state.qpos.iter().map(|x| x.lane(0)).collect();
            errors.push(relative_difference(&ours, &numbers(theirs)));
        }
        worst.push(largest(errors));
    }
    worst
}

/// A cell of the table.
fn brief(error: f64) -> String {
    if error.is_nan() { "-".to_owned() } else { format!("{error:.0e}") }
}

/// The differences of one model by stage, and the rows of a state.
fn measure(model: Arc<Model>, golden: &Value, with_rollouts: bool) -> (Errors, f64) {
    let plan = Plan::new(model);
    let mut errors = Errors(std::array::from_fn(|_| vec![]));
    let n_rows = f64_stages(&plan, golden, &mut errors);
    for_isa!(Isa::detect(), L => one_step_in_lanes::<L>(&plan, golden, &mut errors));
    if with_rollouts {
        errors.0[STAGES.len() - 1] = for_isa!(Isa::detect(), L => rollouts::<L>(&plan, golden));
    }
    (errors, n_rows)
}

/// A model's two lines of the table, and the stages that are not within their tolerances.
fn report(name: &str, nv: usize, (mut errors, n_rows): (Errors, f64)) -> (String, Vec<String>) {
    let mut lines = format!("{name:>24} {nv:>3} {n_rows:>5.1} worst");
    let summaries: Vec<(f64, f64)> = (0..STAGES.len()).map(|i| errors.summary(i)).collect();
    summaries.iter().for_each(|(worst, _)| write!(lines, " {:>8}", brief(*worst)).unwrap());
    write!(lines, "\n{:>40}", "p99").unwrap();
    summaries.iter().for_each(|(_, p99)| write!(lines, " {:>8}", brief(*p99)).unwrap());
    let mut failed = Vec::new();
    for ((stage, tolerance), (worst, p99)) in STAGES.iter().zip(&summaries) {
        if worst.is_nan() {
            let is_known = EMPTY.contains(&(name, stage)) || FOREIGN.is_some();
            if !is_known {
                failed.push(format!("{name} {stage}: there is nothing to compare"));
            }
            continue;
        }
        if EMPTY.contains(&(name, stage)) {
            failed.push(format!("{name} {stage}: there is something to compare after all"));
        }
        // Lanes of f32 are held to their 99th percentile, and the one in a hundred to a bound of its own.
        let measured = if *stage == "f32 step" { p99 } else { worst };
        if *stage == "f32 step" && *worst > WORST_F32 && FOREIGN.is_none() {
            failed.push(format!("{name} {stage}: worst {worst:.1e} of {WORST_F32:.0e}"));
        }
        let iterative = ITERATIVE.iter().find(|(model, _)| *model == name);
        let after_contacts = ["contacts", "rows", "qacc", "step", "sensors"].contains(stage);
        let tolerance = *iterative.filter(|_| after_contacts).map_or(tolerance, |(_, x)| x);
        let tolerance = if FOREIGN.is_some() { tolerance.max(1e-6) } else { tolerance };
        if *measured > tolerance {
            failed.push(format!("{name} {stage}: {measured:.1e} of {tolerance:.0e}"));
        }
    }
    (lines, failed)
}

/// What MuJoCo said of some models: in the folder that `DNNE_STATES` names, or of our own.
fn recorded() -> Vec<(String, Value)> {
    let Some(folder) = &*FOREIGN else {
        return MODELS.map(|name| (name.to_owned(), golden_data(&format!("states/{name}")))).into();
    };
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let read = |path: &PathBuf| serde_json::from_str(&std::fs::read_to_string(path).unwrap());
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), read(path).unwrap())).collect()
}

#[test]
fn agreement_of_every_stage_with_mujoco_where_bodies_touch() {
    let mut head = format!("{:>24} {:>3} {:>5} {:>5}", "", "nv", "rows", "");
    STAGES.iter().for_each(|(name, _)| write!(head, " {name:>8}").unwrap());
    println!("{head}");
    let mut failed = Vec::new();
    for (name, golden) in recorded() {
        match load(&golden) {
            Ok(_) if golden["contacts"].is_null() => println!("{name:>24} loads"),
            Ok(model) => {
                let nv = model.nv;
                let with_rollouts = name != NO_ROLLOUT && FOREIGN.is_none();
                let measured = measure(model, &golden, with_rollouts);
                let (lines, stages) = report(&name, nv, measured);
                println!("{lines}");
                failed.extend(stages);
            }
            Err(refusal) => {
                println!("{name:>24} refused: {refusal}");
                failed.push(format!("{name}: refused"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn agreement_holds_on_every_instruction_set() {
    for isa in Isa::available().into_iter().filter(|&isa| isa != Isa::Reference) {
        for name in MODELS {
            let (model, golden) = golden(&format!("states/{name}"));
            let plan = Plan::new(model);
            let mut errors = Errors(std::array::from_fn(|_| vec![]));
            for_isa!(isa, L => one_step_in_lanes::<L>(&plan, &golden, &mut errors));
            let (worst, p99) = errors.summary(STAGES.len() - 2);
            let isa = isa.name();
            let holds = p99 < 1e-4 && worst < WORST_F32;
            assert!(holds, "{name} {isa}: {p99:e} (worst {worst:e})");
        }
    }
}
