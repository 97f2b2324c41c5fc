//! A slider for each actuator.

use super::super::super::live::Live;
use super::part;
use super::slider::{Moved, row};
use crate::model::{Actuator, JointType, Model, Transmission};
use crate::scene::Scene;
use crate::session::ControlSource;
use bevy_egui::egui::{Id, Ui};

/// Of controls that have no range.
const FREE_RANGE: [f64; 2] = [-1.0, 1.0];

pub(super) fn show(ui: &mut Ui, scene: &Scene, live: &mut Live, env: usize) {
    let model = &scene.model;
    let mut zeroes = false;
    let right = |ui: &mut Ui| {
        if model.nu > 0 {
            zeroes =
                ui.small_button("Zero all").on_hover_text("Holds every control at 0").clicked();
        }
    };
    let mut moved = None;
    let controls = live.controls(env);
    part(ui, "Actuators", true, right, |ui| {
        if model.nu == 0 {
            ui.weak("There are none: nothing is driven here.");
        }
        for (i, actuator) in model.actuators.iter().enumerate() {
            let Some(&value) = controls.get(i) else { continue };
            let fallback = format!("actuator {i}");
            let name = if actuator.name.is_empty() { &fallback } else { &actuator.name };
            let (kind, unit) = kind(model, actuator);
            // Without limits of its own the slider reaches as far as the task's actions do.
            let range = actuator.ctrlrange.or(scene.task.control_range(i)).unwrap_or(FREE_RANGE);
            let is_bounded = actuator.ctrlrange.is_some();
            let number = Moved { name, value: f64::from(value), range, is_bounded, unit };
            let about = || about(model, actuator, kind, unit);
            if let Some(new) = row(ui, Id::new(("actuator", i)), &number, about) {
                moved = Some((i, new as f32));
            }
        }
    });
    if let Some((actuator, value)) = moved {
        live.set_control(env, actuator, value);
    }
    if zeroes {
        live.drive(ControlSource::Hold(vec![0.0; model.nu]));
    }
}

/// What an actuator is, and the unit of its control; that of a motor is times its gear a force.
fn kind(model: &Model, actuator: &Actuator) -> (&'static str, &'static str) {
    let turns = match actuator.transmission {
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            model.joints[joint].jnt_type != JointType::Slide
        }
        Transmission::Tendon(_) | Transmission::Site(_) | Transmission::Body(_) => false,
    };
    if actuator.gain_muscle.is_some() {
        return ("muscle", "");
    }
    if let Transmission::Body(_) = actuator.transmission {
        return ("adhesion", "");
    }
    let gain = actuator.gainprm[0];
    match actuator.biasprm {
        [_, by_length, _] if by_length != 0.0 && by_length == -gain => {
            ("position servo", if turns { "rad" } else { "m" })
        }
        [_, 0.0, by_velocity] if by_velocity != 0.0 && by_velocity == -gain => {
            ("velocity servo", if turns { "rad/s" } else { "m/s" })
        }
        [0.0, 0.0, 0.0] if gain == 1.0 && actuator.actadr.is_none() => ("motor", ""),
        _ => ("actuator", ""),
    }
}

fn about(model: &Model, actuator: &Actuator, kind: &str, unit: &str) -> String {
    let named = |what: &str, name: &str| match name {
        "" => format!("a {what}"),
        name => format!("{what} {name}"),
    };
    let on = match actuator.transmission {
        Transmission::Joint(joint) | Transmission::JointInParent(joint) => {
            named("joint", &model.joints[joint].name)
        }
        Transmission::Tendon(tendon) => named("tendon", &model.tendons[tendon].name),
        Transmission::Site(site) => named("site", &model.sites[site].name),
        Transmission::Body(body) => named("body", &model.bodies[body].name),
    };
    let range = match actuator.ctrlrange {
        Some([low, high]) => format!("control {low} to {high} {unit}"),
        None => "control without limits".to_owned(),
    };
    let gear = actuator.gear[0];
    format!(
        "{}: {kind} on {on}\n{}, gear {gear}\nA double-click sets it to 0",
        actuator.name,
        range.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_mjcf;
    use std::path::Path;

    #[test]
    fn units_follow_from_what_an_actuator_is_and_what_it_moves() {
        let text = r#"<mujoco><worldbody><body><joint name="j" type="hinge"/><geom size="1"/>
            <body><joint name="s" type="slide"/><geom size="1"/></body></body></worldbody>
            <actuator><motor joint="j"/><position joint="j" kp="5"/><position joint="s" kp="5"/>
            <velocity joint="j" kv="2"/><velocity joint="s" kv="2"/>
            <general joint="j" gainprm="3"/></actuator></mujoco>"#;
        let model = parse_mjcf(text, Path::new(".")).0.unwrap();
        let kinds: Vec<_> = model.actuators.iter().map(|it| kind(&model, it)).collect();
        let (servo, speed) = ("position servo", "velocity servo");
        let expected = [
            ("motor", ""),
            (servo, "rad"),
            (servo, "m"),
            (speed, "rad/s"),
            (speed, "m/s"),
            ("actuator", ""),
        ];
        assert_eq!(kinds, expected);
    }
}
