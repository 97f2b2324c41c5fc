//! What a policy is made from.

use serde::{Deserialize, Serialize};

use super::distribution::{ActionSpace, Head, LogStd};
use super::error::LearnError;
use super::network::{
    Activation, Backend, Init, InitGains, NetworkShape, OwnLayer, Recurrent, Rnn,
};
use crate::math::lanes::Isa;
use crate::space::{ObservationSpace, SeenBy};

/// The shape of a policy and the seed of its weights and of its noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyConfig {
    /// What is seen: at least one number by the policy, and nothing by the value only unless
    /// `separate_value`.
    pub observations: ObservationSpace,
    /// What the policy chooses from.
    pub action_space: ActionSpace,
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
    /// When their statistics take in what is seen.
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
    pub rnn: Option<Rnn>,
    /// Where the standard deviations of continuous actions come from.
    pub log_std: LogStd,
    /// Whether continuous actions are the hyperbolic tangent of what the normal distribution gives,
    /// and so within -1..=1.
    pub squash: bool,
    /// How weights and biases begin.
    pub init: Init,
    /// Names of the parts that do not learn: layers such as `trunk.0`, or `trunk` for all of it;
    /// `log_std`; and the statistics `observations` and `values`.
    pub frozen: Vec<String>,
    /// Seed of the initial weights and of the exploration noise.
    pub seed: u64,
    /// What computes the network.
    pub backend: Backend,
}

/// When the statistics of observations take in what is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObserveAt {
    /// While the minibatches of an update's first pass are learned from, which see it by the statistics
    /// of that moment; as in rl_games.
    #[default]
    Update,
    /// At every step, before the policy acts. What is learned from is what the policy then saw; as in
    /// the VecNormalize of OpenAI's baselines.
    Step,
}

impl PolicyConfig {
    /// The usual policy for such observations: two hidden layers of 64 units of elu, shared by policy
    /// and value; nothing is normalised.
    pub fn new(observations: ObservationSpace, action_space: ActionSpace) -> Self {
        Self {
            observations,
            action_space,
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
        self.observations.size_for(SeenBy::Policy)
    }

    /// With the instructions to compute with.
    pub(super) fn network_shape(&self, isa: Isa) -> NetworkShape<'_> {
        let head = self.head();
        NetworkShape {
            policy_dim: self.policy_dim(),
            input_dim: self.observations.size(),
            hidden_sizes: &self.hidden_sizes,
            mu_dim: head.mu_dim(),
            log_std_dim: head.log_std_dim(),
            activation: self.activation,
            separate_value: self.separate_value,
            own_layers: &self.own_layers,
            rnn: self.rnn,
            backend: self.backend,
            isa,
        }
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
        let value_only = self.observations.size_for(SeenBy::Value);
        if value_only > 0 && !self.separate_value {
            return Err(LearnError::Config {
                field: "observations",
                expected: "none for the value only, unless it has hidden layers of its own",
                got: value_only as f64,
            });
        }
        if self.squash && self.action_space.is_discrete() {
            let expected = "false, for a choice has nothing to squash";
            return Err(LearnError::Config { field: "squash", expected, got: 1.0 });
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
