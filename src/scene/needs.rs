//! What memory environments need, before there are any.

use super::block::Block;
use super::environments::n_shards;
use super::library::Scene;
use super::on_device::{self, DeviceBytes};
use crate::math::lanes::{Isa, Lanes, for_isa};
use crate::physics::{Data, Params, Plan};
use crate::space::Device;

/// What environments of a scene need, by the lengths of their buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryNeeds {
    /// Environments of a block.
    width: usize,
    /// Of each block of environments, and of each shard of blocks, beside what is shown [bytes].
    block: u64,
    shard: u64,
    /// What a step brings for each environment, in the buffers of a shard and in those of all [bytes].
    shown: u64,
    /// Of environments on a device.
    there: Option<OnDevice>,
}

/// Where a device and its driver are, seen from the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OnDevice {
    /// There, and what goes there and comes from it.
    bytes: DeviceBytes,
    /// Whether the device's memory is the processor's, as the emulator's is.
    is_here: bool,
}

impl MemoryNeeds {
    /// Those of a scene on a processor.
    pub fn of(scene: &Scene, isa: Isa) -> Self {
        for_isa!(isa, L => Self::of_lanes::<L>(scene))
    }

    /// Those of a scene wherever it is simulated: on the processor blocks, benches and what is shown, which environments
    /// on a device have too, there with the buffers of the device and copies of what is in them.
    pub fn on(scene: &Scene, device: Device) -> Self {
        let (isa, is_here) = match device {
            Device::Cpu(isa) => return Self::of(scene, isa),
            Device::Cuda(_) => (Isa::detect(), false),
            Device::Emulate => (Isa::detect(), true),
        };
        let bytes = on_device::bytes_on_device(scene);
        Self { there: Some(OnDevice { bytes, is_here }), ..Self::of(scene, isa) }
    }

    fn of_lanes<L: Lanes>(scene: &Scene) -> Self {
        let (plan, task) = (Plan::new(scene.model.clone()), &scene.task);
        let n_registers = task.after_step.n_registers().max(task.after_reset.n_registers());
        let bench = Data::<L>::bytes(&plan) + (n_registers * size_of::<L>()) as u64;
        // Rewards with their parts; whether an episode begins, is terminated, is truncated.
        let rewards = size_of::<f32>() * (1 + task.n_reward_parts()) + 3;
        Self {
            width: L::WIDTH,
            block: Block::<L>::new(scene, &plan, L::WIDTH).bytes(),
            shard: bench + Params::<L>::new(&scene.model).bytes(),
            shown: 2 * (2 * task.observations.bytes() + rewards) as u64,
            there: None,
        }
    }

    /// What stepping `n_envs` environments takes on one thread, beside what steps bring.
    pub fn stepping(&self, n_envs: usize) -> u64 {
        self.block.saturating_mul(n_envs.div_ceil(self.width) as u64).saturating_add(self.shard)
    }

    /// What the last step of `n_envs` environments brought.
    pub fn shown(&self, n_envs: usize) -> u64 {
        self.shown.saturating_mul(n_envs as u64)
    }

    /// Buffers of the device that `n_envs` environments are on \[bytes\]; none on the processor.
    pub fn on_device(&self, n_envs: usize) -> u64 {
        self.there.map_or(0, |there| there.bytes.of(n_envs))
    }

    /// All of the processor's memory, on the threads of the current rayon pool.
    pub fn bytes(&self, n_envs: usize) -> u64 {
        if let Some(there) = self.there {
            let copies = there.bytes.copies.saturating_mul(n_envs as u64);
            let device = if there.is_here { self.on_device(n_envs) } else { 0 };
            let host = self.stepping(n_envs).saturating_add(self.shown(n_envs));
            return host.saturating_add(copies).saturating_add(device);
        }
        let n_shards = n_shards(n_envs.div_ceil(self.width)) as u64;
        let benches = self.shard.saturating_mul(n_shards - 1);
        self.stepping(n_envs).saturating_add(benches).saturating_add(self.shown(n_envs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Environments, SceneLibrary};
    use std::path::Path;

    /// Within a tenth of what the buffers of real environments hold, for every shipped scene.
    #[test]
    fn environments_take_what_is_said() {
        let library = SceneLibrary::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes"));
        let isa = Isa::detect();
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let mut n = 0;
        for name in library.names() {
            let scene = library.load(&name).unwrap();
            let needs = MemoryNeeds::of(&scene, isa);
            for n_envs in [1, 3 * isa.width() + 1, 20 * isa.width()] {
                let (held, said) = one_thread.install(|| {
                    let environments =
                        Environments::new(&scene, n_envs, 1, Device::Cpu(isa)).unwrap();
                    (environments.held_bytes(), needs.bytes(n_envs))
                });
                // The bench is held to its own estimate in `physics`.
                let ratio = said as f64 / (held + needs.shard) as f64;
                println!("{name}, {n_envs}: {said} of {held} and a bench, {ratio:.3}");
                assert!((0.9..1.1).contains(&ratio), "{name}, {n_envs}: {said}, {held}");
                n += 1;
            }
        }
        assert!(n > 20, "{n}");
    }

    #[test]
    fn more_than_any_machine_has_is_no_overflow() {
        let library = SceneLibrary::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes"));
        let scene = library.load(&library.names()[0]).unwrap();
        assert!(MemoryNeeds::of(&scene, Isa::detect()).bytes(usize::MAX) > 1 << 60);
    }
}
