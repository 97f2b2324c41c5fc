//! What we write, as other programs read it: ONNX Runtime and TensorBoard, through Python. `.ci/run` installs
//! them; a machine without them skips these tests and says so.

use crate::skips::skip;
use crate::support::{finish, output, repository, succeed, workflow};
use dnne::learn::PolicyOutput;
use dnne::nodes::{Agent, Mode, registry};
use dnne::session::{CheckpointInfo, RunFolder, Session, SessionOptions};
use dnne::space::{ActionSpace, Buffer, Observations};
use dnne::workflow::{Document, check};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a script of `tests/checks/`, which must succeed, if there is a Python with what it needs.
fn check_with(script: &str, needs: &str, args: &[&Path]) {
    let named = std::env::var("DNNE_CHECKS_PYTHON").ok();
    let python = named.as_deref().unwrap_or("python3");
    let mut import = Command::new(python);
    import.args(["-c", &format!("import {needs}")]).stdout(Stdio::null()).stderr(Stdio::piped());
    if !import.spawn().is_ok_and(|child| finish(child).status.success()) {
        assert!(named.is_none(), "DNNE_CHECKS_PYTHON has no {needs}");
        let thing = needs.rsplit(", ").next().unwrap();
        skip(thing, "tests/checks/README.md says how to install it for Python");
        return;
    }
    let script = repository("tests/checks").join(script);
    let output = output(Command::new(python).arg(script).args(args));
    let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{args:?}: {} {}", said[0], said[1]);
}

/// An exported model does what the policy of the run does, step after step, from raw observations.
#[test]
fn exported_policies_do_the_same_in_onnx_runtime() {
    let squashed = ["PPOAgentNode.distribution=squashed_gaussian", "PPOAgentNode.activation=gelu"];
    let gru = ["PPOAgentNode.rnn=gru", "PPOAgentNode.rnn_size=9"];
    for (name, options) in [
        ("cartpole_ppo", &[][..]),
        ("cartpole_ppo", &squashed),
        ("cartpole_v1_ppo", &[]),
        ("cartpole_lstm", &[]),
        ("cartpole_lstm", &gru),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = workflow(name);
        let set = options.iter().flat_map(|option| ["--set", option]);
        let train = ["train", &path, "--updates", "4", "--out", "run", "--quiet"];
        succeed(folder.path(), &train.into_iter().chain(set).collect::<Vec<_>>());
        succeed(folder.path(), &["export-policy", "run", "--onnx", "policy.onnx"]);
        let expected = folder.path().join("expected.json");
        std::fs::write(&expected, what_it_does(&folder.path().join("run")).to_string()).unwrap();
        let model = folder.path().join("policy.onnx");
        check_with("check_onnx.py", "numpy, onnxruntime", &[&model, &expected]);
    }
}

/// Observations of ten steps of 100 environments, and what a run's policy makes of them without noise.
fn what_it_does(run: &Path) -> Value {
    let (run, _) = RunFolder::open(run).unwrap();
    let checkpoint = CheckpointInfo::latest(&run, &mut |damage| panic!("{damage}")).unwrap();
    let (document, _) = Document::load(run.workflow());
    let (graph, _) = check(&document.unwrap(), registry(), &run.scenes());
    let options = SessionOptions {
        mode: Mode::Evaluate { deterministic: true },
        ..SessionOptions::new(run.scenes())
    };
    let mut session = Session::new(&graph.unwrap(), options).unwrap();
    session.load_networks(&checkpoint).unwrap();
    let mut agents = session.world_mut().query::<&Agent>();
    let policy = &agents.single(session.world()).unwrap().policy;

    let space = policy.config().observations.clone();
    let (n_envs, obs_dim) = (100, space.size());
    let (mut hidden_states, mut said) = (Default::default(), PolicyOutput::default());
    let mut steps = Vec::new();
    for step in 0..10 {
        let at = |i: usize| (3.0 * ((i * i + 37 * step) as f64).sin()) as f32;
        let observations: Vec<f32> = (0..n_envs * obs_dim).map(at).collect();
        let seen =
            Observations::new(space.clone(), vec![Buffer::F32(observations.clone())]).unwrap();
        policy.act(seen.view(), &mut hidden_states, step as u64, true, &mut said).unwrap();
        let is_continuous = matches!(policy.config().action_space, ActionSpace::Continuous(_));
        let output = if is_continuous { &said.action } else { &said.params };
        steps.push(json!({"observations": observations, "output": output}));
    }
    json!({"n_envs": n_envs, "steps": steps})
}

/// TensorBoard shows a run that was killed and resumed as if it had never stopped.
#[test]
fn tensorboard_reads_what_metrics_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let train = ["train", &path, "--updates", "14", "--out", "run", "--quiet"];
    succeed(folder.path(), &train);
    // As after a kill: the last checkpoint is older than the last events.
    let run = folder.path().join("run");
    std::fs::remove_dir_all(crate::support::last_checkpoint(&run)).unwrap();
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "16", "--quiet"]);
    assert_eq!(std::fs::read_dir(run.join("tensorboard")).unwrap().count(), 2);
    check_with("check_events.py", "tensorboard", &[&run]);
}
