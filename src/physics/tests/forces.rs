//! One step of every combination of actuator, transmission, range and integrator against MuJoCo
//! (`tests/golden/actuator_forces.json`).

use super::{golden_data, inject, model_of, numbers};
use crate::math::differences::relative_difference;
use crate::physics::{Data, Params, Plan, step};
use serde_json::{Value, json};

/// The data are written with eleven digits.
const TOLERANCE: f64 = 1e-9;
/// Combinations, and how many of them begin from more than one state.
const COMBINATIONS: usize = 3822;

/// A model of the parts that its names stand for; `tests/golden/forces.py` puts them together likewise.
fn text(golden: &Value, integrator: &str, drive: &str, kind: &str, range: &Value) -> String {
    let part = |value: &Value| value.as_str().unwrap().to_owned();
    let parts = &golden["drives"][drive];
    let [body, tendon, target] = [0, 1, 2].map(|k| part(&parts[k]));
    let [mut of_actuator, of_joint, of_tendon] = [1, 2, 3].map(|k| part(&range[k]));
    if kind == "damper" {
        // A damper has a range of controls in any case.
        of_actuator = match of_actuator.contains("ctrlrange") {
            true => of_actuator.replace("-0.4 ", "0.1 "),
            false => of_actuator + " ctrlrange=\"0 9\"",
        };
    }
    let actuator = part(&golden["kinds"][kind]).replace("{}", &format!("{target} {of_actuator}"));
    part(&golden["model"])
        .replace("{integrator}", integrator)
        .replace("{body}", &body.replace("{joint}", &of_joint))
        .replace("{tendon}", &tendon.replace("{tendon}", &of_tendon))
        .replace("{actuator}", &actuator)
        .replace("{target}", &target)
}

/// Velocities and actuator states after one step.
fn after_one_step(plan: &Plan, state: &Value) -> Vec<f64> {
    let params = Params::<f64>::new(&plan.model);
    let mut data = Data::<f64>::new(plan);
    inject(
        &mut data,
        &json!({"qpos": state["qpos"], "qvel": state["qvel"], "ctrl": state["ctrl"]}),
    );
    data.state.act.fill(state["act"].as_f64().unwrap());
    step(plan, &params, &mut data);
    [data.state.qvel.as_slice(), &data.state.act].concat()
}

#[test]
fn every_actuator_on_every_transmission_steps_as_in_mujoco() {
    let golden = golden_data("actuator_forces");
    let ranges = golden["ranges"].as_array().unwrap();
    let (mut count, mut wrong) = (0, vec![]);
    for row in golden["steps"].as_array().unwrap() {
        let [integrator, drive, kind] = [0, 1, 2].map(|k| row[k].as_str().unwrap());
        let states = golden["states"][drive].as_array().unwrap();
        for (range, expected) in ranges.iter().zip(row[3].as_array().unwrap()) {
            let Some(expected) = expected.as_array() else { continue };
            let plan = Plan::new(model_of(&text(&golden, integrator, drive, kind, range)));
            let used = &states[states.len() - expected.len()..];
            for (state, expected) in used.iter().zip(expected) {
                let difference =
                    relative_difference(&after_one_step(&plan, state), &numbers(expected));
                if difference >= TOLERANCE {
                    wrong.push(format!(
                        "{integrator}, {drive}, {kind}, {}: {difference:e}",
                        range[0]
                    ));
                }
            }
            count += 1;
        }
    }
    assert_eq!(count, COMBINATIONS);
    assert!(wrong.is_empty(), "{} of {count}: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
}
