//! Adam, on one flat array of parameters.

use super::error::LearnError;
use super::state::StateDict;
use crate::math::kernel::kernel;
use crate::math::lanes::pow;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;

/// The moments of the gradient of one array of parameters (Kingma and Ba, 2015).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Adam {
    /// Running mean of the gradient, shape (n,).
    first: Vec<f32>,
    /// Running mean of the gradient squared, shape (n,).
    second: Vec<f32>,
}

impl Adam {
    pub(super) fn new(n: usize) -> Self {
        Self { first: vec![0.0; n], second: vec![0.0; n] }
    }

    /// One step of `parameters` against `gradient` times `gradient_scale`, all of shape (n,).
    /// `step` counts from 1; `rate` is the learning rate; `epsilon` is added to the root of the second
    /// moment.
    pub(super) fn step(
        &mut self,
        parameters: &mut [f32],
        (gradient, gradient_scale): (&[f32], f32),
        (rate, epsilon): (f64, f64),
        step: u64,
    ) {
        // Algorithm 1 with the corrections of the moments for their start at 0 moved out of the
        // loop: rate m^ / (sqrt(v^) + epsilon).
        let [first, second] = corrections(step);
        let scales = Scales {
            gradient: gradient_scale,
            rate: (rate / first) as f32,
            second: second as f32,
            epsilon: epsilon as f32,
        };
        advance(parameters, &mut self.first, &mut self.second, gradient, scales);
    }

    /// The moments, each of shape (n,).
    pub(super) fn moments(&self) -> [&[f32]; 2] {
        [&self.first, &self.second]
    }

    /// Takes others of the same shape.
    pub(super) fn set_moments(&mut self, [first, second]: [&[f32]; 2]) {
        self.first.copy_from_slice(first);
        self.second.copy_from_slice(second);
    }

    pub(super) fn save(&self, name: &str, state: &mut StateDict) {
        let shape = [self.first.len()];
        state.insert_f32(format!("{name}.first_moment"), &shape, self.first.clone());
        state.insert_f32(format!("{name}.second_moment"), &shape, self.second.clone());
    }

    /// The moments saved under `name`, for as many parameters as `self` has.
    pub(super) fn load(&self, name: &str, state: &StateDict) -> Result<Self, LearnError> {
        let shape = [self.first.len()];
        let first = state.get_f32(&format!("{name}.first_moment"), &shape)?;
        let second = state.get_f32(&format!("{name}.second_moment"), &shape)?;
        Ok(Self { first: first.to_vec(), second: second.to_vec() })
    }
}

/// What a step, from 1, divides the learning rate by, and multiplies the root of the second moment by: both moments
/// start at 0.
pub(super) fn corrections(step: u64) -> [f64; 2] {
    let power = step as f64;
    [1.0 - pow(BETA_1, power), 1.0 / (1.0 - pow(BETA_2, power)).sqrt()]
}

#[derive(Clone, Copy)]
struct Scales {
    gradient: f32,
    rate: f32,
    second: f32,
    epsilon: f32,
}

kernel! {
    fn advance(
        parameters: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
        gradient: &[f32],
        scales: Scales,
    ) {
        let parameters = parameters.iter_mut().zip(gradient);
        for (((p, g), m), v) in parameters.zip(first).zip(second) {
            let g = g * scales.gradient;
            *m += (1.0 - BETA_1) as f32 * (g - *m);
            *v += (1.0 - BETA_2) as f32 * (g * g - *v);
            *p -= scales.rate * *m / (v.sqrt() * scales.second + scales.epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_agree_with_a_hand_computation() {
        for epsilon in [1e-8, 1e-2] {
            let (mut p, mut m, mut v) = (1.0_f64, 0.0, 0.0);
            let mut parameters = [1.0_f32];
            let mut adam = Adam::new(1);
            for (i, gradient) in [0.5_f32, -2.0, 0.1].iter().enumerate() {
                let step = i as u64 + 1;
                adam.step(&mut parameters, (&[gradient * 4.0], 0.25), (0.01, epsilon), step);
                let g = f64::from(*gradient);
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                let power = step as i32;
                let (m_hat, v_hat) =
                    (m / (1.0 - 0.9_f64.powi(power)), v / (1.0 - 0.999_f64.powi(power)));
                p -= 0.01 * m_hat / (v_hat.sqrt() + epsilon);
                // Single-precision rounding of numbers near 1.
                assert!((f64::from(parameters[0]) - p).abs() < 1e-6, "step {power}");
            }
        }
        // The first step is the learning rate whatever the gradient.
        let mut parameters = [0.0];
        Adam::new(1).step(&mut parameters, (&[123.0], 1.0), (0.01, 1e-8), 1);
        assert!((parameters[0] + 0.01).abs() < 1e-8);
    }
}
