//! Commands over whole runs: comparing, sweeping, measuring, exporting.

use crate::support::{
    dnne, fail, output, repository, run, succeed, timeless_metrics, weights, workflow,
};
use serde_json::Value;
use std::path::Path;

fn train(folder: &Path, name: &str, more: &[&str]) {
    let path = workflow(name);
    let args = ["train", &path, "--updates", "3", "--quiet"];
    succeed(folder, &[&args[..], more].concat());
}

#[test]
fn runs_are_compared_in_a_table_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    for seed in ["1", "2"] {
        train(folder.path(), "cartpole_ppo", &["--seed", seed, "--out", seed]);
    }
    let table = succeed(folder.path(), &["compare", "1", "2", "--out", "curves.svg"]);
    assert!(table.starts_with("episode_return\n") && table.contains("last tenth"), "{table}");
    let picture = std::fs::read_to_string(folder.path().join("curves.svg")).unwrap();
    assert_eq!(picture.matches("stroke-width=\"2\"").count(), 4, "two curves and two keys");

    let args = ["compare", "1", "--metric", "reward_terms.upright", "--json"];
    let rows: Value = serde_json::from_str(&succeed(folder.path(), &args)).unwrap();
    let text = std::fs::read_to_string(folder.path().join("1/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(rows[0]["last"], last["reward_terms"]["upright"]);
    assert_eq!((&rows[0]["run"], &rows[0]["steps"]), (&"1".into(), &last["steps"]));

    let said = fail(folder.path(), &["compare", "1", "--metric", "zz"]);
    assert!(
        said.contains("there is no metric \"zz\"") && said.contains("episode_length"),
        "{said}"
    );
    let said = fail(folder.path(), &["compare", "1", "--out", "curves.pdf"]);
    assert!(said.contains(".svg or .png"), "{said}");
    let said = fail(folder.path(), &["compare", "nowhere"]);
    assert!(
        said.contains("is not a run folder") && said.contains("dnne train named at its end"),
        "{said}"
    );
}

/// Runs that have only just begun, or whose last row is being written, do not keep others from being shown.
#[test]
fn runs_that_go_on_are_compared_as_far_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for out in ["cut", "empty"] {
        train(folder.path(), "cartpole_ppo", &["--out", out]);
    }
    let rows = |out: &str| folder.path().join(out).join("metrics.jsonl");
    let text = std::fs::read_to_string(rows("cut")).unwrap();
    std::fs::write(rows("cut"), &text[..text.len() - 20]).unwrap();
    std::fs::remove_file(rows("empty")).unwrap();
    let output = run(folder.path(), &["compare", "cut", "empty", "--json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && said.contains("empty: this run has made no update"),
        "{said}"
    );
    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((table.as_array().unwrap().len(), &table[0]["updates"]), (1, &2.into()), "{table}");
    let said = fail(folder.path(), &["compare", "empty"]);
    assert!(said.contains("no update yet"), "{said}");
    // A row in the midst that is none is a mistake.
    std::fs::write(rows("cut"), format!("{{\n{text}")).unwrap();
    let said = fail(folder.path(), &["compare", "cut", "empty"]);
    assert!(said.contains("metrics.jsonl:1: not a row of metrics"), "{said}");
}

/// The members are what `train` makes of the same options, and a failing one takes no other with it.
#[test]
fn a_sweep_outlives_its_failing_members() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let param = "PPOTrainerNode.gamma=0.9,2";
    let sweep = ["sweep", &path, "--param", param, "--seeds", "1..2", "--updates", "3"];
    let output = run(folder.path(), &[&sweep[..], &["--jobs", "2", "--out", "s"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("2 of 4 runs failed") && said.contains("[4/4]"), "{said}");
    // In digits that are read at a glance.
    let told: Vec<&str> =
        said.lines().filter_map(|line| line.split_once(": done, ")).map(|it| it.1).collect();
    let decimals = |it: &&str| it.split_once('.').is_none_or(|(_, decimals)| decimals.len() == 1);
    assert!(told.len() == 2 && told.iter().all(decimals), "{told:?}");

    let text = std::fs::read_to_string(folder.path().join("s/sweep.csv")).unwrap();
    let records: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(records[0][..4], ["run", "seed", "PPOTrainerNode.gamma", "status"]);
    let given = |i: usize| records[i][1..4].to_vec();
    assert_eq!(given(1), ["1", "0.9", "done"]);
    assert_eq!(given(2), ["2", "0.9", "done"]);
    assert_eq!(given(3), ["1", "2", "failed"]);
    assert!(records[3].concat().contains("gamma"), "{text}");
    assert_eq!(records.len(), 5);
    let text = std::fs::read_to_string(folder.path().join("s/over_seeds.csv")).unwrap();
    let records: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(records[0][..2], ["PPOTrainerNode.gamma", "seeds"]);
    assert_eq!(
        (&records[1][..2], &records[2][..2]),
        (&["0.9", "2"][..], &["2", "0"][..]),
        "{text}"
    );

    let set = ["--set", "PPOTrainerNode.gamma=0.9", "--seed", "2", "--out", "alone"];
    train(folder.path(), "cartpole_single", &set);
    let [member, alone] = ["s/0002", "alone"].map(|run| weights(&folder.path().join(run)));
    assert_eq!(member, alone);
    assert!(!folder.path().join("s/0003").exists());

    let said = fail(folder.path(), &[&sweep[..], &["--out", "s"]].concat());
    assert!(said.contains("choose another --out"), "{said}");
}

/// Nobody watches so many, whatever their workflow says; and programs read both tables.
#[test]
fn members_of_a_sweep_open_no_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let sweep = ["sweep", &path, "--param", "IsaacGymEnvNode.headless=false", "--seeds", "1..2"];
    let mut command = dnne(folder.path(), &[&sweep[..], &["--updates", "1", "--json"]].concat());
    let output = output(command.env_remove("DISPLAY"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tables: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tables["runs"].as_array().unwrap().len(), 2, "{tables}");
    assert_eq!(tables["runs"][1]["status"], "done");
    assert_eq!(tables["combinations"].as_array().unwrap().len(), 1, "{tables}");
    assert_eq!(tables["combinations"][0]["seeds"], "2");
}

#[test]
fn a_sweep_that_cannot_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let sweep = ["sweep", &path, "--param", "PPOTrainerNode.gama=0.9,0.8", "--out", "s"];
    let said = fail(folder.path(), &sweep);
    assert!(said.contains("gamma"), "{said}");
    assert!(!folder.path().join("s").exists());
}

#[test]
fn a_policy_is_exported_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "cartpole_ppo", &["--out", "run"]);
    let export = ["export-policy", "run", "--onnx", "policy.onnx"];
    let said = succeed(folder.path(), &export);
    assert_eq!(
        said.trim(),
        "policy.onnx: observations (batch, 4) to actions (batch, 1), after update 3"
    );
    let bytes = std::fs::read(folder.path().join("policy.onnx")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for part in ["observations", "trunk.1.weight", "mu.bias", "Clip", "actions"] {
        assert!(text.contains(part), "{part}");
    }
    fail(folder.path(), &["export-policy", "nowhere", "--onnx", "policy.onnx"]);
    fail(folder.path(), &["export-policy", "run", "--onnx", "no/such/folder.onnx"]);
    let said = fail(folder.path(), &["export-policy", "run", "--onnx", "run/workflow.json"]);
    assert!(said.contains("ends in .onnx"), "{said}");

    let eval = ["eval", "run", "--episodes", "20", "--deterministic"];
    let evaluation: Value =
        serde_json::from_str(&succeed(folder.path(), &[&eval[..], &["--json"]].concat())).unwrap();
    let survived = evaluation["survival_rate"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&survived));
    assert!(evaluation["reward_terms"]["upright"]["mean"].is_number(), "{evaluation}");
    let table = succeed(folder.path(), &eval);
    assert!(table.contains("% lasted to the limit") && table.contains("  upright"), "{table}");
    // Cartpole's task names no goal but to last.
    assert!(table.contains("lasted to the limit, which is success here"), "{table}");
}

#[test]
fn a_task_with_a_goal_is_measured_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("reacher_ppo");
    let train = ["train", &path, "--updates", "1", "--num-envs", "16", "--out", "run", "--quiet"];
    succeed(folder.path(), &train);
    let table = succeed(folder.path(), &["eval", "run", "--episodes", "4"]);
    assert!(table.contains("% successful, "), "{table}");
}

/// What is no default trains, stops in the midst of a rollout and goes on: bit for bit, on any number
/// of threads.
#[test]
fn unusual_policies_are_resumed_bit_for_bit() {
    let common: &[&str] = &[
        "PPOAgentNode.separate_value=true",
        "PPOTrainerNode.schedule=cosine",
        "PPOTrainerNode.anneal=clip_param:0.1, entropy_coef:0:cosine",
    ];
    let squashed: &[&str] = &[
        "PPOAgentNode.distribution=squashed_gaussian",
        "PPOAgentNode.log_std=network",
        "PPOTrainerNode.normalize_rewards=true",
        "PPOTrainerNode.target_kl=0.02",
    ];
    let lstm: &[&str] = &["PPOAgentNode.rnn=lstm", "PPOTrainerNode.sequence_length=8"];
    let gru: &[&str] = &["PPOAgentNode.rnn=gru", "PPOAgentNode.rnn_size=9"];
    for options in [squashed, lstm, gru] {
        are_resumed_bit_for_bit(&[common, options].concat());
    }
}

fn are_resumed_bit_for_bit(options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = repository("workflows/cartpole_ppo.json").to_string_lossy().into_owned();
    let set: Vec<&str> = options.iter().flat_map(|option| ["--set", option]).collect();
    let start = |out: &str, limit: [&str; 4]| {
        let args = ["train", &path, "--out", out, "--quiet"];
        succeed(folder.path(), &[&args[..], &limit, &set].concat());
    };
    start("whole", ["--updates", "6", "--threads", "1"]);
    // Three rollouts of 16 steps, and 11 steps of the fourth.
    start("parts", ["--steps", "30000", "--threads", "2"]);
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "6", "--quiet"]);
    let [whole, parts] = ["whole", "parts"].map(|run| folder.path().join(run));
    assert_eq!(weights(&whole), weights(&parts), "{options:?}");
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts), "{options:?}");
}

/// A policy with memory is measured in as many environments as one likes, and hands its state on in
/// other programs.
#[test]
fn a_policy_with_memory_is_exported_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "cartpole_lstm", &["--out", "run"]);
    let said = succeed(folder.path(), &["export-policy", "run", "--onnx", "policy.onnx"]);
    let expected = "policy.onnx: observations (batch, 2), h and c (batch, 32) to actions (batch, 1), \
                    h_out and c_out (batch, 32), after update 3";
    assert_eq!(said.trim(), expected);
    let eval = ["eval", "run", "--episodes", "20", "--deterministic", "--json"];
    let first = succeed(folder.path(), &eval);
    let evaluation: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(evaluation["episodes"], 20);
    assert_eq!(first, succeed(folder.path(), &eval));
}
