//! How contacts differ from MuJoCo's, by the kinds of the shapes.

use crate::math::differences::largest;
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// How the contacts of other people's models differ, by the kinds of the shapes: in how many pairs, and how far
/// those are whose number is the same.
#[derive(Default)]
pub(super) struct ByKinds(BTreeMap<(String, String), (usize, usize, f64)>);

impl ByKinds {
    pub(super) fn add(&mut self, model: &Model, ours: &[f64], theirs: &[f64]) {
        let pairs_of = |all: &[f64]| {
            let mut pairs: BTreeMap<[usize; 2], Vec<Vec<f64>>> = BTreeMap::new();
            for contact in all.chunks(12) {
                let geoms = [contact[0] as usize, contact[1] as usize];
                pairs.entry(geoms).or_default().push(contact[2..9].to_vec());
            }
            pairs
        };
        let (ours, theirs) = (pairs_of(ours), pairs_of(theirs));
        let all: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        for pair in all {
            let kind = |geom: usize| format!("{:?}", model.geoms[geom].geom_type);
            let entry = self.0.entry((kind(pair[0]), kind(pair[1]))).or_default();
            entry.0 += 1;
            let none = vec![];
            let (a, b) = (ours.get(pair).unwrap_or(&none), theirs.get(pair).unwrap_or(&none));
            if a.len() != b.len() {
                entry.1 += 1;
                continue;
            }
            for mine in a {
                let far =
                    |other: &Vec<f64>| largest(mine.iter().zip(other).map(|(x, y)| (x - y).abs()));
                entry.2 = b.iter().map(far).fold(f64::INFINITY, f64::min).max(entry.2);
            }
        }
    }

    pub(super) fn print(&self) {
        for ((one, other), (pairs, counts, worst)) in &self.0 {
            println!(
                "{:>40} {one}-{other}: {pairs} pairs, {counts} with another count; others {worst:.0e}",
                ""
            );
        }
    }
}
