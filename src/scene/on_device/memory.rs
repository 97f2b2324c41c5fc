//! What environments on a device need of its memory, and of the processor's for what goes there and comes back.

use super::fields::Fields;
use crate::physics::Plan;
use crate::scene::library::Scene;
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

/// Bytes of each environment: on the device, and on the processor beside what environments there have too. The first
/// is no less than what is allocated: a program may not ask for all that it is given.
pub(in crate::scene) fn bytes_of_env(scene: &Scene) -> (u64, u64) {
    let fields = Fields::of(scene, &Plan::new(scene.model.clone()), false);
    let n = |name: &str| fields.rows(name).len();
    let [given, shown] = begin_rows(&fields);
    // And which environment it is.
    let device = fields.n_rows + given + shown + 1;
    // What spectators see, what a step brings, what goes into it, and once more what is given and shown where all begin.
    let brought = fields.brought.len() + fields.asked_for.len();
    let sent = ["action", "noise", "push"].map(n).iter().sum::<usize>();
    let copies = fields.kept.len() + brought + sent + given + shown + 1 + n("params") + n("noise");
    (device as u64 * NUMBER, copies as u64 * NUMBER + OF_ONE)
}
