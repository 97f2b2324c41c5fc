//! Trained policies in another engine, from the command line.

use crate::support::{fail, succeed, workflow};
#[cfg(feature = "rapier")]
use serde_json::Value;

#[cfg(feature = "rapier")]
#[test]
fn a_policy_is_measured_in_both_engines_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "25", "--out", "run", "--quiet"]);
    let eval = ["eval", "run", "--episodes", "8", "--deterministic"];
    let json = |more: &[&str]| -> Value {
        serde_json::from_str(&succeed(folder.path(), &[&eval[..], more].concat())).unwrap()
    };
    let both = json(&["--physics", "rapier", "--json"]);
    assert_eq!(both["ours"], json(&["--json"]));
    let means = |physics: &str| both[physics]["return"]["mean"].as_f64().unwrap();
    let (ours, rapier) = (means("ours"), means("rapier"));
    assert!(ours != rapier, "the same to the last bit: {ours}");
    assert!((rapier - ours).abs() < 0.25 * ours.abs(), "{ours} in our engine, {rapier} in Rapier");
    let table = succeed(folder.path(), &[&eval[..], &["--physics", "rapier"]].concat());
    assert!(table.contains("in our engine") && table.contains("in Rapier"), "{table}");
}

#[test]
fn only_what_has_been_trained_is_played_in_another_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let said = fail(folder.path(), &["watch", &path, "--physics", "rapier"]);
    assert!(said.contains("folder of a run"), "{said}");
}
