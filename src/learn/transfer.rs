//! Transfer of weights from one network to another, and frozen layers.

use std::collections::BTreeSet;
use std::ops::Range;

use super::error::LearnError;
use super::network::{Network, Recurrent};
use super::policy::Policy;
use super::policy_config::PolicyConfig;
use super::state::{Array, StateDict};
use crate::math::lanes::Isa;

/// Treatment of saved weights that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Their layer keeps its initial weights.
    Skip,
    /// Of tensors of weights that differ in size, the part that both have is taken: the first outputs
    /// and inputs. Statistics are taken whole or not at all.
    Overlap,
}

/// Result of a transfer for one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorTransfer {
    /// The tensor's name in state dictionaries.
    pub name: String,
    /// Shape in the network; none if it has no such tensor.
    pub here: Option<Vec<usize>>,
    /// Shape as saved; none if there is none.
    pub saved: Option<Vec<usize>>,
    /// How much of it was taken.
    pub copied: CopiedPart,
}

/// The part of a tensor that was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopiedPart {
    /// All of it.
    Whole,
    /// The part that both have.
    Overlap,
    /// Nothing of it.
    None,
}

/// Parts of a policy that are not trained.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frozen {
    pub(super) weights: Vec<Range<usize>>,
    pub(super) log_std: bool,
    pub(super) observations: bool,
    pub(super) values: bool,
}

impl Frozen {
    /// Takes the frozen part out of a gradient by the weights.
    pub(super) fn clear(&self, gradient: &mut [f32]) {
        for range in &self.weights {
            gradient[range.clone()].fill(0.0);
        }
    }

    /// Puts the frozen weights back to what they were: an optimiser may have momentum.
    pub(super) fn restore(&self, before: &[f32], weights: &mut [f32]) {
        for range in &self.weights {
            weights[range.clone()].copy_from_slice(&before[range.clone()]);
        }
    }
}

/// `trunk.0` of `trunk.0.weight`.
fn layer(tensor: &str) -> &str {
    tensor.rsplit_once('.').map_or(tensor, |(layer, _)| layer)
}

impl PolicyConfig {
    /// The names of what a policy consists of: layers, `log_std`, and the statistics `observations`
    /// and `values`, as far as it has them. Fails on layers of a program's own that cannot be built.
    pub fn layer_names(&self) -> Result<Vec<String>, LearnError> {
        let mut names: Vec<String> = Vec::new();
        for part in Network::new(&self.network_shape(Isa::detect())?)?.parts() {
            let layer = layer(&part.name).to_owned();
            if !names.contains(&layer) {
                names.push(layer);
            }
        }
        let others = [
            ("log_std", self.head().n_log_std() > 0),
            ("observations", self.normalize_observations),
            ("values", self.normalize_values),
        ];
        names.extend(others.iter().filter(|(_, has)| *has).map(|(name, _)| (*name).to_owned()));
        Ok(names)
    }

    /// Fails on a name that is neither one of [`layer_names`](Self::layer_names) nor the beginning of
    /// some, up to a dot.
    pub fn check_frozen(&self) -> Result<(), LearnError> {
        let known = self.layer_names()?;
        let is_known = |name: &String| known.iter().any(|layer| is_part(layer, name));
        match self.frozen.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => Err(LearnError::Layer { name: name.clone(), known: known.join(", ") }),
        }
    }

    /// What `frozen` names.
    pub(super) fn frozen_parts(&self, network: &Network) -> Result<Frozen, LearnError> {
        self.check_frozen()?;
        let names = |layer: &str| self.frozen.iter().any(|name| is_part(layer, name));
        let parts = network.parts().into_iter().filter(|part| names(layer(&part.name)));
        Ok(Frozen {
            weights: parts.map(|part| part.range).collect(),
            log_std: names("log_std"),
            observations: names("observations"),
            values: names("values"),
        })
    }
}

/// Whether `name` is the layer, or the family that it belongs to: `trunk` of `trunk.0`.
fn is_part(layer: &str, name: &str) -> bool {
    layer.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Policy {
    /// Takes over the layers of a saved policy that this one has too, by their names. Says of every
    /// tensor, here or saved, what became of it; the rest of the policy stays as it was.
    pub fn transfer(
        &mut self,
        saved: &StateDict,
        mismatch: Mismatch,
    ) -> Result<Vec<TensorTransfer>, LearnError> {
        let mut state = self.state()?;
        let names: BTreeSet<String> =
            state.names().chain(saved.names()).map(str::to_owned).collect();
        let mut transfers = Vec::new();
        for name in &names {
            let copied = match (state.get(name), saved.get(name)) {
                (Some(_), Some(from)) if layer_fits(&state, saved, layer(name)) => {
                    let from = from.clone();
                    state.insert(name.clone(), from);
                    CopiedPart::Whole
                }
                (Some(Array::F32 { shape, data }), Some(Array::F32 { shape: of, data: from }))
                    if mismatch == Mismatch::Overlap
                        && shape.len() == of.len()
                        && gates(name, &state) == gates(name, saved) =>
                {
                    let mut data = data.clone();
                    let n_gates = gates(name, saved);
                    copy_overlap((shape, &mut data), (of, from), n_gates);
                    let (shape, is_whole) = (shape.clone(), shape == of);
                    state.insert_f32(name.clone(), &shape, data);
                    if is_whole { CopiedPart::Whole } else { CopiedPart::Overlap }
                }
                _ => CopiedPart::None,
            };
            let shape = |array: &Array| array.shape().to_vec();
            transfers.push(TensorTransfer {
                name: name.clone(),
                here: state.get(name).map(shape),
                saved: saved.get(name).map(shape),
                copied,
            });
        }
        self.load_state(&state)?;
        Ok(transfers)
    }
}

/// Whether all tensors of a layer are there on both sides and alike.
fn layer_fits(here: &StateDict, saved: &StateDict, of: &str) -> bool {
    let tensors = here.names().chain(saved.names()).filter(|name| layer(name) == of);
    let mut alike = tensors.map(|name| match (here.get(name), saved.get(name)) {
        (Some(a), Some(b)) => a.shape() == b.shape() && a.type_name() == b.type_name(),
        _ => false,
    });
    alike.all(|alike| alike)
}

/// Copies the corner that two arrays of as many dimensions have in common; of `n_blocks` that stand one below the
/// other in each, the corners of the blocks.
fn copy_overlap(
    (shape, data): (&[usize], &mut [f32]),
    (of, from): (&[usize], &[f32]),
    n_blocks: usize,
) {
    let (to_block, from_block) = (data.len() / n_blocks, from.len() / n_blocks);
    if to_block == 0 || from_block == 0 {
        return;
    }
    for (to, from) in data.chunks_exact_mut(to_block).zip(from.chunks_exact(from_block)) {
        let inner = |shape: &[usize]| shape.get(1..).unwrap_or_default().to_vec();
        copy_corner((&inner(shape), to), (&inner(of), from));
    }
}

/// The corner of some rows, of which the extents are those inside a row.
fn copy_corner((inner, data): (&[usize], &mut [f32]), (of, from): (&[usize], &[f32])) {
    let (to_row, from_row) = (inner.iter().product(), of.iter().product());
    for (to, from) in data.chunks_exact_mut(to_row).zip(from.chunks_exact(from_row)) {
        match (inner.get(1..), of.get(1..)) {
            (Some(inner), Some(of)) => copy_corner((inner, to), (of, from)),
            _ => to[0] = from[0],
        }
    }
}

/// How many gates have their rows in a tensor, one gate's below the other's.
fn gates(tensor: &str, state: &StateDict) -> usize {
    Recurrent::n_gates(layer(tensor), |name| state.get(name).map(Array::shape))
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
