//! What cannot be done on a device, by name.

use super::experience::BYTES;
use crate::learn::error::LearnError;
use crate::learn::network::Backend;
use crate::learn::policy::Policy;
use crate::learn::policy_config::ObserveAt;
use crate::learn::ppo::PpoConfig;
use crate::space::ElementType;

fn refusal(what: &'static str, remedy: &'static str) -> LearnError {
    LearnError::NotOnDevice { what, remedy }
}

/// Fails on a policy that has no place on a device.
pub(super) fn check_policy(policy: &Policy) -> Result<(), LearnError> {
    let remedy = "leave that out, or train it with device: \"cpu\"";
    policy.network.dense_towers().map_err(|what| refusal(what, remedy))?;
    let streams = policy.config().observations.streams();
    if streams.iter().any(|stream| stream.element != ElementType::F32) {
        return Err(refusal(BYTES.0, BYTES.1));
    }
    if policy.config().backend == Backend::Candle {
        return Err(refusal("the backend candle", remedy));
    }
    Ok(())
}

/// Fails on what cannot have its updates on a device.
pub(in crate::learn) fn check_on_device(
    policy: &Policy,
    config: &PpoConfig,
) -> Result<(), LearnError> {
    check_policy(policy)?;
    if config.normalize_rewards {
        let remedy = "leave that out, or train it with device: \"cpu\"";
        return Err(refusal("PPO with normalize_rewards", remedy));
    }
    Ok(())
}

/// Fails on what cannot have its rollouts on a device either.
pub(in crate::learn) fn check_rollout_there(
    policy: &Policy,
    config: &PpoConfig,
) -> Result<(), LearnError> {
    check_on_device(policy, config)?;
    let seen = policy.config();
    if seen.normalize_observations && seen.observe_at == ObserveAt::Step {
        let what = "a policy whose statistics of observations change at every step of a rollout";
        return Err(refusal(
            what,
            "choose observe_at: \"update\", or train it with device: \"cpu\"",
        ));
    }
    Ok(())
}

fn is_counted(a: usize, b: usize) -> bool {
    a.saturating_mul(b) <= u32::MAX as usize
}

/// Fails where a kernel could not count the numbers of a step of `n_envs` environments, each of up to `dim`.
pub(super) fn check_step(n_envs: usize, dim: usize) -> Result<(), LearnError> {
    let what = "a step of more than 4,294,967,295 numbers";
    if is_counted(n_envs, dim) { Ok(()) } else { Err(refusal(what, "use fewer environments")) }
}

/// Fails where a kernel could not count the numbers of a minibatch of `n_rows` rows, or the rows of all epochs of `n` rows.
pub(super) fn check_size(
    n_rows: usize,
    dim: usize,
    (n, epochs): (usize, usize),
) -> Result<(), LearnError> {
    match (is_counted(n_rows, dim), is_counted(n, epochs)) {
        (true, true) => Ok(()),
        (false, _) => Err(refusal(
            "a minibatch of more than 4,294,967,295 numbers",
            "use a smaller minibatch_size",
        )),
        (true, false) => Err(refusal(
            "an update of more than 4,294,967,295 rows in all epochs",
            "use fewer epochs or a smaller horizon",
        )),
    }
}
