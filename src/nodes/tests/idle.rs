//! Settings without effect, and settings with which nothing can be learned: a table of all of them.

use super::*;
use crate::diagnostic::Severity;
use serde_json::json;

/// What is set at the agent and at the trainer, which field is blamed, and a part of what is said.
type Row = (Value, Value, &'static str, &'static str);

/// Cartpole with one environment and 128 steps an update, with these settings.
fn with(agent: &Value, trainer: &Value) -> String {
    edited(SINGLE, |root| {
        for (node, params) in [("3", agent), ("6", trainer)] {
            for (name, value) in params.as_object().unwrap() {
                root[node]["inputs"][name] = value.clone();
            }
        }
        if agent["action_space"] == "discrete" {
            root["1"]["inputs"]["env_name"] = json!("CartpoleV1");
            root["3"]["inputs"]["output_size"] = json!(2);
            // Choices go to the step as they are.
            root["4"]["inputs"]["actions"] = json!(["3", 0]);
            root.as_object_mut().unwrap().remove("5");
        }
    })
}

/// The findings of these kinds, with their fields.
fn found(agent: &Value, trainer: &Value) -> Vec<(String, Severity, String)> {
    let loaded = checked(&with(agent, trainer));
    assert!(!has_errors(&loaded.diagnostics), "{agent} {trainer}: {:#?}", loaded.diagnostics);
    let is_idle = |it: &&Diagnostic| ["idle-setting", "learns-nothing"].contains(&it.code);
    let found = loaded.diagnostics.iter().filter(is_idle);
    found
        .map(|it| (it.field.clone().unwrap_or_default(), it.severity, it.message.clone()))
        .collect()
}

#[test]
fn settings_without_effect_are_said() {
    let none = || json!({});
    let whole = |more: Value| {
        let mut trainer = json!({"minibatch_size": 128, "epochs": 1});
        trainer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        trainer
    };
    let discrete = |more: Value| {
        let mut agent = json!({"action_space": "discrete"});
        agent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        agent
    };
    let rows: Vec<Row> = vec![
        // An update of one step.
        (none(), whole(json!({"schedule": "adaptive"})), "schedule", "one minibatch and one epoch"),
        (none(), whole(json!({"clip_param": 0.1})), "clip_param", "one minibatch and one epoch"),
        (none(), whole(json!({"target_kl": 0.1})), "target_kl", "one minibatch and one epoch"),
        (none(), whole(json!({"clip_value_loss": true})), "clip_value_loss", "one minibatch"),
        (
            none(),
            json!({"minibatch_size": 500, "normalize_by_minibatch": true}),
            "normalize_by_minibatch",
            "both are the same",
        ),
        // One setting beside another.
        (none(), json!({"kl_threshold": 0.02}), "kl_threshold", "adaptive schedule"),
        (
            none(),
            json!({"normalize_advantages": false, "normalize_by_minibatch": true}),
            "normalize_by_minibatch",
            "normalize_advantages is false",
        ),
        (
            none(),
            json!({"normalize_rewards": true, "reward_scale": 0.1}),
            "reward_scale",
            "same factor",
        ),
        (none(), json!({"gamma": 0.0, "lam": 0.9}), "lam", "no later step"),
        (
            none(),
            json!({"horizon_length": 1, "lam": 0.9, "normalize_advantages": false}),
            "lam",
            "no trace",
        ),
        (
            none(),
            json!({"checkpoint_trigger_value": "20"}),
            "checkpoint_trigger_value",
            "checkpoint_enabled is false",
        ),
        (
            none(),
            json!({"checkpoint_trigger_type": "time"}),
            "checkpoint_trigger_type",
            "checkpoint_enabled is false",
        ),
        (none(), json!({"checkpoint_keep": 3}), "checkpoint_keep", "checkpoint_enabled is false"),
        // The trainer beside its agent.
        (none(), json!({"sequence_length": 16}), "sequence_length", "no recurrent layer"),
        (discrete(none()), json!({"bounds_coef": 0.1}), "bounds_coef", "choices"),
        (json!({"log_std": "fixed"}), json!({"entropy_coef": 0.1}), "entropy_coef", "fixed"),
        // Within the agent.
        (
            discrete(json!({"init_log_std": -1.0})),
            none(),
            "",
            "init_log_std of node 3 has no effect",
        ),
        (discrete(json!({"log_std": "fixed"})), none(), "", "log_std of node 3 has no effect"),
        (
            json!({"init": "uniform", "hidden_gain": 1.0}),
            none(),
            "",
            "hidden_gain of node 3 has no effect",
        ),
        (
            json!({"init": "uniform", "policy_gain": 1.0}),
            none(),
            "",
            "policy_gain of node 3 has no effect",
        ),
        (
            json!({"init": "uniform", "value_gain": 2.0}),
            none(),
            "",
            "value_gain of node 3 has no effect",
        ),
        (
            json!({"clip_observations": 10.0}),
            none(),
            "",
            "clip_observations of node 3 has no effect",
        ),
        (json!({"observe_at": "step"}), none(), "", "observe_at of node 3 has no effect"),
        (json!({"rnn_size": 32}), none(), "", "rnn_size of node 3 has no effect"),
        // Nothing can be learned.
        (none(), json!({"reward_scale": 0.0}), "reward_scale", "nothing can be learned"),
        (none(), json!({"value_coef": 0.0}), "value_coef", "the value learns nothing"),
        (
            none(),
            json!({"minibatch_size": 1, "normalize_by_minibatch": true}),
            "normalize_advantages",
            "the policy learns nothing",
        ),
        (
            none(),
            json!({"horizon_length": 1, "minibatch_size": 8}),
            "normalize_advantages",
            "the policy learns nothing",
        ),
        (json!({"deterministic": true}), none(), "", "never tried"),
        (json!({"frozen": "trunk, mu"}), none(), "", "frozen"),
        (json!({"hidden_gain": 0.0}), none(), "", "no gradient"),
        (json!({"log_std": "fixed", "init_log_std": -15.0}), none(), "", "never tried"),
    ];
    for (agent, trainer, field, part) in rows {
        let found = found(&agent, &trainer);
        let is_it = |it: &&(String, Severity, String)| it.0 == field && it.2.contains(part);
        assert_eq!(found.iter().filter(is_it).count(), 1, "{agent} {trainer}: {found:#?}");
        assert_eq!(found.len(), 1, "{agent} {trainer}: {found:#?}");
        // Said where a training begins, but for what files that DNNE saves always have.
        let severity =
            if field.starts_with("checkpoint") { Severity::Note } else { Severity::Warning };
        assert_eq!(found[0].1, severity, "{found:?}");
    }
}

/// The same settings where they do count, and every shipped workflow.
#[test]
fn settings_that_count_are_not_blamed() {
    for (agent, trainer) in [
        (json!({}), json!({})),
        (
            json!({}),
            json!({"schedule": "adaptive", "kl_threshold": 0.02, "target_kl": 0.1, "clip_param": 0.1}),
        ),
        // One minibatch, but several epochs of it.
        (
            json!({}),
            json!({"minibatch_size": 128, "epochs": 2, "schedule": "adaptive", "clip_value_loss": true}),
        ),
        (json!({}), json!({"normalize_by_minibatch": true, "reward_scale": 0.1, "lam": 0.9})),
        (
            json!({"normalize_observations": true, "observe_at": "step", "clip_observations": 9.0}),
            json!({}),
        ),
        (json!({"rnn": "gru", "rnn_size": 32}), json!({"sequence_length": 16})),
        (
            json!({"log_std": "network", "init_log_std": -1.0}),
            json!({"entropy_coef": 0.1, "bounds_coef": 0.1}),
        ),
        (
            json!({"log_std": "fixed", "distribution": "squashed_gaussian"}),
            json!({"entropy_coef": 0.1}),
        ),
        (json!({"frozen": "trunk"}), json!({"gamma": 0.0})),
        (
            json!({}),
            json!({"checkpoint_enabled": true, "checkpoint_keep": 3, "checkpoint_trigger_value": "20"}),
        ),
    ] {
        let found = found(&agent, &trainer);
        assert!(found.is_empty(), "{agent} {trainer}: {found:#?}");
    }
}

/// As the seed guide has it: the agent's rate counts, unless the trainer has one.
#[test]
fn the_agents_learning_rate_counts_where_the_trainer_has_none() {
    let given = |agent: Option<f64>, trainer: Option<f64>| {
        let text = edited(SINGLE, |root| {
            for (node, rate) in [("3", agent), ("6", trainer)] {
                let inputs = root[node]["inputs"].as_object_mut().unwrap();
                inputs.remove("learning_rate");
                inputs.extend(rate.map(|rate| ("learning_rate".to_owned(), json!(rate))));
            }
        });
        let loaded = checked(&text);
        assert!(!has_errors(&loaded.diagnostics), "{:#?}", loaded.diagnostics);
        let of_agent = |it: &&Diagnostic| it.node.as_deref() == Some("3");
        let said: Vec<(&str, Severity)> =
            loaded.diagnostics.iter().filter(of_agent).map(|it| (it.code, it.severity)).collect();
        let rate =
            loaded.graph.as_ref().unwrap().node("6").unwrap().float("learning_rate").unwrap();
        (rate, said)
    };
    assert_eq!(given(Some(0.01), None), (0.01, vec![("lent-setting", Severity::Note)]));
    assert_eq!(given(Some(0.01), Some(0.002)), (0.002, vec![("idle-setting", Severity::Warning)]));
    assert_eq!(given(None, Some(0.002)), (0.002, vec![]));
    assert_eq!(given(None, None), (3e-4, vec![]));
    // As DNNE saves both, whatever was meant.
    assert_eq!(given(Some(3e-4), Some(0.002)), (0.002, vec![]));
    // A rate that the trainer cannot have is a mistake of the agent's.
    let text = edited(SINGLE, |root| {
        root["6"]["inputs"].as_object_mut().unwrap().remove("learning_rate");
        root["3"]["inputs"]["learning_rate"] = json!(0.0);
    });
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "out-of-range");
    assert_eq!((found.node.as_deref(), found.field.as_deref()), (Some("3"), Some("learning_rate")));
}
