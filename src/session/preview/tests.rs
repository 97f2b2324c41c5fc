use super::*;
use crate::model::GeomType;
use crate::physics::{Data, Params, Plan, forward};
use crate::session::{SessionUpdates, Spectator, broadcast};
use std::fs;
use std::time::{Duration, Instant};

fn scene(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes")).join(name)
}

/// A ball over a floor, and an arm with a motor, in a folder of their own.
fn robot(folder: &Path) -> PathBuf {
    let path = folder.join("robot.xml");
    fs::write(&path, ROBOT).unwrap();
    path
}

const ROBOT: &str = r#"<mujoco><worldbody>
    <body name="ball" pos="0 0 1"><freejoint/><geom size="0.1" mass="1"/></body>
    <body name="arm" pos="1 0 2"><joint name="elbow" type="hinge" axis="0 1 0"/>
        <geom type="capsule" size="0.05" fromto="0 0 0 0.5 0 0"/></body>
    </worldbody>
    <actuator><motor name="pull" joint="elbow" ctrlrange="-2 2"/></actuator>
    <sensor><jointpos name="angle" joint="elbow"/></sensor>
    <keyframe><key name="bent" qpos="0 0 3 1 0 0 0 0.7" ctrl="1.5"/></keyframe></mujoco>"#;

#[test]
fn zero_actions_are_steps_with_zeros_bit_for_bit() {
    for name in ["ant", "cartpole", "cartpole_v1"] {
        let mut look = ScenePreview::open(&scene(name), 3, 7).unwrap();
        let mut plain = environments(look.scene(), 3, 7, false).unwrap();
        let values = vec![0.0; 3 * plain.action_dim(ActionUnits::Policy)];
        for _ in 0..40 {
            look.step().unwrap();
            plain.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap();
        }
        let expected: Vec<Snapshot> = (0..3).filter_map(|env| plain.snapshot(env)).collect();
        assert_eq!(expected.len(), 3);
        assert_eq!(look.snapshots(3), expected, "{name}");
    }
}

/// The pole falls over, is told to have, and goes on falling; then it begins anew.
#[test]
fn episodes_end_only_when_they_are_to() {
    let mut look = ScenePreview::open(&scene("cartpole"), 1, 7).unwrap();
    let run = |look: &mut ScenePreview| {
        for _ in 0..400 {
            look.step().unwrap();
        }
        look.snapshots(1).remove(0)
    };
    let after = run(&mut look);
    assert_eq!((after.episode, after.progress, after.terminated), (1, 400, false));
    assert!(after.conditions.contains(&true), "{after:?}");
    look.execute(PreviewCommand::EndEpisodes(true)).unwrap();
    let ended = run(&mut look);
    assert!(ended.episode > 1 && ended.progress < 400, "{ended:?}");
}

#[test]
fn controls_reach_as_far_as_the_actions_of_a_task() {
    let range =
        |name: &str| ScenePreview::open(&scene(name), 1, 1).unwrap().scene().task.control_range(0);
    let [low, high] = range("cartpole").unwrap();
    assert!(high > 0.0 && low == -high);
    let [low, high] = range("cartpole_v1").unwrap();
    assert!(low < 0.0 && high > 0.0, "{low} {high}");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        ScenePreview::open(&robot(folder.path()), 1, 1).unwrap().scene().task.control_range(0),
        None
    );
}

#[test]
fn a_joint_goes_where_it_is_put_and_its_observations_with_it() {
    let mut look = ScenePreview::open(&scene("cartpole"), 2, 7).unwrap();
    look.step().unwrap();
    let before = look.snapshots(2);
    let pole = look.scene().model.joints[1].clone();
    look.execute(PreviewCommand::Joint { env: 1, joint: 1, position: vec![0.25] }).unwrap();
    let after = look.snapshots(2);
    assert_eq!(after[0], before[0]);
    let mut expected = before[1].qpos.clone();
    expected[pole.qposadr] = 0.25;
    assert_eq!((&after[1].qpos, after[1].qvel[pole.dofadr]), (&expected, 0.0));
    assert_ne!(after[1].observations, before[1].observations);
    assert_eq!((after[1].episode, after[1].progress), (before[1].episode, before[1].progress));
    for (env, joint, position) in [(0, 9, vec![0.0]), (5, 1, vec![0.0]), (0, 1, vec![0.0, 1.0])] {
        assert!(look.execute(PreviewCommand::Joint { env, joint, position }).is_err());
    }
    assert!(
        look.execute(PreviewCommand::Joint { env: 0, joint: 1, position: vec![f32::NAN] }).is_err()
    );
}

#[test]
fn a_model_by_itself_is_driven_posed_and_begins_at_its_keyframes() {
    let folder = tempfile::tempdir().unwrap();
    let mut look = ScenePreview::open(&robot(folder.path()), 1, 1).unwrap();
    let planes = look.scene().model.geoms.iter().filter(|geom| geom.geom_type == GeomType::Plane);
    assert_eq!(planes.count(), 1);
    look.execute(PreviewCommand::Drive(ControlSource::Hold(vec![1.5]))).unwrap();
    look.step().unwrap();
    assert_eq!(look.snapshots(1)[0].ctrl, [1.5]);
    let driven = look.snapshots(1)[0].qvel[6];
    look.execute(PreviewCommand::Keyframe { env: None, key: 0 }).unwrap();
    let begun = &look.snapshots(1)[0];
    assert_eq!((begun.qpos[2], begun.qpos[7], begun.qvel[6]), (3.0, 0.7, 0.0));
    assert_eq!(begun.observations.f32s("observations"), [0.7]);
    look.execute(PreviewCommand::Drive(ControlSource::Zero)).unwrap();
    look.reset(0);
    look.step().unwrap();
    let alone = look.snapshots(1)[0].qvel[6];
    assert!(alone > 0.0 && alone < 0.95 * driven, "{alone} by its weight, {driven} by both");
    // A quaternion is one whatever it is set to.
    let position = vec![0.0, 0.0, 1.0, 0.0, 3.0, 4.0, 0.0];
    look.execute(PreviewCommand::Joint { env: 0, joint: 0, position }).unwrap();
    assert_eq!(look.snapshots(1)[0].qpos[3..7], [0.0, 0.6, 0.8, 0.0]);
    look.execute(PreviewCommand::Drive(ControlSource::Random)).unwrap();
    let mut drawn = Vec::new();
    for _ in 0..30 {
        look.step().unwrap();
        drawn.push(look.snapshots(1)[0].ctrl[0]);
    }
    let most = drawn.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(most > 1.0 && most <= 2.0, "{drawn:?}");
    for controls in [vec![], vec![f32::NAN], vec![0.0, 0.0]] {
        assert!(look.execute(PreviewCommand::Drive(ControlSource::Hold(controls))).is_err());
    }
    assert!(look.execute(PreviewCommand::Keyframe { env: None, key: 1 }).is_err());
}

/// A model without a single joint, and one with a body that only a person moves, go on for ever.
#[test]
fn what_cannot_move_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    for body in [r#"<geom size="1"/>"#, r#"<body mocap="true"><geom size="1"/></body>"#] {
        let path = folder.path().join("still.xml");
        fs::write(&path, format!("<mujoco><worldbody>{body}</worldbody></mujoco>")).unwrap();
        let mut look = ScenePreview::open(&path, 2, 1).unwrap();
        for driving in [ControlSource::Zero, ControlSource::Random, ControlSource::Hold(Vec::new())]
        {
            look.execute(PreviewCommand::Drive(driving)).unwrap();
            look.step().unwrap();
        }
        assert_eq!(look.snapshots(9).len(), 2);
        assert_eq!(look.snapshots(1)[0].progress, 3);
    }
}

/// Numbers that are no longer finite are never shown: the last moment before is, until somebody resets.
#[test]
fn what_blows_up_stays_as_it_was_before_until_it_is_reset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wild.xml");
    let text = r#"<mujoco><option timestep="0.1" integrator="Euler"/><worldbody>
        <body><joint type="slide"/><geom size="0.1" mass="0.001"/></body></worldbody>
        <actuator><general joint="0" biastype="affine" biasprm="0 1e6 1e6"/></actuator></mujoco>"#;
    let text = text.replace("joint=\"0\"", "joint=\"j\"").replace("<joint ", "<joint name=\"j\" ");
    fs::write(&path, text).unwrap();
    let mut look = ScenePreview::open(&path, 1, 1).unwrap();
    look.execute(PreviewCommand::Joint { env: 0, joint: 0, position: vec![0.1] }).unwrap();
    for _ in 0..200 {
        look.step().unwrap();
    }
    let trouble = look.updates().trouble.unwrap_or_default();
    assert!(look.is_stuck() && trouble.contains("no longer finite"), "{trouble}");
    let shown = look.snapshots(1).remove(0);
    assert!(shown.qpos.iter().chain(&shown.qvel).all(|x| x.is_finite()), "{shown:?}");
    look.reset(0);
    assert_eq!((look.is_stuck(), look.updates().trouble), (false, None));
    assert_eq!(look.snapshots(1)[0].qpos, [0.0]);
}

/// What is drawn of contacts is what the physics has: as many, and they carry the ball.
#[test]
fn contacts_on_show_are_those_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut look = ScenePreview::open(&robot(folder.path()), 1, 1).unwrap();
    for _ in 0..240 {
        look.step().unwrap();
    }
    let shown = look.snapshots(1).remove(0);
    let plan = Plan::new(look.scene().model.clone());
    let (params, mut data) = (Params::<f64>::new(&plan.model), Data::new(&plan));
    for (to, from) in [(&mut data.state.qpos, &shown.qpos), (&mut data.state.qvel, &shown.qvel)] {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
    }
    forward(&plan, &params, &mut data);
    let forces: Vec<_> = data.contact_forces(&plan).collect();
    assert_eq!((forces.len(), data.contacts().len()), (1, 1));
    let (place, bodies, force) = forces[0];
    assert_eq!(bodies, [0, plan.model.body_id("ball").unwrap()]);
    assert!(place[2].abs() < 0.01 && (force[2] - 9.81).abs() < 0.5, "{place:?} {force:?}");
}

/// A step, or only what was wished for where no step is wanted.
fn attend(
    look: &mut ScenePreview,
    stage: &mut Broadcast,
    spectator: &Spectator,
    steps: bool,
) -> SessionUpdates {
    let interrupted = AtomicBool::new(!steps);
    if steps {
        spectator.single_step();
    }
    assert_eq!(stage.attend_look(look, &interrupted), steps);
    if steps {
        spectator.want(1);
        look.step().unwrap();
        stage.show_look(look);
    }
    spectator.updates()
}

#[test]
fn orders_are_obeyed_while_it_waits_and_what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut look = ScenePreview::open(&robot(folder.path()), 1, 1).unwrap();
    let (mut stage, spectator) = broadcast(1);
    spectator.set_paused(true);
    let news = attend(&mut look, &mut stage, &spectator, true);
    let tick = news.frames[0].tick;
    for angle in [0.1, 0.2, 0.3] {
        spectator.look(PreviewCommand::Joint { env: 0, joint: 1, position: vec![angle] });
    }
    let news = attend(&mut look, &mut stage, &spectator, false);
    // The last of one slider counts, and is shown in the place of the present frame.
    let shown: Vec<_> = news.frames.iter().map(|it| (it.tick, it.envs[0].qpos[7])).collect();
    assert_eq!(shown, [(tick, 0.3)]);
    spectator.look(PreviewCommand::Keyframe { env: None, key: 4 });
    spectator.set("gamma", 0.5);
    let news = attend(&mut look, &mut stage, &spectator, false);
    assert_eq!(news.errors.len(), 2, "{:?}", news.errors);
}

/// Saved in pieces, broken, and mended: what was good stays on show, with what is wrong beside it.
#[test]
fn what_is_saved_is_loaded_and_what_is_broken_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = robot(folder.path());
    let mut look = ScenePreview::open(&path, 1, 1).unwrap();
    let (mut stage, spectator) = broadcast(1);
    spectator.set_paused(true);
    let mut until = |look: &mut ScenePreview, has_come: &dyn Fn(&PreviewUpdates) -> bool| {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
            let news = attend(look, &mut stage, &spectator, false);
            if let Some(told) = news.look.filter(|told| has_come(told)) {
                return (told, news.frames);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    fs::write(&path, ROBOT.replace("joint=\"elbow\" ctrlrange", "joint=\"elbo\" ctrlrange"))
        .unwrap();
    let (told, _) = until(&mut look, &|told| !told.problems.is_empty());
    assert!(told.scene.is_none() && look.scene().model.nu == 1);
    let said = told.problems[0].to_string();
    assert!(said.contains("elbo") && said.contains("robot.xml:6"), "{said}");
    // Mended, with another motor.
    let motor = r#"<motor name="more" joint="elbow"/></actuator>"#;
    let mended = ROBOT.replace("</actuator>", motor).replace(r#"ctrl="1.5""#, r#"ctrl="1 2""#);
    fs::write(&path, mended).unwrap();
    let (told, frames) = until(&mut look, &|told| told.scene.is_some());
    assert!(told.problems.is_empty(), "{:?}", told.problems);
    assert_eq!((told.scene.unwrap().model.nu, frames.len()), (2, 1));
    assert_eq!(frames[0].envs[0].ctrl.len(), 2);
}
