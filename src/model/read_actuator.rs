//! Motors, keyframes and the pairs of bodies that never touch.

use super::diagnostic::Diagnostics;
use super::read::{Classes, MAIN_CLASS};
use super::read_body::read_limited;
use super::spec::{ContactSpec, KeySpec, MotorSpec};
use super::vocabulary::{EXCLUDE, KEY, MOTOR, check_attributes, refuse_element};
use super::xml::{Element, set};

pub(super) fn read_actuators(
    section: &Element,
    classes: &Classes,
    motors: &mut Vec<MotorSpec>,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        if child.tag != "motor" {
            refuse_element(child, &["motor"], sink);
            continue;
        }
        let mut motor = classes.of(child, "class", MAIN_CLASS, sink).motor.clone();
        read_motor(child, &mut motor, sink);
        motors.push(motor);
    }
}

/// Reads a motor, or the default of motors, over what it is already.
pub(super) fn read_motor(element: &Element, motor: &mut MotorSpec, sink: &mut Diagnostics) {
    check_attributes(element, &MOTOR, sink);
    motor.origin = element.origin.clone();
    motor.name = element.text("name").unwrap_or_default().to_owned();
    motor.joint = element.text("joint").map(str::to_owned);
    element.fill("gear", &mut motor.gear, sink);
    read_limited(element, "ctrllimited", &mut motor.ctrllimited, sink);
    set(&mut motor.ctrlrange, element.numbers("ctrlrange", sink));
    read_limited(element, "forcelimited", &mut motor.forcelimited, sink);
    set(&mut motor.forcerange, element.numbers("forcerange", sink));
}

pub(super) fn read_keyframes(section: &Element, keys: &mut Vec<KeySpec>, sink: &mut Diagnostics) {
    for child in &section.children {
        if child.tag != "key" {
            refuse_element(child, &["key"], sink);
            continue;
        }
        check_attributes(child, &KEY, sink);
        keys.push(KeySpec {
            origin: child.origin.clone(),
            name: child.text("name").unwrap_or_default().to_owned(),
            qpos: child.list("qpos", sink),
            qvel: child.list("qvel", sink),
            ctrl: child.list("ctrl", sink),
        });
    }
}

pub(super) fn read_contact(section: &Element, contact: &mut ContactSpec, sink: &mut Diagnostics) {
    for child in &section.children {
        if child.tag != "exclude" {
            refuse_element(child, &["exclude"], sink);
            continue;
        }
        check_attributes(child, &EXCLUDE, sink);
        match (child.text("body1"), child.text("body2")) {
            (Some(body1), Some(body2)) => {
                let pair = [body1.to_owned(), body2.to_owned()];
                contact.excludes.push((child.origin.clone(), pair));
            }
            _ => sink.error(
                &child.origin,
                "<exclude> names two bodies",
                "add body1=\"...\" and body2=\"...\"",
            ),
        }
    }
}
