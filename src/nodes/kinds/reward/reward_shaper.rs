//! `RewardShaper`: rewards of one's own, as expressions over what a step brought.

use super::shaping::Shaping;
use crate::diagnostic::Diagnostic;
use crate::nodes::{
    Dones, NodeBuilder, NodeError, NodeKind, Payload, Progress, Rewards, TakenInputs, Wires,
    diagnostics_of, share_done,
};
use crate::workflow::{
    EnvironmentSpec, Graph, NodeSchema, ParamSchema, PortSchema, PortType, Role,
};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use rayon::prelude::*;
use std::sync::Arc;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "RewardShaper",
    aliases: &["RewardShaperNode"],
    title: "Reward Shaper",
    category: "learning",
    doc: "Adds terms to the reward of each step, and weighs the scene's own. The trainer then learns \
          from what comes out; returns in metrics and evaluations stay those of the scene.",
    role: Role::Shaper,
    inputs: &[
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
            .aliases(&["reward"]),
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "What the step led to, before any reset: next_observations of the step node. `obs`, which are the \
             critic_observations of a task whose policy sees pictures alone.",
        )
        .aliases(&["observation", "next_observations"]),
        PortSchema::new(
            "states",
            PortType::Tensor,
            "What the agent saw before the step, as the trainer stores it. `previous_obs`.",
        )
        .aliases(&["state"])
        .optional(),
        PortSchema::new(
            "actions",
            PortType::Action,
            "What was done: `action`, within -1 to 1 from a policy, in its units from an action node.",
        )
        .aliases(&["action"])
        .optional(),
        PortSchema::new("dones", PortType::Dones, "How it ended: `terminated`, `truncated`.")
            .aliases(&["done"])
            .optional(),
    ],
    outputs: &[
        PortSchema::new("rewards", PortType::Tensor, "The shaped rewards, shape (num_envs,).")
            .aliases(&["reward"]),
    ],
    params: &[
        ParamSchema::text(
            "terms",
            "",
            "Terms to add, as NAME: EXPRESSION with semicolons or line breaks between them. Read \
             are obs(NAME), obs(NAME).PART and obs(INDEX), the same of previous_obs and action, the \
             scene's term(NAME), reward, progress (from 0 to 1; it \
             stays 0 where total_updates is 0), terminated and truncated. Of several \
             tasks, names are those that all have in the same place.",
        ),
        ParamSchema::text(
            "weights",
            "",
            "Factors of terms, here or in the scene, as NAME: EXPRESSION in the same way; 1 where \
             nothing is said. What a scene gives instead of its terms at an end is not weighted.",
        ),
    ],
    check_in: check_settings,
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

/// Rows that are shaped together.
const CHUNK_ROWS: usize = 256;

fn check_settings(graph: &Graph, node: usize, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    diagnostics_of(Shaping::new(&graph.nodes[node], spec).map_err(NodeError::Several))
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let spec = b.tasks()?.spec.clone();
    let shaping = Shaping::new(b.node(), &spec).map_err(NodeError::Several)?;
    let total_updates = b.total_updates().unwrap_or(0) as u64;
    let is_choice = spec.actions.is_discrete();
    let (node, output) = (b.entity, b.output("rewards"));
    Ok(b.system(move |mut wires: Wires, progress: Res<Progress>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let step = Step::of(&taken, is_choice)?;
        step.check(shaping.n_columns())?;
        let progress = share_done(progress.updates, total_updates);
        let rewards = shape(&shaping, &step, progress);
        wires.emit(node, output, Payload::Rewards(Arc::new(rewards)));
        Ok(())
    }))
}

/// What the node took.
pub(crate) struct Step<'a> {
    pub(crate) rewards: &'a Rewards,
    /// Observations, and the states before if they are connected: numbers and length of a row.
    pub(crate) tensors: Vec<(&'a [f32], usize)>,
    pub(crate) actions: Option<(&'a [f32], usize)>,
    /// How far from 0 an action counts.
    pub(crate) limit: f64,
    pub(crate) dones: Option<&'a Dones>,
}

impl<'a> Step<'a> {
    fn of(taken: &'a TakenInputs, is_choice: bool) -> Result<Self, NodeError> {
        let unexpected = |input, expected| NodeError::Payload {
            input,
            expected,
            got: taken.get(input).map_or("nothing".to_owned(), Payload::describe),
        };
        let Some(Payload::Rewards(rewards)) = taken.get("rewards") else {
            return Err(unexpected("rewards", "a step's rewards"));
        };
        let mut tensors = Vec::new();
        for input in ["observations", "states"] {
            match taken.get(input) {
                Some(Payload::Observations(batch)) => tensors.push(batch.numbers()),
                Some(other) => {
                    tensors.push(other.tensor().ok_or_else(|| unexpected(input, "a tensor"))?);
                }
                None => {}
            }
        }
        let dones = match taken.get("dones") {
            Some(Payload::Dones(dones)) => Some(&**dones),
            None => None,
            Some(_) => return Err(unexpected("dones", "a step's dones")),
        };
        // The scene clips what comes from a policy; choices are numbered.
        let is_clipped = matches!(taken.get("actions"), Some(Payload::Policy(_))) && !is_choice;
        let limit = if is_clipped { 1.0 } else { f64::INFINITY };
        let actions = taken.get("actions").and_then(Payload::tensor);
        Ok(Self { rewards, tensors, actions, limit, dones })
    }

    /// Fails unless everything has a row for each environment, and rows have `n_columns` numbers: links
    /// may bring anything that is like a tensor.
    pub(crate) fn check(&self, n_columns: usize) -> Result<(), NodeError> {
        let n_envs = self.rewards.values.len();
        let parts = (&self.rewards.parts.values[..], self.rewards.parts.dim);
        let tensors = self.tensors.iter().copied().chain(self.actions).chain([parts]);
        let has_rows = tensors.clone().all(|(values, dim)| values.len() == n_envs * dim)
            && self.dones.is_none_or(|dones| dones.terminated.len() == n_envs);
        let n_flags = if self.dones.is_some() { 2 } else { 0 };
        // The last part is no term of the scene.
        let dims = tensors.map(|(_, dim)| dim).sum::<usize>() - usize::from(parts.1 > 0);
        let got = dims + 2 + n_flags;
        if has_rows && got == n_columns {
            return Ok(());
        }
        Err(NodeError::Payload {
            input: "observations",
            expected: "the observations, states and actions of one step of the environments",
            got: match has_rows {
                true => format!("rows of {got} numbers instead of {n_columns}"),
                false => "rows that are not one for each environment".to_owned(),
            },
        })
    }

    /// Writes the row of one environment, in the order of the columns of a [`Shaping`].
    fn row(&self, env: usize, progress: f64, row: &mut Vec<f64>) {
        fn of<'t>((values, dim): (&'t [f32], usize), env: usize) -> impl Iterator<Item = f64> + 't {
            values[env * dim..(env + 1) * dim].iter().map(|&value| f64::from(value))
        }
        row.clear();
        for &tensor in &self.tensors {
            row.extend(of(tensor, env));
        }
        if let Some(actions) = self.actions {
            row.extend(of(actions, env).map(|action| action.clamp(-self.limit, self.limit)));
        }
        let parts = &self.rewards.parts;
        row.extend(of((&parts.values, parts.dim), env).take(parts.dim.saturating_sub(1)));
        row.extend([f64::from(self.rewards.values[env]), progress]);
        if let Some(dones) = self.dones {
            let flags = [dones.terminated[env], dones.truncated[env]];
            row.extend(flags.map(|flag| f64::from(u8::from(flag))));
        }
    }
}

/// The shaped rewards of all environments, and the means of all terms. A reward that is not finite reads 0 and is
/// noted.
pub(crate) fn shape(shaping: &Shaping, step: &Step<'_>, progress: f64) -> Rewards {
    let n_envs = step.rewards.values.len();
    let width = 1 + shaping.names().len();
    let chunk = |chunk: usize| {
        let envs = chunk * CHUNK_ROWS..((chunk + 1) * CHUNK_ROWS).min(n_envs);
        let (mut row, mut registers, mut out) = (Vec::new(), Vec::new(), Vec::new());
        for env in envs {
            step.row(env, progress, &mut row);
            shaping.run(&row, &mut registers, &mut out);
        }
        out
    };
    let chunks: Vec<Vec<f64>> =
        (0..n_envs.div_ceil(CHUNK_ROWS)).into_par_iter().map(chunk).collect();
    let mut values = Vec::with_capacity(n_envs);
    let mut sums = vec![0.0; width - 1];
    let mut unfit = step.rewards.unfit.clone();
    for (env, row) in chunks.iter().flat_map(|chunk| chunk.chunks_exact(width)).enumerate() {
        if !(row[0] as f32).is_finite() {
            let term = row[1..].iter().position(|value| !value.is_finite());
            let term = term.map_or("a weight", |term| &shaping.names()[term]);
            // One environment's numbers are not to spoil those of all.
            unfit.push((env, format!("\"{term}\" of the RewardShaper")));
            values.push(0.0);
            continue;
        }
        values.push(row[0] as f32);
        for (sum, value) in sums.iter_mut().zip(&row[1..]) {
            *sum += value;
        }
    }
    let means = sums.into_iter().map(|sum| sum / n_envs.max(1) as f64);
    let Rewards { terms, names, parts, .. } = step.rewards;
    Rewards {
        values,
        terms: terms.iter().copied().chain(means).collect(),
        names: names.iter().chain(shaping.names()).cloned().collect(),
        parts: parts.clone(),
        unfit,
    }
}
