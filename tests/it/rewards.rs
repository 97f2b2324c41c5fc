//! What a run says of its rewards, and what it does when they are no numbers any more.

use crate::support::{fail, last_checkpoint, metrics, repository, succeed};
use serde_json::Value;
use std::path::Path;

fn case(name: &str) -> String {
    repository(&format!("tests/it/cases/{name}")).to_string_lossy().into_owned()
}

fn metadata(checkpoint: &Path) -> Value {
    let text = std::fs::read_to_string(checkpoint.join("metadata.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Each step gives 1, but the sixth, which ends the episode: -7.
#[test]
fn reward_terms_with_what_terminations_give_add_up_to_the_reward() {
    let folder = tempfile::tempdir().unwrap();
    let (path, scenes) = (case("workflows/two_terms.json"), case("scenes"));
    let train = ["train", &path, "--scenes", &scenes, "--updates", "3", "--out", "r", "--quiet"];
    succeed(folder.path(), &train);
    let rows = metrics(&folder.path().join("r"));
    let (mut reward, mut n_episodes) = (0.0, 0.0);
    for row in &rows {
        let terms = row["reward_terms"].as_object().unwrap();
        assert_eq!(terms.keys().collect::<Vec<_>>(), ["one", "termination_reward"]);
        reward += terms.values().map(|mean| mean.as_f64().unwrap()).sum::<f64>();
        if let Some(episode_return) = row["episode_return"].as_f64() {
            assert_eq!(episode_return, -2.0, "{row}");
        }
        n_episodes += row["episodes"].as_f64().unwrap();
    }
    // All environments end together: 8 of them each 6 steps. Of the others each step gives 1.
    let n_steps = rows.last().unwrap()["steps"].as_f64().unwrap();
    let total = (n_steps - n_episodes) - 7.0 * n_episodes;
    assert!(n_episodes > 0.0);
    let mean = reward / rows.len() as f64;
    assert!((mean - total / n_steps).abs() < 1e-9, "{mean} {}", total / n_steps);
}

/// A reward term becomes 1e20 from half of 40 updates on.
#[test]
fn what_was_learned_before_numbers_were_not_finite_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let blowup = case("workflows/blowup.json");
    let train = ["train", &blowup, "--scenes", &scenes, "--out", "r", "--quiet"];
    let said = fail(folder.path(), &train);
    for part in ["the loss is not finite", "boom, 1.000e20 a step", "reward_scale", "is saved in"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let path = folder.path().join("r");
    let checkpoint = last_checkpoint(&path);
    let metadata = metadata(&checkpoint);
    assert_eq!(metadata["update"], metrics(&path).len());
    assert_eq!(metadata["trigger"], "numbers that are not finite");
    let evaluated = succeed(folder.path(), &["eval", "r", "--episodes", "4", "--json"]);
    let evaluated: Value = serde_json::from_str(&evaluated).unwrap();
    assert!(evaluated["return"]["mean"].as_f64().unwrap().is_finite());
    // It goes on with fresh transitions, and meets the same where nothing was mended.
    let said = fail(folder.path(), &["train", "--resume", "r", "--quiet"]);
    assert!(said.contains("boom, 1.000e20 a step"), "{said}");
    assert!(last_checkpoint(&path) > checkpoint);
}
