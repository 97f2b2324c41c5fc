//! What a step on a device brought.

use super::fields::Fields;
use super::link::Link;
use crate::device::DeviceError;
use crate::math::lanes::{LaneMask, Lanes};
use std::sync::Arc;

/// Rows of numbers, one in each for every environment.
pub(super) struct Brought {
    fields: Arc<Fields>,
    n: usize,
    numbers: Vec<f32>,
    /// What is read only where it is asked for; else empty.
    outputs: Vec<f32>,
}

impl Brought {
    /// Nothing yet, of `n` environments.
    pub fn new(fields: Arc<Fields>, n: usize) -> Self {
        Self { fields, n, numbers: vec![], outputs: vec![] }
    }

    /// Reads what the last step brought, and all that the task's program gave where `looks` or where a number is not
    /// finite.
    pub fn read(&mut self, link: &mut Link, looks: bool) -> Result<(), DeviceError> {
        link.read(self.fields.brought.clone(), &mut self.numbers)?;
        self.outputs.clear();
        if looks || self.row("fit", 0).iter().any(|&fit| fit != 1.0) {
            link.read(self.fields.asked_for.clone(), &mut self.outputs)?;
        }
        Ok(())
    }

    /// Whether what is read only where it is asked for is here.
    pub fn is_whole(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// A row of what every step brings.
    pub fn row(&self, array: &str, place: usize) -> &[f32] {
        let row = self.fields.rows(array).start + place - self.fields.brought.start;
        &self.numbers[row * self.n..(row + 1) * self.n]
    }

    /// A row of what is read only where it is asked for.
    pub fn output(&self, array: &str, place: usize) -> &[f32] {
        let row = self.fields.rows(array).start + place - self.fields.asked_for.start;
        &self.outputs[row * self.n..(row + 1) * self.n]
    }
}

/// A row's numbers of a block; 1 in lanes beyond the last environment.
pub(super) fn lanes<L: Lanes>(index: usize, row: &[f32]) -> L {
    let mut lanes = L::one();
    for (lane, &number) in row[index * L::WIDTH..].iter().take(L::WIDTH).enumerate() {
        lanes.set_lane(lane, f64::from(number));
    }
    lanes
}

/// Where a row of a block has 1; so it is in lanes beyond the last environment.
pub(super) fn mask<L: Lanes>(index: usize, row: &[f32]) -> L::Mask {
    lanes::<L>(index, row).equal(L::one())
}

/// Whether a mask is true in all lanes.
pub(super) fn all<M: LaneMask>(mask: M) -> bool {
    !(!mask).any()
}
