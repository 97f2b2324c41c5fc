use super::*;
use crate::math::lanes::Isa;
use crate::nodes::{Acting, Agent, CheckpointRequest, Mode, training_loop};
use crate::scene::SceneLibrary;
use crate::session::{CheckpointInfo, Grip, Pull, Session, SessionOptions};
use std::path::Path;
use std::sync::atomic::Ordering;

fn session() -> Session {
    session_of(Mode::Evaluate { deterministic: true }, 0, "none")
}

/// Three cartpoles and a policy, recurrent or not.
fn session_of(mode: Mode, seed: u64, rnn: &str) -> Session {
    let graph = training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("num_envs", 3)
        .node("agent", "PPOAgentNode")
        .set("rnn", rnn)
        .node("trainer", "PPOTrainerNode")
        .build()
        .unwrap();
    let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let options = SessionOptions { mode, seed, isa: Isa::detect(), ..SessionOptions::new(scenes) };
    Session::new(&graph, options).unwrap()
}

/// One tick and what it brought.
fn tick(stage: &mut Broadcast, session: &mut Session, spectator: &Spectator) -> News {
    spectator.want(1);
    assert!(stage.attend(session, &AtomicBool::new(false)));
    session.tick().unwrap();
    stage.show(session, &[]);
    spectator.news()
}

/// A checkpoint of a session as it is.
fn checkpoint(session: &mut Session, folder: &Path) -> CheckpointInfo {
    let request = CheckpointRequest {
        node: "test".to_owned(),
        trigger: "test".to_owned(),
        best: None,
        folder: Some(folder.to_owned()),
        keep: None,
        model: None,
    };
    CheckpointInfo::open(&session.save_checkpoint(&request).unwrap().unwrap()).unwrap()
}

#[test]
fn frames_come_when_they_are_wanted() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(2);
    let no = AtomicBool::new(false);
    for tick in 1..=5 {
        spectator.want(usize::from(tick == 2 || tick == 3));
        assert!(stage.attend(&mut session, &no));
        session.tick().unwrap();
        stage.show(&mut session, &[]);
    }
    let frames = spectator.news().frames;
    let ticks: Vec<u64> = frames.iter().map(|frame| frame.tick).collect();
    assert_eq!(ticks, [2, 3]);
    assert_eq!(frames[1].envs.len(), 2);
    assert_eq!(frames[1].envs[0].progress, 3);
    assert_ne!(frames[0].envs[0].qpos, frames[1].envs[0].qpos);
}

#[test]
fn a_pause_holds_until_a_step_is_allowed() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(1);
    let interrupted = AtomicBool::new(true);
    assert!(stage.attend(&mut session, &interrupted), "nothing holds");
    spectator.set_paused(true);
    assert!(!stage.attend(&mut session, &interrupted));
    interrupted.store(false, Ordering::SeqCst);
    spectator.single_step();
    assert!(stage.attend(&mut session, &interrupted));
    let resumed = std::thread::scope(|scope| {
        let spectator = &spectator;
        scope.spawn(move || spectator.set_paused(false));
        stage.attend(&mut session, &interrupted)
    });
    assert!(resumed);
}

#[test]
fn on_demand_every_frame_is_a_tick() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(1);
    let interrupted = AtomicBool::new(true);
    spectator.set_pace(Pace::OnDemand);
    assert!(!stage.attend(&mut session, &interrupted));
    interrupted.store(false, Ordering::SeqCst);
    spectator.want(1);
    assert!(stage.attend(&mut session, &interrupted));
}

#[test]
fn both_sides_notice_that_the_other_is_gone() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(1);
    drop(spectator);
    assert!(!stage.attend(&mut session, &AtomicBool::new(false)));
    let (stage, spectator) = broadcast(1);
    assert!(!spectator.has_ended());
    drop(stage);
    assert!(spectator.has_ended());
}

/// The cart is pulled to the right, and then let go of.
#[test]
fn what_is_pulled_comes_along() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(2);
    let mut drive = |pull: Option<Pull>, n_ticks: usize| {
        spectator.set_pull(pull);
        let ticks = (0..n_ticks).map(|_| tick(&mut stage, &mut session, &spectator));
        ticks.last().unwrap().frames.pop_back().unwrap().envs
    };
    let before = drive(None, 1);
    let to = Grip::Place { point: [0.0; 3], target: [0.5, 0.0, 1.2] };
    let pull = Pull { env: 1, body: 1, to };
    // Before the pole falls over.
    let after = drive(Some(pull), 8);
    assert_eq!((after[1].episode, after[1].progress), (1, 9));
    assert!(after[1].qpos[0] > before[1].qpos[0] + 0.15, "{after:?}");
    assert!((after[0].qpos[0] - before[0].qpos[0]).abs() < 0.05, "{after:?}");
    drive(None, 1);
    assert_eq!(stage.pulled, None);
}

#[test]
fn agents_do_what_they_are_told() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(1);
    spectator.set_acting(Acting::Random);
    assert!(stage.attend(&mut session, &AtomicBool::new(false)));
    let world = session.world_mut();
    let acting = world.query::<&Agent>().single(world).unwrap().acting;
    assert_eq!(acting, Acting::Random);
}

#[test]
fn the_number_on_show_changes_and_is_at_most_that_of_the_batch() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(2);
    let mut shown = || tick(&mut stage, &mut session, &spectator).frames[0].envs.len();
    assert_eq!(shown(), 2);
    for (n, expected) in [(1, 1), (3, 3), (1000, 3), (0, 1)] {
        spectator.show_envs(n);
        assert_eq!(shown(), expected, "{n}");
    }
}

#[test]
fn an_environment_is_reset_and_nobody_else() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(3);
    tick(&mut stage, &mut session, &spectator);
    spectator.reset(1);
    let envs = &tick(&mut stage, &mut session, &spectator).frames[0].envs;
    let ended: Vec<_> = envs.iter().map(|env| (env.truncated, env.progress, env.episode)).collect();
    assert_eq!(ended, [(false, 2, 1), (true, 0, 2), (false, 2, 1)]);
    let envs = &tick(&mut stage, &mut session, &spectator).frames[0].envs;
    assert_eq!((envs[1].truncated, envs[1].progress), (false, 1));
}

#[test]
fn the_policy_of_a_checkpoint_plays_and_remembers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let play = Mode::Evaluate { deterministic: true };
    let mut other = session_of(play, 7, "gru");
    other.tick().unwrap();
    let checkpoint = checkpoint(&mut other, folder.path());
    let mut session = session_of(play, 0, "gru");
    let (mut stage, spectator) = broadcast(1);
    tick(&mut stage, &mut session, &spectator);
    let of = |session: &mut Session| {
        let world = session.world_mut();
        let agent = world.query::<&Agent>().single(world).unwrap();
        (agent.policy.state().unwrap(), agent.memory.states().to_vec())
    };
    let (own, memory) = of(&mut session);
    assert!(own != of(&mut other).0 && memory.iter().any(|&x| x != 0.0));
    spectator.set_policy(checkpoint.clone());
    assert!(stage.attend(&mut session, &AtomicBool::new(false)));
    assert_eq!(of(&mut session), (of(&mut other).0, Vec::new()));
    session.tick().unwrap();
    // One that is damaged is complained of, and what plays goes on.
    std::fs::write(checkpoint.path.join("state.safetensors"), "no").unwrap();
    spectator.set_policy(checkpoint);
    let news = tick(&mut stage, &mut session, &spectator);
    assert_eq!(news.complaints.len(), 1);
    assert!(news.complaints[0].contains("state.safetensors"), "{:?}", news.complaints);
    assert_eq!(of(&mut session).0, of(&mut other).0);
}

#[test]
fn a_training_keeps_its_policy() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session_of(Mode::Train, 0, "none");
    let checkpoint = checkpoint(&mut session, folder.path());
    let (mut stage, spectator) = broadcast(1);
    spectator.set_policy(checkpoint);
    let news = tick(&mut stage, &mut session, &spectator);
    assert!(news.complaints[0].contains("trains one of its own"), "{:?}", news.complaints);
}

#[test]
fn settings_are_told_changed_and_defended() {
    let mut session = session_of(Mode::Train, 0, "none");
    let (mut stage, spectator) = broadcast(1);
    assert!(spectator.settings().is_empty());
    tick(&mut stage, &mut session, &spectator);
    let of = |name: &str| spectator.settings().into_iter().find(|it| it.name == name).unwrap();
    assert_eq!((of("gamma").value, of("gamma").by_hand), (0.99, false));
    // The last of several counts, and a pause does not put it off.
    spectator.set("gamma", 0.5);
    spectator.set("gamma", 0.75);
    spectator.set_paused(true);
    spectator.set("lam", 1.5);
    spectator.set("difficulty", 0.5);
    spectator.release("gamma");
    spectator.set("gamma", 0.75);
    assert!(!stage.attend(&mut session, &AtomicBool::new(true)));
    assert_eq!((of("gamma").value, of("gamma").by_hand), (0.75, true));
    assert_eq!(of("lam").value, 0.95);
    let said = spectator.news().complaints;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "`lam`: cannot be 1.5; it goes from 0 to 1");
    assert!(said[1].contains("choose of learning_rate, gamma"), "{said:?}");
    // Nothing is learned where a policy plays, and nothing in this scene goes by its difficulty.
    let mut session = self::session();
    let (mut stage, spectator) = broadcast(1);
    spectator.set("gamma", 0.5);
    let said = tick(&mut stage, &mut session, &spectator).complaints;
    assert_eq!(said, ["`gamma`: nothing can be changed in this session"]);
}
