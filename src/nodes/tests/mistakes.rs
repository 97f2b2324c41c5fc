//! Small mistakes in a good file: each is reported with node, field, line and remedy.

use super::*;

/// One mistake in `workflows/cartpole_single.json` and what is said about it.
struct Mistake {
    from: &'static str,
    to: &'static str,
    code: &'static str,
    node: &'static str,
    field: &'static str,
    /// Part of the remedy.
    remedy: &'static str,
}

const fn mistake(
    from: &'static str,
    to: &'static str,
    code: &'static str,
    [node, field, remedy]: [&'static str; 3],
) -> Mistake {
    Mistake { from, to, code, node, field, remedy }
}

const MISTAKES: &[Mistake] = &[
    mistake(
        "\"PPOAgentNode\"",
        "\"PPOAgntNode\"",
        "unknown-class",
        ["3", "", "did you mean \"PPOAgentNode\"?"],
    ),
    mistake("\"PPOAgentNode\"", "\"CNN\"", "absent-class", ["3", "", "PPOAgentNode's `cnn`"]),
    mistake(
        "\"horizon_length\": 128",
        "\"horizon_lenght\": 128",
        "unknown-parameter",
        ["6", "horizon_lenght", "did you mean \"horizon_length\"?"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"horizon_length\": 0",
        "out-of-range",
        ["6", "horizon_length", "between 1 and 1000000"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"horizon_length\": 1.5",
        "wrong-type",
        ["6", "horizon_length", "a whole number"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"gamma\": \"NaN\"",
        "not-finite",
        ["6", "gamma", "finite number"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"gamma\": 1e30",
        "out-of-range",
        ["6", "gamma", "between 0 and 1"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"clip_param\": 0",
        "out-of-range",
        ["6", "clip_param", "between 0.000001 and 10"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"checkpoint_enabled\": true, \"checkpoint_trigger_value\": \"often\"",
        "unusable-value",
        ["6", "checkpoint_trigger_value", ""],
    ),
    mistake("\"cpu\"", "\"cuda:7\"", "unusable-value", ["1", "device", ""]),
    mistake(
        "\"dones\": [\"4\", 2]",
        "\"dones\": [\"4\", 1]",
        "type-mismatch",
        ["6", "dones", "did you mean its output \"dones\"?"],
    ),
    mistake(
        "\"actions\": [\"5\", 0]",
        "\"actions\": [\"1\", 1]",
        "type-mismatch",
        ["4", "actions", "connect an output of type ACTION"],
    ),
    mistake("\"elu\"", "\"rleu\"", "unknown-choice", ["3", "activation", "did you mean \"relu\"?"]),
    mistake("[64, 64]", "[64, \"x\"]", "wrong-type", ["3", "hidden_sizes", "[64, 64]"]),
    mistake(
        "\"horizon_length\": 128",
        "\"gae_lambda\": 0.9,\n      \"lam\": 0.9",
        "doubly-set",
        ["6", "lam", "keep one"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"44\", 1]",
        "dangling-link",
        ["6", "rewards", "name a node of this file"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"4\", 9]",
        "unknown-output",
        ["6", "rewards", "0 observations, 1 rewards"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"from_step\"]",
        "not-a-link",
        ["6", "rewards", "[\"node id\", output slot]"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"1\", 0]",
        "type-mismatch",
        ["6", "rewards", "did you mean its output \"observations\"?"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"4\", 1], \"rewrds\": [\"4\", 1]",
        "unknown-input",
        ["6", "rewrds", "did you mean \"rewards\"?"],
    ),
    mistake(
        "\"rewards\": [\"4\", 1]",
        "\"rewards\": [\"4\", 1],\n      \"reward\": [\"4\", 1]",
        "doubly-fed",
        ["6", "rewards", "keep one link"],
    ),
    mistake(
        "\"model\": [\"3\", 1],\n      ",
        "",
        "missing-input",
        ["6", "model", "PPOAgentNode.model"],
    ),
    mistake(
        "\"input_size\": 4",
        "\"input_size\": 60",
        "size-mismatch",
        ["3", "input_size", "write 4, or 0"],
    ),
    mistake(
        "\"output_size\": 1",
        "\"output_size\": 2",
        "size-mismatch",
        ["3", "output_size", "write 1, or 0"],
    ),
    mistake(
        "\"output_size\": 1",
        "\"action_space\": \"discrete\"",
        "action-space-mismatch",
        ["3", "action_space", "write \"continuous\""],
    ),
    mistake(
        "\"Cartpole\"",
        "\"Cartpol\"",
        "unknown-environment",
        ["1", "env_name", "did you mean \"Cartpole\"?"],
    ),
    mistake("\"Cartpole\"", "\"Broken\"", "unusable-environment", ["1", "env_name", "scene"]),
    mistake(
        ",\n      \"trigger\": [\"6\", 1]",
        "",
        "missing-trigger",
        ["4", "trigger", "training_complete of node 6"],
    ),
    mistake(
        "\"states\": [\"2\", 0]",
        "\"states\": [\"4\", 0]",
        "states-rewired",
        ["6", "states", "output of node 2"],
    ),
    mistake(
        "\"states\": [\"2\", 0]",
        "\"states\": [\"1\", 1]",
        "states-differ",
        ["6", "states", "the same output"],
    ),
    mistake(
        "\"observations\": [\"2\", 0]",
        "\"observations\": [\"4\", 0]",
        "cycle-without-or",
        ["3", "", "ORNode"],
    ),
    mistake(
        "\"minibatch_size\": 32",
        "\"minibatch_size\": 4096",
        "large-minibatch",
        ["6", "minibatch_size", "write 128 or less"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"schedule\": \"linear\"",
        "endless-schedule",
        ["6", "schedule", "set total_updates"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"schedule\": \"cosine\"",
        "endless-schedule",
        ["6", "schedule", "set total_updates"],
    ),
    mistake(
        "\"horizon_length\": 128",
        "\"anneal\": \"entropy_coef:0\"",
        "endless-schedule",
        ["6", "anneal", "set total_updates"],
    ),
    mistake("\"class_type\": \"ORNode\",", "", "missing-class", ["2", "", "class_type"]),
    mistake(
        "\"class_type\": \"ORNode\"",
        "\"class_type\": 7",
        "wrong-type",
        ["2", "class_type", "node class"],
    ),
    mistake("  \"2\": {", "  \"1\": {", "duplicate-node-id", ["1", "", "own id"]),
];

#[test]
fn each_mistake_is_reported_with_node_field_line_and_remedy() {
    for m in MISTAKES {
        assert!(SINGLE.contains(m.from), "{}", m.from);
        let text = SINGLE.replacen(m.from, m.to, 1);
        let loaded = checked(&text);
        let found = loaded.diagnostics.iter().find(|d| d.code == m.code);
        let Some(found) = found else {
            panic!("no {} for {:?}: {:#?}", m.code, m.to, loaded.diagnostics);
        };
        let line = found.to_string();
        assert_eq!(found.node.as_deref(), Some(m.node), "{line}");
        assert_eq!(found.field.as_deref().unwrap_or(""), m.field, "{line}");
        assert!(found.remedy.contains(m.remedy), "{line}");
        assert!(!line.contains('\n'), "{line}");
        let place = found.span.unwrap().start;
        assert!(line.starts_with(&format!("x.json:{place}: {}", found.severity)));
        assert_eq!(loaded.graph.is_none(), has_errors(&loaded.diagnostics));
        // What was left out cannot be pointed at, and a loop is told from its first node.
        if !m.to.is_empty() && m.code != "cycle-without-or" {
            let end = text.rfind(m.to).unwrap() + m.to.len();
            let last = text[..end].lines().count();
            let first = last + 1 - m.to.lines().count();
            assert!((first..=last).contains(&place.line), "{line}");
        }
    }
}

#[test]
fn one_mistake_gives_one_error() {
    for m in MISTAKES {
        let loaded = checked(&SINGLE.replacen(m.from, m.to, 1));
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
        // The later of two nodes with one id replaces the other, and all its links with it.
        let most = if m.code == "duplicate-node-id" { 6 } else { 2 };
        assert!(errors.len() <= most, "{}: {errors:#?}", m.code);
    }
}
