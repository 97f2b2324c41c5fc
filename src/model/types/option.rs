//! How a model is stepped: `<option>` and its flags.

use super::Vec3;

/// Integrator of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit Euler, joint damping implicit.
    Euler,
    /// Runge and Kutta's fourth order.
    Rk4,
    /// Semi-implicit Euler with the symmetric derivatives of passive and actuator forces by velocity.
    ImplicitFast,
}

/// Shape of friction cones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cone {
    /// A pyramid with two edges for each friction dimension.
    Pyramidal,
    /// A cone with an elliptic section.
    Elliptic,
}

/// What the bodies move in (`<option density viscosity wind>`); by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Medium {
    /// Density [kg/m^3].
    pub density: f64,
    /// Viscosity \[Pa s\].
    pub viscosity: f64,
    /// Velocity of the medium in the world [m/s].
    pub wind: Vec3,
}

impl Medium {
    /// Resists nothing.
    pub fn is_empty(&self) -> bool {
        self.density <= 0.0 && self.viscosity <= 0.0
    }
}

/// Global options (`<option>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Step \[s\].
    pub timestep: f64,
    /// Gravity in the world frame [m/s^2].
    pub gravity: Vec3,
    /// Magnetic flux in the world frame, which only magnetometers feel.
    pub magnetic: Vec3,
    /// What the bodies move in.
    pub medium: Medium,
    /// How velocities are integrated.
    pub integrator: Integrator,
    /// Shape of friction cones.
    pub cone: Cone,
    /// Ratio of frictional to normal constraint impedance, for elliptic cones.
    pub impratio: f64,
    /// Which forces are simulated (`<flag>`).
    pub enable: Enable,
    /// Euler treats joint damping implicitly (`<flag eulerdamp>`).
    pub eulerdamp: bool,
    /// The constraint time constant is at least two steps (`<flag refsafe>`).
    pub refsafe: bool,
    /// Constraint solver's largest number of iterations.
    pub iterations: usize,
    /// Constraint solver stops when its scaled improvement or gradient falls below this.
    pub tolerance: f64,
    /// Largest number of line search steps.
    pub ls_iterations: usize,
    /// Line search tolerance, relative to `tolerance`.
    pub ls_tolerance: f64,
}

/// Parts of the simulation that a model can switch off (`<flag>`); all are on by default. Gravity
/// that is off is gravity zero, contacts that are off are an empty list of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enable {
    /// Equality constraints.
    pub equality: bool,
    /// Dry friction of joints and tendons.
    pub frictionloss: bool,
    /// Limits of joints and tendons.
    pub limit: bool,
    /// Springs of joints and tendons.
    pub spring: bool,
    /// Damping of joints and tendons.
    pub damper: bool,
    /// Actuator forces.
    pub actuation: bool,
    /// Controls are clamped to their range.
    pub clampctrl: bool,
}
