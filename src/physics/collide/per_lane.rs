//! Collisions that branch too much for lanes: one lane at a time, in f64.

use super::{ABSENT, Contact, Shape};
use crate::math::lanes::{LaneMask, Lanes};

/// The contacts of one pair in one environment.
pub(super) struct Manifold {
    pub contacts: [Contact<f64>; Self::CAPACITY],
    pub len: usize,
    margin: f64,
}

impl Manifold {
    pub(super) const CAPACITY: usize = 8;

    /// Adds a contact if it is wanted.
    #[inline]
    pub(super) fn push(&mut self, contact: Contact<f64>) {
        debug_assert!(self.len < Self::CAPACITY, "every pair bounds its number of contacts");
        if contact.dist <= self.margin && self.len < Self::CAPACITY {
            self.contacts[self.len] = contact;
            self.len += 1;
        }
    }

    #[inline]
    pub(super) fn margin(&self) -> f64 {
        self.margin
    }
}

/// Runs `narrow` for the lanes that are near, and fills the slots in the order of its contacts.
#[inline(always)]
pub(super) fn per_lane<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
    narrow: impl Fn(&Shape<f64>, &Shape<f64>, &mut Manifold),
) {
    debug_assert!(out.len() <= Manifold::CAPACITY);
    out.fill(Contact::absent());
    if !near.any() {
        return;
    }
    for lane in 0..L::WIDTH {
        if !near.lane(lane) {
            continue;
        }
        let mut found = Manifold {
            contacts: [Contact::absent(); Manifold::CAPACITY],
            len: 0,
            margin: margin.lane(lane),
        };
        narrow(&a.in_lane(lane), &b.in_lane(lane), &mut found);
        debug_assert!(found.len <= out.len(), "every pair bounds its number of contacts");
        for (slot, contact) in out.iter_mut().zip(&found.contacts[..found.len]) {
            debug_assert!(contact.dist < ABSENT);
            slot.set_lane(lane, contact);
        }
    }
}
