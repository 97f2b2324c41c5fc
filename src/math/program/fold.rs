//! Constant folding: operations on constants, and operations that return an operand.
//!
//! Every rule gives the same bits, of zeros with their signs, for whatever the operands may be, infinite numbers and
//! NaN among them. So x 0 is not 0 and x + 0 is not x, unless x is known to be no -0. A product and sum is folded only
//! where it does not matter whether it is rounded once or twice.

use super::build::Builder;
use super::interpret::{Made, apply};
use super::op::{Op, Scalar, Value};
use Op::{
    Abs, Add, And, Constant, Div, Equal, FlipSign, Le, Lt, Max, Min, Mul, MulAdd, Neg, Not, Or,
    Select, Sqrt, Sub, Truth,
};

/// What an operation is folded to.
pub(super) enum Folded {
    /// A value that is there.
    To(Value),
    /// This, simpler or with its operands in order.
    Op(Op),
}

impl Scalar {
    /// The bits of a number as an operand of [`Op::Constant`].
    pub fn bits(self, value: f64) -> u64 {
        match self {
            Self::F32 => u64::from((value as f32).to_bits()),
            Self::F64 => value.to_bits(),
        }
    }

    /// The number of these bits.
    pub fn number(self, bits: u64) -> f64 {
        match self {
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::F64 => f64::from_bits(bits),
        }
    }
}

/// How deep to look for where a value comes from.
const DEPTH: u32 = 8;

pub(super) fn fold(it: &mut Builder, op: Op) -> Folded {
    if let Some(value) = constant(it, op) {
        return Folded::Op(value);
    }
    match arithmetic(it, op) {
        Folded::To(value) => Folded::To(value),
        Folded::Op(op) => choices(it, op),
    }
}

fn number(it: &Builder, value: Value) -> Option<f64> {
    match it.made_by(value) {
        Some(Constant(bits)) => Some(it.scalar.number(bits)),
        _ => None,
    }
}

fn is(it: &Builder, value: Value, wanted: f64) -> bool {
    number(it, value).is_some_and(|x| x.to_bits() == wanted.to_bits())
}

fn negated(it: &Builder, value: Value) -> Option<Value> {
    match it.made_by(value) {
        Some(Neg(x)) => Some(x),
        _ => None,
    }
}

/// The result of an operation on constants, if it is no NaN.
fn constant(it: &Builder, op: Op) -> Option<Op> {
    let n_operands = op.operands().iter().count();
    let all = op
        .operands()
        .iter()
        .all(|value| number(it, value).is_some() || matches!(it.made_by(value), Some(Truth(_))));
    if n_operands == 0 || !all {
        return None;
    }
    if let MulAdd(a, b, c) = op {
        let [a, b, c] = [a, b, c].map(|x| number(it, x).unwrap_or(f64::NAN));
        return sum_of_product(it.scalar, a, b, c).map(Constant);
    }
    let truth = |value: Value| it.truth(value).unwrap_or(false);
    let value = |value: Value| number(it, value).unwrap_or(f64::NAN);
    let folded = |x: f64| (!x.is_nan()).then(|| Constant(it.scalar.bits(x)));
    match it.scalar {
        Scalar::F32 => match apply::<f32>(op, |x| value(x) as f32, truth) {
            Made::Number(x) => folded(f64::from(x)),
            Made::Mask(value) => Some(Truth(value)),
        },
        Scalar::F64 => match apply::<f64>(op, value, truth) {
            Made::Number(x) => folded(x),
            Made::Mask(value) => Some(Truth(value)),
        },
    }
}

/// a b + c, if one rounding gives what two give.
fn sum_of_product(scalar: Scalar, a: f64, b: f64, c: f64) -> Option<u64> {
    let [once, twice] = match scalar {
        Scalar::F32 => {
            let [a, b, c] = [a, b, c].map(|x| x as f32);
            [f64::from(f32::mul_add(a, b, c)), f64::from(a * b + c)]
        }
        Scalar::F64 => [f64::mul_add(a, b, c), a * b + c],
    };
    let same = once.to_bits() == twice.to_bits() && !once.is_nan();
    same.then(|| scalar.bits(once))
}

/// Whether the sign bit is clear, of all but NaN.
fn is_positive(it: &Builder, value: Value, depth: u32) -> bool {
    let Some(op) = it.made_by(value).filter(|_| depth > 0) else { return false };
    let known = |value: Value| is_positive(it, value, depth - 1);
    match op {
        Constant(bits) => it.scalar.number(bits).is_sign_positive(),
        Abs(_) => true,
        Mul(a, b) => a == b || (known(a) && known(b)),
        Add(a, b) | Div(a, b) => known(a) && known(b),
        MulAdd(a, b, c) => (a == b || (known(a) && known(b))) && known(c),
        Sqrt(a) => known(a),
        Max(a, b) | Min(a, b) => known(a) && known(b),
        Select(_, a, b) => known(a) && known(b),
        _ => false,
    }
}

/// Whether it is no -0.
fn is_no_minus_zero(it: &Builder, value: Value, depth: u32) -> bool {
    let Some(op) = it.made_by(value).filter(|_| depth > 0) else { return false };
    let known = |value: Value| is_no_minus_zero(it, value, depth - 1);
    match op {
        Constant(bits) => it.scalar.number(bits).to_bits() != (-0.0_f64).to_bits(),
        // A sum is -0 only where both are; sums are too coarse to round to 0.
        Add(a, b) => known(a) || known(b),
        Sub(a, _) => known(a),
        Select(_, a, b) | Max(a, b) | Min(a, b) => known(a) && known(b),
        Op::Floor(a) => known(a),
        Op::Exponent(_) => true,
        _ => is_positive(it, value, depth),
    }
}

fn arithmetic(it: &mut Builder, op: Op) -> Folded {
    match op {
        Add(a, b) => add(it, a, b),
        Sub(a, b) => sub(it, a, b),
        Mul(a, b) => mul(it, a, b),
        Div(a, b) => div(it, a, b),
        MulAdd(a, b, c) => mul_add(it, a, b, c),
        Neg(a) => match negated(it, a) {
            Some(x) => Folded::To(x),
            None => Folded::Op(op),
        },
        Abs(a) => match it.made_by(a) {
            Some(Neg(x) | FlipSign(x, _)) => fold(it, Abs(x)),
            _ if is_positive(it, a, DEPTH) => Folded::To(a),
            _ => Folded::Op(op),
        },
        FlipSign(a, by) => match number(it, by).filter(|x| !x.is_nan()) {
            Some(x) if x.is_sign_negative() => fold(it, Neg(a)),
            Some(_) => Folded::To(a),
            None => Folded::Op(op),
        },
        _ => Folded::Op(op),
    }
}

fn add(it: &mut Builder, a: Value, b: Value) -> Folded {
    for (x, y) in [(a, b), (b, a)] {
        if is(it, y, -0.0) || (is(it, y, 0.0) && is_no_minus_zero(it, x, DEPTH)) {
            return Folded::To(x);
        }
        if let Some(y) = negated(it, y) {
            return fold(it, Sub(x, y));
        }
    }
    Folded::Op(Add(a.min(b), a.max(b)))
}

fn sub(it: &mut Builder, a: Value, b: Value) -> Folded {
    if is(it, b, 0.0) {
        return Folded::To(a);
    }
    if is(it, a, -0.0) {
        return fold(it, Neg(b));
    }
    match negated(it, b) {
        Some(b) => fold(it, Add(a, b)),
        None => Folded::Op(Sub(a, b)),
    }
}

fn mul(it: &mut Builder, a: Value, b: Value) -> Folded {
    for (x, y) in [(a, b), (b, a)] {
        if is(it, y, 1.0) {
            return Folded::To(x);
        }
        if is(it, y, -1.0) {
            return fold(it, Neg(x));
        }
        if let (Some(x), Some(factor)) = (negated(it, x), number(it, y)) {
            let factor = it.number(-factor);
            return fold(it, Mul(x, factor));
        }
    }
    match (negated(it, a), negated(it, b)) {
        (Some(a), Some(b)) => fold(it, Mul(a, b)),
        _ => Folded::Op(Mul(a.min(b), a.max(b))),
    }
}

fn div(it: &mut Builder, a: Value, b: Value) -> Folded {
    let Some(divisor) = number(it, b) else { return Folded::Op(Div(a, b)) };
    // Of a power of two the inverse is exact, and so both round the same number.
    let inverse = 1.0 / divisor;
    let bits = it.scalar.bits(inverse);
    let is_power =
        divisor.to_bits() << 12 == 0 && it.scalar.number(bits).to_bits() == inverse.to_bits();
    let is_normal = match it.scalar {
        Scalar::F32 => (inverse as f32).is_normal() && (divisor as f32).is_normal(),
        Scalar::F64 => inverse.is_normal() && divisor.is_normal(),
    };
    if is_power && is_normal {
        let inverse = it.number(inverse);
        return fold(it, Mul(a, inverse));
    }
    Folded::Op(Div(a, b))
}

fn mul_add(it: &mut Builder, a: Value, b: Value, c: Value) -> Folded {
    for (x, y) in [(a, b), (b, a)] {
        if is(it, y, 1.0) {
            return fold(it, Add(x, c));
        }
        if is(it, y, -1.0) {
            return fold(it, Sub(c, x));
        }
        if let (Some(x), Some(factor)) = (negated(it, x), number(it, y)) {
            let factor = it.number(-factor);
            return fold(it, MulAdd(x, factor, c));
        }
    }
    if let (Some(a), Some(b)) = (negated(it, a), negated(it, b)) {
        return fold(it, MulAdd(a, b, c));
    }
    if let (Some(x), Some(y)) = (number(it, a), number(it, b)) {
        // Where the product is exact only the sum rounds.
        if let Some(bits) = exact_product(it.scalar, x, y) {
            let product = it.op(Constant(bits));
            return fold(it, Add(product, c));
        }
    }
    let adds_nothing = is(it, c, -0.0) || (is(it, c, 0.0) && product_is_no_minus_zero(it, a, b));
    if adds_nothing {
        return fold(it, Mul(a, b));
    }
    Folded::Op(MulAdd(a.min(b), a.max(b), c))
}

fn product_is_no_minus_zero(it: &Builder, a: Value, b: Value) -> bool {
    a == b || (is_positive(it, a, DEPTH) && is_positive(it, b, DEPTH))
}

/// The product of two numbers, if it is finite, not 0, and a number of this kind.
fn exact_product(scalar: Scalar, x: f64, y: f64) -> Option<u64> {
    let product = x * y;
    let bits = scalar.bits(product);
    let is_exact = match scalar {
        // Two fractions of 24 bits make one of at most 48.
        Scalar::F32 => scalar.number(bits).to_bits() == product.to_bits(),
        Scalar::F64 => product.is_normal() && f64::mul_add(x, y, -product) == 0.0,
    };
    (is_exact && product.is_finite() && product != 0.0).then_some(bits)
}

fn choices(it: &mut Builder, op: Op) -> Folded {
    match op {
        Min(a, b) | Max(a, b) if a == b => Folded::To(a),
        // Nothing is below itself, a NaN neither.
        Lt(a, b) if a == b => Folded::Op(Truth(false)),
        Equal(a, b) => Folded::Op(Equal(a.min(b), a.max(b))),
        Le(..) | Lt(..) | Min(..) | Max(..) => Folded::Op(op),
        Select(mask, a, b) => select(it, mask, a, b),
        And(a, b) => both(it, a, b, false),
        Or(a, b) => both(it, a, b, true),
        Not(a) => match (it.truth(a), it.made_by(a)) {
            (Some(value), _) => Folded::Op(Truth(!value)),
            (None, Some(Not(x))) => Folded::To(x),
            _ => Folded::Op(op),
        },
        _ => Folded::Op(op),
    }
}

/// Of two masks, where `end` is what decides alone: true of either, false of both.
fn both(it: &mut Builder, a: Value, b: Value, end: bool) -> Folded {
    for (x, y) in [(a, b), (b, a)] {
        match it.truth(y) {
            Some(value) if value == end => return Folded::Op(Truth(end)),
            Some(_) => {
                return match it.truth(x) {
                    Some(value) => Folded::Op(Truth(value)),
                    None => Folded::To(x),
                };
            }
            None => {}
        }
        if it.made_by(x) == Some(Not(y)) {
            return Folded::Op(Truth(end));
        }
    }
    let (a, b) = (a.min(b), a.max(b));
    match (a == b, end) {
        (true, _) => Folded::To(a),
        (_, true) => Folded::Op(Or(a, b)),
        (_, false) => Folded::Op(And(a, b)),
    }
}

fn select(it: &mut Builder, mask: Value, a: Value, b: Value) -> Folded {
    if let Some(value) = it.truth(mask) {
        return Folded::To(if value { a } else { b });
    }
    if a == b {
        return Folded::To(a);
    }
    if let Some(Not(mask)) = it.made_by(mask) {
        return fold(it, Select(mask, b, a));
    }
    match (it.made_by(a), it.made_by(b)) {
        (Some(Select(inner, a, _)), _) if inner == mask => fold(it, Select(mask, a, b)),
        (_, Some(Select(inner, _, b))) if inner == mask => fold(it, Select(mask, a, b)),
        _ => Folded::Op(Select(mask, a, b)),
    }
}
