//! What is seen of environments from outside, and done to them.

use super::tests::{environments, policy};
use super::{Episode, Snapshot, StepOutput};

#[test]
fn who_is_pushed_moves_and_nobody_else() {
    let steps = |pushed: bool| {
        let mut environments = environments(&[("episode_length", "50")], 20);
        if pushed {
            environments.push(17, 1, [0.0, 0.0, 0.0, 6.0, 0.0, 0.0]);
            environments.push(99, 1, [1.0; 6]);
            environments.push(3, 9, [1.0; 6]);
        }
        let actions = vec![0.0; 20];
        for _ in 0..3 {
            environments.step(policy(&actions)).unwrap();
        }
        environments.push(17, 1, [0.0; 6]);
        (0..20).filter_map(|env| environments.snapshot(env)).collect::<Vec<_>>()
    };
    let (alone, pushed) = (steps(false), steps(true));
    for env in 0..20 {
        // 6 N on 2 kg for three steps of 0.1 s.
        let speed = if env == 17 { 0.9 } else { 0.0 };
        assert!((pushed[env].qvel[0] - alone[env].qvel[0] - speed).abs() < 1e-5, "{env}");
    }
}

#[test]
fn a_snapshot_is_of_the_environment_that_was_asked_for() {
    let mut environments = environments(&[], 20);
    let actions: Vec<f32> = (0..20).map(|env| env as f32 / 20.0).collect();
    environments.step(policy(&actions)).unwrap();
    let state = environments.state();
    for env in 0..20 {
        let snapshot = environments.snapshot(env).unwrap();
        assert_eq!(
            (&snapshot.qpos[..], &snapshot.qvel[..]),
            (&state.f32s("qpos")[env..=env], &state.f32s("qvel")[env..=env])
        );
        assert_eq!((snapshot.episode, snapshot.progress), (1, 1));
        assert_eq!(snapshot.total_reward, state.f64s("total_reward")[env]);
        let output = environments.output();
        assert_eq!(snapshot.observations, output.observations.row(env));
        assert_eq!(snapshot.action, actions[env..=env]);
        assert_eq!(snapshot.reward_parts, output.reward_parts[3 * env..3 * env + 3]);
        assert_eq!(snapshot.reward, output.rewards[env]);
        assert!(!snapshot.terminated && !snapshot.truncated);
    }
    assert_eq!(environments.snapshot(20), None);
}

#[test]
fn a_snapshot_after_an_end_shows_the_next_episode_and_how_the_last_one_ended() {
    let fallen = r#"[(name: "far", when: "x > 0.1", reward: Some(-7.0))]"#;
    let mut environments = environments(&[("terminations", fallen), ("episode_length", "4")], 2);
    let mut shown: Vec<[Snapshot; 2]> = Vec::new();
    for _ in 0..4 {
        environments.step(policy(&[0.0, 1.0])).unwrap();
        shown.push([0, 1].map(|env| environments.snapshot(env).unwrap()));
    }
    // 3 N with a gear of 2 on 2 kg: 3 m/s^2, beyond 0.1 m in the third step of 0.1 s.
    let [_, ended] = &shown[2];
    assert!(ended.terminated && !ended.truncated);
    assert_eq!((ended.reward, &ended.reward_parts[..]), (-7.0, &[0.0, 0.0, -7.0][..]));
    assert_eq!((ended.progress, ended.episode, &ended.action[..]), (0, 2, &[0.0][..]));
    assert_eq!(ended.observations.f32s("observations"), [0.0; 3]);
    let [timed_out, _] = &shown[3];
    assert!(timed_out.truncated && !timed_out.terminated);
    assert_eq!((timed_out.reward, timed_out.progress), (1.0, 0));
}

/// The books of an episode that is ended from outside are those of one that times out.
#[test]
fn an_episode_is_ended_from_outside_as_by_a_time_out() {
    let run = |length: &str, by_hand: bool| {
        let parts =
            [("episode_length", length), ("reset", r#"[(joint: "left-rail", qpos: (-1, 1))]"#)];
        let mut environments = environments(&parts, 20);
        let actions: Vec<f32> = (0..20).map(|env| env as f32 / 20.0).collect();
        environments.step(policy(&actions)).unwrap();
        if by_hand {
            environments.end_episode(17);
            environments.end_episode(20);
        }
        let output = environments.step(policy(&actions)).unwrap().clone();
        (environments, output)
    };
    let ((timed_out, expected), (mut ended, output)) = (run("2", false), run("50", true));
    let only = |env: usize| (0..20).map(|other| other == env).collect::<Vec<bool>>();
    assert_eq!((&output.truncated, &output.episode_starts), (&only(17), &only(17)));
    assert_eq!(output.terminated, [false; 20]);
    let row = |output: &StepOutput| (output.observations.row(17), output.next_observations.row(17));
    let (now, next) = row(&output);
    assert_ne!(now, next);
    let expected_row = row(&expected);
    assert_eq!((now, next), expected_row);
    assert_eq!(output.rewards, expected.rewards);
    // But for success: it has not lasted.
    assert!(expected.episodes[17].success);
    assert_eq!(output.episodes, [Episode { success: false, ..expected.episodes[17] }]);
    assert_eq!(ended.snapshot(17), timed_out.snapshot(17));
    let (now, expected) = (ended.state(), timed_out.state());
    let counters = ["n_steps", "episode", "progress"].map(|name| now.u64s(name)[17]);
    assert_eq!(counters, [2, 2, 0]);
    assert_eq!(now.u64s("episode")[17], expected.u64s("episode")[17]);
    // Once.
    let output = ended.step(policy(&[0.0; 20])).unwrap();
    assert_eq!(output.truncated, [false; 20]);
}

#[test]
fn the_tasks_own_end_goes_before_one_from_outside() {
    let parts = [
        ("terminations", r#"[(name: "now", when: "time > 0")]"#),
        ("success", r#"Some("x == 0")"#),
    ];
    let mut environments = environments(&parts, 2);
    environments.end_episode(0);
    let output = environments.step(policy(&[0.0; 2])).unwrap();
    assert_eq!((&output.terminated[..], &output.truncated[..]), (&[true; 2][..], &[false; 2][..]));
    assert!(output.episodes[0].success);
}
