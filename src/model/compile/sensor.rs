//! Sensors: what they look at, and where their values are.

use super::names::find;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::Spec;
use crate::model::spec_forces::SensorSpec;
use crate::model::types::{FrameObject, JointType, Model, Sensor, SensorType, Transmission};

pub(super) fn compile_sensors(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    for sensor in &spec.sensors {
        let Some((sensor_type, dim)) = sensor_type(sensor, model, sink) else { continue };
        model.sensors.push(Sensor {
            name: sensor.name.clone(),
            sensor_type,
            adr: model.nsensordata,
            dim,
            cutoff: sensor.cutoff,
        });
        model.nsensordata += dim;
    }
}

/// What the sensor measures and how many numbers that is. A sensor of an object that does not exist is
/// an error; of a kind of object that is not simulated, a warning.
fn sensor_type(
    sensor: &SensorSpec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<(SensorType, usize)> {
    use SensorType as S;
    let Some((kind, name)) = &sensor.object else { return Some((S::Clock, 1)) };
    if sensor.tag.starts_with("frame") {
        return frame_sensor(sensor, kind, name, model, sink);
    }
    let index = object(kind, name, sensor, model, sink)?;
    let found = match sensor.tag.as_str() {
        "touch" => (S::Touch(index), 1),
        "accelerometer" => (S::Accelerometer(index), 3),
        "velocimeter" => (S::Velocimeter(index), 3),
        "gyro" => (S::Gyro(index), 3),
        "magnetometer" => (S::Magnetometer(index), 3),
        "force" => (S::Force(index), 3),
        "torque" => (S::Torque(index), 3),
        "rangefinder" => (S::Rangefinder(index), 1),
        "tendonpos" => (S::TendonPos(index), 1),
        "tendonvel" => (S::TendonVel(index), 1),
        "tendonactuatorfrc" => (S::TendonActuatorFrc(index), 1),
        "tendonlimitpos" | "tendonlimitvel" | "tendonlimitfrc" if !model.tendons[index].limited => {
            let message =
                format!("tendon \"{}\" does not suit this sensor", model.tendons[index].name);
            sink.error(&sensor.origin, message, "name a tendon with limits");
            return None;
        }
        "tendonlimitpos" => (S::TendonLimitPos(index), 1),
        "tendonlimitvel" => (S::TendonLimitVel(index), 1),
        "tendonlimitfrc" => (S::TendonLimitFrc(index), 1),
        "actuatorpos" => (S::ActuatorPos(index), 1),
        "actuatorvel" => {
            if let Transmission::Body(_) = model.actuators[index].transmission {
                let message = "the velocity of an adhesion is not measured by this version";
                sink.error(&sensor.origin, message, "remove the sensor");
                return None;
            }
            (S::ActuatorVel(index), 1)
        }
        "actuatorfrc" => (S::ActuatorFrc(index), 1),
        "subtreecom" => (S::SubtreeCom(index), 3),
        "subtreelinvel" => (S::SubtreeLinVel(index), 3),
        "subtreeangmom" => (S::SubtreeAngMom(index), 3),
        tag => return joint_sensor(tag, index, sensor, model, sink),
    };
    Some(found)
}

fn joint_sensor(
    tag: &str,
    index: usize,
    sensor: &SensorSpec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<(SensorType, usize)> {
    use SensorType as S;
    let joint = &model.joints[index];
    let is_scalar = matches!(joint.jnt_type, JointType::Slide | JointType::Hinge);
    let (found, suits, wanted) = match tag {
        "jointpos" => ((S::JointPos(index), 1), is_scalar, "a hinge or slide joint"),
        "jointvel" => ((S::JointVel(index), 1), is_scalar, "a hinge or slide joint"),
        "jointactuatorfrc" => {
            ((S::JointActuatorFrc(index), 1), is_scalar, "a hinge or slide joint")
        }
        "jointlimitpos" => ((S::JointLimitPos(index), 1), joint.limited, "a joint with limits"),
        "jointlimitvel" => ((S::JointLimitVel(index), 1), joint.limited, "a joint with limits"),
        "jointlimitfrc" => ((S::JointLimitFrc(index), 1), joint.limited, "a joint with limits"),
        "ballquat" => ((S::BallQuat(index), 4), joint.jnt_type == JointType::Ball, "a ball joint"),
        _ => ((S::BallAngVel(index), 3), joint.jnt_type == JointType::Ball, "a ball joint"),
    };
    if !suits {
        let message = format!("joint \"{}\" does not suit this sensor", joint.name);
        sink.error(&sensor.origin, message, format!("name {wanted}"));
        return None;
    }
    Some(found)
}

fn frame_sensor(
    sensor: &SensorSpec,
    kind: &str,
    name: &str,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<(SensorType, usize)> {
    use SensorType as S;
    let object = frame_object(kind, name, sensor, model, sink)?;
    let reference = match &sensor.reference {
        Some((kind, name)) => Some(frame_object(kind, name, sensor, model, sink)?),
        None => None,
    };
    Some(match sensor.tag.as_str() {
        "framepos" => (S::FramePos(object, reference), 3),
        "framequat" => (S::FrameQuat(object, reference), 4),
        "framexaxis" => (S::FrameXAxis(object, reference), 3),
        "frameyaxis" => (S::FrameYAxis(object, reference), 3),
        "framezaxis" => (S::FrameZAxis(object, reference), 3),
        "framelinvel" => (S::FrameLinVel(object, reference), 3),
        "frameangvel" => (S::FrameAngVel(object, reference), 3),
        "framelinacc" => (S::FrameLinAcc(object), 3),
        _ => (S::FrameAngAcc(object), 3),
    })
}

fn frame_object(
    kind: &str,
    name: &str,
    sensor: &SensorSpec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<FrameObject> {
    if kind == "camera" {
        let message = "frames of cameras are not measured by this version: the sensor is left out";
        sink.warning(&sensor.origin, message, "put a site where the camera is");
        return None;
    }
    let make = match kind {
        "body" => FrameObject::Body,
        "xbody" => FrameObject::XBody,
        "geom" => FrameObject::Geom,
        "site" => FrameObject::Site,
        _ => {
            let message = format!("a frame of \"{kind}\" is not known");
            sink.error(&sensor.origin, message, "one of: body, xbody, geom, site");
            return None;
        }
    };
    object(kind, name, sensor, model, sink).map(make)
}

fn object(
    kind: &str,
    name: &str,
    sensor: &SensorSpec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Option<usize> {
    let origin = &sensor.origin;
    match kind {
        "site" => find(kind, name, model.sites.iter().map(|it| &it.name), origin, sink),
        "joint" => find(kind, name, model.joints.iter().map(|it| &it.name), origin, sink),
        "tendon" => find(kind, name, model.tendons.iter().map(|it| &it.name), origin, sink),
        "actuator" => find(kind, name, model.actuators.iter().map(|it| &it.name), origin, sink),
        "geom" => find(kind, name, model.geoms.iter().map(|it| &it.name), origin, sink),
        _ => find("body", name, model.bodies.iter().map(|it| &it.name), origin, sink),
    }
}
