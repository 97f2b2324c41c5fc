//! The ports and parameters of `PPOTrainerNode`, and what they mean to the learner.

use super::ppo_check;
use super::trainer_check::{crosses, learns_on_cpu, short_horizon};
use dnne::diagnostic::Diagnostic;
use dnne::learn::{
    Anneal, AnnealCurve, LearnError, LearningRateSchedule, PpoConfig, PpoSetting, UpdateStats,
};
use dnne::nodes::{ByHand, NodeError, checkpoints, diagnostics_of};
use dnne::workflow::{GraphNode, NodeSchema, ParamGroup, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "PPOTrainerNode",
    aliases: &["PPOTrainer"],
    title: "PPO Trainer",
    category: "learning",
    doc: "Stores each transition, and after horizon_length steps improves the policy by proximal \
          policy optimisation. It triggers the next step after each transition.",
    role: Role::Trainer,
    on_device: true,
    inputs: &[
        PortSchema::new("states", PortType::Tensor, "The observations that the agent acted on.")
            .aliases(&["state"]),
        PortSchema::new(
            "policy_outputs",
            PortType::PolicyOutput,
            "The agent's output for these observations.",
        )
        .aliases(&["policy_output"]),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
            .aliases(&["reward"]),
        PortSchema::new("dones", PortType::Dones, "Whether an episode ended, shape (num_envs,).")
            .aliases(&["done"]),
        PortSchema::new("model", PortType::Model, "The network to improve.").held(),
    ],
    outputs: &[
        PortSchema::new("loss", PortType::Metrics, "Losses and other numbers of each update.")
            .aliases(&["loss_info"]),
        PortSchema::new(
            "training_complete",
            PortType::Sync,
            "Permission for the next step: after each transition, and after each update.",
        )
        .aliases(&["trigger"]),
    ],
    params: PARAMS,
    together: &[
        ParamGroup::Trigger {
            name: "checkpoint",
            enabled: Some("checkpoint_enabled"),
            kind: "checkpoint_trigger_type",
            value: "checkpoint_trigger_value",
        },
        ParamGroup::Choice { choice: "schedule", brings: &[("adaptive", &["kl_threshold"])] },
    ],
    metrics: &UpdateStats::NAMES,
    check: check_settings,
    check_among: ppo_check::findings,
    check_in: |graph, node, spec| {
        let found = [
            short_horizon(&graph.nodes[node], spec),
            learns_on_cpu(graph, node, spec),
            crosses(graph, node, spec),
        ];
        found.into_iter().flatten().collect()
    },
    ..NodeSchema::EMPTY
};

/// The first thirteen stand in the order of the widgets in files saved by DNNE; what is ours
/// follows.
const PARAMS: &[ParamSchema] = &[
    ParamSchema::int("horizon_length", 16, 1, 1_000_000, "Steps between updates.").unit("steps"),
    ParamSchema::int("epochs", 4, 1, 1000, "Passes over the samples in each update.")
        .aliases(&["num_epochs"]),
    ParamSchema::int("minibatch_size", 32, 1, 1 << 30, "Samples in each gradient step."),
    live(PpoSetting::Gamma, 0.99),
    live(PpoSetting::Lam, 0.95).aliases(&["gae_lambda"]),
    live(PpoSetting::ClipParam, 0.2),
    live(PpoSetting::ValueCoef, 0.5),
    live(PpoSetting::EntropyCoef, 0.01),
    live(PpoSetting::LearningRate, 3e-4),
    live(PpoSetting::MaxGradNorm, 0.5),
    ParamSchema::bool("checkpoint_enabled", false, "Save checkpoints while training."),
    ParamSchema::choice(
        "checkpoint_trigger_type",
        "epoch",
        &["epoch", "time", "best_metric"],
        "What triggers a checkpoint.",
    ),
    ParamSchema::text(
        "checkpoint_trigger_value",
        "10",
        "How many updates (10), how much time (1h30m), or which metric (episode_return, \
         reward_terms.NAME, tasks.NAME.success_rate; over the newest 100 episodes, or so many: \
             episode_return over 30; the least: episode_length lowest).",
    ),
    live(PpoSetting::BoundsCoef, 0.0),
    ParamSchema::bool("normalize_advantages", true, "Scale advantages to mean 0, deviation 1."),
    // In units of return, unless the agent normalises values: then a clip range of 0.2 makes sense.
    ParamSchema::bool(
        "clip_value_loss",
        false,
        "Clip value changes by clip_param too; for agents that normalize_values.",
    ),
    live(PpoSetting::RewardScale, 1.0),
    ParamSchema::choice(
        "schedule",
        "constant",
        &["constant", "linear", "cosine", "adaptive"],
        "How step size changes: not; to 0 over total_updates, in a line or along half a cosine; by \
         kl_threshold after each minibatch.",
    ),
    live(PpoSetting::KlThreshold, 0.008).unit("nats"),
    ParamSchema::int("total_updates", 0, 0, 1 << 40, "Updates to make; 0 goes on until stopped."),
    ParamSchema::bool(
        "normalize_rewards",
        false,
        "Divide rewards by the running deviation of the discounted return, and clamp them to +-10.",
    ),
    live(PpoSetting::TargetKl, 0.0).unit("nats"),
    ParamSchema::int(
        "checkpoint_keep",
        0,
        0,
        1 << 30,
        "How many of its checkpoints to keep, the newest; 0 keeps all.",
    ),
    ParamSchema::text(
        "anneal",
        "",
        "Settings that change over total_updates, as NAME:END or NAME:END:cosine, with commas \
         between them: \"clip_param:0.05, entropy_coef:0:cosine\". Of learning_rate (where \
         schedule is constant), gamma, lam, clip_param, value_coef, entropy_coef, bounds_coef, \
         max_grad_norm, target_kl, kl_threshold, reward_scale and adam_epsilon.",
    ),
    ParamSchema::int(
        "sequence_length",
        0,
        0,
        1_000_000,
        "Steps through which gradients of a recurrent agent go back in time; 0 is horizon_length. \
         It divides horizon_length and minibatch_size, for minibatches hold whole sequences.",
    )
    .unit("steps"),
    ParamSchema::bool(
        "normalize_by_minibatch",
        false,
        "Normalize advantages over each minibatch by itself, not over all samples of an update.",
    ),
    live(PpoSetting::AdamEpsilon, 1e-8),
];

/// The parameter of a setting that may change while training goes on.
const fn live(setting: PpoSetting, default: f64) -> ParamSchema {
    let (min, max) = setting.limits();
    ParamSchema::float(setting.name(), default, min, max, setting.doc())
}

/// The learner's settings.
pub(crate) fn config(node: &GraphNode, seed: u64) -> Result<PpoConfig, NodeError> {
    Ok(PpoConfig {
        gamma: node.float("gamma")?,
        lam: node.float("lam")?,
        clip_param: node.float("clip_param")?,
        value_coef: node.float("value_coef")?,
        entropy_coef: node.float("entropy_coef")?,
        bounds_coef: node.float("bounds_coef")?,
        learning_rate: node.float("learning_rate")?,
        adam_epsilon: node.float("adam_epsilon")?,
        schedule: match node.text("schedule")?.as_str() {
            "linear" => LearningRateSchedule::Linear,
            "cosine" => LearningRateSchedule::Cosine,
            "adaptive" => LearningRateSchedule::Adaptive,
            _ => LearningRateSchedule::Constant,
        },
        kl_threshold: node.float("kl_threshold")?,
        max_grad_norm: node.float("max_grad_norm")?,
        epochs: node.param("epochs")?,
        minibatch_size: node.param("minibatch_size")?,
        sequence_length: node.param("sequence_length")?,
        normalize_advantages: node.bool("normalize_advantages")?,
        normalize_by_minibatch: node.bool("normalize_by_minibatch")?,
        clip_value_loss: node.bool("clip_value_loss")?,
        reward_scale: node.float("reward_scale")?,
        normalize_rewards: node.bool("normalize_rewards")?,
        target_kl: node.float("target_kl")?,
        anneal: anneal(&node.text("anneal")?)?,
        seed,
        ..PpoConfig::default()
    })
}

/// Reads the settings that change: NAME:END or NAME:END:CURVE, with commas between them.
fn anneal(text: &str) -> Result<Vec<Anneal>, NodeError> {
    let wrong = |message| NodeError::Field { field: "anneal", message };
    let mut found: Vec<Anneal> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut words = part.split(':').map(str::trim);
        let name = words.next().unwrap_or_default();
        let Some(setting) = PpoSetting::find(name) else {
            let known = PpoSetting::ALL.map(PpoSetting::name).join(", ");
            return Err(wrong(format!("\"{name}\" cannot change; choose of {known}")));
        };
        let end = words.next().and_then(|end| end.parse().ok());
        let end = end
            .filter(|end: &f64| end.is_finite())
            .ok_or_else(|| wrong(format!("\"{part}\" has no value to end at; write {name}:0.1")))?;
        if !setting.range().contains(&end) {
            let (min, max) = setting.limits();
            return Err(wrong(format!("\"{part}\" leaves the range of {name}, {min} to {max}")));
        }
        let curve = match (words.next(), words.next()) {
            (None | Some("linear"), None) => AnnealCurve::Linear,
            (Some("cosine"), None) => AnnealCurve::Cosine,
            _ => {
                let message =
                    format!("\"{part}\" is not NAME:END, NAME:END:linear or NAME:END:cosine");
                return Err(wrong(message));
            }
        };
        if found.iter().any(|other| other.setting == setting) {
            return Err(wrong(format!("\"{name}\" is there twice; keep one")));
        }
        found.push(Anneal { setting, end, curve });
    }
    Ok(found)
}

/// Puts what was changed by hand into the node's parameters: it no longer anneals, and a learning rate follows no
/// schedule.
pub(super) fn note_changes(by_hand: &ByHand, params: &mut serde_json::Value) {
    by_hand.note(params);
    if by_hand.contains("learning_rate") {
        params["schedule"] = "constant".into();
    }
    let Some(anneal) = params["anneal"].as_str() else { return };
    let name_of = |part: &str| part.split(':').next().unwrap_or_default().trim().to_owned();
    let is_left = |part: &&str| !by_hand.contains(&name_of(part));
    let left: Vec<&str> = anneal.split(',').filter(is_left).collect();
    params["anneal"] = left.join(",").trim().into();
}

/// What the checker says of settings that types and ranges cannot tell.
fn check_settings(node: &GraphNode) -> Vec<Diagnostic> {
    let learner = config(node, 0).and_then(|config| {
        let wrong =
            |error: LearnError| NodeError::Field { field: "anneal", message: error.to_string() };
        config.check().map_err(wrong)
    });
    diagnostics_of(checkpoints(node)).into_iter().chain(diagnostics_of(learner)).collect()
}
