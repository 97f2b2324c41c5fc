//! What environments on a device need of its memory, and of the processor's for what goes there and comes back.

use super::clocks;
use super::fields::Fields;
use super::plan::{Draws, PLAN_LEN, n_sums};
use crate::physics::Plan;
use crate::scene::library::Scene;
use crate::scene::there::needs_host;
use crate::space::ObservationStream;

/// Bytes of a number.
const NUMBER: u64 = size_of::<f32>() as u64;
/// Arrays of which each environment has a vector of its own while episodes begin: numbers of the model, and noise.
const OF_ONE: u64 = 2 * size_of::<Vec<f32>>() as u64;

/// Numbers of the two buffers by which an episode begins: what is given, and what it shows.
pub(super) fn begin_rows(fields: &Fields) -> [usize; 2] {
    let n = |name: &str| fields.rows(name).len();
    let given = ["qpos", "qvel", "delay", "params", "noise", "difficulty"].map(n);
    let shown = [ObservationStream::OBSERVATIONS, ObservationStream::CRITIC_OBSERVATIONS].map(n);
    [given.iter().sum(), shown.iter().sum::<usize>() + 1]
}

/// What environments on a device need \[bytes\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scene) struct DeviceBytes {
    /// On the device, whatever their number.
    scene: u64,
    /// On the device, for each environment.
    env: u64,
    /// On the processor, for each environment, beside what environments there have too.
    pub copies: u64,
}

impl DeviceBytes {
    /// On the device, for `n` environments.
    pub fn of(&self, n: usize) -> u64 {
        self.env.saturating_mul(n as u64).saturating_add(self.scene)
    }
}

/// What environments of a scene need, with steps without the host where the scene can be stepped so. On the device that
/// is no less than what is allocated: a program may not ask for all that it is given.
pub(in crate::scene) fn bytes_on_device(scene: &Scene) -> DeviceBytes {
    let fields = Fields::of(scene, &Plan::new(scene.model.clone()), false);
    let n = |name: &str| fields.rows(name).len();
    let [given, shown] = begin_rows(&fields);
    let [own, of_env, fetched] = match (needs_host(scene), Draws::of(scene)) {
        (None, Some(draws)) => enqueued(scene, &draws),
        _ => [0; 3],
    };
    // And which environment it is.
    let device = fields.n_rows + given + shown + 1 + of_env;
    // What spectators see, what a step brings, what goes into it, and once more what is given and shown where all begin.
    let brought = fields.brought.len() + fields.asked_for.len();
    let sent = ["action", "noise", "push"].map(n).iter().sum::<usize>();
    let copies = fields.kept.len() + brought + sent + given + shown + 1 + n("params") + n("noise");
    DeviceBytes {
        scene: own as u64 * NUMBER,
        env: device as u64 * NUMBER,
        copies: (copies + fetched) as u64 * NUMBER + OF_ONE,
    }
}

/// Numbers that steps without the host need: whatever the number of environments, of each environment, and of each on
/// the processor where it is asked how it is.
fn enqueued(scene: &Scene, draws: &Draws) -> [usize; 3] {
    let (dim, n_sums) = (scene.task.n_written(), n_sums(scene));
    let noise = scene.task.observation_noise.len();
    let own = PLAN_LEN + draws.n_words() + 1 + noise + 2 * (2 + noise) + 2 * n_sums;
    // Rewards, and two kinds of ends.
    let answers = 2 * dim + 3;
    let of_env = clocks::PLACES + 2 * draws.n_registers() + 2 * n_sums + answers;
    [own, of_env, clocks::PLACES + answers + 1]
}
