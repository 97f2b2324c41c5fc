//! `Curriculum`: how hard the task is, by how the training goes.

use crate::diagnostic::Diagnostic;
use crate::learn::{AnnealCurve, StateDict};
use crate::nodes::{
    Metrics, NodeBuilder, NodeError, NodeKind, NodeState, Payload, Wires, diagnostics_of, preset,
};
use crate::workflow::{Graph, GraphNode, NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "Curriculum",
    aliases: &["CurriculumNode"],
    title: "Curriculum",
    category: "environment",
    doc: "Says how hard the task is, from 0 to 1: a scene's `difficulty`, pushes and randomisation go \
          by it. It follows the progress of training, or rises as the agent earns it by its returns \
          or its rate of success. A policy is measured at difficulty 1.",
    role: Role::Curriculum,
    inputs: &[PortSchema::new(
        "loss_info",
        PortType::Metrics,
        "Metrics of the updates to follow; if not connected, those of the workflow's trainer.",
    )
    .aliases(&["loss", "metrics"])
    .optional()],
    outputs: &[PortSchema::new(
        "difficulty",
        PortType::Float,
        "How hard the task is from the next step on, for IsaacGymStepNode.",
    )],
    params: &[
        ParamSchema::choice(
            "follow",
            "progress",
            &["progress", "episode_return", "success_rate"],
            "What the difficulty goes by: the share of total_updates that is done, the mean return \
             of episodes, or the share of episodes that achieve the task.",
        ),
        ParamSchema::float("start", 0.0, 0.0, 1.0, "Difficulty at the beginning."),
        ParamSchema::float("end", 1.0, 0.0, 1.0, "Difficulty at the end, which is the maximum."),
        ParamSchema::float(
            "begin_at",
            0.0,
            0.0,
            1.0,
            "Progress at which the difficulty begins to change (follow: progress).",
        ),
        ParamSchema::float(
            "finish_at",
            1.0,
            0.0,
            1.0,
            "Progress at which it has reached its end (follow: progress).",
        ),
        ParamSchema::choice(
            "curve",
            "linear",
            &["linear", "cosine"],
            "In a line, or along half a cosine (follow: progress).",
        ),
        ParamSchema::int(
            "levels",
            0,
            0,
            1000,
            "Number of equal steps that it rises in; 0 is without steps (follow: progress).",
        ),
        ParamSchema::float(
            "raise_at",
            0.8,
            -1e9,
            1e9,
            "Mean return or rate of success from which on the difficulty rises by `step`.",
        ),
        ParamSchema::bool("lowers", false, "Whether it also falls, where the mean is too low."),
        ParamSchema::float(
            "lower_at",
            0.2,
            -1e9,
            1e9,
            "Mean return or rate of success down to which it falls by `step`, if it `lowers`.",
        ),
        ParamSchema::float("step", 0.1, 1e-6, 1.0, "How much it changes at a time."),
        ParamSchema::int(
            "episodes",
            100,
            1,
            1 << 30,
            "Episodes since the last change that a mean must be of.",
        ),
    ],
    check: |node| diagnostics_of(Curriculum::new(node, 1.0)),
    check_among: |graph, node| endless(graph, &graph.nodes[node]).into_iter().collect(),
    ..NodeSchema::EMPTY
};

/// Progress needs an end to go by.
fn endless(graph: &Graph, node: &GraphNode) -> Option<Diagnostic> {
    let is_endless = graph.total_updates().is_some_and(|total| total <= 0);
    if !is_endless || node.text("follow").as_deref() != Ok("progress") {
        return None;
    }
    let message = "progress is the share of total_updates, which is not given";
    let diagnostic = Diagnostic::error("endless-schedule", message).field("follow");
    Some(diagnostic.remedy("set total_updates, or follow something else"))
}

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(NodeState { save, load }) };

/// A curriculum node: its rule and where it stands.
#[derive(Component, Clone, Debug)]
struct Curriculum {
    rule: Rule,
    start: f64,
    end: f64,
    difficulty: f64,
    /// Episodes since the last change, and the sum of what is followed.
    n_episodes: u64,
    sum: f64,
}

#[derive(Clone, Debug)]
enum Rule {
    Progress { total_updates: f64, begin_at: f64, finish_at: f64, is_cosine: bool, levels: f64 },
    Earned { by_success: bool, raise_at: f64, lower_at: Option<f64>, step: f64, n_episodes: u64 },
}

impl Curriculum {
    fn new(node: &GraphNode, total_updates: f64) -> Result<Self, NodeError> {
        let follow = node.text("follow")?;
        let rule = if follow == "progress" {
            let (begin_at, finish_at) = (node.float("begin_at")?, node.float("finish_at")?);
            if begin_at >= finish_at {
                let message = format!("must come after begin_at, which is {begin_at}");
                return Err(NodeError::Field { field: "finish_at", message });
            }
            let (is_cosine, levels) = (node.text("curve")? == "cosine", node.int("levels")? as f64);
            Rule::Progress { total_updates, begin_at, finish_at, is_cosine, levels }
        } else {
            let (raise_at, lower_at) = (node.float("raise_at")?, node.float("lower_at")?);
            let lowers = node.bool("lowers")?;
            if lowers && lower_at >= raise_at {
                let message = format!("must be less than raise_at, which is {raise_at}");
                return Err(NodeError::Field { field: "lower_at", message });
            }
            Rule::Earned {
                by_success: follow == "success_rate",
                raise_at,
                lower_at: lowers.then_some(lower_at),
                step: node.float("step")?,
                n_episodes: node.param::<usize>("episodes")? as u64,
            }
        };
        let (start, end) = (node.float("start")?, node.float("end")?);
        Ok(Self { rule, start, end, difficulty: start, n_episodes: 0, sum: 0.0 })
    }

    /// Takes the numbers of an update into account.
    fn see(&mut self, metrics: &Metrics) {
        match self.rule {
            Rule::Progress { total_updates, begin_at, finish_at, is_cosine, levels } => {
                let progress = metrics.update as f64 / total_updates.max(1.0);
                let share = ((progress - begin_at) / (finish_at - begin_at)).clamp(0.0, 1.0);
                let share =
                    if is_cosine { AnnealCurve::Cosine.between(0.0, 1.0, share) } else { share };
                // What is a step but for rounding is a step.
                let share = match levels {
                    0.0 => share,
                    levels => (share * levels + 1e-9).floor() / levels,
                };
                self.difficulty = self.start + share * (self.end - self.start);
            }
            Rule::Earned { by_success, raise_at, lower_at, step, n_episodes } => {
                let followed =
                    if by_success { metrics.success_rate } else { metrics.episode_return };
                self.n_episodes += metrics.episodes as u64;
                self.sum += followed.unwrap_or(0.0) * metrics.episodes as f64;
                if self.n_episodes < n_episodes {
                    return;
                }
                let mean = self.sum / self.n_episodes as f64;
                // Its end may be below its start: then what is earned goes down.
                let direction = if self.end >= self.start { step } else { -step };
                let change = match mean {
                    mean if mean >= raise_at => direction,
                    mean if lower_at.is_some_and(|lower_at| mean <= lower_at) => -direction,
                    _ => 0.0,
                };
                let (low, high) = (self.start.min(self.end), self.start.max(self.end));
                self.difficulty = (self.difficulty + change).clamp(low, high);
                (self.n_episodes, self.sum) = (0, 0.0);
            }
        }
    }
}

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let curriculum = Curriculum::new(b.node(), b.total_updates().unwrap_or(0) as f64)?;
    let (node, output) = (b.entity, b.output("difficulty"));
    preset(b.world, node, output, Payload::Float(curriculum.difficulty));
    b.insert(curriculum);
    Ok(b.system(move |mut wires: Wires, mut curricula: Query<&mut Curriculum>| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let Ok(mut curriculum) = curricula.get_mut(node) else { return Ok(()) };
        if let Some(Payload::Metrics(metrics)) = taken.get("loss_info") {
            curriculum.see(metrics);
            wires.emit(node, output, Payload::Float(curriculum.difficulty));
        }
        Ok(())
    }))
}

fn save(world: &World, entity: Entity) -> Result<StateDict, NodeError> {
    let mut state = StateDict::new();
    if let Some(curriculum) = world.get::<Curriculum>(entity) {
        state.insert_f64("difficulty", &[2], vec![curriculum.difficulty, curriculum.sum]);
        state.insert_u64("episodes", &[1], vec![curriculum.n_episodes]);
    }
    Ok(state)
}

fn load(world: &mut World, entity: Entity, state: &StateDict) -> Result<(), NodeError> {
    let Some(mut curriculum) = world.get_mut::<Curriculum>(entity) else { return Ok(()) };
    let numbers = state.get_f64("difficulty", &[2])?;
    (curriculum.difficulty, curriculum.sum) = (numbers[0].clamp(0.0, 1.0), numbers[1]);
    curriculum.n_episodes = state.get_u64("episodes", &[1])?[0];
    let difficulty = curriculum.difficulty;
    preset(world, entity, 0, Payload::Float(difficulty));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::ParamValue;

    fn curriculum(params: &[(&str, ParamValue)]) -> Result<Curriculum, NodeError> {
        let default = |p: &ParamSchema| (p.name.to_owned(), p.param_type.default_value());
        let mut node = GraphNode {
            id: "9".to_owned(),
            class: &SCHEMA,
            title: String::new(),
            params: SCHEMA.params.iter().map(default).collect(),
            inputs: Vec::new(),
        };
        for (name, value) in params {
            node.params.insert((*name).to_owned(), value.clone());
        }
        Curriculum::new(&node, 100.0)
    }

    fn text(word: &str) -> ParamValue {
        ParamValue::Text(word.to_owned())
    }

    #[test]
    fn it_follows_progress_between_two_points() {
        let params = [
            ("start", ParamValue::Float(0.2)),
            ("end", ParamValue::Float(0.6)),
            ("begin_at", ParamValue::Float(0.1)),
            ("finish_at", ParamValue::Float(0.5)),
        ];
        let at = |params: &[(&str, ParamValue)], update| {
            let mut curriculum = curriculum(params).unwrap();
            curriculum.see(&Metrics { update, ..Metrics::default() });
            (curriculum.difficulty * 1e6).round() / 1e6
        };
        let seen = [0, 10, 20, 30, 50, 100].map(|update| at(&params, update));
        assert_eq!(seen, [0.2, 0.2, 0.3, 0.4, 0.6, 0.6]);
        let cosine = [&params[..], &[("curve", text("cosine"))]].concat();
        assert_eq!(at(&cosine, 30), 0.4);
        assert!(at(&cosine, 20) < 0.3);
        let levels = [&params[..], &[("levels", ParamValue::Int(2))]].concat();
        assert_eq!([20, 30, 40, 50].map(|update| at(&levels, update)), [0.2, 0.4, 0.4, 0.6]);
    }

    #[test]
    fn it_is_earned_by_enough_episodes_and_may_be_lost() {
        let params = [
            ("follow", text("success_rate")),
            ("step", ParamValue::Float(0.5)),
            ("lowers", ParamValue::Bool(true)),
        ];
        let mut curriculum = curriculum(&params).unwrap();
        let mut after = |rate: f64, episodes: usize| {
            let success_rate = Some(rate);
            curriculum.see(&Metrics { success_rate, episodes, ..Metrics::default() });
            curriculum.difficulty
        };
        assert_eq!(after(1.0, 99), 0.0);
        // 0.95 of 199.
        assert_eq!(after(0.9, 100), 0.5);
        assert_eq!(after(0.5, 100), 0.5);
        assert_eq!(after(0.9, 100), 1.0);
        assert_eq!(after(0.9, 100), 1.0);
        assert_eq!(after(0.1, 200), 0.5);
    }

    #[test]
    fn orders_that_cannot_be_are_refused() {
        let wrong = |params: &[(&str, ParamValue)]| curriculum(params).unwrap_err().to_string();
        let said = wrong(&[("begin_at", ParamValue::Float(1.0))]);
        assert!(said.contains("`finish_at`") && said.contains("begin_at"), "{said}");
        let lowers = ("lowers", ParamValue::Bool(true));
        let said = wrong(&[
            ("follow", text("episode_return")),
            lowers,
            ("lower_at", ParamValue::Float(0.9)),
        ]);
        assert!(said.contains("`lower_at`"), "{said}");
    }
}
