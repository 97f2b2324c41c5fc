//! Kernels that are written by hand, in CUDA C++, with the PTX that NVIDIA's compiler made of them.
//!
//! `make_ptx.sh` makes the PTX. `host.h` has CUDA's words for a C++ compiler of the host, which makes a library of the
//! same sources for the emulator. Only `fmaf` fuses a product with a sum and no reduction depends on which thread is
//! first, so both give the same bits in every run.

#[cfg(test)]
mod compile;
#[cfg(test)]
pub mod host;
#[cfg(test)]
mod math_tests;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file of kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelSource {
    /// The file's name, without `.cu`.
    pub name: &'static str,
    /// The text for NVIDIA's driver.
    pub ptx: &'static str,
}

/// That of a file of this folder.
macro_rules! source {
    ($name:literal) => {
        KernelSource { name: $name, ptx: include_str!(concat!($name, ".ptx")) }
    };
}

/// Dense layers: forward, and the gradients by their inputs and weights.
pub const DENSE: KernelSource = source!("dense");

/// What a policy step has beside its physics: actions, clocks, ends and starts of episodes.
pub const EPISODE: KernelSource = source!("episode");

/// Generalised advantage estimation.
pub const GAE: KernelSource = source!("gae");

/// The loss of PPO and its gradient by the network's outputs.
pub const LOSS: KernelSource = source!("loss");

/// Running statistics, and normalisation by them.
pub const NORMALIZER: KernelSource = source!("normalizer");

/// The gradient of a minibatch, and the step of Adam along it.
pub const OPTIMIZER: KernelSource = source!("optimizer");

/// What the network is shown in a step of a rollout, and what is kept of it.
pub const ROLLOUT: KernelSource = source!("rollout");

/// From the network's outputs to actions.
pub const SAMPLE: KernelSource = source!("sample");

/// Mean and deviation of numbers, and normalisation by them.
pub const STANDARD: KernelSource = source!("standard");

/// All of them.
pub const SOURCES: [KernelSource; 9] =
    [DENSE, EPISODE, GAE, LOSS, NORMALIZER, OPTIMIZER, ROLLOUT, SAMPLE, STANDARD];

/// SHA-256 of the text of all kernels, in hexadecimal: with the same one, a device computes the same bits.
pub fn digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Sha256::new();
        SOURCES.iter().for_each(|source| hash.update(source.ptx));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    });
    &DIGEST
}
