//! The schemas themselves.

use std::collections::HashSet;

use super::super::kinds::KNOWN_BUT_ABSENT;
use super::super::*;

#[test]
fn every_name_belongs_to_one_thing() {
    let mut names = HashSet::new();
    for schema in registry().iter() {
        assert!(names.insert(schema.class_type), "{}", schema.class_type);
        for alias in schema.aliases {
            assert!(names.insert(alias), "{alias}");
        }
        let mut fields = HashSet::new();
        let inputs = schema.inputs.iter().map(|p| (p.name, p.aliases));
        let params = schema.params.iter().map(|p| (p.name, p.aliases));
        for (name, aliases) in inputs.chain(params) {
            assert!(fields.insert(name), "{}.{name}", schema.class_type);
            for alias in aliases {
                assert!(fields.insert(alias), "{}.{alias}", schema.class_type);
            }
        }
    }
    for absent in KNOWN_BUT_ABSENT {
        assert!(names.insert(absent.class_type), "{}", absent.class_type);
    }
}

#[test]
fn every_default_is_a_value_of_its_own_type() {
    for schema in registry().iter() {
        for param in schema.params {
            let default = param.param_type.default_value();
            let read = param.param_type.read(&default.to_json());
            assert_eq!(read, Ok(default), "{}.{}", schema.class_type, param.name);
        }
    }
}

#[test]
fn everything_is_documented() {
    for schema in registry().iter() {
        assert!(!schema.doc.is_empty() && !schema.title.is_empty());
        assert!(!schema.category.is_empty(), "{}", schema.class_type);
        let ports = schema.inputs.iter().chain(schema.outputs);
        let docs = ports.map(|p| p.doc).chain(schema.params.iter().map(|p| p.doc));
        for doc in docs {
            assert!(doc.ends_with('.'), "{}: {doc:?}", schema.class_type);
        }
    }
}

#[test]
fn the_documented_aliases_are_known() {
    for (alias, class) in [
        ("DebugPrintNode", "DebugPrint"),
        ("Print", "DebugPrint"),
        ("PrintValue", "DebugPrint"),
        ("Reroute", "RerouteNode"),
        ("TensorBoard", "TensorBoardLogger"),
        ("MarkdownNote", "Note"),
    ] {
        assert_eq!(registry().find(alias).unwrap().class_type, class);
    }
    let agent = registry().find("PPOAgentNode").unwrap();
    assert_eq!(agent.output("policy"), Some(0));
    assert_eq!(agent.param("action_dim").unwrap().1.name, "output_size");
    let trainer = registry().find("PPOTrainerNode").unwrap();
    for (alias, name) in [
        ("state", "states"),
        ("policy_output", "policy_outputs"),
        ("reward", "rewards"),
        ("done", "dones"),
    ] {
        assert_eq!(trainer.input(alias).unwrap().1, name);
    }
    assert_eq!(trainer.param("num_epochs").unwrap().0, 1);
    assert_eq!(trainer.param("gae_lambda").unwrap().1.name, "lam");
    assert_eq!(trainer.output("loss_info"), Some(0));
    let step = registry().find("IsaacGymStepNode").unwrap();
    assert_eq!(step.input("sim_handle").unwrap().1, "sim");
    assert_eq!(step.output("done"), Some(2));
    let action = registry().find("CartpoleActionNode").unwrap();
    assert_eq!(action.input("network_output").unwrap().1, "policy");
    assert_eq!(action.output("action"), Some(0));
}

#[test]
fn descriptions_say_what_a_node_takes_and_gives() {
    let text = registry().describe("PPOTrainerNode", 100);
    for part in ["states", "gae_lambda", "0.99", "training_complete", "held"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(registry().describe("PPO Agent", 100).contains("PPOAgentNode"));
    assert!(registry().describe("CNN", 100).contains("does not provide"));
    let list = registry().list(100);
    assert!(registry().iter().all(|s| list.contains(s.class_type)));
}
