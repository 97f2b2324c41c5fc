//! The node kinds: a file each, with its schema, its components and its system, in a folder for each
//! category; and the list of them, to which other programs add theirs.

pub(super) mod checkpoint;
pub(super) mod environment;
pub(super) mod flow;
pub(super) mod learning;
pub(super) mod monitor;
pub(super) mod reward;

use super::kind::NodeKind;
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
}

/// Why a node kind cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    #[error("a node kind has no name; give its schema a class_type")]
    Nameless,
    #[error("the node kind `{kind}` is registered twice; register it once")]
    Twice { kind: &'static str },
    #[error(
        "the node kind `{kind}` cannot be called {name:?}: so is {}`{other}`; choose another name",
        if *.is_builtin { "the built-in " } else { "" }
    )]
    Taken { kind: &'static str, name: &'static str, other: &'static str, is_builtin: bool },
    #[error(
        "the node kind `{kind}` has nothing to run; give it a `build`, or the role of a reroute or comment"
    )]
    NotBuilt { kind: &'static str },
}

static BUILTIN_KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let schemas: Vec<_> = BUILTIN.iter().map(|kind| kind.schema).collect();
    Kinds { kinds: BUILTIN.to_vec(), registry: Registry::new(&schemas, KNOWN_BUT_ABSENT) }
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
        let is_dissolved = matches!(schema.role, Role::Reroute | Role::Comment);
        if kind.build.is_none() && !is_dissolved {
            return Err(KindError::NotBuilt { kind: class_type });
        }
        self.kinds.push(kind);
        self.registry.add(schema);
        Ok(self)
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

/// Every node kind that this version provides, in the order of the list that people see.
const BUILTIN: &[NodeKind] = &[
    environment::isaac_gym_env::KIND,
    environment::multi_task::KIND,
    environment::isaac_gym_step::KIND,
    flow::or::KIND,
    learning::ppo_agent::KIND,
    environment::cartpole_action::KIND,
    environment::joint_action::ANT,
    environment::joint_action::HUMANOID,
    reward::reward_shaper::KIND,
    environment::curriculum::KIND,
    learning::ppo_trainer::KIND,
    checkpoint::checkpoint_saver::KIND,
    checkpoint::checkpoint_loader::KIND,
    monitor::metrics_logger::KIND,
    monitor::console_logger::KIND,
    monitor::tensorboard_logger::KIND,
    monitor::debug_print::KIND,
    monitor::display::KIND,
    flow::float_constant::KIND,
    flow::int_constant::KIND,
    flow::string_constant::KIND,
    flow::reroute::KIND,
    flow::note::KIND,
];

const REWARDED_BY_SCENE: &str = "scenes reward their own steps; add to that with a RewardShaper";
const NO_CAMERAS: &str = "choose an environment with vector observations: there are no cameras yet";
const SUPERVISED: &str = "this version learns by reinforcement only";

/// Node kinds of DNNE that this version lacks, and what to do without them.
pub(super) const KNOWN_BUT_ABSENT: &[Absent] = &[
    absent("CartpoleRewardNode", REWARDED_BY_SCENE),
    absent("CNN", NO_CAMERAS),
    absent("CNNFeatureExtractor", NO_CAMERAS),
    absent("FrameStack", NO_CAMERAS),
    absent("Camera", NO_CAMERAS),
    absent("CameraNode", NO_CAMERAS),
    absent("Network", SUPERVISED),
    absent("LinearLayer", SUPERVISED),
    absent("SGDOptimizer", SUPERVISED),
    absent("TrainingStep", SUPERVISED),
    absent("MNISTDataset", SUPERVISED),
    absent(
        "PrimitiveNode",
        "write the value at the parameter it feeds, or use FloatConstant, IntConstant or \
         StringConstant",
    ),
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
    fn a_kind_without_name_or_system_is_refused() {
        static MINE: NodeSchema = NodeSchema { class_type: "Mine", ..NodeSchema::EMPTY };
        let said = refused(Kinds::builtin(), NodeKind::stateless(&NodeSchema::EMPTY, build));
        assert!(said.contains("class_type"), "{said}");
        let said = refused(Kinds::builtin(), NodeKind::dissolved(&MINE));
        assert!(said.contains("`Mine` has nothing to run"), "{said}");
    }
}
