//! Generalised advantage estimation.

use super::error::{LearnError, check_len};

/// What generalised advantage estimation reads. Buffers are time-major, shape (horizon, n_envs)
/// unless they say otherwise; `horizon` follows from their length.
#[derive(Clone, Copy, Debug)]
pub struct GaeInput<'a> {
    /// Environments.
    pub n_envs: usize,
    /// Reward of each transition, in the unit of `values`.
    pub rewards: &'a [f32],
    /// V of the state that each transition starts from.
    pub values: &'a [f32],
    /// V of the state after the last transition, shape (n_envs,).
    pub last_values: &'a [f32],
    /// The transition ended its episode in a state of value 0.
    pub terminated: &'a [bool],
    /// The transition was the last of its episode for another reason, such as a time limit. Where
    /// both flags are set, `terminated` counts.
    pub truncated: &'a [bool],
    /// V of the successor of a truncated transition, before the reset; read only there.
    pub truncation_values: &'a [f32],
    /// Discount per step, in 0..=1.
    pub gamma: f64,
    /// Decay of the trace, in 0..=1.
    pub lam: f64,
}

/// Advantages and returns, each of shape (horizon, n_envs).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advantages {
    /// A_t = sum over l of (gamma lam)^l delta_(t+l).
    pub advantages: Vec<f32>,
    /// A_t + V(s_t), the target of the value.
    pub returns: Vec<f32>,
}

/// Generalised advantage estimation (Schulman et al., 2016, equations 11 to 16):
///
/// delta_t = r_t + gamma V(s_(t+1)) - V(s_t), A_t = delta_t + gamma lam A_(t+1).
///
/// A termination has no successor value; a truncation has that of its true successor; both end the
/// trace. After the last transition of the buffer comes `last_values`.
pub fn gae(input: &GaeInput<'_>) -> Result<Advantages, LearnError> {
    let n_envs = input.n_envs;
    let n = input.rewards.len();
    check_len("last_values", n_envs, input.last_values.len())?;
    check_len("rewards", n.checked_div(n_envs).unwrap_or(0) * n_envs, n)?;
    check_len("values", n, input.values.len())?;
    check_len("terminated", n, input.terminated.len())?;
    check_len("truncated", n, input.truncated.len())?;
    check_len("truncation_values", n, input.truncation_values.len())?;

    let (gamma, decay) = (input.gamma as f32, (input.gamma * input.lam) as f32);
    let mut advantages = vec![0.0; n];
    // V(s_(t+1)) and A_(t+1), shape (n_envs,).
    let mut next_value = input.last_values.to_vec();
    let mut next_advantage = vec![0.0; n_envs];
    for start in (0..n).step_by(n_envs.max(1)).rev() {
        for env in 0..n_envs {
            let i = start + env;
            let (successor_value, trace) = if input.terminated[i] {
                (0.0, 0.0)
            } else if input.truncated[i] {
                (input.truncation_values[i], 0.0)
            } else {
                (next_value[env], next_advantage[env])
            };
            let delta = input.rewards[i] + gamma * successor_value - input.values[i];
            advantages[i] = delta + decay * trace;
            next_value[env] = input.values[i];
            next_advantage[env] = advantages[i];
        }
    }
    let returns = advantages.iter().zip(input.values).map(|(a, v)| a + v);
    Ok(Advantages { returns: returns.collect(), advantages })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::{Random, RandomStream};

    /// The definition: a sum over the rest of the episode, written without recursion.
    fn brute_force(input: &GaeInput<'_>, t: usize, env: usize) -> f64 {
        let horizon = input.rewards.len() / input.n_envs;
        let mut sum = 0.0;
        for l in 0..horizon - t {
            let i = (t + l) * input.n_envs + env;
            let ended = input.terminated[i] || input.truncated[i];
            let successor = if input.terminated[i] {
                0.0
            } else if input.truncated[i] {
                input.truncation_values[i]
            } else if t + l + 1 == horizon {
                input.last_values[env]
            } else {
                input.values[i + input.n_envs]
            };
            let delta = f64::from(input.rewards[i]) + input.gamma * f64::from(successor)
                - f64::from(input.values[i]);
            sum += (input.gamma * input.lam).powi(l as i32) * delta;
            if ended {
                break;
            }
        }
        sum
    }

    #[test]
    fn the_recursion_equals_the_definition() {
        let (horizon, n_envs) = (40, 7);
        let n = horizon * n_envs;
        let mut random = Random::new(4, RandomStream::Control, 0, 0);
        let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| random.normal() as f32).collect() };
        let (rewards, values, last_values) = (draw(n), draw(n), draw(n_envs));
        let truncation_values = draw(n);
        // A fair share of ends of both kinds, some of them at once and some in the last step.
        let mut flags = |limit: f32| -> Vec<bool> { draw(n).iter().map(|x| *x > limit).collect() };
        let (terminated, truncated) = (flags(1.2), flags(1.2));
        let input = GaeInput {
            n_envs,
            rewards: &rewards,
            values: &values,
            last_values: &last_values,
            terminated: &terminated,
            truncated: &truncated,
            truncation_values: &truncation_values,
            gamma: 0.97,
            lam: 0.9,
        };
        assert!(
            terminated[n - n_envs..].contains(&true) || truncated[n - n_envs..].contains(&true)
        );
        let result = gae(&input).unwrap();
        for t in 0..horizon {
            for env in 0..n_envs {
                let i = t * n_envs + env;
                let expected = brute_force(&input, t, env);
                // Forty steps in single precision.
                assert!((f64::from(result.advantages[i]) - expected).abs() < 1e-5);
                assert_eq!(result.returns[i], result.advantages[i] + values[i]);
            }
        }
    }

    #[test]
    fn a_buffer_of_another_length_is_refused() {
        let input = GaeInput {
            n_envs: 2,
            rewards: &[0.0; 3],
            values: &[0.0; 3],
            last_values: &[0.0; 2],
            terminated: &[false; 3],
            truncated: &[false; 3],
            truncation_values: &[0.0; 3],
            gamma: 0.9,
            lam: 0.9,
        };
        let message = gae(&input).unwrap_err().to_string();
        assert_eq!(message, "rewards: expected 2 elements, got 3");
    }
}
