//! Sensors of every type as tasks read them, against what the physics says of the same state. Each has a
//! task of its own: what one sensor needs must not depend on what else a task reads.

use super::{ActionUnits, Actions, Environments, EnvironmentsState, Scene};
use crate::math::lanes::Isa;
use crate::model::{Sensor, SensorStage};
use crate::physics::{Data, Params, Plan, refresh, step_sensing};
use crate::space::Device;
use std::collections::HashSet;
use std::mem::discriminant;
use std::path::Path;
use std::sync::Arc;

/// Types of sensors, the clock among them.
const N_TYPES: usize = 37;

/// The model in which every sensor is, seen through its sensor of this name, or through no sensor.
fn environments(sensor: Option<&Sensor>) -> Environments {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models");
    let (name, component) = sensor.map_or(("", ""), |sensor| {
        let last = if sensor.dim == 1 { "" } else { ".z" };
        (sensor.name.as_str(), last)
    });
    let seen = match name {
        "" => "0".to_owned(),
        name => format!("sensor({name}){component}"),
    };
    let task = format!(
        r#"Task(model: "sensing.xml", dt: 0.004, episode_length: 2,
            actions: Continuous([(actuator: "hip_r", scale: 1.0), (actuator: "knees", scale: 1.0)]),
            observations: [("seen", "{seen}")], rewards: [("one", "1")],
            reset: [(joint: "*", qpos: (-0.02, 0.02), qvel: (0.2, 0.9))])"#
    );
    let scene = Scene::parse("sensing", &folder.join("task.ron"), &task).unwrap();
    Environments::new(&scene, 1, 7, Device::Cpu(Isa::Reference)).unwrap()
}

fn data(plan: &Plan, state: &EnvironmentsState) -> Data<f64> {
    let mut data = Data::new(plan);
    let put = |to: &mut [f64], from: &[f32]| {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
    };
    put(&mut data.state.qpos, state.f32s("qpos"));
    put(&mut data.state.qvel, state.f32s("qvel"));
    put(&mut data.state.act, state.f32s("act"));
    data
}

#[test]
fn every_sensor_reads_in_a_task_what_the_physics_measures() {
    let mut plain = environments(None);
    let model = Arc::clone(&plain.scene().model);
    let sensors = model.sensors.clone();
    let types: HashSet<_> = sensors.iter().map(|s| discriminant(&s.sensor_type)).collect();
    assert_eq!(types.len() + 1, N_TYPES, "all but the clock");

    let (plan, actions) = (Plan::new(model), [0.7, -0.4]);
    let params = Params::new(&plan.model);
    let act = |environments: &mut Environments| {
        environments.step(Actions { values: &actions, units: ActionUnits::Policy }).unwrap();
    };
    let mut began = data(&plan, &plain.state());
    refresh(&plan, &params, &mut began);
    let mut stepped = data(&plan, &plain.state());
    for (actuator, &control) in ["hip_r", "knees"].iter().zip(&actions) {
        let index = plan.model.actuators.iter().position(|a| a.name == *actuator).unwrap();
        stepped.state.ctrl[index] = f64::from(control);
    }
    step_sensing(&plan, &params, &mut stepped, true);
    act(&mut plain);
    let mut moved = data(&plan, &plain.state());
    refresh(&plan, &params, &mut moved);
    act(&mut plain);
    let mut again = data(&plan, &plain.state());
    assert_ne!(again.state.qpos, moved.state.qpos);
    refresh(&plan, &params, &mut again);

    for sensor in &sensors {
        let place = sensor.adr + sensor.dim - 1;
        let mut environments = environments(Some(sensor));
        let seen = |environments: &Environments| {
            f64::from(environments.output().observations.f32s("observations")[0])
        };
        let at_reset = seen(&environments);
        act(&mut environments);
        let [now, expected, next] = match sensor.sensor_type.stage() {
            SensorStage::Motion => [&began, &moved, &again].map(|data| data.sensordata[place]),
            SensorStage::Force => [0.0, stepped.sensordata[place], 0.0],
            SensorStage::Clock => continue,
        };
        let differs = |a: f64, b: f64| (a - b).abs() > 1e-3 * (1.0 + b.abs());
        let name = &sensor.name;
        assert!(!differs(at_reset, now), "{name} after a reset: {at_reset}, not {now}");
        let after = seen(&environments);
        assert!(!differs(after, expected), "{name} after a step: {after}, not {expected}");
        act(&mut environments);
        let anew = seen(&environments);
        assert!(!differs(anew, next), "{name} in the next episode: {anew}, not {next}");
        let is_moving = sensor.sensor_type.stage() == SensorStage::Motion;
        assert!(!is_moving || expected != 0.0, "{name} shows nothing");
    }
}
