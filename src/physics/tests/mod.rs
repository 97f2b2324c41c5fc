//! The engine against MuJoCo's recorded answers (`tests/golden/`), and against physics.

mod agreement;
mod by_kinds;
mod eager;
mod edges;
mod emulated;
mod forces;
mod golden;
mod independence;
mod memory;
mod motion;
mod traced;

use super::data::Push;
use super::pattern::tri;
use super::plan::Subject;
use super::{Data, Plan};
use crate::diagnostic::Severity;
use crate::math::lanes::Lanes;
use crate::model::{Model, load_mjcf, load_model, parse_mjcf};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Recorded answers.
fn golden_data(name: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(format!("tests/golden/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The model that answers were recorded of, or why it does not load.
fn load(golden: &Value) -> Result<Arc<Model>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (model, diagnostics) = load_model(&root.join(golden["model"].as_str().unwrap()));
    let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error);
    let errors = errors.map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let mut model = model.ok_or(errors)?;
    // The recorded answers were iterated to the end.
    model.opt.tolerance = 0.0;
    // Models for MJX ask for one or two, which states.py overrides.
    model.opt.iterations = model.opt.iterations.max(100);
    model.opt.ls_iterations = model.opt.ls_iterations.max(50);
    Ok(Arc::new(model))
}

/// The model of a text.
fn model_of(text: &str) -> Arc<Model> {
    let (model, diagnostics) = parse_mjcf(text, Path::new(""));
    let mut model = model.unwrap_or_else(|| panic!("{diagnostics:?}\n{text}"));
    model.opt.tolerance = 0.0;
    Arc::new(model)
}

fn golden(name: &str) -> (Arc<Model>, Value) {
    let golden = golden_data(name);
    let model = load(&golden).unwrap_or_else(|errors| panic!("{name}: {errors}"));
    (model, golden)
}

/// The models of all shipped scenes, by the scenes' names.
fn shipped() -> Vec<(String, Model)> {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let folders = std::fs::read_dir(&scenes).unwrap().map(|entry| entry.unwrap());
    let folders = folders.filter(|folder| folder.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= 11, "{names:?}");
    let load = |name: String| {
        let scene = scenes.join(&name);
        let files = std::fs::read_dir(&scene).unwrap().map(|file| file.unwrap().path());
        let mut models = files.filter(|file| file.extension().is_some_and(|it| it == "xml"));
        let (model, diagnostics) = load_mjcf(&models.next().unwrap());
        (name, model.unwrap_or_else(|| panic!("{diagnostics:?}")))
    };
    names.into_iter().map(load).collect()
}

fn states<'a>(golden: &'a Value, kind: &str) -> &'a [Value] {
    golden[kind].as_array().unwrap()
}

/// All numbers of a nested list.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn inject<L: Lanes>(data: &mut Data<L>, state: &Value) {
    let set = |to: &mut [L], from: &Value| {
        to.iter_mut().zip(numbers(from)).for_each(|(to, from)| *to = L::splat(from));
    };
    set(&mut data.state.qpos, &state["qpos"]);
    set(&mut data.state.qvel, &state["qvel"]);
    set(&mut data.state.ctrl, &state["ctrl"]);
    if !state["act"].is_null() {
        set(&mut data.state.act, &state["act"]);
    }
    data.state.qacc_warmstart.fill(L::zero());
}

fn dense(plan: &Plan, sparse: &[f64]) -> Vec<f64> {
    let nv = plan.model.nv;
    let mut full = vec![0.0; nv * nv];
    for i in 0..nv {
        full[i * nv + i] = sparse[tri(i, i)];
        for j in plan.tree.row(i) {
            full[i * nv + j] = sparse[tri(i, j)];
            full[j * nv + i] = sparse[tri(i, j)];
        }
    }
    full
}

/// Constraint rows as MuJoCo lists them: of a pyramid its edges rather than its axes.
struct Rows {
    /// What kind of constraint, in MuJoCo's numbers (mjtConstraint).
    kind: Vec<f64>,
    /// Of rows of equalities the length of the whole error, where MuJoCo has each part.
    pos: Vec<f64>,
    vel: Vec<f64>,
    aref: Vec<f64>,
    weight: Vec<f64>,
    /// First rows of the turning part of welds.
    turns: Vec<usize>,
    /// Number of rows of each contact; they come last.
    contact_sizes: Vec<usize>,
}

fn rows(plan: &Plan, d: &Data<f64>) -> Rows {
    let mut rows = Rows {
        kind: vec![],
        pos: vec![],
        vel: vec![],
        aref: vec![],
        weight: vec![],
        turns: vec![],
        contact_sizes: vec![],
    };
    for group in &d.groups {
        let slot = group.slot;
        let first = rows.pos.len();
        let kind = match (slot.subject, group.push) {
            (Subject::Equality(_), _) => 0.0,
            (Subject::FrictionDof(_), _) => 1.0,
            (Subject::FrictionTendon(_), _) => 2.0,
            (Subject::LimitJoint(..) | Subject::LimitBall(_), _) => 3.0,
            (Subject::LimitTendon(..), _) => 4.0,
            (Subject::Contact(..), Push::Pyramid) => 6.0,
            (Subject::Contact(..), Push::Cone) => 7.0,
            (Subject::Contact(..), _) => 5.0,
        };
        if kind == 0.0 && slot.dim == 6 {
            rows.turns.push(first + 3);
        }
        if kind > 4.0 {
            rows.contact_sizes.push(if kind == 6.0 { 2 * (slot.dim - 1) } else { slot.dim });
        }
        let vel = |k| super::constraint::row_dot(plan, &slot, k, &d.efc_J, &d.state.qvel);
        let aref = |k: usize| d.efc_aref[slot.row + k];
        let mut push = |k: usize, sign: f64| {
            // An edge is the normal, leaning to one side by the friction coefficient.
            let lean = if sign == 0.0 { 0.0 } else { sign * group.friction[k - 1] };
            let base = if sign == 0.0 { k } else { 0 };
            rows.kind.push(kind);
            rows.pos.push(if matches!(group.push, Push::Cone) && k > 0 { 0.0 } else { group.pos });
            rows.vel.push(vel(base) + lean * vel(k));
            rows.aref.push(aref(base) + lean * aref(k));
            rows.weight.push(d.efc_D[slot.row + base]);
        };
        match group.push {
            Push::Pyramid => (1..slot.dim).for_each(|k| {
                push(k, 1.0);
                push(k, -1.0);
            }),
            _ => (0..slot.dim).for_each(|k| push(k, 0.0)),
        }
    }
    rows
}
