//! What is measured.

/// What a frame sensor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameObject {
    /// A body's inertial frame (`objtype="body"`).
    Body(usize),
    /// A body's own frame (`objtype="xbody"`).
    XBody(usize),
    Geom(usize),
    Site(usize),
}

/// What a sensor measures. Vectors are in the frame of the site where there is one, else in that of
/// the reference object, else in the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorType {
    /// Sum of normal contact forces inside the site's volume [N].
    Touch(usize),
    /// [m/s^2], at this site, gravity included.
    Accelerometer(usize),
    /// [m/s]
    Velocimeter(usize),
    /// [rad/s]
    Gyro(usize),
    /// Between the site's body and its parent [N].
    Force(usize),
    /// [N m]
    Torque(usize),
    JointPos(usize),
    JointVel(usize),
    /// A ball joint's quaternion.
    BallQuat(usize),
    BallAngVel(usize),
    /// The flux in which the model is (`<option magnetic>`), at this site.
    Magnetometer(usize),
    /// Sum of actuator forces on a joint.
    JointActuatorFrc(usize),
    TendonPos(usize),
    TendonVel(usize),
    /// Sum of the forces of the actuators that pull a tendon.
    TendonActuatorFrc(usize),
    /// As of joints.
    TendonLimitPos(usize),
    TendonLimitVel(usize),
    TendonLimitFrc(usize),
    ActuatorPos(usize),
    ActuatorVel(usize),
    ActuatorFrc(usize),
    /// Distance to a joint's nearer limit; of the row, velocity and force.
    JointLimitPos(usize),
    JointLimitVel(usize),
    JointLimitFrc(usize),
    FramePos(FrameObject, Option<FrameObject>),
    FrameQuat(FrameObject, Option<FrameObject>),
    FrameXAxis(FrameObject, Option<FrameObject>),
    FrameYAxis(FrameObject, Option<FrameObject>),
    FrameZAxis(FrameObject, Option<FrameObject>),
    FrameLinVel(FrameObject, Option<FrameObject>),
    FrameAngVel(FrameObject, Option<FrameObject>),
    FrameLinAcc(FrameObject),
    FrameAngAcc(FrameObject),
    SubtreeCom(usize),
    SubtreeLinVel(usize),
    SubtreeAngMom(usize),
    /// Distance from a site along its z to the nearest geom of another body [m]; -1 where there is none.
    Rangefinder(usize),
    Clock,
}

/// When a sensor's value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorStage {
    /// Always: it is the time of whoever keeps it.
    Clock,
    /// From positions and velocities: it is of the present state, and also known right after a reset.
    Motion,
    /// From forces and accelerations: it is of the step that was taken last.
    Force,
}

impl SensorType {
    /// When its value is known.
    pub fn stage(self) -> SensorStage {
        use SensorType::*;
        match self {
            Clock => SensorStage::Clock,
            JointPos(_) | JointVel(_) | BallQuat(_) | BallAngVel(_) | TendonPos(_)
            | TendonVel(_) | ActuatorPos(_) | ActuatorVel(_) | Velocimeter(_) | Gyro(_)
            | Magnetometer(_) | FramePos(..) | FrameQuat(..) | FrameXAxis(..) | FrameYAxis(..)
            | FrameZAxis(..) | FrameLinVel(..) | FrameAngVel(..) | SubtreeCom(_)
            | SubtreeLinVel(_) | SubtreeAngMom(_) | Rangefinder(_) => SensorStage::Motion,
            // The distance to a limit and its velocity are those of the constraint's row in the step.
            Touch(_) | Accelerometer(_) | Force(_) | Torque(_) | JointActuatorFrc(_)
            | ActuatorFrc(_) | JointLimitPos(_) | JointLimitVel(_) | JointLimitFrc(_)
            | TendonActuatorFrc(_) | TendonLimitPos(_) | TendonLimitVel(_) | TendonLimitFrc(_)
            | FrameLinAcc(_) | FrameAngAcc(_) => SensorStage::Force,
        }
    }
}

/// A sensor (`<sensor>`); its values are `adr .. adr + dim` of `sensordata`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    pub name: String,
    pub sensor_type: SensorType,
    pub adr: usize,
    pub dim: usize,
    /// Largest magnitude, zero for none.
    pub cutoff: f64,
}
