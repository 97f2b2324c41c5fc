//! A step of one model as a program.

use super::data::Data;
use super::forward::step;
use super::params::Params;
use super::plan::{Plan, kind};
use crate::math::lanes::trace::{Fault, Number, Trace, record};
use crate::math::program::{Cell, Program};
use crate::model::Model;

/// What cannot be a program, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Two geoms whose contacts are found by one environment at a time.
    #[error("contacts of {first} with {second} ({kinds}) are no part of a program: {remedy}")]
    Pair { first: String, second: String, kinds: String, remedy: &'static str },
    /// The physics does what cannot be written down: our mistake.
    #[error("{0}: this is a mistake of the engine, not of the model")]
    Fault(#[from] Fault),
}

/// Everything of a model for which [`trace_step`] refuses it.
pub fn refusals(plan: &Plan) -> Vec<Refusal> {
    let model = &plan.model;
    let mut found = vec![];
    for pair in &model.pairs {
        let geoms = [pair.geom1, pair.geom2];
        let kinds = geoms.map(|geom| kind(model.geoms[geom].geom_type));
        let Some(remedy) = super::collide::leaves_lanes(kinds[0], kinds[1]) else { continue };
        let [first, second] = geoms.map(|geom| name_of(model, geom));
        let kinds = format!("{:?} and {:?}", kinds[0], kinds[1]).to_lowercase();
        found.push(Refusal::Pair { first, second, kinds, remedy });
    }
    found
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

/// What comes into a step beside the state; nothing by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Besides<'a> {
    /// Forces on bodies from outside: `xfrc_applied`, six numbers for each body.
    pub pulls: bool,
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
/// The first of [`refusals`].
pub fn trace_step<N: Number>(plan: &Plan, besides: Besides) -> Result<Program, Refusal> {
    if let Some(refusal) = refusals(plan).into_iter().next() {
        return Err(refusal);
    }
    let differs = differs(plan, besides.variants);
    let program = record(|| {
        let mut params = Params::<Trace<N>>::new(&plan.model);
        let cells = params.varying();
        for (index, cell) in cells.into_iter().enumerate() {
            if differs[index] {
                *cell = Trace::input("params", index);
            }
        }
        let mut d = Data::<Trace<N>>::new(plan);
        comes_in(&mut d, besides.pulls);
        step(plan, &params, &mut d);
        goes_out(&d)
    })?;
    Ok(program)
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

fn comes_in<N: Number>(d: &mut Data<Trace<N>>, pulls: bool) {
    let state = &mut d.state;
    let inputs = |array: &'static str, cells: &mut [Trace<N>]| {
        for (index, cell) in cells.iter_mut().enumerate() {
            *cell = Trace::input(array, index);
        }
    };
    inputs("qpos", &mut state.qpos);
    inputs("qvel", &mut state.qvel);
    inputs("act", &mut state.act);
    inputs("ctrl", &mut state.ctrl);
    inputs("qacc_warmstart", &mut state.qacc_warmstart);
    if pulls {
        let n_bodies = d.xpos.len();
        let part = |body, k| Trace::input("xfrc_applied", 6 * body + k);
        let force = |body| std::array::from_fn(|k| part(body, k));
        state.xfrc_applied = (0..n_bodies).map(force).collect();
    }
}

fn goes_out<N: Number>(d: &Data<Trace<N>>) -> Vec<(Cell, Trace<N>)> {
    let state = &d.state;
    let arrays = [
        ("qpos", &state.qpos),
        ("qvel", &state.qvel),
        ("act", &state.act),
        ("qacc_warmstart", &state.qacc_warmstart),
    ];
    let cells = arrays.into_iter().flat_map(|(array, cells)| {
        let cell = move |(index, &value)| (Cell { array, index: index as u32 }, value);
        (0_usize..).zip(cells).map(cell)
    });
    cells.collect()
}
