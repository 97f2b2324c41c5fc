//! What is said about workflows that are wrong as a whole, and about broken files.

use super::*;
use crate::diagnostic::Severity;

#[test]
fn all_mistakes_are_reported_not_the_first_only() {
    let text = SINGLE
        .replacen("\"elu\"", "\"rleu\"", 1)
        .replacen("\"epochs\": 4", "\"epochs\": -1", 1)
        .replacen("\"Cartpole\"", "\"Cartpol\"", 1);
    let codes: Vec<_> = checked(&text).diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["unknown-environment", "unknown-choice", "out-of-range"]);
}

#[test]
fn the_example_line_reads_as_documented() {
    let text = CARTPOLE.replacen("\"type\": \"PPOAgentNode\"", "\"type\": \"PPO Agent\"", 1);
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "unknown-class");
    let place = found.span.unwrap().start;
    assert_eq!(
        found.to_string(),
        format!(
            "x.json:{place}: error[unknown-class]: node 3 (\"PPO Agent\"): no node class is \
             called \"PPO Agent\"; did you mean \"PPOAgentNode\"?"
        )
    );
    assert!(
        text.lines().nth(place.line - 1).unwrap()[place.column - 1..].starts_with("\"PPO Agent\"")
    );
}

#[test]
fn a_loop_that_nothing_starts_never_fires() {
    let text = SINGLE.replacen("\"input_a\": [\"1\", 1],\n      ", "", 1);
    let loaded = checked(&text);
    assert!(loaded.graph.is_none());
    let waiting: Vec<_> = loaded.diagnostics.iter().filter(|d| d.code == "never-fires").collect();
    let ids: Vec<_> = waiting.iter().filter_map(|d| d.node.as_deref()).collect();
    assert_eq!(ids, ["2", "3", "4", "5", "6"]);
    assert!(waiting[0].message.contains("input_b from node 4 (IsaacGymStepNode)"));
    assert!(waiting.iter().all(|d| d.span.is_some() && !d.remedy.is_empty()));
}

#[test]
fn a_trainer_fed_once_halts_the_loop() {
    let text = SINGLE.replacen("\"states\": [\"2\", 0]", "\"states\": [\"1\", 1]", 1);
    let loaded = checked(&text);
    let halted = only(&loaded.diagnostics, "deadlock");
    assert_eq!(halted.node.as_deref(), Some("4"));
    assert!(halted.message.contains("trigger from node 6"));
    let starved = only(&loaded.diagnostics, "starves");
    assert!(starved.message.contains("states from node 1 (IsaacGymEnvNode), which fires once"));
}

#[test]
fn types_are_seen_through_nodes_that_take_anything() {
    let text = SINGLE.replacen("\"input_a\": [\"1\", 1]", "\"input_a\": [\"1\", 0]", 1);
    let loaded = checked(&text);
    let found: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.code == "type-mismatch")
        .map(|d| (d.node.as_deref().unwrap(), d.field.as_deref().unwrap()))
        .collect();
    assert_eq!(found, [("3", "observations"), ("6", "states")]);
}

#[test]
fn a_trainer_keeps_to_the_model_that_acts() {
    let text = SINGLE
        .replacen("\"model\": [\"3\", 1]", "\"model\": [\"7\", 0]", 1)
        .replacen(
            "  \"2\": {",
            "  \"7\": {\"class_type\": \"CheckpointLoader\", \"inputs\": {\"path\": \"a\"}},\n  \"2\": {",
            1,
        );
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "model-mismatch");
    assert_eq!(found.field.as_deref(), Some("model"));
    assert!(found.remedy.contains("model of node 3"));
}

#[test]
fn an_agent_without_an_environment_is_reported() {
    let text = SINGLE.replacen(
        "\"input_a\": [\"1\", 1],\n      \"input_b\": [\"4\", 0]",
        "\"input_a\": [\"6\", 0]",
        1,
    );
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "no-environment");
    assert_eq!(found.node.as_deref(), Some("3"));
    assert_eq!(found.field.as_deref(), Some("observations"));
}

#[test]
fn actions_fit_the_environment() {
    let ant = SINGLE.replacen("\"Cartpole\"", "\"Ant\"", 1).replacen(
        "\"input_size\": 4,\n      \"output_size\": 1,",
        "",
        1,
    );
    let loaded = checked(&ant);
    let found = only(&loaded.diagnostics, "size-mismatch");
    assert_eq!(found.node.as_deref(), Some("4"));
    assert!(found.message.contains("makes 1 actions, and Ant takes 8"));
    let straight = ant.replacen("\"actions\": [\"5\", 0]", "\"actions\": [\"3\", 0]", 1);
    assert!(checked(&straight).graph.is_some());
}

#[test]
fn files_that_are_no_workflow_say_where_they_break() {
    for (text, code, place, remedy) in [
        ("{\"1\":\n {\"a\": NaN}}", "not-finite", "2:8", "finite"),
        ("{\"1\":\n {\"a\": -Infinity}}", "not-finite", "2:8", "finite"),
        ("{\"1\": {\"a\": 1e999}}", "not-finite", "1:13", "finite"),
        ("{\"1\": {\"a\": \n", "broken-json", "2:1", "cut off"),
        ("", "broken-json", "1:1", "cut off"),
        ("[1]", "not-a-workflow", "1:1", "saved by DNNE"),
        ("{\"nodes\": 3}", "not-a-workflow", "1:11", "saved by DNNE"),
        ("{\"a\": 3}", "not-a-workflow", "1:1", "saved by DNNE"),
    ] {
        let (document, diagnostics) = Document::parse(text.as_bytes(), Some("x.json"));
        assert!(document.is_none());
        let found = only(&diagnostics, code);
        assert_eq!(found.span.unwrap().to_string(), place, "{found}");
        assert!(found.remedy.contains(remedy), "{found}");
        assert_eq!(found.file.as_deref(), Some("x.json"));
    }
    let (_, diagnostics) = Document::parse(b"{\"a\":\n \"\xff\"}", None);
    assert_eq!(only(&diagnostics, "not-utf8").span.unwrap().to_string(), "2:3");
    let (_, diagnostics) = Document::load("no/such/file.json");
    assert_eq!(only(&diagnostics, "cannot-read").severity, Severity::Error);
    let empty = checked("{}");
    assert_eq!(empty.graph, None);
    assert_eq!(only(&empty.diagnostics, "empty-workflow").severity, Severity::Error);
}

#[test]
fn broken_links_of_the_ui_form_are_reported() {
    for (from, to, code, node) in [
        ("[3, 2, 0, 3, 0, \"TENSOR\"]", "[3, 22, 0, 3, 0, \"TENSOR\"]", "dangling-link", Some("3")),
        ("[4, 3, 0, 5, 0, \"TENSOR\"]", "[4, 3, 0, 55, 0, \"TENSOR\"]", "dangling-link", Some("5")),
        ("[3, 2, 0, 3, 0, \"TENSOR\"]", "[2, 2, 0, 3, 0, \"TENSOR\"]", "duplicate-link-id", None),
        ("[3, 2, 0, 3, 0, \"TENSOR\"]", "[3, 2, -1, 3, 0, \"TENSOR\"]", "wrong-type", None),
        (
            "[3, 2, 0, 3, 0, \"TENSOR\"]",
            "[3, 2, 0, 3, 0], [33, 2, 0, 3, 0]",
            "doubly-fed",
            Some("3"),
        ),
        ("\"id\": 2, \"type\"", "\"id\": 1, \"type\"", "duplicate-node-id", Some("1")),
        ("\"id\": 2, \"type\"", "\"id\": 2.5, \"type\"", "wrong-type", None),
        ("\"mode\": 0", "\"mode\": \"off\"", "wrong-type", Some("1")),
    ] {
        assert!(DNNE_UI.contains(from), "{from}");
        let loaded = checked(&DNNE_UI.replacen(from, to, 1));
        let found = loaded.diagnostics.iter().filter(|d| d.code == code);
        let found: Vec<_> = found.filter(|d| d.span.is_some()).collect();
        assert!(!found.is_empty(), "{code}: {:#?}", loaded.diagnostics);
        assert!(found.iter().any(|d| d.node.as_deref() == node), "{found:#?}");
        assert!(loaded.graph.is_none());
    }
}

#[test]
fn repeated_keys_and_endless_files_are_reported() {
    let text = SINGLE.replacen("\"num_envs\": 1", "\"num_envs\": 1, \"num_envs\": 2", 1);
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "duplicate-key");
    assert_eq!(found.severity, Severity::Warning);
    assert!(found.message.contains("num_envs") && found.span.is_some());
    assert_eq!(loaded.graph.unwrap().nodes[0].int("num_envs"), Ok(2));
    let (document, diagnostics) = Document::parse(&vec![b' '; (64 << 20) + 1], None);
    assert!(document.is_none());
    assert!(only(&diagnostics, "too-large").remedy.contains("64 MiB"));
}

#[test]
fn a_workflow_in_which_nothing_would_run_says_so() {
    let only_constants = r#"{"1": {"class_type": "IntConstant", "inputs": {"value": 3}}}"#;
    let loaded = checked(only_constants);
    assert_eq!(only(&loaded.diagnostics, "nothing-runs").severity, Severity::Error);
    assert!(loaded.graph.is_none());
    let alone = r#"{"1": {"class_type": "IsaacGymEnvNode", "inputs": {}}}"#;
    let loaded = checked(alone);
    assert_eq!(only(&loaded.diagnostics, "nothing-runs").severity, Severity::Warning);
    assert!(checked(SINGLE).diagnostics.iter().all(|it| it.code != "nothing-runs"));
    // Nothing at all, and nothing but a remark about it.
    for empty in ["{}", "{\"nodes\": [], \"links\": [], \"extra\": {}}"] {
        let loaded = checked(empty);
        assert_eq!(only(&loaded.diagnostics, "empty-workflow").severity, Severity::Error);
    }
}
