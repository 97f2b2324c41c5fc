//! Lanes whose `any()` always says yes, as those of a machine on which a lane cannot ask its neighbours:
//! nothing may depend on what is skipped.

use super::{golden, numbers, shipped, states};
use crate::math::lanes::{Kernel, LaneMask, Lanes, MOST_LANES};
use crate::model::Model;
use crate::physics::{Data, Params, Plan, step};
use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, Neg, Not, Sub, SubAssign};

/// One lane of f64.
#[derive(Clone, Copy, Debug)]
struct Eager(f64);

#[derive(Clone, Copy, Debug)]
struct Yes(bool);

impl LaneMask for Yes {
    fn splat(value: bool) -> Self {
        Self(value)
    }
    fn any(self) -> bool {
        true
    }
    fn lane(self, _lane: usize) -> bool {
        self.0
    }
}

impl BitAnd for Yes {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Yes {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for Yes {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident $sign:tt;)*) => {$(
        impl $operator for Eager {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self(self.0 $sign other.0)
            }
        }
    )*};
}

arithmetic! { Add add +; Sub sub -; Mul mul *; Div div /; }

impl Neg for Eager {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Eager {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Eager {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Lanes for Eager {
    type Mask = Yes;
    const WIDTH: usize = 1;
    const EPSILON: f64 = f64::EPSILON;

    fn vectorize<K: Kernel>(kernel: K) -> K::Output {
        kernel.run()
    }
    fn splat(value: f64) -> Self {
        Self(value)
    }
    fn mul_add(self, b: Self, c: Self) -> Self {
        Self(Lanes::mul_add(self.0, b.0, c.0))
    }
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    fn flip_sign(self, by: Self) -> Self {
        Self(self.0.flip_sign(by.0))
    }
    fn exponent(self) -> Self {
        Self(self.0.exponent())
    }
    fn mantissa(self) -> Self {
        Self(self.0.mantissa())
    }
    fn power_of_two(self) -> Self {
        Self(self.0.power_of_two())
    }
    fn floor(self) -> Self {
        Self(self.0.floor())
    }
    fn min(self, other: Self) -> Self {
        Self(Lanes::min(self.0, other.0))
    }
    fn max(self, other: Self) -> Self {
        Self(Lanes::max(self.0, other.0))
    }
    fn lt(self, other: Self) -> Yes {
        Yes(self.0 < other.0)
    }
    fn le(self, other: Self) -> Yes {
        Yes(self.0 <= other.0)
    }
    fn equal(self, other: Self) -> Yes {
        Yes(self.0 == other.0)
    }
    fn select(mask: Yes, a: Self, b: Self) -> Self {
        if mask.0 { a } else { b }
    }
    fn gather(table: &[f32], places: &[u32; MOST_LANES]) -> Self {
        Self(f64::gather(table, places))
    }
    fn lane(self, _lane: usize) -> f64 {
        self.0
    }
    fn set_lane(&mut self, _lane: usize, value: f64) {
        self.0 = value;
    }
}

/// Positions, velocities and actuator states after each of a hundred steps, with swinging controls.
fn walk<L: Lanes>(plan: &Plan, qpos: &[f64], qvel: &[f64]) -> Vec<u64> {
    let params = Params::<L>::new(&plan.model);
    let mut d = Data::<L>::new(plan);
    d.state.qpos.iter_mut().zip(qpos).for_each(|(to, &from)| *to = L::splat(from));
    d.state.qvel.iter_mut().zip(qvel).for_each(|(to, &from)| *to = L::splat(from));
    let mut walk = vec![];
    for i in 0..100 {
        for (k, ctrl) in d.state.ctrl.iter_mut().enumerate() {
            *ctrl = L::splat((0.3 * i as f64 + k as f64).sin());
        }
        step(plan, &params, &mut d);
        let state = [&d.state.qpos, &d.state.qvel, &d.state.act];
        walk.extend(state.into_iter().flatten().map(|x| x.lane(0).to_bits()));
    }
    walk
}

/// A lane that is always asked works to the end of its iterations, so both sides have few.
fn compare(name: &str, model: &Model, qpos: &[f64], qvel: &[f64]) {
    let mut model = model.clone();
    (model.opt.iterations, model.opt.ls_iterations) = (8, 8);
    let plan = Plan::new(model.into());
    let plain = walk::<f64>(&plan, qpos, qvel);
    let finite = plain.iter().all(|&bits| f64::from_bits(bits).is_finite());
    assert!(finite && !plain.is_empty(), "{name}");
    let eager = walk::<Eager>(&plan, qpos, qvel);
    let first = plain.iter().zip(&eager).position(|(a, b)| a != b);
    let width = plain.len() / 100;
    assert_eq!(first.map(|at| (at / width, at % width)), None, "{name}: step and number");
}

#[test]
fn what_is_skipped_where_no_lane_needs_it_changes_no_bit() {
    let mut count = 0;
    for name in super::agreement::MODELS {
        let (model, golden) = golden(&format!("states/{name}"));
        let recorded = states(&golden, "contacts");
        for state in &recorded[..recorded.len().min(3)] {
            compare(name, &model, &numbers(&state["qpos"]), &numbers(&state["qvel"]));
            count += 1;
        }
    }
    assert!(count >= 40, "{count}");
    for (name, model) in shipped() {
        let qvel: Vec<f64> = (0..model.nv).map(|i| (i as f64).cos()).collect();
        compare(&name, &model, &model.qpos0, &qvel);
    }
}
