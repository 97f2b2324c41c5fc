//! Settings and ports of the built-in node kinds: a type for each, with its parameters as fields and their
//! defaults, and another for the inputs and outputs of its nodes.
//!
//! A test writes this file from the schemas, and fails where it is not what they say.

use super::port::{
    Action, Any, Bool, Dict, Dones, Float, Input, Inputs, Int, Metrics, Model, NodeKey, Output,
    PolicyOutput, SimHandle, Sync, Tensor, Text,
};
use super::trigger::Trigger;
use super::values::{int, list, text};
use super::workflow::Settings;
use crate::workflow::ParamValue;

/// Type of the actions: continuous, discrete or multi-discrete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActionSpace {
    /// `continuous`.
    #[default]
    Continuous,
    /// `discrete`.
    Discrete,
    /// `multi_discrete`.
    MultiDiscrete,
}

impl ActionSpace {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::Discrete => "discrete",
            Self::MultiDiscrete => "multi_discrete",
        }
    }
}

/// Non-linearity between layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// `elu`.
    #[default]
    Elu,
    /// `relu`.
    Relu,
    /// `tanh`.
    Tanh,
    /// `selu`.
    Selu,
    /// `sigmoid`.
    Sigmoid,
    /// `softplus`.
    Softplus,
    /// `gelu`.
    Gelu,
}

impl Activation {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Elu => "elu",
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Selu => "selu",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
            Self::Gelu => "gelu",
        }
    }
}

/// What computes the network: kernels of our own, or the slower operations of candle. Each goes on
/// from what the other has saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// `fused`.
    #[default]
    Fused,
    /// `candle`.
    Candle,
}

impl Backend {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Candle => "candle",
        }
    }
}

/// Convolutions before the hidden layers, for each stream of pictures: two and 128 features, for 20
/// x 20 pixels or more; NatureCNN's three and 512, from 36 x 36 on; MuJoCo Playground's two, from
/// 23 x 23 on; or none, where every pixel is a number like the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cnn {
    /// `simple`.
    #[default]
    Simple,
    /// `nature`.
    Nature,
    /// `playground`.
    Playground,
    /// `none`.
    None,
}

impl Cnn {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Nature => "nature",
            Self::Playground => "playground",
            Self::None => "none",
        }
    }
}

/// In a line, or along half a cosine (follow: progress).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// `linear`.
    #[default]
    Linear,
    /// `cosine`.
    Cosine,
}

impl Curve {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Cosine => "cosine",
        }
    }
}

/// Where to simulate: on the CPU, on an NVIDIA GPU by its number (cuda is the first one, as is
/// cuda:0), or on an emulator of a GPU on the CPU, slow, for tests. Policies act and PPO learns
/// there too, and no number crosses; check says what keeps them on the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// `cpu`.
    #[default]
    Cpu,
    /// `cuda`.
    Cuda,
    /// `cuda:1`.
    Cuda1,
    /// `cuda:2`.
    Cuda2,
    /// `cuda:3`.
    Cuda3,
    /// `cuda:4`.
    Cuda4,
    /// `cuda:5`.
    Cuda5,
    /// `cuda:6`.
    Cuda6,
    /// `cuda:7`.
    Cuda7,
    /// `emulate`.
    Emulate,
}

impl Device {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Cuda1 => "cuda:1",
            Self::Cuda2 => "cuda:2",
            Self::Cuda3 => "cuda:3",
            Self::Cuda4 => "cuda:4",
            Self::Cuda5 => "cuda:5",
            Self::Cuda6 => "cuda:6",
            Self::Cuda7 => "cuda:7",
            Self::Emulate => "emulate",
        }
    }
}

/// Of continuous actions: normal, which the scene clips to its range; or its hyperbolic tangent,
/// which stays within -1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distribution {
    /// `gaussian`.
    #[default]
    Gaussian,
    /// `squashed_gaussian`.
    SquashedGaussian,
}

impl Distribution {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::SquashedGaussian => "squashed_gaussian",
        }
    }
}

/// What the difficulty goes by: the share of total_updates that is done, the mean return of
/// episodes, or the share of episodes that achieve the task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// `progress`.
    #[default]
    Progress,
    /// `episode_return`.
    EpisodeReturn,
    /// `success_rate`.
    SuccessRate,
}

impl Follow {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Progress => "progress",
            Self::EpisodeReturn => "episode_return",
            Self::SuccessRate => "success_rate",
        }
    }
}

/// After all convolutions: nothing, or one number of each channel, its largest or its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlobalPool {
    /// `none`.
    #[default]
    None,
    /// `max`.
    Max,
    /// `average`.
    Average,
}

impl GlobalPool {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Max => "max",
            Self::Average => "average",
        }
    }
}

/// Initial weights: orthogonal with the gains, and biases 0; or weights and biases uniform within
/// +-1/sqrt(inputs of the layer), PyTorch's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// `orthogonal`.
    #[default]
    Orthogonal,
    /// `uniform`.
    Uniform,
}

impl Init {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Orthogonal => "orthogonal",
            Self::Uniform => "uniform",
        }
    }
}

/// Logarithm of the deviation of continuous actions: learned, the same in every state; fixed at
/// init_log_std; or an output of the network, clamped to -20 to 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogStd {
    /// `parameter`.
    #[default]
    Parameter,
    /// `fixed`.
    Fixed,
    /// `network`.
    Network,
}

impl LogStd {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Fixed => "fixed",
            Self::Network => "network",
        }
    }
}

/// Where the agent's network has other layers or sizes: an error; take the layers of the same name
/// and size; or take of other sizes the part that both have, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mismatch {
    /// `refuse`.
    #[default]
    Refuse,
    /// `skip`.
    Skip,
    /// `overlap`.
    Overlap,
}

impl Mismatch {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Skip => "skip",
            Self::Overlap => "overlap",
        }
    }
}

/// When the statistics of normalize_observations take in what is seen: in the first pass of each
/// update, as in rl_games; or at every step before acting, as in VecNormalize.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObserveAt {
    /// `update`.
    #[default]
    Update,
    /// `step`.
    Step,
}

impl ObserveAt {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Step => "step",
        }
    }
}

/// After each convolution: nothing, or the largest or the mean of windows side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pool {
    /// `none`.
    #[default]
    None,
    /// `max`.
    Max,
    /// `average`.
    Average,
}

impl Pool {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Max => "max",
            Self::Average => "average",
        }
    }
}

/// Two convolutions and 128 features, for 20 x 20 pixels or more; NatureCNN's three and 512, from
/// 36 x 36 on; MuJoCo Playground's two, from 23 x 23 on; or layers of one's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// `simple`.
    #[default]
    Simple,
    /// `nature`.
    Nature,
    /// `playground`.
    Playground,
    /// `custom`.
    Custom,
}

impl Preset {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Nature => "nature",
            Self::Playground => "playground",
            Self::Custom => "custom",
        }
    }
}

/// A recurrent layer after the hidden layers, for tasks in which what is seen at one moment is not
/// enough. The value has one of its own with separate_value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Rnn {
    /// `none`.
    #[default]
    None,
    /// `lstm`.
    Lstm {
        /// Number of units of the recurrent layer. 1 to 8192.
        size: usize,
    },
    /// `gru`.
    Gru {
        /// Number of units of the recurrent layer. 1 to 8192.
        size: usize,
    },
}

impl Rnn {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lstm { .. } => "lstm",
            Self::Gru { .. } => "gru",
        }
    }
}

/// What bytes become: 0 to 1; -0.5 to 0.5; or 0 to 1 less the mean of the picture, as in Isaac Lab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// `unit`.
    #[default]
    Unit,
    /// `centered`.
    Centered,
    /// `mean_free`.
    MeanFree,
}

impl Scaling {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Centered => "centered",
            Self::MeanFree => "mean_free",
        }
    }
}

/// How step size changes: not; to 0 over total_updates, in a line or along half a cosine; by
/// kl_threshold after each minibatch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// `constant`.
    #[default]
    Constant,
    /// `linear`.
    Linear,
    /// `cosine`.
    Cosine,
    /// `adaptive`.
    Adaptive {
        /// Change of the policy per minibatch that the adaptive schedule aims at \[nats\]. 1e-6 to
        /// 100.
        kl_threshold: f64,
    },
}

impl Schedule {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Cosine => "cosine",
            Self::Adaptive { .. } => "adaptive",
        }
    }
}

/// Brightness, colours, or distance along the camera's axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sees {
    /// `gray`.
    #[default]
    Gray,
    /// `rgb`.
    Rgb,
    /// `depth`.
    Depth,
}

impl Sees {
    /// As files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Rgb => "rgb",
            Self::Depth => "depth",
        }
    }
}

/// Makes num_envs parallel copies of an environment. It hands out the simulation and the first
/// observations, once. Workflow files call it `IsaacGymEnvNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct IsaacGymEnv {
    /// Which environment: the name of a scene.
    pub env_name: String,
    /// How many copies run in parallel. From 1.
    pub num_envs: usize,
    /// Run without a window.
    pub headless: bool,
    /// Where to simulate: on the CPU, on an NVIDIA GPU by its number (cuda is the first one, as is
    /// cuda:0), or on an emulator of a GPU on the CPU, slow, for tests. Policies act and PPO learns
    /// there too, and no number crosses; check says what keeps them on the CPU.
    pub device: Device,
}

impl Default for IsaacGymEnv {
    fn default() -> Self {
        Self { env_name: "Cartpole".into(), num_envs: 64, headless: true, device: Device::Cpu }
    }
}

impl Settings for IsaacGymEnv {
    type Ports = IsaacGymEnvPorts;
    const CLASS: &'static str = "IsaacGymEnvNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("env_name", text(&self.env_name)));
        params.push(("num_envs", int(self.num_envs)));
        params.push(("headless", ParamValue::Bool(self.headless)));
        params.push(("device", text(self.device.word())));
        params
    }

    fn ports(node: NodeKey) -> IsaacGymEnvPorts {
        IsaacGymEnvPorts { sim: node.output("sim"), observations: node.output("observations") }
    }
}

/// Inputs and outputs of a node of [`IsaacGymEnv`].
#[derive(Clone, Copy)]
pub struct IsaacGymEnvPorts {
    /// The simulation, for the step node.
    pub sim: Output<SimHandle>,
    /// The first observations, shape (num_envs, observations).
    pub observations: Output<Tensor>,
}

/// Adds a picture by a camera of the model to what an environment shows. It replaces a camera of
/// the same name in the task and keeps that camera's stack of frames. The simulation goes through
/// unchanged, so that several cameras stand one after the other. Workflow files call it
/// `CameraNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// What the stream of its pictures is called.
    pub name: String,
    /// The model's camera; empty is the one of that name.
    pub camera: String,
    /// Width of the picture \[pixels\]. 1 to 4096.
    pub width: usize,
    /// Height of the picture \[pixels\]. 1 to 4096.
    pub height: usize,
    /// Brightness, colours, or distance along the camera's axis.
    pub sees: Sees,
    /// Samples along each side of a pixel; 0 takes 2, and 1 of depth. 0 to 8.
    pub samples: usize,
    /// Standard deviation of each byte of gray and colours, in levels of 255. 0 to 255.
    pub noise: f64,
    /// Depth that is black \[m\]. 0 to 1e4.
    pub near: f64,
    /// Depth shown white; so is a pixel that sees nothing \[m\]. 0 to 1e4.
    pub far: f64,
    /// Standard deviation of depth, as far as it is the same everywhere \[m\]. 0 to 10.
    pub depth_noise: f64,
    /// What the deviation grows by with the square of depth, as a stereo camera's does \[1/m\]. 0
    /// to 10.
    pub depth_noise_growth: f64,
    /// Part of depth pixels that see nothing. 0 to 1.
    pub dropout: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            name: "front".into(),
            camera: String::new(),
            width: 64,
            height: 64,
            sees: Sees::Gray,
            samples: 0,
            noise: 0.0,
            near: 0.1,
            far: 20.0,
            depth_noise: 0.0,
            depth_noise_growth: 0.0,
            dropout: 0.0,
        }
    }
}

impl Settings for Camera {
    type Ports = CameraPorts;
    const CLASS: &'static str = "CameraNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("name", text(&self.name)));
        params.push(("camera", text(&self.camera)));
        params.push(("width", int(self.width)));
        params.push(("height", int(self.height)));
        params.push(("sees", text(self.sees.word())));
        params.push(("samples", int(self.samples)));
        params.push(("noise", ParamValue::Float(self.noise)));
        params.push(("near", ParamValue::Float(self.near)));
        params.push(("far", ParamValue::Float(self.far)));
        params.push(("depth_noise", ParamValue::Float(self.depth_noise)));
        params.push(("depth_noise_growth", ParamValue::Float(self.depth_noise_growth)));
        params.push(("dropout", ParamValue::Float(self.dropout)));
        params
    }

    fn ports(node: NodeKey) -> CameraPorts {
        CameraPorts { sim_in: node.input("sim"), sim: node.output("sim") }
    }
}

/// Inputs and outputs of a node of [`Camera`].
#[derive(Clone, Copy)]
pub struct CameraPorts {
    /// The simulation of one environment node.
    pub sim_in: Input<SimHandle>,
    /// The same, for the step node.
    pub sim: Output<SimHandle>,
}

/// Joins environments of several tasks into one simulation for one agent. Observations are filled
/// up with zeros to those of the longest task, and end in one number for each task, which is 1 for
/// the row's own task; where tasks show pictures alone, these numbers are a vector of their own,
/// task_id. Of the agent's actions each task takes as many as it has. Workflow files call it
/// `MultiTask`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MultiTask;

impl Settings for MultiTask {
    type Ports = MultiTaskPorts;
    const CLASS: &'static str = "MultiTask";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        Vec::new()
    }

    fn ports(node: NodeKey) -> MultiTaskPorts {
        MultiTaskPorts {
            sim_in: node.inputs("sim_a"),
            sim: node.output("sim"),
            observations: node.output("observations"),
        }
    }
}

/// Inputs and outputs of a node of [`MultiTask`].
#[derive(Clone, Copy)]
pub struct MultiTaskPorts {
    /// The simulations to join; sim_0, sim_1, ... too.
    pub sim_in: Inputs<SimHandle>,
    /// All of them, for one step node.
    pub sim: Output<SimHandle>,
    /// The first observations of all environments, task by task, shape (all environments, longest
    /// observation + tasks).
    pub observations: Output<Tensor>,
}

/// Applies actions and advances the simulation by one step. The first step needs no trigger; after
/// that each trigger permits one step. Workflow files call it `IsaacGymStepNode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsaacGymStep;

impl Settings for IsaacGymStep {
    type Ports = IsaacGymStepPorts;
    const CLASS: &'static str = "IsaacGymStepNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        Vec::new()
    }

    fn ports(node: NodeKey) -> IsaacGymStepPorts {
        IsaacGymStepPorts {
            sim: node.input("sim"),
            actions: node.input("actions"),
            trigger: node.input("trigger"),
            difficulty: node.input("difficulty"),
            observations: node.output("observations"),
            rewards: node.output("rewards"),
            dones: node.output("dones"),
            info: node.output("info"),
            next_observations: node.output("next_observations"),
        }
    }
}

/// Inputs and outputs of a node of [`IsaacGymStep`].
#[derive(Clone, Copy)]
pub struct IsaacGymStepPorts {
    /// The simulation.
    pub sim: Input<SimHandle>,
    /// Actions, shape (num_envs, actions). From a policy directly, the scene scales them.
    pub actions: Input<Action>,
    /// Permission to step; not needed in inference.
    pub trigger: Input<Sync>,
    /// How hard the task is, from 0 to 1, by a Curriculum; without one the scene decides.
    pub difficulty: Input<Float>,
    /// Observations after the step; after a reset, the first of the new episode.
    pub observations: Output<Tensor>,
    /// Reward of the step, shape (num_envs,).
    pub rewards: Output<Tensor>,
    /// Whether an episode ended, shape (num_envs,).
    pub dones: Output<Dones>,
    /// Time-outs and what else the scene reports.
    pub info: Output<Dict>,
    /// Observations after the step, before any reset.
    pub next_observations: Output<Tensor>,
}

/// Hands on each value that arrives on any input, one for one and never merged. When several are
/// ready, input_a goes before input_b before input_c. Workflow files call it `ORNode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Or;

impl Settings for Or {
    type Ports = OrPorts;
    const CLASS: &'static str = "ORNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        Vec::new()
    }

    fn ports(node: NodeKey) -> OrPorts {
        OrPorts { input: node.inputs("input_a"), output: node.output("output") }
    }
}

/// Inputs and outputs of a node of [`Or`].
#[derive(Clone, Copy)]
pub struct OrPorts {
    /// Streams to join; input_0, input_1, ... too.
    pub input: Inputs<Any>,
    /// The joined stream.
    pub output: Output<Any>,
}

/// Has the environments whose observations go through it show several frames of a camera at once:
/// the newest, and those of the steps before. At the start of an episode the first frame is
/// repeated. It counts for all who see these environments, in place of the stack that a task gives.
/// Workflow files call it `FrameStackNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameStack {
    /// Frames that are seen at once; 1 stacks none. 1 to 64.
    pub frames: usize,
    /// The camera, by its name; empty means all of them.
    pub stream: String,
}

impl Default for FrameStack {
    fn default() -> Self {
        Self { frames: 2, stream: String::new() }
    }
}

impl Settings for FrameStack {
    type Ports = FrameStackPorts;
    const CLASS: &'static str = "FrameStackNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("frames", int(self.frames)));
        params.push(("stream", text(&self.stream)));
        params
    }

    fn ports(node: NodeKey) -> FrameStackPorts {
        FrameStackPorts {
            observations_in: node.input("observations"),
            observations: node.output("observations"),
        }
    }
}

/// Inputs and outputs of a node of [`FrameStack`].
#[derive(Clone, Copy)]
pub struct FrameStackPorts {
    /// Observations of environments with cameras.
    pub observations_in: Input<Tensor>,
    /// The same, with stacks of frames.
    pub observations: Output<Tensor>,
}

/// An actor-critic network: chooses actions for observations and values them. Workflow files call
/// it `PPOAgentNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct PpoAgent {
    /// Widths of the hidden layers. Each is 1 to 8192.
    pub hidden_sizes: Vec<usize>,
    /// Non-linearity between layers.
    pub activation: Activation,
    /// Type of the actions: continuous, discrete or multi-discrete.
    pub action_space: ActionSpace,
    /// Number of actions, or of all that can be chosen; 0 takes it from the environment. 0 to
    /// 65536.
    pub output_size: usize,
    /// Take the mean or most likely action instead of sampling.
    pub deterministic: bool,
    /// Logarithm of the initial standard deviation of continuous actions. -20 to 5.
    pub init_log_std: f64,
    /// Number of observations; 0 takes it from the environment. From 0.
    pub input_size: usize,
    /// Scale observations by their running mean and variance.
    pub normalize_observations: bool,
    /// Learn values scaled by the running mean and variance of returns.
    pub normalize_values: bool,
    /// Give the value hidden layers of its own, of the same widths as the policy's; scenes with
    /// critic_observations need it.
    pub separate_value: bool,
    /// Of continuous actions: normal, which the scene clips to its range; or its hyperbolic
    /// tangent, which stays within -1 to 1.
    pub distribution: Distribution,
    /// Logarithm of the deviation of continuous actions: learned, the same in every state; fixed at
    /// init_log_std; or an output of the network, clamped to -20 to 2.
    pub log_std: LogStd,
    /// Gain of orthogonal initial weights of hidden layers. 0 to 100.
    pub hidden_gain: f64,
    /// Gain of those of the policy's last layer. 0 to 100.
    pub policy_gain: f64,
    /// Gain of those of the value's last layer. 0 to 100.
    pub value_gain: f64,
    /// A recurrent layer after the hidden layers, for tasks in which what is seen at one moment is
    /// not enough. The value has one of its own with separate_value.
    pub rnn: Rnn,
    /// What does not learn, with commas between: layers as checkpoints name them (trunk.0, mu,
    /// value), trunk for all hidden ones, log_std, and the statistics observations and values.
    pub frozen: String,
    /// Initial weights: orthogonal with the gains, and biases 0; or weights and biases uniform
    /// within +-1/sqrt(inputs of the layer), PyTorch's default.
    pub init: Init,
    /// Limit of normalised observations, +-. 0.001 to 1e6.
    pub clip_observations: f64,
    /// When the statistics of normalize_observations take in what is seen: in the first pass of
    /// each update, as in rl_games; or at every step before acting, as in VecNormalize.
    pub observe_at: ObserveAt,
    /// What computes the network: kernels of our own, or the slower operations of candle. Each goes
    /// on from what the other has saved.
    pub backend: Backend,
    /// Convolutions before the hidden layers, for each stream of pictures: two and 128 features,
    /// for 20 x 20 pixels or more; NatureCNN's three and 512, from 36 x 36 on; MuJoCo Playground's
    /// two, from 23 x 23 on; or none, where every pixel is a number like the others.
    pub cnn: Cnn,
    /// Whether a value with separate_value learns from pictures too, or from the other numbers
    /// alone.
    pub value_sees_pictures: bool,
}

impl Default for PpoAgent {
    fn default() -> Self {
        Self {
            hidden_sizes: vec![64, 64],
            activation: Activation::Elu,
            action_space: ActionSpace::Continuous,
            output_size: 0,
            deterministic: false,
            init_log_std: 0.0,
            input_size: 0,
            normalize_observations: false,
            normalize_values: false,
            separate_value: false,
            distribution: Distribution::Gaussian,
            log_std: LogStd::Parameter,
            hidden_gain: 1.4142135623730951,
            policy_gain: 0.01,
            value_gain: 1.0,
            rnn: Rnn::None,
            frozen: String::new(),
            init: Init::Orthogonal,
            clip_observations: 5.0,
            observe_at: ObserveAt::Update,
            backend: Backend::Fused,
            cnn: Cnn::Simple,
            value_sees_pictures: true,
        }
    }
}

impl Settings for PpoAgent {
    type Ports = PpoAgentPorts;
    const CLASS: &'static str = "PPOAgentNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("hidden_sizes", list(&self.hidden_sizes)));
        params.push(("activation", text(self.activation.word())));
        params.push(("action_space", text(self.action_space.word())));
        params.push(("output_size", int(self.output_size)));
        params.push(("deterministic", ParamValue::Bool(self.deterministic)));
        params.push(("init_log_std", ParamValue::Float(self.init_log_std)));
        params.push(("input_size", int(self.input_size)));
        params.push(("normalize_observations", ParamValue::Bool(self.normalize_observations)));
        params.push(("normalize_values", ParamValue::Bool(self.normalize_values)));
        params.push(("separate_value", ParamValue::Bool(self.separate_value)));
        params.push(("distribution", text(self.distribution.word())));
        params.push(("log_std", text(self.log_std.word())));
        params.push(("hidden_gain", ParamValue::Float(self.hidden_gain)));
        params.push(("policy_gain", ParamValue::Float(self.policy_gain)));
        params.push(("value_gain", ParamValue::Float(self.value_gain)));
        params.push(("rnn", text(self.rnn.word())));
        if let Rnn::Lstm { size } = self.rnn {
            params.push(("rnn_size", int(size)));
        }
        if let Rnn::Gru { size } = self.rnn {
            params.push(("rnn_size", int(size)));
        }
        params.push(("frozen", text(&self.frozen)));
        params.push(("init", text(self.init.word())));
        params.push(("clip_observations", ParamValue::Float(self.clip_observations)));
        params.push(("observe_at", text(self.observe_at.word())));
        params.push(("backend", text(self.backend.word())));
        params.push(("cnn", text(self.cnn.word())));
        params.push(("value_sees_pictures", ParamValue::Bool(self.value_sees_pictures)));
        params
    }

    fn ports(node: NodeKey) -> PpoAgentPorts {
        PpoAgentPorts {
            observations: node.input("observations"),
            model_in: node.input("model"),
            policy_output: node.output("policy_output"),
            model: node.output("model"),
        }
    }
}

/// Inputs and outputs of a node of [`PpoAgent`].
#[derive(Clone, Copy)]
pub struct PpoAgentPorts {
    /// Observations, shape (num_envs, observations).
    pub observations: Input<Tensor>,
    /// Weights to begin with, from CheckpointLoader.
    pub model_in: Input<Model>,
    /// Action, value, log-probability and distribution parameters for each environment.
    pub policy_output: Output<PolicyOutput>,
    /// The network, for the trainer.
    pub model: Output<Model>,
}

/// Convolutions through which the agent behind it sees pictures, in place of its `cnn`. They are
/// layers of that agent (cnn.STREAM.0 and so on) and learn with it; observations go through
/// unchanged. Workflow files call it `CNNFeatureExtractorNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct CnnFeatureExtractor {
    /// The camera, by its name; empty means all of them.
    pub stream: String,
    /// Two convolutions and 128 features, for 20 x 20 pixels or more; NatureCNN's three and 512,
    /// from 36 x 36 on; MuJoCo Playground's two, from 23 x 23 on; or layers of one's own.
    pub preset: Preset,
    /// Filters of each convolution, which are the channels that it gives. Each is 1 to 4096.
    pub filters: Vec<usize>,
    /// Side of the filters in pixels, for each convolution or one for all. Each is 1 to 1024.
    pub kernel_sizes: Vec<usize>,
    /// Strides in pixels, for each convolution or one for all. Each is 1 to 1024.
    pub strides: Vec<usize>,
    /// Pixels of zeros on each side, for each convolution or one for all; fewer than the kernel
    /// has. Each is 0 to 1023.
    pub paddings: Vec<usize>,
    /// After each convolution: nothing, or the largest or the mean of windows side by side.
    pub pool: Pool,
    /// Side of these windows \[pixels\]. 1 to 1024.
    pub pool_size: usize,
    /// After all convolutions: nothing, or one number of each channel, its largest or its mean.
    pub global_pool: GlobalPool,
    /// Width of a dense layer at the end; 0 is none, and all that the convolutions give are
    /// features. 0 to 8192.
    pub features: usize,
    /// Non-linearity after each layer.
    pub activation: Activation,
    /// What bytes become: 0 to 1; -0.5 to 0.5; or 0 to 1 less the mean of the picture, as in Isaac
    /// Lab.
    pub scaling: Scaling,
}

impl Default for CnnFeatureExtractor {
    fn default() -> Self {
        Self {
            stream: String::new(),
            preset: Preset::Simple,
            filters: vec![16, 32],
            kernel_sizes: vec![8, 4],
            strides: vec![4, 2],
            paddings: vec![0],
            pool: Pool::None,
            pool_size: 2,
            global_pool: GlobalPool::None,
            features: 128,
            activation: Activation::Relu,
            scaling: Scaling::Unit,
        }
    }
}

impl Settings for CnnFeatureExtractor {
    type Ports = CnnFeatureExtractorPorts;
    const CLASS: &'static str = "CNNFeatureExtractorNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("stream", text(&self.stream)));
        params.push(("preset", text(self.preset.word())));
        params.push(("filters", list(&self.filters)));
        params.push(("kernel_sizes", list(&self.kernel_sizes)));
        params.push(("strides", list(&self.strides)));
        params.push(("paddings", list(&self.paddings)));
        params.push(("pool", text(self.pool.word())));
        params.push(("pool_size", int(self.pool_size)));
        params.push(("global_pool", text(self.global_pool.word())));
        params.push(("features", int(self.features)));
        params.push(("activation", text(self.activation.word())));
        params.push(("scaling", text(self.scaling.word())));
        params
    }

    fn ports(node: NodeKey) -> CnnFeatureExtractorPorts {
        CnnFeatureExtractorPorts {
            observations: node.input("observations"),
            features: node.output("features"),
        }
    }
}

/// Inputs and outputs of a node of [`CnnFeatureExtractor`].
#[derive(Clone, Copy)]
pub struct CnnFeatureExtractorPorts {
    /// Observations with pictures, straight from environments or through an ORNode.
    pub observations: Input<Tensor>,
    /// The same, for one agent.
    pub features: Output<Tensor>,
}

/// Clips the policy's action to -1..1 and scales it to a force on the cart. Workflow files call it
/// `CartpoleActionNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct CartpoleAction {
    /// Force at an action of 1 \[N\]. 0 to 1e6.
    pub max_push_effort: f64,
}

impl Default for CartpoleAction {
    fn default() -> Self {
        Self { max_push_effort: 10.0 }
    }
}

impl Settings for CartpoleAction {
    type Ports = CartpoleActionPorts;
    const CLASS: &'static str = "CartpoleActionNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("max_push_effort", ParamValue::Float(self.max_push_effort)));
        params
    }

    fn ports(node: NodeKey) -> CartpoleActionPorts {
        CartpoleActionPorts { policy: node.input("policy"), actions: node.output("actions") }
    }
}

/// Inputs and outputs of a node of [`CartpoleAction`].
#[derive(Clone, Copy)]
pub struct CartpoleActionPorts {
    /// The policy's output.
    pub policy: Input<PolicyOutput>,
    /// Force on the cart, shape (num_envs, 1).
    pub actions: Output<Action>,
}

/// Clips the policy's eight actions to -1..1 and scales them for the ant's motors. Workflow files
/// call it `AntActionNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct AntAction {
    /// Share of the motors' strength that an action of 1 uses. 0 to 1.
    pub power_scale: f64,
}

impl Default for AntAction {
    fn default() -> Self {
        Self { power_scale: 1.0 }
    }
}

impl Settings for AntAction {
    type Ports = AntActionPorts;
    const CLASS: &'static str = "AntActionNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("power_scale", ParamValue::Float(self.power_scale)));
        params
    }

    fn ports(node: NodeKey) -> AntActionPorts {
        AntActionPorts { policy: node.input("policy"), actions: node.output("actions") }
    }
}

/// Inputs and outputs of a node of [`AntAction`].
#[derive(Clone, Copy)]
pub struct AntActionPorts {
    /// The policy's output.
    pub policy: Input<PolicyOutput>,
    /// Actions in -1..1, shape (num_envs, joints); a joint's gear makes them torques.
    pub actions: Output<Action>,
}

/// Clips the policy's 21 actions to -1..1 and scales them for the humanoid's motors. Workflow files
/// call it `HumanoidActionNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct HumanoidAction {
    /// Share of the motors' strength that an action of 1 uses. 0 to 1.
    pub power_scale: f64,
}

impl Default for HumanoidAction {
    fn default() -> Self {
        Self { power_scale: 1.0 }
    }
}

impl Settings for HumanoidAction {
    type Ports = HumanoidActionPorts;
    const CLASS: &'static str = "HumanoidActionNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("power_scale", ParamValue::Float(self.power_scale)));
        params
    }

    fn ports(node: NodeKey) -> HumanoidActionPorts {
        HumanoidActionPorts { policy: node.input("policy"), actions: node.output("actions") }
    }
}

/// Inputs and outputs of a node of [`HumanoidAction`].
#[derive(Clone, Copy)]
pub struct HumanoidActionPorts {
    /// The policy's output.
    pub policy: Input<PolicyOutput>,
    /// Actions in -1..1, shape (num_envs, joints); a joint's gear makes them torques.
    pub actions: Output<Action>,
}

/// Adds terms to the reward of each step, and weighs the scene's own. The trainer then learns from
/// what comes out; returns in metrics and evaluations stay those of the scene. Workflow files call
/// it `RewardShaper`.
#[derive(Clone, Debug, PartialEq)]
pub struct RewardShaper {
    /// Terms to add, as NAME: EXPRESSION with semicolons or line breaks between them. Read are
    /// obs(NAME), obs(NAME).PART and obs(INDEX), the same of previous_obs and action, the scene's
    /// term(NAME), reward, progress (from 0 to 1; it stays 0 where total_updates is 0), terminated
    /// and truncated. Of several tasks, names are those that all have in the same place.
    pub terms: String,
    /// Factors of terms, here or in the scene, as NAME: EXPRESSION in the same way; 1 where nothing
    /// is said. What a scene gives instead of its terms at an end is not weighted.
    pub weights: String,
}

impl Default for RewardShaper {
    fn default() -> Self {
        Self { terms: String::new(), weights: String::new() }
    }
}

impl Settings for RewardShaper {
    type Ports = RewardShaperPorts;
    const CLASS: &'static str = "RewardShaper";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("terms", text(&self.terms)));
        params.push(("weights", text(&self.weights)));
        params
    }

    fn ports(node: NodeKey) -> RewardShaperPorts {
        RewardShaperPorts {
            rewards_in: node.input("rewards"),
            observations: node.input("observations"),
            states: node.input("states"),
            actions: node.input("actions"),
            dones: node.input("dones"),
            rewards: node.output("rewards"),
        }
    }
}

/// Inputs and outputs of a node of [`RewardShaper`].
#[derive(Clone, Copy)]
pub struct RewardShaperPorts {
    /// Reward of the step, shape (num_envs,).
    pub rewards_in: Input<Tensor>,
    /// What the step led to, before any reset: next_observations of the step node. `obs`, which are
    /// the critic_observations of a task whose policy sees pictures alone.
    pub observations: Input<Tensor>,
    /// What the agent saw before the step, as the trainer stores it. `previous_obs`.
    pub states: Input<Tensor>,
    /// What was done: `action`, within -1 to 1 from a policy, in its units from an action node.
    pub actions: Input<Action>,
    /// How it ended: `terminated`, `truncated`.
    pub dones: Input<Dones>,
    /// The shaped rewards, shape (num_envs,).
    pub rewards: Output<Tensor>,
}

/// Says how hard the task is, from 0 to 1: a scene's `difficulty`, pushes and randomisation go by
/// it. It follows the progress of training, or rises as the agent earns it by its returns or its
/// rate of success. A policy is measured at difficulty 1. Workflow files call it `Curriculum`.
#[derive(Clone, Debug, PartialEq)]
pub struct Curriculum {
    /// What the difficulty goes by: the share of total_updates that is done, the mean return of
    /// episodes, or the share of episodes that achieve the task.
    pub follow: Follow,
    /// Difficulty at the beginning. 0 to 1.
    pub start: f64,
    /// Difficulty at the end, which is the maximum. 0 to 1.
    pub end: f64,
    /// Progress at which the difficulty begins to change (follow: progress). 0 to 1.
    pub begin_at: f64,
    /// Progress at which it has reached its end (follow: progress). 0 to 1.
    pub finish_at: f64,
    /// In a line, or along half a cosine (follow: progress).
    pub curve: Curve,
    /// Number of equal steps that it rises in; 0 is without steps (follow: progress). 0 to 1000.
    pub levels: usize,
    /// Mean return or rate of success from which on the difficulty rises by `step`. -1e9 to 1e9.
    pub raise_at: f64,
    /// Whether it also falls, where the mean is too low.
    pub lowers: bool,
    /// Mean return or rate of success down to which it falls by `step`, if it `lowers`. -1e9 to
    /// 1e9.
    pub lower_at: f64,
    /// How much it changes at a time. 1e-6 to 1.
    pub step: f64,
    /// Episodes since the last change that a mean must be of. From 1.
    pub episodes: usize,
}

impl Default for Curriculum {
    fn default() -> Self {
        Self {
            follow: Follow::Progress,
            start: 0.0,
            end: 1.0,
            begin_at: 0.0,
            finish_at: 1.0,
            curve: Curve::Linear,
            levels: 0,
            raise_at: 0.8,
            lowers: false,
            lower_at: 0.2,
            step: 0.1,
            episodes: 100,
        }
    }
}

impl Settings for Curriculum {
    type Ports = CurriculumPorts;
    const CLASS: &'static str = "Curriculum";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("follow", text(self.follow.word())));
        params.push(("start", ParamValue::Float(self.start)));
        params.push(("end", ParamValue::Float(self.end)));
        params.push(("begin_at", ParamValue::Float(self.begin_at)));
        params.push(("finish_at", ParamValue::Float(self.finish_at)));
        params.push(("curve", text(self.curve.word())));
        params.push(("levels", int(self.levels)));
        params.push(("raise_at", ParamValue::Float(self.raise_at)));
        params.push(("lowers", ParamValue::Bool(self.lowers)));
        params.push(("lower_at", ParamValue::Float(self.lower_at)));
        params.push(("step", ParamValue::Float(self.step)));
        params.push(("episodes", int(self.episodes)));
        params
    }

    fn ports(node: NodeKey) -> CurriculumPorts {
        CurriculumPorts {
            loss_info: node.input("loss_info"),
            difficulty: node.output("difficulty"),
        }
    }
}

/// Inputs and outputs of a node of [`Curriculum`].
#[derive(Clone, Copy)]
pub struct CurriculumPorts {
    /// Metrics of the updates to follow; if not connected, those of the workflow's trainer.
    pub loss_info: Input<Metrics>,
    /// How hard the task is from the next step on, for IsaacGymStepNode.
    pub difficulty: Output<Float>,
}

/// Stores each transition, and after horizon_length steps improves the policy by proximal policy
/// optimisation. It triggers the next step after each transition. Workflow files call it
/// `PPOTrainerNode`.
#[derive(Clone, Debug, PartialEq)]
pub struct PpoTrainer {
    /// Steps between updates \[steps\]. 1 to 1000000.
    pub horizon_length: usize,
    /// Passes over the samples in each update. 1 to 1000.
    pub epochs: usize,
    /// Samples in each gradient step. From 1.
    pub minibatch_size: usize,
    /// Discount of later rewards. 0 to 1.
    pub gamma: f64,
    /// Decay of generalised advantage estimation. 0 to 1.
    pub lam: f64,
    /// How far the policy ratio may leave 1. 1e-6 to 10.
    pub clip_param: f64,
    /// Weight of the value loss, the mean squared error with no factor 1/2. 0 to 1000.
    pub value_coef: f64,
    /// Weight of the entropy bonus. 0 to 100.
    pub entropy_coef: f64,
    /// Step size at the start. 1e-12 to 1.
    pub learning_rate: f64,
    /// Largest norm of the gradient; 0 does not clip. 0 to 1e6.
    pub max_grad_norm: f64,
    /// Save checkpoints while training.
    pub checkpoint: Option<Trigger>,
    /// Weight of the loss on action means beyond 1.1. 0 to 1000.
    pub bounds_coef: f64,
    /// Scale advantages to mean 0, deviation 1.
    pub normalize_advantages: bool,
    /// Clip value changes by clip_param too; for agents that normalize_values.
    pub clip_value_loss: bool,
    /// Factor on rewards before learning. 0 to 1e6.
    pub reward_scale: f64,
    /// How step size changes: not; to 0 over total_updates, in a line or along half a cosine; by
    /// kl_threshold after each minibatch.
    pub schedule: Schedule,
    /// Updates to make; 0 goes on until stopped. From 0.
    pub total_updates: usize,
    /// Divide rewards by the running deviation of the discounted return, and clamp them to +-10.
    pub normalize_rewards: bool,
    /// An update ends once the policy has changed by 1.5 times this; 0 is off \[nats\]. 0 to 100.
    pub target_kl: f64,
    /// How many of its checkpoints to keep, the newest; 0 keeps all. From 0.
    pub checkpoint_keep: usize,
    /// Settings that change over total_updates, as NAME:END or NAME:END:cosine, with commas between
    /// them: "clip_param:0.05, entropy_coef:0:cosine". Of learning_rate (where schedule is
    /// constant), gamma, lam, clip_param, value_coef, entropy_coef, bounds_coef, max_grad_norm,
    /// target_kl, kl_threshold, reward_scale and adam_epsilon.
    pub anneal: String,
    /// Steps through which gradients of a recurrent agent go back in time; 0 is horizon_length. It
    /// divides horizon_length and minibatch_size, for minibatches hold whole sequences \[steps\]. 0
    /// to 1000000.
    pub sequence_length: usize,
    /// Normalize advantages over each minibatch by itself, not over all samples of an update.
    pub normalize_by_minibatch: bool,
    /// What Adam adds to the root of the mean squared gradient. PyTorch's default; PPO's usual
    /// implementations have 1e-5. 1e-16 to 1.
    pub adam_epsilon: f64,
}

impl Default for PpoTrainer {
    fn default() -> Self {
        Self {
            horizon_length: 16,
            epochs: 4,
            minibatch_size: 32,
            gamma: 0.99,
            lam: 0.95,
            clip_param: 0.2,
            value_coef: 0.5,
            entropy_coef: 0.01,
            learning_rate: 0.0003,
            max_grad_norm: 0.5,
            checkpoint: None,
            bounds_coef: 0.0,
            normalize_advantages: true,
            clip_value_loss: false,
            reward_scale: 1.0,
            schedule: Schedule::Constant,
            total_updates: 0,
            normalize_rewards: false,
            target_kl: 0.0,
            checkpoint_keep: 0,
            anneal: String::new(),
            sequence_length: 0,
            normalize_by_minibatch: false,
            adam_epsilon: 1e-8,
        }
    }
}

impl Settings for PpoTrainer {
    type Ports = PpoTrainerPorts;
    const CLASS: &'static str = "PPOTrainerNode";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("horizon_length", int(self.horizon_length)));
        params.push(("epochs", int(self.epochs)));
        params.push(("minibatch_size", int(self.minibatch_size)));
        params.push(("gamma", ParamValue::Float(self.gamma)));
        params.push(("lam", ParamValue::Float(self.lam)));
        params.push(("clip_param", ParamValue::Float(self.clip_param)));
        params.push(("value_coef", ParamValue::Float(self.value_coef)));
        params.push(("entropy_coef", ParamValue::Float(self.entropy_coef)));
        params.push(("learning_rate", ParamValue::Float(self.learning_rate)));
        params.push(("max_grad_norm", ParamValue::Float(self.max_grad_norm)));
        params.push(("checkpoint_enabled", ParamValue::Bool(self.checkpoint.is_some())));
        if let Some(trigger) = &self.checkpoint {
            let [kind, value] = trigger.to_params();
            params.extend([("checkpoint_trigger_type", kind), ("checkpoint_trigger_value", value)]);
        }
        params.push(("bounds_coef", ParamValue::Float(self.bounds_coef)));
        params.push(("normalize_advantages", ParamValue::Bool(self.normalize_advantages)));
        params.push(("clip_value_loss", ParamValue::Bool(self.clip_value_loss)));
        params.push(("reward_scale", ParamValue::Float(self.reward_scale)));
        params.push(("schedule", text(self.schedule.word())));
        if let Schedule::Adaptive { kl_threshold } = self.schedule {
            params.push(("kl_threshold", ParamValue::Float(kl_threshold)));
        }
        params.push(("total_updates", int(self.total_updates)));
        params.push(("normalize_rewards", ParamValue::Bool(self.normalize_rewards)));
        params.push(("target_kl", ParamValue::Float(self.target_kl)));
        params.push(("checkpoint_keep", int(self.checkpoint_keep)));
        params.push(("anneal", text(&self.anneal)));
        params.push(("sequence_length", int(self.sequence_length)));
        params.push(("normalize_by_minibatch", ParamValue::Bool(self.normalize_by_minibatch)));
        params.push(("adam_epsilon", ParamValue::Float(self.adam_epsilon)));
        params
    }

    fn ports(node: NodeKey) -> PpoTrainerPorts {
        PpoTrainerPorts {
            states: node.input("states"),
            policy_outputs: node.input("policy_outputs"),
            rewards: node.input("rewards"),
            dones: node.input("dones"),
            model: node.input("model"),
            loss: node.output("loss"),
            training_complete: node.output("training_complete"),
        }
    }
}

/// Inputs and outputs of a node of [`PpoTrainer`].
#[derive(Clone, Copy)]
pub struct PpoTrainerPorts {
    /// The observations that the agent acted on.
    pub states: Input<Tensor>,
    /// The agent's output for these observations.
    pub policy_outputs: Input<PolicyOutput>,
    /// Reward of the step, shape (num_envs,).
    pub rewards: Input<Tensor>,
    /// Whether an episode ended, shape (num_envs,).
    pub dones: Input<Dones>,
    /// The network to improve.
    pub model: Input<Model>,
    /// Losses and other numbers of each update.
    pub loss: Output<Metrics>,
    /// Permission for the next step: after each transition, and after each update.
    pub training_complete: Output<Sync>,
}

/// Has the agent, the student, learn to do what a trained policy, the teacher, would do in the
/// states that the student comes to (DAgger). The teacher sees what it was trained on, by the names
/// of observations; rewards have no part in it. It triggers the next step after each transition.
/// Workflow files call it `DistillationTrainer`.
#[derive(Clone, Debug, PartialEq)]
pub struct DistillationTrainer {
    /// A run's name or folder, or a saver's folder (the last checkpoint there; add /best for the
    /// best), a checkpoint's folder, or a weights file by DNNE.
    pub teacher: String,
    /// Steps between updates \[steps\]. 1 to 1000000.
    pub horizon_length: usize,
    /// Passes over the samples of all rollouts that are kept, in each update. 1 to 1000.
    pub epochs: usize,
    /// Samples in each gradient step. From 1.
    pub minibatch_size: usize,
    /// Rollouts that an update learns from: the newest and the last ones before it. 1 is RSL-RL's
    /// distillation; more forget less of what was met before. Each is kept in memory and in every
    /// checkpoint, pictures included. 1 to 100000.
    pub num_rollouts: usize,
    /// Adam's step size. 1e-12 to 1.
    pub learning_rate: f64,
    /// Longer gradients are shortened to this; 0 is off. 0 to 1e6.
    pub max_grad_norm: f64,
    /// What Adam adds to the root of the second moment. 1e-15 to 1.
    pub adam_epsilon: f64,
    /// Steps through which gradients of a recurrent agent go back in time; 0 is horizon_length. It
    /// divides horizon_length and minibatch_size, for minibatches hold whole sequences \[steps\]. 0
    /// to 1000000.
    pub sequence_length: usize,
    /// Updates to make; 0 goes on until stopped. From 0.
    pub total_updates: usize,
    /// Save checkpoints while training.
    pub checkpoint: Option<Trigger>,
    /// How many of its checkpoints to keep, the newest; 0 keeps all. From 0.
    pub checkpoint_keep: usize,
}

impl Default for DistillationTrainer {
    fn default() -> Self {
        Self {
            teacher: String::new(),
            horizon_length: 16,
            epochs: 2,
            minibatch_size: 1024,
            num_rollouts: 10,
            learning_rate: 0.001,
            max_grad_norm: 1.0,
            adam_epsilon: 1e-8,
            sequence_length: 0,
            total_updates: 0,
            checkpoint: None,
            checkpoint_keep: 0,
        }
    }
}

impl Settings for DistillationTrainer {
    type Ports = DistillationTrainerPorts;
    const CLASS: &'static str = "DistillationTrainer";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("teacher", text(&self.teacher)));
        params.push(("horizon_length", int(self.horizon_length)));
        params.push(("epochs", int(self.epochs)));
        params.push(("minibatch_size", int(self.minibatch_size)));
        params.push(("num_rollouts", int(self.num_rollouts)));
        params.push(("learning_rate", ParamValue::Float(self.learning_rate)));
        params.push(("max_grad_norm", ParamValue::Float(self.max_grad_norm)));
        params.push(("adam_epsilon", ParamValue::Float(self.adam_epsilon)));
        params.push(("sequence_length", int(self.sequence_length)));
        params.push(("total_updates", int(self.total_updates)));
        params.push(("checkpoint_enabled", ParamValue::Bool(self.checkpoint.is_some())));
        if let Some(trigger) = &self.checkpoint {
            let [kind, value] = trigger.to_params();
            params.extend([("checkpoint_trigger_type", kind), ("checkpoint_trigger_value", value)]);
        }
        params.push(("checkpoint_keep", int(self.checkpoint_keep)));
        params
    }

    fn ports(node: NodeKey) -> DistillationTrainerPorts {
        DistillationTrainerPorts {
            states: node.input("states"),
            policy_outputs: node.input("policy_outputs"),
            rewards: node.input("rewards"),
            dones: node.input("dones"),
            model: node.input("model"),
            loss: node.output("loss"),
            training_complete: node.output("training_complete"),
        }
    }
}

/// Inputs and outputs of a node of [`DistillationTrainer`].
#[derive(Clone, Copy)]
pub struct DistillationTrainerPorts {
    /// The observations that the agent acted on.
    pub states: Input<Tensor>,
    /// The agent's output for these observations.
    pub policy_outputs: Input<PolicyOutput>,
    /// Reward of the step, shape (num_envs,), for the metrics alone.
    pub rewards: Input<Tensor>,
    /// Whether an episode ended, shape (num_envs,).
    pub dones: Input<Dones>,
    /// The network to improve.
    pub model: Input<Model>,
    /// Losses and other numbers of each update.
    pub loss: Output<Metrics>,
    /// Permission for the next step: after each transition, and after each update.
    pub training_complete: Output<Sync>,
}

/// Saves the weights of a network with everything that a run needs to go on from there, as the
/// trainer's updates make it due. Workflow files call it `CheckpointSaver`.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointSaver {
    /// Folder to save in; empty is that of the run.
    pub path: String,
    /// What triggers a checkpoint.
    pub trigger: Trigger,
    /// How many of this node's checkpoints to keep, the newest; 0 keeps all. From 0.
    pub keep: usize,
}

impl Default for CheckpointSaver {
    fn default() -> Self {
        Self { path: String::new(), trigger: Trigger::Epochs(10), keep: 0 }
    }
}

impl Settings for CheckpointSaver {
    type Ports = CheckpointSaverPorts;
    const CLASS: &'static str = "CheckpointSaver";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("path", text(&self.path)));
        let [kind, value] = self.trigger.to_params();
        params.extend([("trigger", kind), ("value", value)]);
        params.push(("keep", int(self.keep)));
        params
    }

    fn ports(node: NodeKey) -> CheckpointSaverPorts {
        CheckpointSaverPorts { model: node.input("model"), loss_info: node.input("loss_info") }
    }
}

/// Inputs and outputs of a node of [`CheckpointSaver`].
#[derive(Clone, Copy)]
pub struct CheckpointSaverPorts {
    /// The network to save.
    pub model: Input<Model>,
    /// Metrics of the updates to follow; if not connected, those of the workflow's trainer.
    pub loss_info: Input<Metrics>,
}

/// Loads the weights of a saved network, for an agent to begin with. Workflow files call it
/// `CheckpointLoader`.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointLoader {
    /// A run's name or folder, or the folder that a saver writes to, of which it is the last
    /// checkpoint, or with /best after it the best; a checkpoint's folder; or a file of weights.
    pub path: String,
    /// Where the agent's network has other layers or sizes: an error; take the layers of the same
    /// name and size; or take of other sizes the part that both have, too.
    pub mismatch: Mismatch,
}

impl Default for CheckpointLoader {
    fn default() -> Self {
        Self { path: String::new(), mismatch: Mismatch::Refuse }
    }
}

impl Settings for CheckpointLoader {
    type Ports = CheckpointLoaderPorts;
    const CLASS: &'static str = "CheckpointLoader";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("path", text(&self.path)));
        params.push(("mismatch", text(self.mismatch.word())));
        params
    }

    fn ports(node: NodeKey) -> CheckpointLoaderPorts {
        CheckpointLoaderPorts { model: node.output("model") }
    }
}

/// Inputs and outputs of a node of [`CheckpointLoader`].
#[derive(Clone, Copy)]
pub struct CheckpointLoaderPorts {
    /// The weights, for an agent.
    pub model: Output<Model>,
}

/// Hands on every interval-th row of metrics to other loggers. Every row is in the run's
/// metrics.jsonl, whatever loggers a workflow has. Workflow files call it `MetricsLogger`.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsLogger {
    /// Updates from one entry to the next \[updates\]. From 1.
    pub interval: usize,
}

impl Default for MetricsLogger {
    fn default() -> Self {
        Self { interval: 1 }
    }
}

impl Settings for MetricsLogger {
    type Ports = MetricsLoggerPorts;
    const CLASS: &'static str = "MetricsLogger";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("interval", int(self.interval)));
        params
    }

    fn ports(node: NodeKey) -> MetricsLoggerPorts {
        MetricsLoggerPorts { loss_info: node.input("loss_info"), metrics: node.output("metrics") }
    }
}

/// Inputs and outputs of a node of [`MetricsLogger`].
#[derive(Clone, Copy)]
pub struct MetricsLoggerPorts {
    /// Metrics from the trainer.
    pub loss_info: Input<Metrics>,
    /// The same metrics, when due.
    pub metrics: Output<Metrics>,
}

/// Prints training metrics to the terminal. Workflow files call it `ConsoleLogger`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleLogger {
    /// Updates from one line to the next \[updates\]. From 1.
    pub interval: usize,
}

impl Default for ConsoleLogger {
    fn default() -> Self {
        Self { interval: 1 }
    }
}

impl Settings for ConsoleLogger {
    type Ports = ConsoleLoggerPorts;
    const CLASS: &'static str = "ConsoleLogger";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("interval", int(self.interval)));
        params
    }

    fn ports(node: NodeKey) -> ConsoleLoggerPorts {
        ConsoleLoggerPorts { loss_info: node.input("loss_info") }
    }
}

/// Inputs and outputs of a node of [`ConsoleLogger`].
#[derive(Clone, Copy)]
pub struct ConsoleLoggerPorts {
    /// Metrics to print.
    pub loss_info: Input<Metrics>,
}

/// Writes training metrics, histograms of actions and their deviations, every node's parameters and
/// the workflow as TensorBoard events into the run's folder tensorboard, or, of several loggers,
/// into folders in it by their ids. Workflow files call it `TensorBoardLogger`.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorBoardLogger {
    /// Updates from one event to the next \[updates\]. From 1.
    pub interval: usize,
}

impl Default for TensorBoardLogger {
    fn default() -> Self {
        Self { interval: 1 }
    }
}

impl Settings for TensorBoardLogger {
    type Ports = TensorBoardLoggerPorts;
    const CLASS: &'static str = "TensorBoardLogger";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("interval", int(self.interval)));
        params
    }

    fn ports(node: NodeKey) -> TensorBoardLoggerPorts {
        TensorBoardLoggerPorts { loss_info: node.input("loss_info") }
    }
}

/// Inputs and outputs of a node of [`TensorBoardLogger`].
#[derive(Clone, Copy)]
pub struct TensorBoardLoggerPorts {
    /// Metrics to write.
    pub loss_info: Input<Metrics>,
}

/// Prints the shape and values of what it gets, and hands it on. Workflow files call it
/// `DebugPrint`.
#[derive(Clone, Debug, PartialEq)]
pub struct DebugPrint {
    /// Text to print before each value.
    pub prefix: String,
    /// Print values; otherwise only pass them on.
    pub enabled: bool,
    /// Print every n-th value. From 1.
    pub every_n: usize,
}

impl Default for DebugPrint {
    fn default() -> Self {
        Self { prefix: String::new(), enabled: true, every_n: 1 }
    }
}

impl Settings for DebugPrint {
    type Ports = DebugPrintPorts;
    const CLASS: &'static str = "DebugPrint";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("prefix", text(&self.prefix)));
        params.push(("enabled", ParamValue::Bool(self.enabled)));
        params.push(("every_n", int(self.every_n)));
        params
    }

    fn ports(node: NodeKey) -> DebugPrintPorts {
        DebugPrintPorts { input: node.input("input"), output: node.output("output") }
    }
}

/// Inputs and outputs of a node of [`DebugPrint`].
#[derive(Clone, Copy)]
pub struct DebugPrintPorts {
    /// Anything.
    pub input: Input<Any>,
    /// The same.
    pub output: Output<Any>,
}

/// Shows the latest value on the canvas, and hands it on. Workflow files call it `Display`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Display;

impl Settings for Display {
    type Ports = DisplayPorts;
    const CLASS: &'static str = "Display";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        Vec::new()
    }

    fn ports(node: NodeKey) -> DisplayPorts {
        DisplayPorts { input: node.input("input"), output: node.output("output") }
    }
}

/// Inputs and outputs of a node of [`Display`].
#[derive(Clone, Copy)]
pub struct DisplayPorts {
    /// Anything.
    pub input: Input<Any>,
    /// The same.
    pub output: Output<Any>,
}

/// Holds a number. Linked to parameters, it sets them all. Workflow files call it `FloatConstant`.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatConstant {
    /// The number.
    pub value: f64,
}

impl Default for FloatConstant {
    fn default() -> Self {
        Self { value: 0.0 }
    }
}

impl Settings for FloatConstant {
    type Ports = FloatConstantPorts;
    const CLASS: &'static str = "FloatConstant";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("value", ParamValue::Float(self.value)));
        params
    }

    fn ports(node: NodeKey) -> FloatConstantPorts {
        FloatConstantPorts { value: node.output("value") }
    }
}

/// Inputs and outputs of a node of [`FloatConstant`].
#[derive(Clone, Copy)]
pub struct FloatConstantPorts {
    /// The value, once.
    pub value: Output<Float>,
}

/// Holds a whole number. Linked to parameters, it sets them all. Workflow files call it
/// `IntConstant`.
#[derive(Clone, Debug, PartialEq)]
pub struct IntConstant {
    /// The number.
    pub value: i64,
}

impl Default for IntConstant {
    fn default() -> Self {
        Self { value: 0 }
    }
}

impl Settings for IntConstant {
    type Ports = IntConstantPorts;
    const CLASS: &'static str = "IntConstant";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("value", ParamValue::Int(self.value)));
        params
    }

    fn ports(node: NodeKey) -> IntConstantPorts {
        IntConstantPorts { value: node.output("value") }
    }
}

/// Inputs and outputs of a node of [`IntConstant`].
#[derive(Clone, Copy)]
pub struct IntConstantPorts {
    /// The value, once.
    pub value: Output<Int>,
}

/// Holds a text. Linked to parameters, it sets them all. Workflow files call it `StringConstant`.
#[derive(Clone, Debug, PartialEq)]
pub struct StringConstant {
    /// The text.
    pub value: String,
}

impl Default for StringConstant {
    fn default() -> Self {
        Self { value: String::new() }
    }
}

impl Settings for StringConstant {
    type Ports = StringConstantPorts;
    const CLASS: &'static str = "StringConstant";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("value", text(&self.value)));
        params
    }

    fn ports(node: NodeKey) -> StringConstantPorts {
        StringConstantPorts { value: node.output("value") }
    }
}

/// Inputs and outputs of a node of [`StringConstant`].
#[derive(Clone, Copy)]
pub struct StringConstantPorts {
    /// The value, once.
    pub value: Output<Text>,
}

/// Holds true or false. Linked to parameters, it sets them all. Workflow files call it
/// `BooleanConstant`.
#[derive(Clone, Debug, PartialEq)]
pub struct BooleanConstant {
    /// True or false.
    pub value: bool,
}

impl Default for BooleanConstant {
    fn default() -> Self {
        Self { value: false }
    }
}

impl Settings for BooleanConstant {
    type Ports = BooleanConstantPorts;
    const CLASS: &'static str = "BooleanConstant";

    fn params(&self) -> Vec<(&'static str, ParamValue)> {
        let mut params = Vec::new();
        params.push(("value", ParamValue::Bool(self.value)));
        params
    }

    fn ports(node: NodeKey) -> BooleanConstantPorts {
        BooleanConstantPorts { value: node.output("value") }
    }
}

/// Inputs and outputs of a node of [`BooleanConstant`].
#[derive(Clone, Copy)]
pub struct BooleanConstantPorts {
    /// The value, once.
    pub value: Output<Bool>,
}
