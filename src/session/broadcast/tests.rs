use super::*;
use crate::nodes::{
    ActionMode, Agent, CheckpointRequest, Kinds, Mode, NodeBuilder, NodeError, NodeKind, Wires,
    training_loop,
};
use crate::scene::SceneLibrary;
use crate::session::{
    CheckpointInfo, NewRun, Pull, PullTarget, RunFolder, Session, SessionError, SessionOptions,
};
use crate::workflow::{Graph, GraphBuilder, NodeSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
use std::path::Path;
use std::sync::atomic::Ordering;

fn session() -> Session {
    session_of(Mode::Evaluate { deterministic: true }, 0, "none")
}

/// Cartpoles and a policy, recurrent or not.
fn graph(n_envs: i64, rnn: &str) -> Graph {
    training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("num_envs", n_envs)
        .node("agent", "PPOAgentNode")
        .set("rnn", rnn)
        .node("trainer", "PPOTrainerNode")
        .build()
        .unwrap()
}

/// Three of them.
fn session_of(mode: Mode, seed: u64, rnn: &str) -> Session {
    let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let options = SessionOptions { mode, seed, ..SessionOptions::new(scenes) };
    Session::new(&graph(3, rnn), options).unwrap()
}

/// One tick and what it brought.
fn tick(stage: &mut Broadcast, session: &mut Session, spectator: &Spectator) -> SessionUpdates {
    spectator.want(1);
    assert!(stage.attend(session, &AtomicBool::new(false)));
    session.tick().unwrap();
    stage.show(session, &[]);
    spectator.updates()
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

/// What nodes do is counted while somebody looks at them, and costs nothing else.
#[test]
fn nodes_are_told_of_while_somebody_looks_at_them() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(2);
    assert_eq!(tick(&mut stage, &mut session, &spectator).nodes, None);
    assert_eq!(session.node_statuses(), None);
    spectator.watch_nodes(true);
    let statuses = tick(&mut stage, &mut session, &spectator).nodes.expect("they are told of");
    let of = |id: &str| statuses.iter().find(|status| status.id == id).expect("it is there");
    let agent = of("agent");
    assert_eq!(agent.counts.n_firings, 1);
    assert!(agent.counts.busy > std::time::Duration::ZERO);
    let sent: Vec<String> = agent.counts.sent.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(sent, ["3 x 1", "model"]);
    // The step has handed on where it led, and the agent is to take it in the next tick.
    assert_eq!(of("step").waits_for, ["agent"]);
    assert_eq!(of("env").counts.n_firings, 0);
    for _ in 0..3 {
        tick(&mut stage, &mut session, &spectator);
    }
    let later = session.node_statuses().expect("they are still watched");
    let agent = later.iter().find(|status| status.id == "agent").expect("it is there");
    assert_eq!(agent.counts.n_firings, 4);
    spectator.watch_nodes(false);
    assert_eq!(tick(&mut stage, &mut session, &spectator).nodes, None);
    assert_eq!(session.node_statuses(), None);
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
    let frames = spectator.updates().frames;
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
    let to = PullTarget::Place { point: [0.0; 3], target: [0.5, 0.0, 1.2] };
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
    spectator.set_action_mode(ActionMode::Random);
    assert!(stage.attend(&mut session, &AtomicBool::new(false)));
    let world = session.world_mut();
    let action_mode = world.query::<&Agent>().single(world).unwrap().action_mode;
    assert_eq!(action_mode, ActionMode::Random);
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
fn another_number_is_shown_at_once_also_while_paused() {
    let mut session = session();
    let (mut stage, spectator) = broadcast(2);
    let tick_of_last = tick(&mut stage, &mut session, &spectator).frames[0].tick;
    spectator.set_paused(true);
    spectator.show_envs(2);
    spectator.show_envs(1);
    spectator.show_envs(3);
    assert!(!stage.attend(&mut session, &AtomicBool::new(true)));
    let frames = spectator.updates().frames;
    let shown: Vec<_> = frames.iter().map(|frame| (frame.tick, frame.envs.len())).collect();
    assert_eq!(shown, [(tick_of_last, 3)]);
    assert!(frames[0].envs.iter().all(|env| env.progress == 1));
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
        (agent.policy.state().unwrap(), agent.hidden_states.states().to_vec())
    };
    let (own, hidden_states) = of(&mut session);
    assert!(own != of(&mut other).0 && hidden_states.iter().any(|&x| x != 0.0));
    spectator.set_policy(Some(checkpoint.clone()));
    assert!(stage.attend(&mut session, &AtomicBool::new(false)));
    assert_eq!(of(&mut session), (of(&mut other).0, Vec::new()));
    session.tick().unwrap();
    // One that is damaged is complained of, and what plays goes on.
    std::fs::write(checkpoint.path.join("state.safetensors"), "no").unwrap();
    spectator.set_policy(Some(checkpoint));
    let updates = tick(&mut stage, &mut session, &spectator);
    assert_eq!(updates.errors.len(), 1);
    assert!(updates.errors[0].contains("state.safetensors"), "{:?}", updates.errors);
    assert_eq!(of(&mut session).0, of(&mut other).0);
}

#[test]
fn a_training_keeps_its_policy() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session_of(Mode::Train, 0, "none");
    let checkpoint = checkpoint(&mut session, folder.path());
    let (mut stage, spectator) = broadcast(1);
    spectator.set_policy(Some(checkpoint));
    let updates = tick(&mut stage, &mut session, &spectator);
    assert!(updates.errors[0].contains("trains one of its own"), "{:?}", updates.errors);
}

/// A training that can show its policy otherwise.
fn training(rnn: &'static str) -> Session {
    let mut session = session_of(Mode::Train, 3, rnn);
    session.allow_evaluation_session(Box::new(move |n_envs| {
        let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
        let mode = Mode::Evaluate { deterministic: true };
        let options = SessionOptions { mode, seed: 4, ..SessionOptions::new(scenes) };
        Session::new(&graph(n_envs as i64, rnn), options)
    }));
    session
}

/// What an agent would do and what it has learned.
fn agent(session: &mut Session) -> (ActionMode, crate::learn::StateDict) {
    let world = session.world_mut();
    let agent = world.query::<&Agent>().single(world).unwrap();
    (agent.action_mode, agent.policy.state().unwrap())
}

#[test]
fn a_training_shows_its_policy_otherwise_as_it_is_at_present() {
    let mut session = training("gru");
    let (mut stage, spectator) = broadcast(2);
    let first = tick(&mut stage, &mut session, &spectator).frames[0].clone();
    spectator.set_action_mode(ActionMode::Mean);
    let mut ticks = vec![first.tick];
    for step in 1..=40_u32 {
        assert!(stage.attend(&mut session, &AtomicBool::new(false)));
        session.tick().unwrap();
        let rows = session.take_reports();
        // Frames come only where they are wanted, and then the next is one step on.
        spectator.want(usize::from(step % 2 == 0));
        stage.show(&mut session, &rows);
        for frame in spectator.updates().frames {
            assert_eq!((frame.envs.len(), frame.envs[0].progress), (2, step / 2));
            ticks.push(frame.tick);
        }
    }
    // A gap between the training and what is beside it, and none after that.
    assert_eq!(ticks, [1].into_iter().chain(3..23).collect::<Vec<_>>());
    let learned = agent(&mut session);
    assert_eq!(learned.0, ActionMode::Sampled);
    assert_ne!(learned.1, agent(&mut training("gru")).1);
    session.on_show(|shown| assert_eq!(agent(shown), (ActionMode::Mean, learned.1)));
    // More environments than there are in the training, and then the training again.
    spectator.show_envs(7);
    let frames = tick(&mut stage, &mut session, &spectator).frames;
    assert_eq!(frames.iter().map(|frame| frame.envs.len()).collect::<Vec<_>>(), [2, 7]);
    spectator.set_action_mode(ActionMode::Sampled);
    let back = tick(&mut stage, &mut session, &spectator).frames[0].clone();
    assert_eq!((back.envs.len(), back.envs[0].episode > 0), (3, true));
    assert_eq!(back.tick, ticks[ticks.len() - 1] + 3, "a step, a gap and a step");
}

#[test]
fn what_is_shown_beside_a_training_changes_none_of_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let train = |is_seen: bool| {
        let mut session = training("none");
        let (mut stage, spectator) = broadcast(3);
        for step in 0..40 {
            match step {
                3 if is_seen => spectator.set_action_mode(ActionMode::Random),
                9 if is_seen => spectator.set_action_mode(ActionMode::Mean),
                20 if is_seen => {
                    spectator.set_action_mode(ActionMode::Sampled);
                    spectator.set_policy(Some(checkpoint(&mut session, folder.path())));
                }
                22 if is_seen => spectator.reset(1),
                30 if is_seen => spectator.set_policy(None),
                _ => {}
            }
            spectator.want(usize::from(is_seen));
            assert!(stage.attend(&mut session, &AtomicBool::new(false)));
            session.tick().unwrap();
            let rows = session.take_reports();
            stage.show(&mut session, &rows);
            assert_eq!(spectator.updates().errors, [""; 0]);
        }
        agent(&mut session)
    };
    assert_eq!(train(true), train(false));
}

#[test]
fn the_checkpoints_of_a_run_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let library = SceneLibrary::new("scenes");
    let run = NewRun {
        workflow: "{}",
        seed: 3,
        library: &library,
        scenes: &[],
        loaded: &[],
        init_from: None,
        own_kinds: &[],
    };
    let mut session = training("none");
    let (mut stage, spectator) = broadcast(1);
    spectator.ask_for_checkpoints();
    assert!(tick(&mut stage, &mut session, &spectator).checkpoints.is_none());
    session.keep_in(RunFolder::create(&folder.path().join("run"), &run).unwrap());
    let request = CheckpointRequest {
        node: "test".to_owned(),
        trigger: "test".to_owned(),
        best: None,
        folder: None,
        keep: None,
        model: None,
    };
    let made = session.save_checkpoint(&request).unwrap();
    spectator.ask_for_checkpoints();
    let updates = tick(&mut stage, &mut session, &spectator);
    let told = updates.checkpoints.unwrap();
    assert_eq!(told.iter().map(|one| Some(one.path.clone())).collect::<Vec<_>>(), [made]);
    assert_eq!(updates.run.as_deref(), session.folder().map(RunFolder::path));
}

/// What cannot be shown is complained of, and the training is on show again.
#[test]
fn a_checkpoint_that_is_damaged_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = training("none");
    let checkpoint = checkpoint(&mut session, folder.path());
    std::fs::write(checkpoint.path.join("state.safetensors"), "no").unwrap();
    let (mut stage, spectator) = broadcast(2);
    spectator.set_policy(Some(checkpoint));
    let updates = tick(&mut stage, &mut session, &spectator);
    assert!(updates.errors[0].contains("state.safetensors"), "{:?}", updates.errors);
    assert_eq!((updates.frames.len(), session.shows_evaluation_session()), (1, false));
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
    assert!(!stage.attend(&mut session, &AtomicBool::new(true)));
    assert_eq!((of("gamma").value, of("gamma").by_hand), (0.75, true));
    assert_eq!(of("lam").value, 0.95);
    let said = spectator.updates().errors;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "`lam`: cannot be 1.5; it goes from 0 to 1");
    assert!(said[1].contains("choose of learning_rate, gamma"), "{said:?}");
    spectator.release("gamma");
    assert!(!stage.attend(&mut session, &AtomicBool::new(true)));
    assert_eq!((of("gamma").value, of("gamma").by_hand), (0.99, false));
    assert!(spectator.updates().errors.is_empty());
    // Nothing is learned where a policy plays, and nothing in this scene goes by its difficulty.
    let mut session = self::session();
    let (mut stage, spectator) = broadcast(1);
    spectator.set("gamma", 0.5);
    let said = tick(&mut stage, &mut session, &spectator).errors;
    assert_eq!(said, ["`gamma`: nothing can be changed in this session"]);
}

/// Hands on rewards three times, and then keeps them.
static MISER: NodeSchema = NodeSchema {
    class_type: "Miser",
    title: "Miser",
    inputs: &[PortSchema::new("rewards", PortType::Tensor, "Rewards of the step.")],
    outputs: &[PortSchema::new("rewards", PortType::Tensor, "The same, for a while.")],
    ..NodeSchema::EMPTY
};

fn build_miser(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let (node, output) = (b.entity, b.output("rewards"));
    let mut n_handed_on = 0;
    Ok(b.system(move |mut wires: Wires| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        if let Some(rewards) = taken.get("rewards").filter(|_| n_handed_on < 3) {
            n_handed_on += 1;
            wires.emit(node, output, rewards.clone());
        }
        Ok(())
    }))
}

/// Where a graph comes to a halt is told, whether or not somebody looked at its nodes before.
#[test]
fn a_graph_in_which_nothing_fires_any_more_says_who_waits_for_whom() {
    let kinds = Kinds::builtin().with(NodeKind::stateless(&MISER, build_miser)).unwrap();
    let scenes = || SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let graph = GraphBuilder::new(kinds.registry())
        .node("env", "IsaacGymEnvNode")
        .set("num_envs", 4)
        .node("or", "ORNode")
        .connect("env", "observations", "or", "input_a")
        .connect("step", "observations", "or", "input_b")
        .node("agent", "PPOAgentNode")
        .connect("or", "output", "agent", "observations")
        .node("step", "IsaacGymStepNode")
        .connect("env", "sim", "step", "sim")
        .connect("agent", "policy_output", "step", "actions")
        .connect("trainer", "training_complete", "step", "trigger")
        .node("miser", "Miser")
        .connect("step", "rewards", "miser", "rewards")
        .node("trainer", "PPOTrainerNode")
        .connect("or", "output", "trainer", "states")
        .connect("agent", "policy_output", "trainer", "policy_outputs")
        .connect("agent", "model", "trainer", "model")
        .connect("miser", "rewards", "trainer", "rewards")
        .connect("step", "dones", "trainer", "dones")
        .build_with(&scenes())
        .unwrap();
    for looks in [true, false] {
        let options = SessionOptions { kinds: kinds.clone(), ..SessionOptions::new(scenes()) };
        let mut session = Session::new(&graph, options).unwrap();
        let (mut stage, spectator) = broadcast(1);
        spectator.watch_nodes(looks);
        let mut n_ticks = 0;
        let error = loop {
            assert!(stage.attend(&mut session, &AtomicBool::new(false)) && n_ticks < 50);
            n_ticks += 1;
            match session.tick() {
                Ok(_) => stage.show(&mut session, &[]),
                Err(error) => break error,
            }
        };
        // Another error says nothing of nodes.
        stage.fail(&session, &SessionError::NothingLearns);
        assert!(!spectator.updates().is_stuck);
        stage.fail(&session, &error);
        let updates = spectator.updates();
        assert!(updates.is_stuck && error.to_string().contains("nothing can fire"), "{error}");
        let nodes = updates.nodes.unwrap();
        let waits = |id: &str| &nodes.iter().find(|node| node.id == id).unwrap().waits_for;
        assert_eq!(waits("trainer"), &["miser"]);
        // The next step is permitted by a trainer that has the reward of this one.
        assert!(waits("step").iter().any(|id| id == "trainer"), "{:?}", waits("step"));
    }
}
