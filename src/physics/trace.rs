//! A step of one model as a program.

use super::data::{BlockState, Data};
use super::forward::step;
use super::params::Params;
use super::plan::{Plan, kind};
use super::rays::{RayShape, is_visible};
use crate::diagnostic::{Diagnostic, Location};
use crate::math::lanes::trace::{Number, Trace, TraceError, record_as, record_by_size};
use crate::math::program::{ArrayCell, LaneProgram};
use crate::model::{GeomType, Model, Sensor, SensorType};
use std::collections::BTreeMap;

/// A part of a model that is simulated on the CPU only, as it cannot be traced into a program; with the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepTraceError {
    /// A geom some of whose contacts are found by one environment at a time.
    Contacts {
        /// The geom that stands in the way, as in messages.
        geom: String,
        /// The geoms that it may touch.
        others: Vec<String>,
        /// The types of it and of the others.
        kinds: String,
        /// What to do about it.
        remedy: &'static str,
        /// Where the geom stands.
        location: Option<Box<Location>>,
    },
    /// A sensor whose ray is followed by one environment at a time.
    Ray {
        /// Name of the rangefinder.
        sensor: String,
        /// The geom that it sees, as in messages.
        geom: String,
        /// The geom's type.
        kind: &'static str,
        /// Where the geom stands.
        location: Option<Box<Location>>,
    },
    /// The physics does what cannot be written down: our mistake.
    Fault(TraceError),
}

/// So many of the geoms that one may touch are named.
const MOST_NAMED: usize = 2;

impl StepTraceError {
    /// As a finding about the model's file.
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |message: String| Diagnostic::error(ON_CPU_ONLY, message);
        match self {
            Self::Contacts { geom, others, kinds, remedy, location } => {
                let named: Vec<&str> = others.iter().take(MOST_NAMED).map(String::as_str).collect();
                let named = match others.len().saturating_sub(MOST_NAMED) {
                    0 => named.join(", "),
                    n => format!("{} and {n} more", named.join(", ")),
                };
                let what =
                    format!("its contacts with {named} ({kinds}) are computed on the CPU only");
                error(what).element(geom.as_str()).located(location.as_deref()).remedy(*remedy)
            }
            Self::Ray { sensor, geom, kind, location } => {
                let what = format!(
                    "rangefinder \"{sensor}\" may see this {kind}, and such rays are followed on the CPU only"
                );
                let remedy = "have a box in its place, or make it wholly transparent";
                error(what).element(geom.as_str()).located(location.as_deref()).remedy(remedy)
            }
            Self::Fault(fault) => {
                let remedy = "this is a fault of DNNE and not of the model: please report it";
                error(format!("the step cannot be written down for a device: {fault}"))
                    .remedy(remedy)
            }
        }
    }
}

/// What findings about parts that no device computes are called.
pub const ON_CPU_ONLY: &str = "on-cpu-only";

impl std::fmt::Display for StepTraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.diagnostic().plain().fmt(f)
    }
}

impl std::error::Error for StepTraceError {}

impl From<TraceError> for StepTraceError {
    fn from(fault: TraceError) -> Self {
        Self::Fault(fault)
    }
}

/// Everything of a model for which [`trace_step`] refuses it, by the geoms to change.
pub fn step_trace_errors(plan: &Plan) -> Vec<StepTraceError> {
    let model = &plan.model;
    // Of each geom that stands in the way: the geoms that it may touch, and what to do.
    let mut in_the_way: BTreeMap<usize, (Vec<usize>, &'static str)> = BTreeMap::new();
    for pair in &model.pairs {
        let geoms = [pair.geom1, pair.geom2];
        let [first, second] = geoms.map(|geom| kind(model.geoms[geom].geom_type));
        let Some((place, remedy)) = super::collide::leaves_lanes(first, second) else { continue };
        let (others, _) = in_the_way.entry(geoms[place]).or_insert((vec![], remedy));
        others.push(geoms[1 - place]);
    }
    let refusal = |(geom, (others, remedy)): (usize, (Vec<usize>, &'static str))| {
        let mut kinds: Vec<&str> = others.iter().map(|&other| kind_of(model, other)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        StepTraceError::Contacts {
            geom: name_of(model, geom),
            others: others.iter().map(|&other| name_of(model, other)).collect(),
            kinds: format!("{} and {}", kind_of(model, geom), kinds.join(", ")),
            remedy,
            location: model.geom_locations.get(geom).cloned().map(Box::new),
        }
    };
    in_the_way.into_iter().map(refusal).collect()
}

/// What [`refresh`](super::refresh()) does that cannot be a program: each surface of triangles that a rangefinder
/// sees.
pub fn rangefinder_trace_errors(plan: &Plan) -> Vec<StepTraceError> {
    let model = &plan.model;
    let finds = |sensor: &&Sensor| matches!(sensor.sensor_type, SensorType::Rangefinder(_));
    let Some(sensor) = model.sensors.iter().find(finds) else { return vec![] };
    let is_surface = |geom: &usize| {
        matches!(plan.ray_shapes[*geom], RayShape::Surface(_)) && is_visible(model, *geom)
    };
    let refusal = |geom: usize| StepTraceError::Ray {
        sensor: sensor.name.clone(),
        geom: name_of(model, geom),
        kind: kind_of(model, geom),
        location: model.geom_locations.get(geom).cloned().map(Box::new),
    };
    (0..model.geoms.len()).filter(is_surface).map(refusal).collect()
}

/// A geom's type as people say it.
fn kind_of(model: &Model, geom: usize) -> &'static str {
    match model.geoms[geom].geom_type {
        GeomType::Plane => "plane",
        GeomType::HeightField => "height field",
        GeomType::Sphere => "sphere",
        GeomType::Capsule => "capsule",
        GeomType::Ellipsoid => "ellipsoid",
        GeomType::Cylinder => "cylinder",
        GeomType::Box => "box",
        GeomType::Mesh => "mesh",
    }
}

/// A geom as people know it.
fn name_of(model: &Model, geom: usize) -> String {
    let named = |what: &str, name: &str| format!("{what} \"{name}\"");
    let it = &model.geoms[geom];
    match it.name.as_str() {
        "" => format!("geom {geom} of {}", named("body", &model.bodies[it.bodyid].name)),
        name => named("geom", name),
    }
}

/// Further inputs of a traced step; none by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceOptions<'a> {
    /// Forces on bodies from outside: `xfrc_applied`, six numbers for each body.
    pub external_forces: bool,
    /// Variants of the model: each number in which one of them differs from it is no constant but comes in as
    /// `params`, by its place in [`Params::varying`].
    pub variants: &'a [&'a Model],
    /// Whether loops of the solver stay loops over arrays; none for what the program's size says.
    pub arrays: Option<bool>,
}

/// One step of a model as a program, constants of the model baked in.
///
/// In and out go the cells of [`BlockState`](super::data::BlockState) that a step reads and changes, by their names:
/// `qpos`, `qvel`, `act` and `qacc_warmstart` both ways, `ctrl` in.
///
/// # Errors
/// The first of [`step_trace_errors`].
pub fn trace_step<N: Number>(
    plan: &Plan,
    besides: TraceOptions,
) -> Result<LaneProgram, StepTraceError> {
    if let Some(refusal) = step_trace_errors(plan).into_iter().next() {
        return Err(refusal);
    }
    let mut write = || {
        let params = params_in::<N>(plan, besides.variants);
        let mut d = Data::<Trace<N>>::new(plan);
        state_in(&mut d.state);
        cells_in("ctrl", &mut d.state.ctrl);
        if besides.external_forces {
            pulls_in(&mut d);
        }
        step(plan, &params, &mut d);
        state_out(&d.state)
    };
    Ok(match besides.arrays {
        Some(arrays) => record_as(write, arrays)?,
        None => record_by_size(&mut write)?,
    })
}

/// The numbers of a model as constants of the program that is being written, and those in which a variant differs
/// as its inputs `params`.
pub fn params_in<N: Number>(plan: &Plan, variants: &[&Model]) -> Params<Trace<N>> {
    let differs = differs(plan, variants);
    let mut params = Params::<Trace<N>>::new(&plan.model);
    for (index, cell) in params.varying().into_iter().enumerate() {
        if differs[index] {
            *cell = Trace::input("params", index);
        }
    }
    params
}

/// The places in [`Params::varying`] of all numbers of which a variant has another than the model.
pub fn params_that_vary(plan: &Plan, variants: &[&Model]) -> Vec<usize> {
    let differs = differs(plan, variants).into_iter().enumerate();
    differs.filter_map(|(index, differs)| differs.then_some(index)).collect()
}

/// Of each number of [`Params::varying`] whether a variant has another than the model.
fn differs(plan: &Plan, variants: &[&Model]) -> Vec<bool> {
    let mut own = Params::<f64>::new(&plan.model);
    let own: Vec<f64> = own.varying().into_iter().map(|number| *number).collect();
    let mut differs = vec![false; own.len()];
    for variant in variants {
        let mut params = Params::<f64>::new(variant);
        for (differs, (own, number)) in differs.iter_mut().zip(own.iter().zip(params.varying())) {
            *differs |= own.to_bits() != number.to_bits();
        }
    }
    differs
}

/// Makes cells inputs of the program that is being written.
pub fn cells_in<N: Number>(array: &'static str, cells: &mut [Trace<N>]) {
    for (index, cell) in cells.iter_mut().enumerate() {
        *cell = Trace::input(array, index);
    }
}

/// Makes what an environment keeps from step to step inputs of the program that is being written: `qpos`, `qvel`,
/// `act` and `qacc_warmstart`.
pub fn state_in<N: Number>(state: &mut BlockState<Trace<N>>) {
    cells_in("qpos", &mut state.qpos);
    cells_in("qvel", &mut state.qvel);
    cells_in("act", &mut state.act);
    cells_in("qacc_warmstart", &mut state.qacc_warmstart);
}

/// Makes forces on bodies from outside inputs of the program that is being written: `xfrc_applied`.
pub fn pulls_in<N: Number>(d: &mut Data<Trace<N>>) {
    let n_bodies = d.xpos.len();
    let part = |body, k| Trace::input("xfrc_applied", 6 * body + k);
    let force = |body| std::array::from_fn(|k| part(body, k));
    d.state.xfrc_applied = (0..n_bodies).map(force).collect();
}

/// The same arrays as outputs.
pub fn state_out<N: Number>(state: &BlockState<Trace<N>>) -> Vec<(ArrayCell, Trace<N>)> {
    let arrays = [
        ("qpos", &state.qpos),
        ("qvel", &state.qvel),
        ("act", &state.act),
        ("qacc_warmstart", &state.qacc_warmstart),
    ];
    arrays.into_iter().flat_map(|(array, cells)| cells_out(array, cells.iter().copied())).collect()
}

/// Cells as an array of outputs.
pub fn cells_out<N: Number>(
    array: &'static str,
    cells: impl IntoIterator<Item = Trace<N>>,
) -> Vec<(ArrayCell, Trace<N>)> {
    let cell = |(index, value)| (ArrayCell { array, index }, value);
    (0..).zip(cells).map(cell).collect()
}
