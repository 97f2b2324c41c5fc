//! x^y.

use super::exponential::exp_of_sum;
use super::logarithm::ln_in_two;
use super::{Lanes, constant, exact_product, is_negative};

/// x^y, with the ends of IEEE 754's pow: 1 for y = 0 and for x = 1, whatever the other is; NaN for x < 0 and a y
/// that is no integer.
///
/// e^(y ln x), where ln x and its product with y are sums of two numbers: what the first rounds away would grow
/// with the size of the exponent.
#[inline(always)]
pub fn pow<L: Lanes>(x: L, y: L) -> L {
    let (zero, one) = (L::zero(), L::one());
    let infinity = L::splat(f64::INFINITY);
    let size = x.abs();

    // From there on the power of every number but 1 is 0 or infinite.
    let most = constant::<L>(1e12, 1e21);
    let exponent = most.min((-most).max(y));
    let (high, low) = ln_in_two(size);
    let (product, rest) = exact_product(exponent, high);
    let out = exp_of_sum(product, rest + exponent * low);

    let falls = y.lt(zero);
    let out = L::select(size.equal(zero), L::select(falls, infinity, zero), out);
    let out = L::select(size.equal(infinity), L::select(falls, zero, infinity), out);

    let is_integer = y.floor().equal(y);
    let half = y * L::splat(0.5);
    let is_odd = is_integer & !half.floor().equal(half);
    let out = L::select(is_negative(x) & is_odd, -out, out);
    let nowhere = x.lt(zero) & !x.equal(-infinity) & !is_integer;
    let out = L::select(nowhere | !x.equal(x) | !y.equal(y), L::splat(f64::NAN), out);
    L::select(y.equal(zero) | x.equal(one), one, out)
}
