//! The node kinds: a file each, with its schema, its components and its system, in a folder for each
//! category; and the list of them, to which other programs add theirs.

pub(super) mod checkpoint;
pub(super) mod environment;
pub(super) mod flow;
pub(super) mod learning;
pub(super) mod monitor;
pub(super) mod reward;

use super::kind::NodeKind;
use super::sources::NodeSource;
use super::training_loop;
use crate::workflow::{Absent, GraphBuilder, Registry, Role};
use std::sync::LazyLock;

/// The node kinds of a program: the built-in ones, and those that it adds.
///
/// The checker and [`GraphBuilder`] take their [`registry`](Self::registry), a session takes them
/// themselves.
#[derive(Clone)]
pub struct Kinds {
    /// In the order of the list that people see.
    kinds: Vec<NodeKind>,
    registry: Registry,
    /// Names of the built-in kinds that others have taken the place of.
    replaced: Vec<&'static str>,
}

/// An error of adding a node kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// The kind's schema has no class name.
    #[error("a node kind has no name; give its schema a class_type")]
    Nameless,
    /// The kind was added before.
    #[error("the node kind `{kind}` is registered twice; register it once")]
    Twice {
        /// Its class name.
        kind: &'static str,
    },
    /// Another kind has one of its names.
    #[error(
        "the node kind `{kind}` cannot be called {name:?}: so is {}`{other}`; choose another name",
        if *.is_builtin { "the built-in " } else { "" }
    )]
    Taken {
        /// Its class name.
        kind: &'static str,
        /// The name that both have.
        name: &'static str,
        /// The other kind's class name.
        other: &'static str,
        /// Whether the other kind is built in.
        is_builtin: bool,
    },
    /// The kind has no build function and needs one.
    #[error(
        "the node kind `{kind}` has nothing to run; give it a `build`, or the role of a reroute or comment"
    )]
    NotBuilt {
        /// Its class name.
        kind: &'static str,
    },
    /// No built-in kind has the name of the one that is to take its place.
    #[error(
        "the node kind `{kind}` cannot take the place of a built-in one, for there is none of this \
         name; add it beside them"
    )]
    NotBuiltin {
        /// Its class name.
        kind: &'static str,
    },
}

static BUILTIN_KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let schemas: Vec<_> = BUILTIN.iter().map(|kind| kind.schema).collect();
    let registry = Registry::new(&schemas, KNOWN_BUT_ABSENT);
    Kinds { kinds: BUILTIN.to_vec(), registry, replaced: Vec::new() }
});

impl Kinds {
    /// The kinds that this version provides.
    pub fn builtin() -> Self {
        BUILTIN_KINDS.clone()
    }

    pub(super) fn builtin_ref() -> &'static Self {
        &BUILTIN_KINDS
    }

    /// The same and one more. Fails if its name or an alias is that of another kind.
    pub fn with(mut self, kind: NodeKind) -> Result<Self, KindError> {
        let schema = kind.schema;
        let class_type = schema.class_type;
        if class_type.is_empty() {
            return Err(KindError::Nameless);
        }
        for &name in std::iter::once(&class_type).chain(schema.aliases) {
            let Some(other) = self.registry.find(name) else { continue };
            let is_builtin = BUILTIN.iter().any(|kind| kind.schema == other);
            if !is_builtin && other == schema {
                return Err(KindError::Twice { kind: class_type });
            }
            let other = other.class_type;
            return Err(KindError::Taken { kind: class_type, name, other, is_builtin });
        }
        check_built(&kind)?;
        self.kinds.push(kind);
        self.registry.add(schema);
        Ok(self)
    }

    /// The same with a kind in the place of the built-in one of its name. Sessions then run it wherever a
    /// workflow has that name, so whoever does it should say so: [`replaced`](Self::replaced) lists them. Fails
    /// if there is no such built-in kind, if its place is taken, or if an alias is a name of another kind.
    pub fn replacing(mut self, kind: NodeKind) -> Result<Self, KindError> {
        let schema = kind.schema;
        let class_type = schema.class_type;
        let is_it = |other: &NodeKind| other.schema.class_type == class_type;
        let place = self.kinds.iter().position(is_it).filter(|_| BUILTIN.iter().any(is_it));
        let place = place.ok_or(KindError::NotBuiltin { kind: class_type })?;
        if self.replaced.contains(&class_type) {
            return Err(KindError::Twice { kind: class_type });
        }
        for &name in schema.aliases {
            let Some(other) = self.registry.find(name).filter(|other| *other != schema) else {
                continue;
            };
            let is_builtin = BUILTIN.iter().any(|kind| kind.schema == other);
            let other = other.class_type;
            return Err(KindError::Taken { kind: class_type, name, other, is_builtin });
        }
        check_built(&kind)?;
        self.kinds[place] = kind;
        self.registry.replace(schema);
        self.replaced.push(class_type);
        Ok(self)
    }

    /// The names of the built-in kinds that others have taken the place of.
    pub fn replaced(&self) -> &[&'static str] {
        &self.replaced
    }

    /// Their schemas.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The kind with this canonical name.
    pub fn find(&self, class_type: &str) -> Option<&NodeKind> {
        self.kinds.iter().find(|kind| kind.schema.class_type == class_type)
    }

    /// [`training_loop`](super::training_loop()) in which all of them may be used.
    #[must_use]
    pub fn training_loop(&self) -> GraphBuilder<'_> {
        training_loop::over(&self.registry)
    }
}

/// Refuses a kind that has nothing to run and is not gone once a document is checked.
fn check_built(kind: &NodeKind) -> Result<(), KindError> {
    let is_dissolved = matches!(kind.schema.role, Role::Reroute | Role::Comment);
    match kind.build {
        None if !is_dissolved => Err(KindError::NotBuilt { kind: kind.schema.class_type }),
        _ => Ok(()),
    }
}

macro_rules! file {
    ($folder:ident / $file:ident) => {
        NodeSource {
            module: stringify!($file),
            text: include_str!(concat!(stringify!($folder), "/", stringify!($file), ".rs")),
        }
    };
}

/// The list of kinds, and the texts of their files.
macro_rules! kinds {
    ($($folder:ident / $file:ident,)*) => {
        /// Every node kind that this version provides, in the order of the list that people see.
        const BUILTIN: &[NodeKind] = &[$($folder::$file::KIND),*];

        /// The files of these kinds, in the same order.
        pub(super) const FILES: &[NodeSource] = &[$(file!($folder / $file)),*];
    };
}

kinds! {
    environment / isaac_gym_env,
    environment / camera,
    environment / multi_task,
    environment / isaac_gym_step,
    flow / or,
    environment / frame_stack,
    learning / ppo_agent,
    learning / cnn_feature_extractor,
    environment / cartpole_action,
    environment / ant_action,
    environment / humanoid_action,
    reward / reward_shaper,
    environment / curriculum,
    learning / ppo_trainer,
    learning / distillation_trainer,
    checkpoint / checkpoint_saver,
    checkpoint / checkpoint_loader,
    monitor / metrics_logger,
    monitor / console_logger,
    monitor / tensorboard_logger,
    monitor / debug_print,
    monitor / display,
    flow / float_constant,
    flow / int_constant,
    flow / string_constant,
    flow / boolean_constant,
    flow / reroute,
    flow / note,
}

/// Files that those of kinds use.
pub(super) const PARTS: &[NodeSource] = &[
    file!(environment / action_map),
    file!(environment / joint_action),
    file!(learning / agent_settings),
    file!(learning / distillation_check),
    file!(learning / distillation_settings),
    file!(learning / extractor_settings),
    file!(learning / network_size),
    file!(learning / ppo_check),
    file!(learning / ppo_settings),
    file!(learning / trainer_check),
    file!(monitor / tensorboard_events),
    file!(reward / shaping),
];

const REWARDED_BY_SCENE: &str = "scenes reward their own steps; add to that with a RewardShaper";
const CNN_OF_AGENT: &str = "put a CNNFeatureExtractorNode before the agent, or choose its convolutions by PPOAgentNode's `cnn`";
const SUPERVISED: &str = "this version learns by reinforcement only";
const ONE_LOOP: &str = "a workflow has one loop, whose nodes wait for each other by themselves";
const OF_AUGUST: &str = "of DNNE's nodes of August 2025, PPOAgent with its IsaacGymEnvs and PPOConfig is read; here \
                         IsaacGymEnvNode, IsaacGymStepNode and PPOTrainerNode do it";
const NO_TENSORS: &str =
    "values go from node to node as they are; write a node kind of your own in Rust";

const LABELS: &str =
    "use two Label nodes of one name, one where the wire begins and one where it ends";

/// Node kinds of DNNE that this version lacks, and nodes of ComfyUI's extensions for wires; what to do without them.
pub(super) const KNOWN_BUT_ABSENT: &[Absent] = &[
    absent("CartpoleRewardNode", REWARDED_BY_SCENE),
    absent("CNN", CNN_OF_AGENT),
    absent("Network", SUPERVISED),
    absent("LinearLayer", SUPERVISED),
    absent("SGDOptimizer", SUPERVISED),
    absent("TrainingStep", SUPERVISED),
    absent("MNISTDataset", SUPERVISED),
    absent("CIFAR10Dataset", SUPERVISED),
    absent("BatchSampler", SUPERVISED),
    absent("GetBatch", SUPERVISED),
    absent("Conv2DLayer", SUPERVISED),
    absent("Activation", "the agent's `activation` is for all of its layers"),
    absent("Dropout", SUPERVISED),
    absent("BatchNorm", "the agent's `normalize_observations` scales what it sees"),
    absent("Flatten", SUPERVISED),
    absent("CrossEntropyLoss", SUPERVISED),
    absent("GeometricLoss", SUPERVISED),
    absent("Accuracy", SUPERVISED),
    absent("EpochTracker", "the trainer counts updates: limit them by its `total_updates`"),
    absent("TrainingSequencer", SUPERVISED),
    absent(
        "SimulationTracker",
        "the trainer's `loss` has returns, lengths and success rates of episodes",
    ),
    absent("TensorVisualizer", "DebugPrint and Display show what flows along a wire"),
    absent("IsaacGymEnvs", OF_AUGUST),
    absent("IsaacGymSim", OF_AUGUST),
    absent("PPOConfig", OF_AUGUST),
    absent("Balancer", ONE_LOOP),
    absent("BalancerConfig", ONE_LOOP),
    absent("Barrier", ONE_LOOP),
    absent("Eat_N", ONE_LOOP),
    absent("Concat", NO_TENSORS),
    absent("Split", NO_TENSORS),
    absent("Tensor", NO_TENSORS),
    absent("CustomComputation", "write a node kind of your own in Rust, in an exported project"),
    absent("DataStreamer", SUPERVISED),
    absent("SetNode", LABELS),
    absent("GetNode", LABELS),
];

const fn absent(class_type: &'static str, instead: &'static str) -> Absent {
    Absent { class_type, instead }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::{NodeBuilder, NodeError};
    use crate::workflow::NodeSchema;
    use bevy::ecs::system::BoxedSystem;

    fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
        Ok(b.system(|| Ok(())))
    }

    fn refused(kinds: Kinds, kind: NodeKind) -> String {
        kinds.with(kind).err().expect("the kind is refused").to_string()
    }

    #[test]
    fn a_kind_that_is_added_is_found_by_name_and_alias() {
        static MINE: NodeSchema =
            NodeSchema { class_type: "Mine", aliases: &["MineNode"], ..NodeSchema::EMPTY };
        let kinds = Kinds::builtin().with(NodeKind::stateless(&MINE, build)).unwrap();
        assert!(kinds.find("Mine").is_some() && Kinds::builtin().find("Mine").is_none());
        assert_eq!(kinds.registry().find("MineNode"), Some(&MINE));
        assert_eq!(kinds.registry().iter().last(), Some(&MINE));
    }

    #[test]
    fn names_that_are_taken_are_refused_by_name() {
        static OR: NodeSchema = NodeSchema { class_type: "ORNode", ..NodeSchema::EMPTY };
        static ALIAS: NodeSchema =
            NodeSchema { class_type: "Mine", aliases: &["Print"], ..NodeSchema::EMPTY };
        static MINE: NodeSchema = NodeSchema { class_type: "Mine", ..NodeSchema::EMPTY };
        static OTHER: NodeSchema =
            NodeSchema { class_type: "Other", aliases: &["Mine"], ..NodeSchema::EMPTY };
        let kind = |schema| NodeKind::stateless(schema, build);
        let said = refused(Kinds::builtin(), kind(&OR));
        assert!(said.contains("`ORNode`") && said.contains("built-in"), "{said}");
        let said = refused(Kinds::builtin(), kind(&ALIAS));
        assert!(said.contains("\"Print\"") && said.contains("built-in `DebugPrint`"), "{said}");
        let mine = Kinds::builtin().with(kind(&MINE)).unwrap();
        let said = refused(mine.clone(), kind(&MINE));
        assert!(said.contains("`Mine` is registered twice"), "{said}");
        let said = refused(mine, kind(&OTHER));
        assert!(said.contains("`Other`") && !said.contains("built-in"), "{said}");
    }

    #[test]
    fn a_kind_takes_the_place_of_a_built_in_one_of_its_name_alone() {
        static OR: NodeSchema =
            NodeSchema { class_type: "ORNode", aliases: &["Either"], ..NodeSchema::EMPTY };
        static MINE: NodeSchema = NodeSchema { class_type: "Mine", ..NodeSchema::EMPTY };
        static GREEDY: NodeSchema =
            NodeSchema { class_type: "ORNode", aliases: &["Print"], ..NodeSchema::EMPTY };
        let kind = |schema| NodeKind::stateless(schema, build);
        let kinds = Kinds::builtin().replacing(kind(&OR)).unwrap();
        assert_eq!(kinds.replaced(), ["ORNode"]);
        assert!(Kinds::builtin().replaced().is_empty());
        assert!(std::ptr::eq(kinds.find("ORNode").unwrap().schema, &OR));
        assert!(std::ptr::eq(kinds.registry().find("Either").unwrap(), &OR));
        assert!(std::ptr::eq(kinds.registry().find("ORNode").unwrap(), &OR));
        // A name that the built-in one had and this one has not is nobody's.
        assert!(kinds.registry().find("ORRouter").is_none());
        let order =
            |kinds: &Kinds| kinds.registry().iter().map(|s| s.class_type).collect::<Vec<_>>();
        assert_eq!(order(&kinds), order(&Kinds::builtin()));
        let refused = |kinds: Kinds, kind| kinds.replacing(kind).err().unwrap().to_string();
        let said = refused(kinds, kind(&OR));
        assert!(said.contains("`ORNode` is registered twice"), "{said}");
        let mine = Kinds::builtin().with(kind(&MINE)).unwrap();
        for kinds in [Kinds::builtin(), mine] {
            let said = refused(kinds, kind(&MINE));
            assert!(said.contains("`Mine`") && said.contains("there is none"), "{said}");
        }
        let said = refused(Kinds::builtin(), kind(&GREEDY));
        assert!(said.contains("\"Print\"") && said.contains("built-in `DebugPrint`"), "{said}");
    }

    #[test]
    fn a_kind_without_name_or_system_is_refused() {
        static MINE: NodeSchema = NodeSchema { class_type: "Mine", ..NodeSchema::EMPTY };
        let said = refused(Kinds::builtin(), NodeKind::stateless(&NodeSchema::EMPTY, build));
        assert!(said.contains("class_type"), "{said}");
        let said = refused(Kinds::builtin(), NodeKind::dissolved(&MINE));
        assert!(said.contains("`Mine` has nothing to run"), "{said}");
    }
}
