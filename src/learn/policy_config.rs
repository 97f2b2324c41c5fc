//! The settings of a policy.

use serde::{Deserialize, Serialize};

use super::distribution::{ActionSpace, Head, LogStd};
use super::encoder::EncoderConfig;
use super::error::LearnError;
use super::network::{
    Activation, Backend, Init, InitGains, NetworkShape, OwnLayer, Recurrent, RnnConfig,
};
use crate::math::lanes::Isa;
use crate::space::{ObservationGroup, ObservationSpace, ObservationStream, Picture};

/// The shape of a policy and the seed of its weights and of its noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyConfig {
    /// The observation space: at least one number for the policy; privileged streams only with
    /// `separate_value`.
    pub observations: ObservationSpace,
    /// The action space.
    pub action_space: ActionSpace,
    /// Encoders of pictures, each of a stream of its own. What they give lies before the other numbers that the
    /// policy sees; a stream of pictures without one is a row of numbers like the others.
    #[serde(default)]
    pub encoders: Vec<EncoderConfig>,
    /// Whether a value with hidden layers of its own sees what encoders give, which then learn from its errors as
    /// well. Without that it sees the other numbers, at least one.
    #[serde(default = "yes")]
    pub value_sees_pictures: bool,
    /// Widths of the hidden layers, at least one layer.
    pub hidden_sizes: Vec<usize>,
    /// Nonlinearity of the hidden layers.
    pub activation: Activation,
    /// Natural logarithm of the initial standard deviation of continuous actions.
    pub init_log_std: f64,
    /// Whether observations are normalised by their running mean and variance, stream by stream; bytes never
    /// are.
    pub normalize_observations: bool,
    /// What normalised observations are clamped to, +-; positive.
    pub clip_observations: f64,
    /// When the statistics of observations are updated.
    pub observe_at: ObserveAt,
    /// Whether the value works on values normalised by their running mean and variance.
    pub normalize_values: bool,
    /// Whether the value has hidden layers of its own, of the same widths.
    pub separate_value: bool,
    /// Layers that a program brings along, after the hidden layers and in this order, with
    /// [`Backend::Candle`]; the value has its own if it has hidden layers of its own. They are not written to
    /// files.
    #[serde(skip)]
    pub own_layers: Vec<OwnLayer>,
    /// The recurrent layer between hidden layers and heads; the value has its own if it has hidden
    /// layers of its own.
    pub rnn: Option<RnnConfig>,
    /// Where the standard deviations of continuous actions come from.
    pub log_std: LogStd,
    /// Whether continuous actions are the hyperbolic tangent of what the normal distribution gives,
    /// and so within -1..=1.
    pub squash: bool,
    /// The initial weights and biases.
    pub init: Init,
    /// Names of the frozen parts: layers such as `trunk.0`, or `trunk` for all of it;
    /// `log_std`; and the statistics `observations` and `values`.
    pub frozen: Vec<String>,
    /// Seed of the initial weights and of the exploration noise.
    pub seed: u64,
    /// The implementation that computes the network.
    pub backend: Backend,
}

fn yes() -> bool {
    true
}

/// When the statistics of observations are updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObserveAt {
    /// With each minibatch of an update's first epoch, which is normalised by the statistics so far; as in
    /// rl_games.
    #[default]
    Update,
    /// At every step, before the policy acts. Updates learn from the observations as normalised then; as in
    /// the VecNormalize of OpenAI's baselines.
    Step,
}

impl PolicyConfig {
    /// Numbers of hidden state for each environment; 0 without a recurrent layer.
    pub fn state_dim(&self) -> usize {
        let n_towers = if self.separate_value { 2 } else { 1 };
        self.rnn.map_or(0, |rnn| n_towers * rnn.cell.n_states() * rnn.size)
    }

    /// The usual policy for such observations: two hidden layers of 64 units of elu, shared by policy
    /// and value; nothing is normalised.
    pub fn new(observations: ObservationSpace, action_space: ActionSpace) -> Self {
        Self {
            observations,
            action_space,
            encoders: Vec::new(),
            value_sees_pictures: true,
            hidden_sizes: vec![64, 64],
            activation: Activation::Elu,
            init_log_std: 0.0,
            normalize_observations: false,
            clip_observations: 5.0,
            observe_at: ObserveAt::default(),
            normalize_values: false,
            separate_value: false,
            own_layers: Vec::new(),
            rnn: None,
            log_std: LogStd::Parameter,
            squash: false,
            init: Init::default(),
            frozen: Vec::new(),
            seed: 0,
            backend: Backend::default(),
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { space: self.action_space.clone(), log_std: self.log_std, squash: self.squash }
    }

    /// Numbers that the policy sees.
    pub(super) fn policy_dim(&self) -> usize {
        self.observations.size_for(ObservationGroup::Policy)
    }

    /// Whether an encoder takes a stream.
    pub(super) fn is_encoded(&self, stream: &ObservationStream) -> bool {
        self.encoders.iter().any(|encoder| encoder.stream == stream.name)
    }

    /// The pictures of each encoder.
    pub(super) fn pictures(&self) -> Result<Vec<(Picture, &EncoderConfig)>, LearnError> {
        let picture = |encoder: &EncoderConfig| {
            let stream = self.observations.stream(&encoder.stream);
            stream.and_then(ObservationStream::as_picture).ok_or_else(|| {
                let pictures = self.observations.streams().iter();
                let pictures = pictures.filter(|stream| stream.as_picture().is_some());
                let known: Vec<String> = pictures.map(ObservationStream::to_string).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                encoder
                    .error(format!("finds no stream of pictures of that name; there are {known}"))
            })
        };
        self.encoders.iter().map(|encoder| Ok((picture(encoder)?, encoder))).collect()
    }

    /// With the instructions to compute with. Fails on encoders of what is not there.
    pub(super) fn network_shape(&self, isa: Isa) -> Result<NetworkShape<'_>, LearnError> {
        let head = self.head();
        let encoded = |stream: &&ObservationStream| self.is_encoded(stream);
        let n_encoded: usize =
            self.observations.streams().iter().filter(encoded).map(ObservationStream::size).sum();
        Ok(NetworkShape {
            encoders: self.pictures()?,
            value_sees_pictures: self.value_sees_pictures,
            policy_dim: self.policy_dim().saturating_sub(n_encoded),
            input_dim: self.observations.size() - n_encoded,
            hidden_sizes: &self.hidden_sizes,
            mu_dim: head.mu_dim(),
            log_std_dim: head.log_std_dim(),
            activation: self.activation,
            separate_value: self.separate_value,
            own_layers: &self.own_layers,
            rnn: self.rnn,
            backend: self.backend,
            isa,
        })
    }

    /// Fails on the first setting out of its range.
    pub(super) fn check(&self) -> Result<(), LearnError> {
        let check = |field, got: usize| {
            if got > 0 {
                return Ok(());
            }
            Err(LearnError::Config { field, expected: "at least 1", got: got as f64 })
        };
        check("observations", self.policy_dim())?;
        check("action_space", self.action_space.size())?;
        self.action_space.options().iter().try_for_each(|n| check("action_space", *n))?;
        check("hidden_sizes", self.hidden_sizes.len())?;
        self.hidden_sizes.iter().try_for_each(|size| check("hidden_sizes", *size))?;
        check("rnn.size", self.rnn.map_or(1, |rnn| rnn.size))?;
        self.check_own_layers()?;
        self.check_encoders()?;
        let gains = match self.init {
            Init::Orthogonal(gains) => gains,
            Init::Uniform => InitGains::default(),
        };
        for (field, got) in [
            ("init_log_std", self.init_log_std),
            ("init.hidden", gains.hidden),
            ("init.policy", gains.policy),
            ("init.value", gains.value),
        ] {
            if !got.is_finite() {
                return Err(LearnError::Config { field, expected: "a finite number", got });
            }
        }
        if !(self.clip_observations > 0.0 && self.clip_observations.is_finite()) {
            let (field, got) = ("clip_observations", self.clip_observations);
            return Err(LearnError::Config { field, expected: "a positive number", got });
        }
        let value_only = self.observations.size_for(ObservationGroup::Critic);
        if value_only > 0 && !self.separate_value {
            return Err(LearnError::Config {
                field: "observations",
                expected: "none for the critic only, unless it has hidden layers of its own",
                got: value_only as f64,
            });
        }
        if self.squash && self.action_space.is_discrete() {
            let expected = "false, for a choice has nothing to squash";
            return Err(LearnError::Config { field: "squash", expected, got: 1.0 });
        }
        Ok(())
    }

    /// Fails on an encoder that cannot be, or whose pictures are not there.
    fn check_encoders(&self) -> Result<(), LearnError> {
        for (i, (picture, encoder)) in self.pictures()?.into_iter().enumerate() {
            encoder.sizes(picture)?;
            let name = &encoder.stream;
            let group = self.observations.stream(name).map(|stream| stream.group);
            if group == Some(ObservationGroup::Critic) {
                return Err(
                    encoder.error("needs pictures that the policy sees, not the critic only")
                );
            }
            if name.is_empty() || name.contains(['.', ',']) {
                return Err(encoder.error("needs a stream whose name has no dots and commas"));
            }
            if self.encoders[..i].iter().any(|other| other.stream == *name) {
                return Err(encoder.error("is there twice; give each stream one"));
            }
        }
        let shape = self.network_shape(Isa::Portable)?;
        if self.value_sees_pictures || self.encoders.is_empty() {
            return Ok(());
        }
        let field = "value_sees_pictures";
        if !self.separate_value {
            let expected = "true, unless the value has hidden layers of its own";
            return Err(LearnError::Config { field, expected, got: 0.0 });
        }
        if shape.input_dim == 0 {
            let expected = "true where nothing but pictures is seen";
            return Err(LearnError::Config { field, expected, got: 0.0 });
        }
        Ok(())
    }

    /// Fails if a stack has more frames than a rollout of so many steps, which then would keep more frames than it
    /// learns from.
    pub(super) fn check_horizon(&self, horizon: usize) -> Result<(), LearnError> {
        for (picture, encoder) in self.pictures()? {
            if picture.frames > horizon {
                let message = format!(
                    "sees stacks of {} frames, more than the {horizon} steps of a rollout; make the horizon longer \
                     or the stack shorter",
                    picture.frames
                );
                return Err(encoder.error(message));
            }
        }
        Ok(())
    }

    /// Fails on a name that would be that of another layer in checkpoints, or of none.
    fn check_own_layers(&self) -> Result<(), LearnError> {
        for (i, layer) in self.own_layers.iter().enumerate() {
            let name = layer.name();
            let message = if name.is_empty() || name.contains(['.', ',']) {
                "needs a name without dots and commas"
            } else if name == Recurrent::NAME || name.parse::<usize>().is_ok() {
                "has the name of a layer that networks have anyway; choose another"
            } else if self.own_layers[..i].iter().any(|other| other.name() == name) {
                "is there twice; give each layer a name of its own"
            } else {
                continue;
            };
            return Err(layer.error(message));
        }
        Ok(())
    }
}
