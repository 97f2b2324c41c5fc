//! From actions to controls.

use super::action::{ActionMap, Choice};
use super::library::Scene;
use super::non_finite::is_finite;
use super::step::ActionUnits;
use crate::math::lanes::{LaneMask, Lanes, MOST_LANES};
use crate::math::rng::Random;
use crate::model::Model;

/// Actions of a block, shape (lanes in use, dim), as lanes; lanes beyond repeat the first.
#[inline(always)]
pub(super) fn read_actions<L: Lanes>(actions: &[f32], n_lanes: usize, to: &mut Vec<L>) {
    let dim = actions.len() / n_lanes.max(1);
    to.clear();
    for k in 0..dim {
        let mut places = [k as u32; MOST_LANES];
        for lane in 0..n_lanes.min(L::WIDTH) {
            places[lane] = (lane * dim + k) as u32;
        }
        to.push(L::gather(actions, &places));
    }
}

/// Turns the components `given` of actions into the `action` that the task knows and controls. Returns
/// the lanes whose actions were all finite; the others act with zeros, for a limit may turn what is no number into
/// full force. Controls that no action drives stay.
#[inline(always)]
pub(super) fn apply_actions<L: Lanes>(
    scene: &Scene,
    units: ActionUnits,
    given: &[L],
    action: &mut [L],
    ctrl: &mut [L],
) -> L::Mask {
    let mut finite = L::Mask::splat(true);
    for &component in given {
        finite = finite & is_finite(component);
    }
    let value = |k: usize| L::select(finite, given[k], L::zero());
    match &scene.task.action_map {
        map if units == ActionUnits::Control => {
            for (k, ctrl) in ctrl.iter_mut().enumerate() {
                *ctrl = value(k);
            }
            if let ActionMap::Continuous(map) = map {
                // What a policy would have had to put out.
                for (action, &(actuator, scale)) in action.iter_mut().zip(map) {
                    *action = limited(value(actuator) / L::splat(scale));
                }
            }
        }
        ActionMap::Continuous(map) => {
            for (k, &(actuator, scale)) in map.iter().enumerate() {
                let scale = L::splat(scale);
                (action[k], ctrl[actuator]) = match units {
                    ActionUnits::Policy => {
                        let action = limited(value(k));
                        (action, action * scale)
                    }
                    ActionUnits::Effort | ActionUnits::Control => {
                        // Environments let only motors take efforts.
                        let motor = &scene.model.actuators[actuator];
                        let ctrl = value(k) / L::splat(motor.gear[0] * motor.gainprm[0]);
                        (ctrl / scale, ctrl)
                    }
                };
            }
        }
        ActionMap::Discrete(choices) => {
            for (k, choice) in choices.iter().enumerate() {
                action[k] = choose(choice, value(k), ctrl);
            }
        }
    }
    finite
}

#[inline(always)]
fn limited<L: Lanes>(action: L) -> L {
    action.clamp(-L::one(), L::one())
}

/// Writes the controls of the option that each lane chooses, of those that there are; returns its index.
#[inline(always)]
fn choose<L: Lanes>(choice: &Choice, chosen: L, ctrl: &mut [L]) -> L {
    let Choice { actuators, options } = choice;
    let last = L::splat((options.len() - 1) as f64);
    let chosen = chosen.max(L::zero()).floor().min(last);
    for (place, &actuator) in actuators.iter().enumerate() {
        let mut value = L::splat(options[0][place]);
        for (number, option) in options.iter().enumerate().skip(1) {
            let is_it = chosen.equal(L::splat(number as f64));
            value = L::select(is_it, L::splat(option[place]), value);
        }
        ctrl[actuator] = value;
    }
    chosen
}

/// Controls from their ranges, of those without one from -1 to 1.
pub fn draw_controls(model: &Model, random: &mut Random, row: &mut [f32]) {
    for (control, actuator) in row.iter_mut().zip(&model.actuators) {
        let [low, high] = actuator.ctrlrange.unwrap_or([-1.0, 1.0]);
        *control = random.uniform_in(low, high) as f32;
    }
}
