//! Environments in the colours of their returns, from violet for the least to yellow for the most.

use super::super::live::Live;
use super::super::stage::{Environment, RETURN_COLOURS, Tint};
use super::Tints;
use bevy::prelude::*;

/// Between two looks at the returns [s].
const PERIOD_SECS: f32 = 0.25;

pub(super) fn colour(
    tints: Res<Tints>,
    live: Res<Live>,
    time: Res<Time<Real>>,
    mut since: Local<f32>,
    mut environments: Query<(&Environment, &mut Tint)>,
) {
    *since += time.delta_secs();
    if *since < PERIOD_SECS {
        return;
    }
    *since = 0.0;
    let returns: Vec<f64> = live.envs.iter().map(|env| env.total_reward).collect();
    for (environment, mut tint) in &mut environments {
        let place = tints.0.then(|| place_on_scale(&returns, environment.0)).flatten();
        let stands = tint.stands;
        tint.set_if_neq(Tint { scale: place, stands });
    }
}

/// Where an environment's return lies between the least and the largest.
fn place_on_scale(returns: &[f64], env: usize) -> Option<usize> {
    let own = *returns.get(env).filter(|own| own.is_finite())?;
    let low = returns.iter().copied().fold(f64::INFINITY, f64::min);
    let high = returns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let part = if high > low { (own - low) / (high - low) } else { 0.5 };
    Some((part * (RETURN_COLOURS.len() - 1) as f64).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_return_is_at_the_bottom_of_the_scale_and_the_largest_at_its_top() {
        let returns = [3.0, -1.0, 1.0];
        let at = |env| place_on_scale(&returns, env);
        assert_eq!([at(0), at(1), at(2), at(3)], [Some(5), Some(0), Some(3), None]);
        assert_eq!(place_on_scale(&[2.0, 2.0], 1), Some(3));
        assert_eq!(place_on_scale(&[f64::NAN, 2.0], 0), None);
    }
}
