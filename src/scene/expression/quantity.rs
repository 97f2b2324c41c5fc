//! The quantities of a scene that expressions can read.

use super::ExpressionError;
use super::compile::{Compiler, Scope};
use super::group::ELEMENT;
use super::program::{Binary, Op, Source, Unary};
use super::syntax::{Syntax, SyntaxKind};
use super::unknown::position;
use crate::model::{JointType, Model, Sensor, SensorStage};

/// Functions that read the scene; their argument is a name.
pub(super) const QUANTITIES: &[&str] = &[
    "qpos",
    "qvel",
    "scaled",
    "range_low",
    "range_high",
    "joint_force",
    "actuator_force",
    "ctrl",
    "action",
    "previous_action",
    "xpos",
    "xipos",
    "xquat",
    "axis_x",
    "axis_y",
    "axis_z",
    "roll",
    "pitch",
    "yaw",
    "linvel",
    "angvel",
    "local_linvel",
    "local_angvel",
    "com",
    "sensor",
    "contact_force",
    "scan",
];

const XYZ: [&str; 3] = ["x", "y", "z"];

impl Compiler<'_> {
    /// A quantity of the scene: a function of one name, with a component where it is a vector.
    /// Returns the register that holds it.
    pub(super) fn quantity(
        &mut self,
        function: &str,
        args: &[Syntax],
        field: Option<&str>,
        syntax: &Syntax,
    ) -> Result<usize, ExpressionError> {
        if function == "scan" {
            return self.scan(args, field, syntax);
        }
        let [arg @ Syntax { kind: SyntaxKind::Name(name), .. }] = args else {
            let message = format!("{function}() takes one name");
            return Err(ExpressionError::new(syntax.span.clone(), message)
                .remedy("quote a name that is not a plain word: qpos('left-hip')"));
        };
        let name = match &self.element {
            Some(element) if name == ELEMENT => element.clone(),
            _ => name.clone(),
        };
        let of = Of { function, name: &name, field, arg, syntax };
        let Scope::Scene { model, actions } = self.scope else {
            return Err(ExpressionError::new(
                syntax.span.clone(),
                "there is no scene to read here",
            ));
        };
        match function {
            "qpos" | "qvel" | "scaled" | "range_low" | "range_high" | "joint_force" => {
                of.scalar()?;
                self.joint_quantity(model, &of)
            }
            "actuator_force" | "ctrl" => {
                of.scalar()?;
                let names = model.actuators.iter().map(|actuator| actuator.name.as_str());
                let actuator = position(names, "actuator", &name, arg)?;
                Ok(self.emit(Op::Load(match function {
                    "ctrl" => Source::Ctrl(actuator),
                    _ => Source::ActuatorForce(actuator),
                })))
            }
            "action" | "previous_action" => {
                of.scalar()?;
                let names = actions.iter().map(String::as_str);
                let action = position(names, "action", &name, arg)?;
                Ok(self.emit(Op::Load(match function {
                    "action" => Source::Action(action),
                    _ => Source::PreviousAction(action),
                })))
            }
            "sensor" => self.sensor(model, &of),
            _ => {
                let names = model.bodies.iter().map(|body| body.name.as_str());
                let body = position(names, "body", &name, arg)?;
                self.body_quantity(&of, body)
            }
        }
    }

    fn joint_quantity(&mut self, model: &Model, of: &Of<'_>) -> Result<usize, ExpressionError> {
        let names = model.joints.iter().map(|joint| joint.name.as_str());
        let joint = &model.joints[position(names, "joint", of.name, of.arg)?];
        if !matches!(joint.jnt_type, JointType::Slide | JointType::Hinge) {
            let message = format!("{}() needs a hinge or slide joint", of.function);
            return Err(ExpressionError::new(of.syntax.span.clone(), message)
                .remedy("read the pose of its body: xpos, axis_z, linvel, yaw, ..."));
        }
        let (qposadr, dofadr) = (joint.qposadr, joint.dofadr);
        let ([low, high], limited) = (joint.range, joint.limited);
        if matches!(of.function, "scaled" | "range_low" | "range_high") && !limited {
            let message = format!("joint `{}` has no limits", of.name);
            return Err(ExpressionError::new(of.arg.span.clone(), message)
                .remedy("use qpos, or give the joint a range"));
        }
        Ok(match of.function {
            "qpos" => self.emit(Op::Load(Source::Qpos(qposadr))),
            "qvel" => self.emit(Op::Load(Source::Qvel(dofadr))),
            "joint_force" => self.emit(Op::Load(Source::JointForce(dofadr))),
            "range_low" => self.constant(low),
            "range_high" => self.constant(high),
            _ => {
                // -1 at the lower limit, 1 at the upper.
                let qpos = self.emit(Op::Load(Source::Qpos(qposadr)));
                let middle = self.constant(0.5 * (low + high));
                let scale = self.constant(2.0 / (high - low));
                let offset = self.emit(Op::Binary(Binary::Sub, qpos, middle));
                self.emit(Op::Binary(Binary::Mul, offset, scale))
            }
        })
    }

    fn sensor(&mut self, model: &Model, of: &Of<'_>) -> Result<usize, ExpressionError> {
        let names = model.sensors.iter().map(|sensor| sensor.name.as_str());
        let sensor = &model.sensors[position(names, "sensor", of.name, of.arg)?];
        let k = match sensor.dim {
            1 => {
                of.scalar()?;
                0
            }
            4 => of.component(&["w", "x", "y", "z"])?,
            _ => of.component(&XYZ)?,
        };
        Ok(self.emit(Op::Load(sensor_source(sensor, k))))
    }

    fn body_quantity(&mut self, of: &Of<'_>, body: usize) -> Result<usize, ExpressionError> {
        let source = match of.function {
            "xquat" => Source::Xquat(body, of.component(&["w", "x", "y", "z"])?),
            "roll" | "pitch" | "yaw" => {
                of.scalar()?;
                return Ok(self.euler_angle(of.function, body));
            }
            "xpos" => Source::Xpos(body, of.component(&XYZ)?),
            "xipos" => Source::Xipos(body, of.component(&XYZ)?),
            "axis_x" => Source::Axis(body, 0, of.component(&XYZ)?),
            "axis_y" => Source::Axis(body, 1, of.component(&XYZ)?),
            "axis_z" => Source::Axis(body, 2, of.component(&XYZ)?),
            "linvel" => Source::LinVel(body, of.component(&XYZ)?),
            "angvel" => Source::AngVel(body, of.component(&XYZ)?),
            "com" => Source::SubtreeCom(body, of.component(&XYZ)?),
            "contact_force" => Source::ContactForce(body, of.component(&XYZ)?),
            local => {
                // The component along one of the body's own axes.
                let axis = of.component(&XYZ)?;
                let mut terms = [0; 3];
                for (k, term) in terms.iter_mut().enumerate() {
                    let velocity = match local {
                        "local_linvel" => Source::LinVel(body, k),
                        _ => Source::AngVel(body, k),
                    };
                    let velocity = self.emit(Op::Load(velocity));
                    let along = self.emit(Op::Load(Source::Axis(body, axis, k)));
                    *term = self.emit(Op::Binary(Binary::Mul, velocity, along));
                }
                let sum = self.emit(Op::Binary(Binary::Add, terms[0], terms[1]));
                return Ok(self.emit(Op::Binary(Binary::Add, sum, terms[2])));
            }
        };
        Ok(self.emit(Op::Load(source)))
    }

    /// Roll, pitch and yaw [rad]: turns about x, then y, then z of the world.
    fn euler_angle(&mut self, function: &str, body: usize) -> usize {
        let mut axis = |axis, k| self.emit(Op::Load(Source::Axis(body, axis, k)));
        match function {
            "roll" => {
                let (y, x) = (axis(1, 2), axis(2, 2));
                self.emit(Op::Binary(Binary::Atan2, y, x))
            }
            "yaw" => {
                let (y, x) = (axis(0, 1), axis(0, 0));
                self.emit(Op::Binary(Binary::Atan2, y, x))
            }
            _ => {
                let (sin, cos1, cos2) = (axis(0, 2), axis(0, 0), axis(0, 1));
                let squared1 = self.emit(Op::Binary(Binary::Mul, cos1, cos1));
                let squared2 = self.emit(Op::Binary(Binary::Mul, cos2, cos2));
                let squared = self.emit(Op::Binary(Binary::Add, squared1, squared2));
                let cos = self.emit(Op::Unary(Unary::Sqrt, squared));
                let down = self.emit(Op::Unary(Unary::Neg, sin));
                self.emit(Op::Binary(Binary::Atan2, down, cos))
            }
        }
    }
}

/// Where a component of a sensor comes from.
///
/// # Panics
///
/// If the sensor has no such component.
pub(in crate::scene) fn sensor_source(sensor: &Sensor, component: usize) -> Source {
    assert!(component < sensor.dim, "sensor {} has {} components", sensor.name, sensor.dim);
    let place = sensor.adr + component;
    match sensor.sensor_type.stage() {
        SensorStage::Clock => Source::Time,
        SensorStage::Motion => Source::Sensor(place),
        SensorStage::Force => Source::ForceSensor(place),
    }
}

/// A quantity as written.
struct Of<'s> {
    function: &'s str,
    name: &'s str,
    field: Option<&'s str>,
    arg: &'s Syntax,
    syntax: &'s Syntax,
}

impl Of<'_> {
    /// Fails if a component of a number is asked for.
    fn scalar(&self) -> Result<(), ExpressionError> {
        let Self { function, name, .. } = self;
        match self.field {
            Some(field) => Err(ExpressionError::new(
                self.syntax.span.clone(),
                format!("{function}({name}) is a number, it has no component `{field}`"),
            )),
            None => Ok(()),
        }
    }

    /// The index of the component that is asked for.
    fn component(&self, axes: &[&str]) -> Result<usize, ExpressionError> {
        let Self { function, name, .. } = self;
        match self.field {
            Some(field) => position(axes.iter().copied(), "component", field, self.syntax),
            None => Err(ExpressionError::new(self.syntax.span.clone(), "this is a vector")
                .remedy(format!("take one component: {function}({name}).{}", axes[0]))),
        }
    }
}
