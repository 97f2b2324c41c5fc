//! From actions to controls.

use super::action::{ActionMap, Choice};
use super::block::Block;
use super::library::Scene;
use super::step::ActionUnits;
use crate::math::lanes::Lanes;
use crate::math::rng::Random;
use crate::model::Model;

/// Turns actions, shape (lanes in use, dim), into controls. Returns the lanes whose actions were all
/// finite; the others act with zeros, for a limit may turn what is no number into full force.
#[inline(always)]
pub(super) fn apply_actions<L: Lanes>(
    block: &mut Block<L>,
    scene: &Scene,
    actions: &[f32],
    units: ActionUnits,
) -> L::Mask {
    let n_lanes = block.clocks.len();
    let dim = actions.len() / n_lanes.max(1);
    let mut unfit = L::zero();
    for lane in 0..n_lanes {
        let row = &actions[lane * dim..(lane + 1) * dim];
        let is_finite = row.iter().all(|value| value.is_finite());
        if !is_finite {
            unfit.set_lane(lane, 1.0);
        }
        let value = |k: usize| if is_finite { f64::from(row[k]) } else { 0.0 };
        match &scene.task.action_map {
            map if units == ActionUnits::Control => control(block, map, lane, value),
            ActionMap::Continuous(map) => {
                for (k, &(actuator, scale)) in map.iter().enumerate() {
                    let (action, ctrl) = match units {
                        ActionUnits::Policy => {
                            let action = value(k).clamp(-1.0, 1.0);
                            (action, action * scale)
                        }
                        ActionUnits::Effort | ActionUnits::Control => {
                            // Environments let only motors take efforts.
                            let motor = &scene.model.actuators[actuator];
                            let ctrl = value(k) / (motor.gear[0] * motor.gainprm[0]);
                            (ctrl / scale, ctrl)
                        }
                    };
                    block.action[k].set_lane(lane, action);
                    block.state.ctrl[actuator].set_lane(lane, ctrl);
                }
            }
            ActionMap::Discrete(choices) => {
                for (k, Choice { actuators, options }) in choices.iter().enumerate() {
                    let option = (value(k) as usize).min(options.len() - 1);
                    block.action[k].set_lane(lane, option as f64);
                    for (&actuator, &ctrl) in actuators.iter().zip(&options[option]) {
                        block.state.ctrl[actuator].set_lane(lane, ctrl);
                    }
                }
            }
        }
    }
    unfit.equal(L::zero())
}

/// Hands controls to the actuators of a lane. The action is what a policy would have had to put out for them.
fn control<L: Lanes>(
    block: &mut Block<L>,
    map: &ActionMap,
    lane: usize,
    value: impl Fn(usize) -> f64,
) {
    for (actuator, ctrl) in block.state.ctrl.iter_mut().enumerate() {
        ctrl.set_lane(lane, value(actuator));
    }
    if let ActionMap::Continuous(map) = map {
        for (action, &(actuator, scale)) in block.action.iter_mut().zip(map) {
            action.set_lane(lane, (value(actuator) / scale).clamp(-1.0, 1.0));
        }
    }
}

/// Controls from their ranges, of those without one from -1 to 1.
pub fn draw_controls(model: &Model, random: &mut Random, row: &mut [f32]) {
    for (control, actuator) in row.iter_mut().zip(&model.actuators) {
        let [low, high] = actuator.ctrlrange.unwrap_or([-1.0, 1.0]);
        *control = random.uniform_in(low, high) as f32;
    }
}
