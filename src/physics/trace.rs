//! A step of one model as a program.

use super::data::{BlockState, Data};
use super::forward::step;
use super::params::Params;
use super::plan::{Plan, kind};
use super::rays::{RayShape, is_visible};
use crate::math::lanes::trace::{Number, Trace, TraceError, record};
use crate::math::program::{ArrayCell, LaneProgram};
use crate::model::{Model, Sensor, SensorType};

/// A part of a model that cannot be traced into a program, with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepTraceError {
    /// Two geoms whose contacts are found by one environment at a time.
    #[error("contacts of {first} with {second} ({kinds}) are no part of a program: {remedy}")]
    Pair {
        /// The first geom, as in messages.
        first: String,
        /// The second geom, as in messages.
        second: String,
        /// The types of both.
        kinds: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A sensor whose ray is followed by one environment at a time.
    #[error(
        "rangefinder \"{sensor}\" sees {geom} ({kind}), which is no part of a program: have a box in its place, or \
         make it wholly transparent"
    )]
    Ray {
        /// Name of the rangefinder.
        sensor: String,
        /// The geom that it sees, as in messages.
        geom: String,
        /// The geom's type.
        kind: String,
    },
    /// The physics does what cannot be written down: our mistake.
    #[error("{0}: this is a mistake of the engine, not of the model")]
    Fault(#[from] TraceError),
}

/// Everything of a model for which [`trace_step`] refuses it.
pub fn step_trace_errors(plan: &Plan) -> Vec<StepTraceError> {
    let model = &plan.model;
    let mut found = vec![];
    for pair in &model.pairs {
        let geoms = [pair.geom1, pair.geom2];
        let kinds = geoms.map(|geom| kind(model.geoms[geom].geom_type));
        let Some(remedy) = super::collide::leaves_lanes(kinds[0], kinds[1]) else { continue };
        let [first, second] = geoms.map(|geom| name_of(model, geom));
        let kinds = format!("{:?} and {:?}", kinds[0], kinds[1]).to_lowercase();
        found.push(StepTraceError::Pair { first, second, kinds, remedy });
    }
    found
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
        kind: format!("{:?}", model.geoms[geom].geom_type).to_lowercase(),
    };
    (0..model.geoms.len()).filter(is_surface).map(refusal).collect()
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
    let program = record(|| {
        let params = params_in::<N>(plan, besides.variants);
        let mut d = Data::<Trace<N>>::new(plan);
        state_in(&mut d.state);
        cells_in("ctrl", &mut d.state.ctrl);
        if besides.external_forces {
            pulls_in(&mut d);
        }
        step(plan, &params, &mut d);
        state_out(&d.state)
    })?;
    Ok(program)
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
