//! Cameras that are put into a task from outside of its file.

use super::*;
use crate::space::{Device, ObservationGroup, ObservationStream, Picture};

const MODEL: &str = r#"<mujoco>
  <worldbody>
    <camera name="front" pos="0 -4 1" xyaxes="1 0 0 0 0 1"/>
    <camera name="side" pos="4 -4 1" xyaxes="1 1 0 0 0 1"/>
    <geom type="plane" size="9 9 0.1"/>
    <body name="cart" pos="0 0 1">
      <joint name="slider" type="slide" axis="1 0 0"/>
      <geom type="box" size="0.4 0.2 0.4" mass="1" rgba="1 0 0 1" contype="0" conaffinity="0"/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="slider" ctrlrange="-40 40"/></actuator>
</mujoco>"#;

fn scene(cameras: &str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), MODEL).unwrap();
    let text = format!(
        r#"Task(
            model: "model.xml", dt: 0.05, substeps: 1, episode_length: 7,
            actions: Continuous([(actuator: "push", scale: 40.0)]),
            observations: [("x", "qpos(slider)")],
            critic_observations: [("speed", "qvel(slider)")],
            cameras: [{cameras}],
            rewards: [("still", "1")],
            terminations: [(name: "away", when: "qpos(slider) > 1.2")],
            reset: [(joint: "slider", qpos: (-0.5, 0.5), qvel: (-2, 2))],
        )"#
    );
    Scene::parse("cart", &folder.path().join("task.ron"), &text).unwrap()
}

fn depth(name: &str) -> CameraSettings {
    CameraSettings {
        size: (20, 12),
        sees: CameraSees::Depth,
        range: (1.0, 9.0),
        depth_noise: (0.05, 0.0, 0.001),
        dropout: 0.1,
        ..CameraSettings::new(name)
    }
}

/// All that environments of a scene show over some steps in which episodes end.
fn shown(scene: &Scene) -> Vec<crate::space::Observations> {
    let mut environments = Environments::new(scene, 5, 3, Device::detect()).unwrap();
    let mut shown = vec![environments.output().observations.clone()];
    for k in 0..9 {
        let actions: Vec<f32> = (0..5).map(|env| ((k + env) % 3) as f32 - 1.0).collect();
        let actions = Actions { values: &actions, units: ActionUnits::Policy };
        shown.push(environments.step(actions).unwrap().observations.clone());
    }
    shown
}

#[test]
fn a_camera_is_that_of_a_task_file_to_the_bit() {
    const DEPTH: &str = r#"(name: "front", size: (20, 12), sees: Depth, range: (1.0, 9.0), stack: 3,
        noise: (depth: (0.05, 0.0, 0.001), dropout: 0.1))"#;
    let of_file = scene(DEPTH);
    let picture = of_file.task.observations.stream("front").and_then(ObservationStream::as_picture);
    assert_eq!(picture, Some(Picture { frames: 3, height: 12, width: 20, channels: 1 }));
    let expected = shown(&of_file);
    let varies = expected[1].u8s("front");
    assert!(varies.iter().any(|byte| *byte != varies[0]));
    // Put into a task without cameras, and in the place of another camera of the task, which keeps its stack.
    let added = scene("").with_camera(&depth("front")).unwrap();
    assert_eq!(shown(&added.with_frames(None, 3).unwrap()), expected);
    let other = scene(r#"(name: "front", camera: "side", size: (30, 30), sees: Rgb, stack: 3)"#);
    assert_eq!(shown(&other.with_camera(&depth("front")).unwrap()), expected);
    let stacked = added.with_frames(Some("front"), 2).unwrap().with_frames(None, 3).unwrap();
    assert_eq!(shown(&stacked), expected);
}

/// Several cameras, beside a stream in Rust; every stream is where its name is.
#[test]
fn cameras_stand_beside_other_streams() {
    let terms = Terms::default().stream(
        "twice",
        &[2],
        ObservationGroup::Critic,
        |view, out: &mut [f32]| {
            let x = view.qpos(0) as f32;
            out.copy_from_slice(&[x, 2.0 * x]);
        },
    );
    let with_terms = scene("").with_terms(&terms).unwrap();
    let side = CameraSettings { camera: Some("side".to_owned()), ..depth("eye") };
    let both = with_terms.with_camera(&depth("front")).unwrap().with_camera(&side).unwrap();
    assert_eq!(both.camera_names().collect::<Vec<_>>(), ["front", "eye"]);
    let (seen, blind) = (shown(&both), shown(&with_terms));
    assert_eq!(seen.len(), 10);
    for (seen, blind) in seen.iter().zip(&blind) {
        for name in
            [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS, "twice"]
        {
            assert_eq!(seen.f32s(name), blind.f32s(name), "{name}");
            assert!(seen.f32s(name).iter().any(|x| *x != 0.0), "{name}");
        }
        assert_ne!(seen.u8s("front"), seen.u8s("eye"));
    }
    let taken = CameraSettings { camera: Some("side".to_owned()), ..depth("twice") };
    assert_eq!(with_terms.with_camera(&taken).unwrap_err().field, "name");
}

#[test]
fn cameras_that_cannot_be_are_refused_by_setting() {
    let base = || depth("front");
    let text = |text: &str| Some(text.to_owned());
    for (settings, field, said) in [
        (CameraSettings { camera: text("fron"), ..base() }, "camera", "did you mean \"front\""),
        (CameraSettings { size: (0, 12), ..base() }, "size", "0 x 12"),
        (CameraSettings { size: (12, 5000), ..base() }, "size", "1 to 4096"),
        (CameraSettings { samples: Some(9), ..base() }, "samples", "1 to 8"),
        (CameraSettings { samples: Some(2), ..base() }, "samples", "depth"),
        (CameraSettings { range: (5.0, 2.0), ..base() }, "range", "5 to 2 m"),
        (CameraSettings { noise: 3.0, ..base() }, "noise", "`levels`"),
        (CameraSettings { dropout: f64::NAN, ..base() }, "noise", "`dropout`"),
        (CameraSettings { camera: text("side"), ..depth("a b") }, "name", "letters, digits"),
        (CameraSettings { camera: text("side"), ..depth("observations") }, "name", "task's lists"),
    ] {
        let fault = scene("").with_camera(&settings).unwrap_err();
        assert_eq!(fault.field, field, "{fault}");
        assert!(fault.message.contains(said), "{fault}");
    }
    let blind = scene("");
    assert_eq!(blind.with_frames(None, 2).unwrap_err().field, "frames");
    let seeing = blind.with_camera(&base()).unwrap();
    for (stream, frames, field) in
        [(None, 0, "frames"), (None, 65, "frames"), (Some("frnt"), 2, "stream")]
    {
        assert_eq!(seeing.with_frames(stream, frames).unwrap_err().field, field);
    }
}
