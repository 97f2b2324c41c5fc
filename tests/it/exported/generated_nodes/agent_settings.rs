//! The ports and parameters of `PPOAgentNode`, and what they mean to the learner.

use super::extractor_settings::{self, activation, extractors_of, is_for};
use dnne::diagnostic::{Diagnostic, has_errors};
use dnne::learn::{
    Backend, CANDLE_SLOWDOWN, EncoderConfig, EncoderPreset, Init, InitGains, LogStd, ObserveAt,
    PolicyConfig, RnnCell, RnnConfig,
};
use dnne::nodes::{NodeError, diagnostics_of};
use dnne::space::{ActionSpace, ObservationGroup, ObservationSpace, ObservationStream, Picture};
use dnne::workflow::{
    EnvironmentSpec, Graph, GraphNode, NodeSchema, ParamGroup, ParamSchema, PortSchema, PortType,
    Role,
};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "PPOAgentNode",
    aliases: &["PPOAgent"],
    title: "PPO Agent",
    category: "learning",
    doc: "An actor-critic network: chooses actions for observations and values them.",
    role: Role::Policy,
    on_device: true,
    inputs: &[
        PortSchema::new(
            "observations",
            PortType::Tensor,
            "Observations, shape (num_envs, observations).",
        )
        .aliases(&["observation"]),
        PortSchema::new("model", PortType::Model, "Weights to begin with, from CheckpointLoader.")
            .aliases(&["initial_model"])
            .optional()
            .held(),
    ],
    outputs: &[
        PortSchema::new(
            "policy_output",
            PortType::PolicyOutput,
            "Action, value, log-probability and distribution parameters for each environment.",
        )
        .aliases(&["policy"]),
        PortSchema::new("model", PortType::Model, "The network, for the trainer."),
    ],
    // The order is that of the widgets in files saved by DNNE; what is ours follows.
    params: &[
        ParamSchema::int_list("hidden_sizes", &[64, 64], 1, 8192, "Widths of the hidden layers."),
        ParamSchema::choice(
            "activation",
            "elu",
            &["elu", "relu", "tanh", "selu", "sigmoid", "softplus", "gelu"],
            "Non-linearity between layers.",
        ),
        ParamSchema::choice(
            "action_space",
            "continuous",
            &["continuous", "discrete", "multi_discrete"],
            "Type of the actions: continuous, discrete or multi-discrete.",
        ),
        ParamSchema::int(
            "output_size",
            0,
            0,
            65_536,
            "Number of actions, or of all that can be chosen; 0 takes it from the environment.",
        )
        .aliases(&["action_dim"]),
        ParamSchema::float("learning_rate", 3e-4, 0.0, 1.0, "Learning rate.")
            .lent("the trainer's learning_rate is the one that counts, unless none is set there"),
        ParamSchema::bool(
            "deterministic",
            false,
            "Take the mean or most likely action instead of sampling.",
        ),
        ParamSchema::float(
            "init_log_std",
            0.0,
            -20.0,
            5.0,
            "Logarithm of the initial standard deviation of continuous actions.",
        ),
        ParamSchema::int(
            "input_size",
            0,
            0,
            1 << 20,
            "Number of observations; 0 takes it from the environment.",
        ),
        ParamSchema::bool(
            "normalize_observations",
            false,
            "Scale observations by their running mean and variance.",
        ),
        ParamSchema::bool(
            "normalize_values",
            false,
            "Learn values scaled by the running mean and variance of returns.",
        ),
        ParamSchema::bool(
            "separate_value",
            false,
            "Give the value hidden layers of its own, of the same widths as the policy's; scenes with \
             critic_observations need it.",
        ),
        ParamSchema::choice(
            "distribution",
            "gaussian",
            &["gaussian", "squashed_gaussian"],
            "Of continuous actions: normal, which the scene clips to its range; or its hyperbolic \
             tangent, which stays within -1 to 1.",
        ),
        ParamSchema::choice(
            "log_std",
            "parameter",
            &["parameter", "fixed", "network"],
            "Logarithm of the deviation of continuous actions: learned, the same in every state; \
             fixed at init_log_std; or an output of the network, clamped to -20 to 2.",
        ),
        ParamSchema::float(
            "hidden_gain",
            std::f64::consts::SQRT_2,
            0.0,
            100.0,
            "Gain of orthogonal initial weights of hidden layers.",
        ),
        ParamSchema::float(
            "policy_gain",
            0.01,
            0.0,
            100.0,
            "Gain of those of the policy's last layer.",
        ),
        ParamSchema::float(
            "value_gain",
            1.0,
            0.0,
            100.0,
            "Gain of those of the value's last layer.",
        ),
        ParamSchema::choice(
            "rnn",
            "none",
            &["none", "lstm", "gru"],
            "A recurrent layer after the hidden layers, for tasks in which what is seen at one moment \
             is not enough. The value has one of its own with separate_value.",
        ),
        ParamSchema::int("rnn_size", 64, 1, 8192, "Number of units of the recurrent layer."),
        ParamSchema::text(
            "frozen",
            "",
            "What does not learn, with commas between: layers as checkpoints name them (trunk.0, mu, \
             value), trunk for all hidden ones, log_std, and the statistics observations and values.",
        ),
        ParamSchema::choice(
            "init",
            "orthogonal",
            &["orthogonal", "uniform"],
            "Initial weights: orthogonal with the gains, and biases 0; or weights and biases uniform \
             within +-1/sqrt(inputs of the layer), PyTorch's default.",
        ),
        ParamSchema::float(
            "clip_observations",
            5.0,
            1e-3,
            1e6,
            "Limit of normalised observations, +-.",
        ),
        ParamSchema::choice(
            "observe_at",
            "update",
            &["update", "step"],
            "When the statistics of normalize_observations take in what is seen: in the first pass of \
             each update, as in rl_games; or at every step before acting, as in VecNormalize.",
        ),
        ParamSchema::choice(
            "backend",
            "fused",
            &["fused", "candle"],
            "What computes the network: kernels of our own, or the slower operations of candle. Each goes \
             on from what the other has saved.",
        ),
        ParamSchema::choice(
            "cnn",
            "simple",
            &["simple", "nature", "playground", "none"],
            "Convolutions before the hidden layers, for each stream of pictures: two and 128 features, for \
             20 x 20 pixels or more; NatureCNN's three and 512, from 36 x 36 on; MuJoCo Playground's two, from \
             23 x 23 on; or none, where every pixel is a number like the others.",
        ),
        ParamSchema::bool(
            "value_sees_pictures",
            true,
            "Whether a value with separate_value learns from pictures too, or from the other numbers alone.",
        ),
    ],
    together: &[ParamGroup::Choice {
        choice: "rnn",
        brings: &[("lstm", &["rnn_size"]), ("gru", &["rnn_size"])],
    }],
    check: |node| slow_backend(node).into_iter().collect(),
    check_in: findings,
    ..NodeSchema::EMPTY
};

/// An agent with the extractors through which it sees, the nearest first.
pub(crate) type Seeing<'g> = (&'g GraphNode, &'g [&'g GraphNode]);

/// What is wrong in view of what environments show, and what its layers give.
fn findings(graph: &Graph, index: usize, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let node = &graph.nodes[index];
    let mut found = unfit(node, spec);
    let all = extractors_of(graph, index);
    let extractors: Vec<&GraphNode> = all.iter().map(|&it| &graph.nodes[it]).collect();
    // What is wrong with extractors is said of them.
    let is_wrong = |&it: &usize| {
        has_errors(&(graph.nodes[it].class.check)(&graph.nodes[it]))
            || has_errors(&extractor_settings::findings(graph, it, spec))
    };
    if all.iter().any(is_wrong) {
        return found;
    }
    let agent = (node, &extractors[..]);
    let config = policy_config(agent, (spec.observations.clone(), spec.actions.clone()), 0);
    let unknown = |message| NodeError::Field { field: "frozen", message };
    let checked =
        config.and_then(|config| config.check_frozen().map_err(|error| unknown(error.to_string())));
    found.extend(layer_sizes(agent, spec));
    found.extend(idle_cnn(agent, spec));
    found.extend(diagnostics_of(checked));
    found
}

/// Says so where extractors have all pictures, and `cnn` is set all the same.
fn idle_cnn((node, extractors): Seeing<'_>, spec: &EnvironmentSpec) -> Option<Diagnostic> {
    let default = node.class.param("cnn").map(|(_, param)| param.param_type.default_value());
    let is_set = node.params.get("cnn").is_some_and(|value| default.as_ref() != Some(value));
    let mut pictures = pictures(&spec.observations);
    let is_idle = !extractors.is_empty()
        && pictures.all(|(stream, _)| extractors.iter().any(|it| is_for(it, &stream.name)));
    let message = "it has no effect: CNNFeatureExtractorNodes are for all that is seen";
    let found = Diagnostic::warning("idle-setting", message).field("cnn");
    (is_set && is_idle).then(|| found.remedy("remove cnn, or the extractors"))
}

/// What the backend candle costs.
fn slow_backend(node: &GraphNode) -> Option<Diagnostic> {
    node.text("backend").ok().filter(|backend| backend == "candle")?;
    let [least, most] = CANDLE_SLOWDOWN;
    let message = format!(
        "with candle updates take {least} to {most} times as long as with fused (dnne bench learn)"
    );
    let remedy = "write \"fused\", unless it is candle that you want to see";
    Some(Diagnostic::note("slow-backend", message).field("backend").remedy(remedy))
}

/// What the layers between a camera's picture and the hidden layers give, where the agent's `cnn` says them.
fn layer_sizes((node, extractors): Seeing<'_>, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let encoders = encoders((node, extractors), &spec.observations).unwrap_or_default();
    let is_own =
        |encoder: &&EncoderConfig| !extractors.iter().any(|it| is_for(it, &encoder.stream));
    let said = |encoder: &EncoderConfig| {
        let stream = spec.observations.stream(&encoder.stream)?;
        let sizes = encoder.sizes(stream.as_picture()?).ok()?;
        let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        let message = format!("{stream} becomes {}", sizes.join(", then "));
        Some(Diagnostic::note("layer-sizes", message).field("cnn"))
    };
    encoders.iter().filter(is_own).filter_map(said).collect()
}

/// The streams of pictures that a policy sees.
fn pictures(
    observations: &ObservationSpace,
) -> impl Iterator<Item = (&ObservationStream, Picture)> {
    let is_seen = |stream: &&ObservationStream| stream.group == ObservationGroup::Policy;
    let streams = observations.streams().iter().filter(is_seen);
    streams.filter_map(|stream| Some((stream, stream.as_picture()?)))
}

/// The convolutions of the pictures that a policy sees: those of extractors, else those of its `cnn`.
fn encoders(
    (node, extractors): Seeing<'_>,
    observations: &ObservationSpace,
) -> Result<Vec<EncoderConfig>, NodeError> {
    let word = node.text("cnn")?;
    let preset = EncoderPreset::ALL.into_iter().find(|preset| preset.name() == word);
    let encoder = |(stream, picture): (&ObservationStream, Picture)| {
        if let Some(extractor) = extractors.iter().find(|it| is_for(it, &stream.name)) {
            let made = extractor_settings::encoder(extractor, (&stream.name, picture));
            return Some(made.map(|(encoder, _)| encoder).map_err(|error| NodeError::Field {
                field: "observations",
                message: format!("node {}, through which it sees: {error}", extractor.id),
            }));
        }
        let encoder = preset?.encoder(&stream.name);
        Some(match encoder.sizes(picture) {
            Ok(_) => Ok(encoder),
            Err(error) => {
                let remedy =
                    "choose another `cnn`; with \"none\" every pixel is a number like the others";
                Err(NodeError::Field { field: "cnn", message: format!("{error}; {remedy}") })
            }
        })
    };
    pictures(observations).filter_map(encoder).collect()
}

/// Whether the value sees pictures. It must where there is nothing else for it.
fn value_sees_pictures(
    node: &GraphNode,
    observations: &ObservationSpace,
    encoders: &[EncoderConfig],
) -> Result<bool, NodeError> {
    let sees = node.bool("value_sees_pictures")?;
    if sees || encoders.is_empty() {
        return Ok(true);
    }
    let refuse = |message: &str| {
        Err(NodeError::Field { field: "value_sees_pictures", message: message.to_owned() })
    };
    // Of a task's number alone no return can be told.
    let is_encoded = |stream: &ObservationStream| {
        stream.name == ObservationStream::TASK_ID
            || encoders.iter().any(|it| it.stream == stream.name)
    };
    if !node.bool("separate_value")? {
        return refuse(
            "a value that shares the policy's layers sees what the policy sees; set separate_value to true",
        );
    }
    if observations.streams().iter().all(is_encoded) {
        return refuse(
            "this environment shows nothing but pictures, so that the value would see nothing; set it to true, \
             or list critic_observations in the task",
        );
    }
    Ok(false)
}

/// Where a node's sizes and kind of actions are not those of an environment.
fn unfit(node: &GraphNode, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let name = &spec.name;
    // 0 or absent: taken from the environment.
    let size = |field: &str| node.param::<usize>(field).ok().filter(|n| *n != 0);
    let mut found = Vec::new();
    let is_shared = node.param::<bool>("separate_value").is_ok_and(|separate| !separate);
    let mut streams = spec.observations.streams().iter();
    let value_only = streams.find(|stream| stream.group == ObservationGroup::Critic);
    if let Some(stream) = value_only.filter(|_| is_shared) {
        let message = format!("{name} has {}, which only the value may see", stream.name);
        let remedy = "set separate_value to true, so that the value has layers of its own";
        found.push(
            Diagnostic::error("shared-value", message).field("separate_value").remedy(remedy),
        );
    }
    let wrong_size = |field: &str, has: usize, needs: usize, what: &str| {
        let message = format!("{has} does not fit {name}, which has {needs} {what}");
        let remedy = format!("write {needs}, or 0 to take it from the environment");
        Diagnostic::error("size-mismatch", message).field(field).remedy(remedy)
    };
    let n_seen = spec.observations.size_for(ObservationGroup::Policy);
    if let Some(has) = size("input_size").filter(|n| *n != n_seen) {
        found.push(wrong_size("input_size", has, n_seen, "observations"));
    }
    let (space, what) = match spec.actions {
        ActionSpace::Continuous(_) => ("continuous", "actions"),
        ActionSpace::Discrete(_) => ("discrete", "actions to choose from"),
        ActionSpace::MultiDiscrete(_) => ("multi_discrete", "actions to choose from in all"),
    };
    let needs = spec.actions.size();
    let has_space = node.text("action_space").unwrap_or_else(|_| space.to_owned());
    if has_space != space {
        let message = format!("{has_space} actions do not fit {name}, whose are {space}");
        let diagnostic = Diagnostic::error("action-space-mismatch", message).field("action_space");
        found.push(diagnostic.remedy(format!("write {space:?}")));
    } else if let Some(has) = size("output_size").filter(|n| *n != needs) {
        found.push(wrong_size("output_size", has, needs, what));
    }
    found
}

/// The network's shape, for what is seen and done. Words that the schema lets through are known here.
pub(crate) fn policy_config(
    (node, extractors): Seeing<'_>,
    (observations, action_space): (ObservationSpace, ActionSpace),
    seed: u64,
) -> Result<PolicyConfig, NodeError> {
    if observations.size_for(ObservationGroup::Critic) > 0 && !node.bool("separate_value")? {
        let message = "this environment has observations that only the value may see, which needs \
                       hidden layers of its own for that; set separate_value to true";
        return Err(NodeError::Field { field: "separate_value", message: message.to_owned() });
    }
    let squash = node.text("distribution")? == "squashed_gaussian";
    if squash && action_space.is_discrete() {
        let message = "this environment's actions are choices, which have nothing to squash; use \
                       \"gaussian\", which has no effect on them";
        return Err(NodeError::Field { field: "distribution", message: message.to_owned() });
    }
    let encoders = encoders((node, extractors), &observations)?;
    Ok(PolicyConfig {
        value_sees_pictures: value_sees_pictures(node, &observations, &encoders)?,
        encoders,
        hidden_sizes: node.param("hidden_sizes")?,
        activation: activation(node)?,
        init_log_std: node.float("init_log_std")?,
        normalize_observations: node.bool("normalize_observations")?,
        clip_observations: node.float("clip_observations")?,
        observe_at: match node.text("observe_at")?.as_str() {
            "step" => ObserveAt::Step,
            _ => ObserveAt::Update,
        },
        normalize_values: node.bool("normalize_values")?,
        separate_value: node.bool("separate_value")?,
        rnn: {
            let size = node.param("rnn_size")?;
            match node.text("rnn")?.as_str() {
                "lstm" => Some(RnnConfig { cell: RnnCell::Lstm, size }),
                "gru" => Some(RnnConfig { cell: RnnCell::Gru, size }),
                _ => None,
            }
        },
        log_std: match node.text("log_std")?.as_str() {
            "fixed" => LogStd::Fixed,
            "network" => LogStd::Network,
            _ => LogStd::Parameter,
        },
        squash,
        init: match node.text("init")?.as_str() {
            "uniform" => Init::Uniform,
            _ => Init::Orthogonal(InitGains {
                hidden: node.float("hidden_gain")?,
                policy: node.float("policy_gain")?,
                value: node.float("value_gain")?,
            }),
        },
        frozen: {
            let frozen = node.text("frozen")?;
            let names = frozen.split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        },
        seed,
        backend: if node.text("backend")? == "candle" { Backend::Candle } else { Backend::Fused },
        ..PolicyConfig::new(observations, action_space)
    })
}
