//! What is measured.

/// The object of a frame sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameObject {
    /// A body's inertial frame (`objtype="body"`).
    Body(usize),
    /// A body's own frame (`objtype="xbody"`).
    XBody(usize),
    /// The geom of this index.
    Geom(usize),
    /// The site of this index.
    Site(usize),
}

/// What a sensor measures. Vectors are in the frame of the site where there is one, else in that of
/// the reference object, else in the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorType {
    /// Sum of normal contact forces inside the site's volume \[N\].
    Touch(usize),
    /// Linear acceleration of this site, gravity included, in its frame [m/s^2].
    Accelerometer(usize),
    /// Linear velocity of this site in its frame [m/s].
    Velocimeter(usize),
    /// Angular velocity of this site in its frame [rad/s].
    Gyro(usize),
    /// Force between the site's body and its parent, in the site's frame \[N\].
    Force(usize),
    /// Torque between the site's body and its parent, in the site's frame \[N m\].
    Torque(usize),
    /// Position of a hinge or slide joint [rad or m].
    JointPos(usize),
    /// Velocity of a hinge or slide joint [rad/s or m/s].
    JointVel(usize),
    /// Quaternion of a ball joint.
    BallQuat(usize),
    /// Angular velocity of a ball joint, in the child's frame [rad/s].
    BallAngVel(usize),
    /// Magnetic flux of the world (`<option magnetic>`) in the frame of this site.
    Magnetometer(usize),
    /// Sum of the actuator forces on a joint [N or N m].
    JointActuatorFrc(usize),
    /// Length of a tendon [m or rad].
    TendonPos(usize),
    /// Rate of change of a tendon's length [m/s or rad/s].
    TendonVel(usize),
    /// Sum of the actuator forces on a tendon [N or N m].
    TendonActuatorFrc(usize),
    /// Distance to a tendon's nearer limit less the margin [m or rad]; zero while the limit is not active.
    TendonLimitPos(usize),
    /// Rate of change of that distance [m/s or rad/s]; zero while the limit is not active.
    TendonLimitVel(usize),
    /// Force of a tendon's limit \[N\]; zero while it is not active.
    TendonLimitFrc(usize),
    /// Length of an actuator's transmission, gear included [m or rad].
    ActuatorPos(usize),
    /// Rate of change of an actuator's transmission, gear included [m/s or rad/s].
    ActuatorVel(usize),
    /// Force of an actuator before its gear [N or N m].
    ActuatorFrc(usize),
    /// Distance to a joint's nearer limit less the margin [m or rad]; zero while the limit is not active.
    JointLimitPos(usize),
    /// Rate of change of that distance [m/s or rad/s]; zero while the limit is not active.
    JointLimitVel(usize),
    /// Force of a joint's limit [N or N m]; zero while it is not active.
    JointLimitFrc(usize),
    /// Position of the object in the frame of the reference, else in the world \[m\].
    FramePos(FrameObject, Option<FrameObject>),
    /// Orientation of the object relative to the reference, else to the world.
    FrameQuat(FrameObject, Option<FrameObject>),
    /// Unit x axis of the object in the frame of the reference, else in the world.
    FrameXAxis(FrameObject, Option<FrameObject>),
    /// Unit y axis of the object in the frame of the reference, else in the world.
    FrameYAxis(FrameObject, Option<FrameObject>),
    /// Unit z axis of the object in the frame of the reference, else in the world.
    FrameZAxis(FrameObject, Option<FrameObject>),
    /// Linear velocity of the object relative to the reference and in its frame, else in the world [m/s].
    FrameLinVel(FrameObject, Option<FrameObject>),
    /// Angular velocity of the object relative to the reference and in its frame, else in the world [rad/s].
    FrameAngVel(FrameObject, Option<FrameObject>),
    /// Linear acceleration of the object in the world [m/s^2].
    FrameLinAcc(FrameObject),
    /// Angular acceleration of the object in the world [rad/s^2].
    FrameAngAcc(FrameObject),
    /// Centre of mass of a body and its descendants, in the world \[m\].
    SubtreeCom(usize),
    /// Linear velocity of that centre of mass, in the world [m/s].
    SubtreeLinVel(usize),
    /// Angular momentum of a body and its descendants about their centre of mass, in the world [kg m^2/s].
    SubtreeAngMom(usize),
    /// Distance from a site along its z to the nearest geom of another body \[m\]; -1 where there is none.
    Rangefinder(usize),
    /// Time of the simulation \[s\].
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
    /// Name in the file; empty if it has none.
    pub name: String,
    /// What it measures, and of what.
    pub sensor_type: SensorType,
    /// Index of its first value in `sensordata`.
    pub adr: usize,
    /// Number of its values: 1, 3 or 4.
    pub dim: usize,
    /// Largest magnitude, zero for none.
    pub cutoff: f64,
}
