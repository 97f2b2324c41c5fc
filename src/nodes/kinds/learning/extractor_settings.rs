//! The ports and parameters of `CNNFeatureExtractorNode`, and the convolutions that they mean.

use crate::diagnostic::Diagnostic;
use crate::learn::{
    Activation, ConvLayer, EncoderConfig, EncoderPreset, LayerSize, Pool, PoolKind, Scaling,
};
use crate::nodes::{NodeError, diagnostics_of};
use crate::space::{ObservationGroup, ObservationStream, Picture};
use crate::workflow::{
    EnvironmentSpec, Graph, GraphNode, NodeSchema, ParamError, ParamSchema, PortSchema, PortType,
    Role,
};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CNNFeatureExtractorNode",
    aliases: &["CNNFeatureExtractor"],
    title: "CNN Feature Extractor",
    category: "learning",
    doc: "Convolutions through which the agent behind it sees pictures, in place of its `cnn`. They are layers of that \
          agent (cnn.STREAM.0 and so on) and learn with it; observations go through unchanged.",
    role: Role::PassThrough,
    inputs: &[PortSchema::new(
        "observations",
        PortType::Tensor,
        "Observations with pictures, straight from environments or through an ORNode.",
    )
    .aliases(&["observation", "images"])],
    outputs: &[PortSchema::new("features", PortType::Tensor, "The same, for one agent.")
        .aliases(&["observations"])],
    params: &[
        ParamSchema::text("stream", "", "The camera, by its name; empty means all of them."),
        ParamSchema::choice(
            "preset",
            "simple",
            &["simple", "nature", "playground", "custom"],
            "Two convolutions and 128 features, for 20 x 20 pixels or more; NatureCNN's three and 512, from 36 x 36 \
             on; MuJoCo Playground's two, from 23 x 23 on; or layers of one's own.",
        ),
        ParamSchema::int_list(
            "filters",
            &[16, 32],
            1,
            4096,
            "Filters of each convolution, which are the channels that it gives.",
        ),
        ParamSchema::int_list(
            "kernel_sizes",
            &[8, 4],
            1,
            1024,
            "Side of the filters in pixels, for each convolution or one for all.",
        ),
        ParamSchema::int_list(
            "strides",
            &[4, 2],
            1,
            1024,
            "Strides in pixels, for each convolution or one for all.",
        ),
        ParamSchema::int_list(
            "paddings",
            &[0],
            0,
            1023,
            "Pixels of zeros on each side, for each convolution or one for all; fewer than the kernel has.",
        ),
        ParamSchema::choice(
            "pool",
            "none",
            &["none", "max", "average"],
            "After each convolution: nothing, or the largest or the mean of windows side by side.",
        ),
        ParamSchema::int("pool_size", 2, 1, 1024, "Side of these windows.").unit("pixels"),
        ParamSchema::choice(
            "global_pool",
            "none",
            &["none", "max", "average"],
            "After all convolutions: nothing, or one number of each channel, its largest or its mean.",
        ),
        ParamSchema::int(
            "features",
            128,
            0,
            8192,
            "Width of a dense layer at the end; 0 is none, and all that the convolutions give are features.",
        ),
        ParamSchema::choice(
            "activation",
            "relu",
            &["elu", "relu", "tanh", "selu", "sigmoid", "softplus", "gelu"],
            "Non-linearity after each layer.",
        ),
        ParamSchema::choice(
            "scaling",
            "unit",
            &["unit", "centered", "mean_free"],
            "What bytes become: 0 to 1; -0.5 to 0.5; or 0 to 1 less the mean of the picture, as in Isaac Lab.",
        ),
    ],
    check: |node| diagnostics_of(unscaled(node, "")).into_iter().chain(idle_layers(node)).collect(),
    check_among: |graph, node| idle(graph, node).into_iter().collect(),
    check_in: findings,
    ..NodeSchema::EMPTY
};

/// The word for layers of one's own.
const CUSTOM: &str = "custom";

/// What these layers are made of.
const OF_CUSTOM: [&str; 9] = [
    "filters",
    "kernel_sizes",
    "strides",
    "paddings",
    "pool",
    "pool_size",
    "global_pool",
    "features",
    "activation",
];

/// Numbers of layers that a preset does not go by.
fn idle_layers(node: &GraphNode) -> Vec<Diagnostic> {
    let is_custom = node.text("preset").as_deref() == Ok(CUSTOM);
    let params = node.class.params.iter().filter(|param| OF_CUSTOM.contains(&param.name));
    let is_set = |param: &&ParamSchema| {
        node.params.get(param.name).is_some_and(|it| *it != param.param_type.default_value())
    };
    let said = |param: &ParamSchema| {
        let message = "it has no effect: only the preset custom has layers of one's own";
        let found = Diagnostic::warning("idle-setting", message).field(param.name);
        found.remedy("write preset custom, or remove it")
    };
    if is_custom { Vec::new() } else { params.filter(is_set).map(said).collect() }
}

/// The extractors through which an agent sees, the nearest first.
pub(crate) fn extractors_of(graph: &Graph, agent: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut source = graph.nodes[agent].source("observations");
    while let Some(from) = source.map(|source| source.node) {
        let node = &graph.nodes[from];
        // A loop of such nodes is reported elsewhere.
        if node.class.role != Role::PassThrough || found.len() > graph.nodes.len() {
            break;
        }
        if *node.class == SCHEMA {
            found.push(from);
        }
        source = node.inputs.first().map(|feed| feed.source);
    }
    found
}

/// Whether an extractor is for a stream, as far as its name goes.
pub(crate) fn is_for(node: &GraphNode, stream: &str) -> bool {
    node.text("stream").is_ok_and(|wanted| wanted.is_empty() || wanted == stream)
}

/// The convolutions of an extractor for a stream of pictures. Fails on layers that cannot be.
pub(crate) fn encoder(
    node: &GraphNode,
    (stream, picture): (&str, Picture),
) -> Result<(EncoderConfig, Vec<LayerSize>), NodeError> {
    let encoder = EncoderConfig { scaling: scaling(node)?, ..unscaled(node, stream)? };
    let sizes = encoder.sizes(picture).map_err(|error| NodeError::Field {
        field: blamed(node, &encoder, picture),
        message: error.to_string(),
    })?;
    Ok((encoder, sizes))
}

/// The parameter without whose layers the others could be.
fn blamed(node: &GraphNode, encoder: &EncoderConfig, picture: Picture) -> &'static str {
    if node.text("preset").as_deref() != Ok(CUSTOM) {
        return "preset";
    }
    let convolutions = EncoderConfig { features: 0, ..encoder.clone() };
    let layers = encoder.layers.iter().map(|&layer| ConvLayer { pool: None, ..layer }).collect();
    let unpooled = EncoderConfig { layers, ..convolutions.clone() };
    if convolutions.sizes(picture).is_ok() {
        "features"
    } else if unpooled.sizes(picture).is_ok() {
        "pool_size"
    } else {
        "kernel_sizes"
    }
}

fn unscaled(node: &GraphNode, stream: &str) -> Result<EncoderConfig, NodeError> {
    let word = node.text("preset")?;
    let preset = EncoderPreset::ALL.into_iter().find(|preset| preset.name() == word);
    if let Some(preset) = preset {
        return Ok(preset.encoder(stream));
    }
    Ok(EncoderConfig {
        global_pool: pool_kind(node, "global_pool")?,
        features: node.param("features")?,
        activation: activation(node)?,
        ..EncoderConfig::new(stream, layers(node)?)
    })
}

/// Convolutions of one's own. Fails unless each has its numbers.
fn layers(node: &GraphNode) -> Result<Vec<ConvLayer>, NodeError> {
    let wrong = |field: &'static str, message: String| NodeError::Field { field, message };
    let filters: Vec<usize> = node.param("filters")?;
    let n = filters.len();
    if n == 0 {
        return Err(wrong("filters", "there is no convolution; give at least one".to_owned()));
    }
    let list = |name: &'static str| -> Result<Vec<usize>, NodeError> {
        let numbers: Vec<usize> = node.param(name)?;
        match numbers[..] {
            [one] => Ok(vec![one; n]),
            _ if numbers.len() == n => Ok(numbers),
            _ => {
                let has = numbers.len();
                Err(wrong(name, format!("{has} numbers for {n} convolutions; give {n}, or one")))
            }
        }
    };
    let (kernels, strides, paddings) = (list("kernel_sizes")?, list("strides")?, list("paddings")?);
    let size: usize = node.param("pool_size")?;
    let pool = pool_kind(node, "pool")?.map(|kind| Pool::new(kind, size));
    let layer = |i: usize| {
        let (kernel, padding) = (kernels[i], paddings[i]);
        if padding >= kernel {
            let message = format!(
                "{padding} for a kernel of {kernel}; the padding must be smaller than the kernel"
            );
            return Err(wrong("paddings", message));
        }
        Ok(ConvLayer { padding, pool, ..ConvLayer::new(filters[i], kernel, strides[i]) })
    };
    (0..n).map(layer).collect()
}

fn pool_kind(node: &GraphNode, name: &str) -> Result<Option<PoolKind>, ParamError> {
    Ok(match node.text(name)?.as_str() {
        "max" => Some(PoolKind::Max),
        "average" => Some(PoolKind::Average),
        _ => None,
    })
}

fn scaling(node: &GraphNode) -> Result<Scaling, ParamError> {
    Ok(match node.text("scaling")?.as_str() {
        "centered" => Scaling::Centered,
        "mean_free" => Scaling::MeanFree,
        _ => Scaling::Unit,
    })
}

/// The non-linearity that a node names.
pub(crate) fn activation(node: &GraphNode) -> Result<Activation, ParamError> {
    Ok(match node.text("activation")?.as_str() {
        "relu" => Activation::Relu,
        "tanh" => Activation::Tanh,
        "selu" => Activation::Selu,
        "sigmoid" => Activation::Sigmoid,
        "softplus" => Activation::Softplus,
        "gelu" => Activation::Gelu,
        _ => Activation::Elu,
    })
}

/// Says so where no agent sees through an extractor.
fn idle(graph: &Graph, node: usize) -> Option<Diagnostic> {
    let mut agents = (0..graph.nodes.len()).filter(|&i| graph.nodes[i].class.role == Role::Policy);
    let is_used = agents.any(|agent| extractors_of(graph, agent).contains(&node));
    let message = "no agent sees through it, so that it has no effect";
    let found = Diagnostic::warning("idle-extractor", message);
    let remedy = "connect features to the observations of the agent, after the ORNode";
    (!is_used).then(|| found.remedy(remedy))
}

/// What the layers give, or what is wrong with them, in view of what environments show.
pub(crate) fn findings(graph: &Graph, index: usize, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let node = &graph.nodes[index];
    let is_picture = |stream: &&ObservationStream| stream.group == ObservationGroup::Policy;
    let streams = spec.observations.streams().iter().filter(is_picture);
    let pictures: Vec<(&ObservationStream, Picture)> =
        streams.filter_map(|stream| Some((stream, stream.as_picture()?))).collect();
    let wrong = |message: String, remedy: &str| {
        vec![Diagnostic::error("unusable-value", message).field("stream").remedy(remedy)]
    };
    if pictures.is_empty() {
        let message = format!("{} shows no pictures", spec.name);
        return wrong(message, "add a CameraNode, or cameras to the task");
    }
    let mine = pictures.iter().filter(|(stream, _)| is_for(node, &stream.name));
    let mut found = Vec::new();
    for &(stream, picture) in mine {
        if let Some(other) = nearer(graph, index, &stream.name) {
            let message = format!("node {other} has layers for \"{}\" already", stream.name);
            found.extend(wrong(message, "give each extractor a stream of its own, or remove one"));
            continue;
        }
        match encoder(node, (&stream.name, picture)) {
            Ok((_, sizes)) => {
                let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
                let message = format!("{stream} becomes {}", sizes.join(", then "));
                found.push(Diagnostic::note("layer-sizes", message).field("preset"));
            }
            // What is wrong with the layers by themselves has been said.
            Err(_) if unscaled(node, "").is_err() => {}
            error => found.extend(diagnostics_of(error)),
        }
    }
    if found.is_empty() && unscaled(node, "").is_ok() {
        let wanted = node.text("stream").unwrap_or_default();
        let names: Vec<&str> = pictures.iter().map(|(stream, _)| stream.name.as_str()).collect();
        let message = format!("no stream of pictures is called {wanted:?}");
        return wrong(message, &format!("write one of {}", names.join(", ")));
    }
    found
}

/// The id of an extractor nearer to an agent that is for a stream as well.
fn nearer<'g>(graph: &'g Graph, index: usize, stream: &str) -> Option<&'g str> {
    let agents = (0..graph.nodes.len()).filter(|&i| graph.nodes[i].class.role == Role::Policy);
    agents
        .filter_map(|agent| {
            let all = extractors_of(graph, agent);
            let place = all.iter().position(|&other| other == index)?;
            let other = all[..place].iter().find(|&&other| is_for(&graph.nodes[other], stream))?;
            Some(graph.nodes[*other].id.as_str())
        })
        .next()
}
