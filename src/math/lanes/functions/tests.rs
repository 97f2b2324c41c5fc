//! Against the standard library in f64, at the ends, in every layout, and what functions are by themselves.

use super::super::{F32x4, Isa, Kernel, Lanes, for_isa};
use super::*;
use crate::math::rng::{Random, RandomStream};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Exp,
    ExpM1,
    Tanh,
    Ln,
    Ln1p,
    Sin,
    Cos,
    Atan2,
    Pow,
    Hypot,
}
use Function::*;

const ALL: [Function; 10] = [Exp, ExpM1, Tanh, Ln, Ln1p, Sin, Cos, Atan2, Pow, Hypot];

/// The largest error over numbers of every exponent in units in the last place of the result, of f32 lanes and
/// of f64.
const MOST_ERROR: [(Function, f64, f64); 10] = [
    (Exp, 1.0, 1.5),
    (ExpM1, 1.5, 2.0),
    (Tanh, 2.0, 2.5),
    (Ln, 1.0, 1.5),
    (Ln1p, 1.5, 2.0),
    (Sin, 2.0, 2.0),
    (Cos, 2.0, 2.0),
    (Atan2, 2.0, 2.0),
    (Pow, 4.5, 4.0),
    (Hypot, 2.0, 2.0),
];

#[inline(always)]
fn apply<L: Lanes>(function: Function, x: L, y: L) -> L {
    match function {
        Exp => exp(x),
        ExpM1 => exp_m1(x),
        Tanh => tanh(x),
        Ln => ln(x),
        Ln1p => ln_1p(x),
        Sin => sin_cos(x).0,
        Cos => sin_cos(x).1,
        Atan2 => atan2(x, y),
        Pow => pow(x, y),
        Hypot => hypot(x, y),
    }
}

fn exact(function: Function, x: f64, y: f64) -> f64 {
    match function {
        Exp => x.exp(),
        ExpM1 => x.exp_m1(),
        Tanh => x.tanh(),
        Ln => x.ln(),
        Ln1p => x.ln_1p(),
        Sin => x.sin(),
        Cos => x.cos(),
        Atan2 => x.atan2(y),
        Pow => x.powf(y),
        // IEEE 754's of infinity and NaN is infinity; this one is NaN.
        Hypot if x.is_nan() || y.is_nan() => f64::NAN,
        Hypot => x.hypot(y),
    }
}

/// Results of a function for the lanes of each block of arguments.
struct Apply<'a>(Function, &'a [[f64; 2]]);

struct In<'a, L>(Apply<'a>, std::marker::PhantomData<L>);

impl<L: Lanes> Kernel for In<'_, L> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(self) -> Vec<f64> {
        let Apply(function, arguments) = self.0;
        let mut results = Vec::with_capacity(arguments.len());
        for block in arguments.chunks(L::WIDTH) {
            let (mut x, mut y) = (L::zero(), L::zero());
            for (lane, argument) in block.iter().enumerate() {
                x.set_lane(lane, argument[0]);
                y.set_lane(lane, argument[1]);
            }
            let result = apply(function, x, y);
            results.extend((0..block.len()).map(|lane| result.lane(lane)));
        }
        results
    }
}

fn results<L: Lanes>(function: Function, arguments: &[[f64; 2]]) -> Vec<f64> {
    L::vectorize(In::<L>(Apply(function, arguments), std::marker::PhantomData))
}

/// Numbers of every exponent that f32 has, of either sign, so many of each.
fn numbers(n_each: u32, entity: u32) -> Vec<f64> {
    let mut random = Random::new(3, RandomStream::Control, entity, 0);
    let mut numbers = Vec::new();
    for exponent in 0..255 {
        for _ in 0..n_each {
            let word = random.next_u32();
            numbers.push(f64::from(f32::from_bits(exponent << 23 | word & 0x807f_ffff)));
        }
    }
    numbers
}

/// Numbers at which functions end, turn or are defined by themselves.
fn ends() -> Vec<f64> {
    let mut ends =
        vec![0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 1e9, 16_777_215.0, 16_777_216.0, f64::INFINITY];
    ends.extend([f32::MIN_POSITIVE, f32::MAX, f32::EPSILON, f32::from_bits(1)].map(f64::from));
    ends.extend([87.33, 88.72, 88.73, 103.97, 103.98, 9.01, 1e-3].map(|x: f64| x as f32 as f64));
    ends.extend(ends.clone().iter().map(|x| -x));
    ends.push(f64::NAN);
    ends
}

/// Arguments with results that are neither 0 nor infinite nor beside the point.
fn arguments(function: Function, n_each: u32) -> Vec<[f64; 2]> {
    let (first, second) = (numbers(n_each, 0), numbers(n_each, 1));
    let mut random = Random::new(3, RandomStream::Control, 2, 0);
    let mut pairs = Vec::new();
    for (x, other) in first.into_iter().zip(second) {
        match function {
            Exp | ExpM1 if x.abs() > 110.0 => {
                pairs.push([random.uniform_in(-104.0, 88.8) as f32 as f64, 0.0]);
            }
            Ln => pairs.push([x.abs(), 0.0]),
            Ln1p if x <= -1.0 => pairs.push([-x, 0.0]),
            // Where the angle itself is exact; the rest has its own test.
            Sin | Cos if x.abs() > 16_384.0 => {
                pairs.push([random.uniform_in(-16_384.0, 16_384.0) as f32 as f64, 0.0]);
            }
            Atan2 | Hypot => {
                let near = (x * random.uniform_in(-2.0, 2.0)) as f32 as f64;
                pairs.extend([[x, other], [x, near]]);
            }
            Pow => {
                let x = x.abs();
                let exponent = (random.uniform_in(-103.0, 88.7) / x.ln()) as f32 as f64;
                let near = random.uniform_in(0.5, 2.0) as f32 as f64;
                let large = (random.uniform_in(-103.0, 88.7) / near.ln()) as f32 as f64;
                pairs.extend([
                    [x, exponent],
                    [near, large],
                    [near, random.uniform_in(-9.0, 9.0) as f32 as f64],
                ]);
            }
            _ => pairs.push([x, 0.0]),
        }
    }
    pairs
}

/// Distance in units in the last place that numbers of so many bits have at `exact`.
fn error_in_units(got: f64, exact: f64, single: bool) -> f64 {
    let (bits, least) = if single { (23, -149) } else { (52, -1074) };
    let most = if single { f64::from(f32::MAX) } else { f64::MAX };
    if got == exact || got.is_infinite() && exact.abs() > most && got.signum() == exact.signum() {
        return 0.0;
    }
    let exponent = if exact == 0.0 { -2000 } else { exact.abs().log2().floor() as i32 };
    (got - exact).abs() / 2_f64.powi((exponent - bits).max(least))
}

#[test]
fn functions_agree_with_the_standard_library() {
    for (function, single, double) in MOST_ERROR {
        let arguments = arguments(function, 100);
        let check = |results: Vec<f64>, is_single: bool, most: f64| {
            assert_eq!(results.len(), arguments.len());
            let (mut worst, mut at) = (0.0, [0.0; 2]);
            for (got, [x, y]) in results.iter().zip(&arguments) {
                let error = error_in_units(*got, exact(function, *x, *y), is_single);
                assert!(error.is_finite(), "{function:?}({x:e}, {y:e}) = {got:e}");
                if error > worst {
                    (worst, at) = (error, [*x, *y]);
                }
            }
            println!(
                "{function:?} {}: {worst:.3} at {at:?}",
                if is_single { "f32" } else { "f64" }
            );
            assert!(worst <= most, "{function:?}({at:?}): {worst} units");
            assert!(worst > 0.0, "{function:?}");
        };
        check(results::<f32>(function, &arguments), true, single);
        check(results::<f64>(function, &arguments), false, double);
    }
}

#[test]
fn every_layout_gives_the_same_bits() {
    let mut pairs = Vec::new();
    for x in ends() {
        pairs.extend(ends().into_iter().map(|y| [x, y]));
    }
    for function in ALL {
        let mut arguments = arguments(function, 20);
        arguments.extend(&pairs);
        arguments.extend(numbers(20, 5).into_iter().zip(numbers(20, 6)).map(|(x, y)| [x, y]));
        let bits = |numbers: Vec<f64>| -> Vec<u64> {
            // Which of the many NaNs it is no one asks.
            numbers.iter().map(|x| if x.is_nan() { 1 } else { x.to_bits() }).collect()
        };
        let expected = bits(results::<f32>(function, &arguments));
        for isa in Isa::available() {
            if isa == Isa::Reference {
                continue;
            }
            let got = for_isa!(isa, L => bits(results::<L>(function, &arguments)));
            let different = got.iter().zip(&expected).position(|(got, expected)| got != expected);
            assert_eq!(different.map(|i| arguments[i]), None, "{function:?}, {}", isa.name());
        }
        assert_eq!(bits(results::<F32x4>(function, &arguments)), expected);
    }
}

#[test]
fn ends_are_those_of_the_standard_library() {
    for function in ALL {
        for x in ends() {
            for y in ends() {
                let expected = exact(function, x, y);
                for single in [true, false] {
                    let got = if single {
                        f64::from(apply(function, x as f32, y as f32))
                    } else {
                        apply(function, x, y)
                    };
                    let rounded = if single { f64::from(expected as f32) } else { expected };
                    let special = rounded == 0.0 || !rounded.is_finite() || x == 0.0;
                    let same = got == rounded
                        && got.is_sign_negative() == rounded.is_sign_negative()
                        || got.is_nan() && rounded.is_nan();
                    // Sines of large angles have their own test.
                    let far = matches!(function, Sin | Cos) && x.abs() > 1e3 && x.is_finite();
                    let near = far || error_in_units(got, expected, single) <= 30.0;
                    assert!(
                        if special { same } else { near },
                        "{function:?}({x:e}, {y:e}) = {got:e}, not {rounded:e}"
                    );
                }
            }
        }
    }
}

/// Beyond the angles of which n pi/2 can be taken away exactly.
#[test]
fn sines_of_large_angles_are_those_of_a_neighbour() {
    for x in numbers(100, 7).into_iter().filter(|x| x.abs() > 16_384.0) {
        let unit = f64::from((x as f32).abs()) * f64::from(f32::EPSILON);
        let (sin, cos) = sin_cos(x as f32);
        assert!((f64::from(sin) - x.sin()).abs() <= unit + 1e-6, "sin {x}: {sin} {}", x.sin());
        assert!((f64::from(cos) - x.cos()).abs() <= unit + 1e-6, "cos {x}: {cos} {}", x.cos());
        assert!(sin.abs() <= 1.0 && cos.abs() <= 1.0, "{x}: {sin} {cos}");
        assert!((sin * sin + cos * cos - 1.0).abs() < 1e-6, "{x}: {sin} {cos}");
        let (sin, cos) = sin_cos(x);
        let unit = x.abs() * f64::EPSILON;
        assert!((sin - x.sin()).abs() <= unit + 1e-15, "sin {x}: {sin} {}", x.sin());
        assert!((cos - x.cos()).abs() <= unit + 1e-15, "cos {x}: {cos} {}", x.cos());
    }
    for x in [f32::INFINITY, -f32::INFINITY, f32::NAN] {
        assert!(sin_cos(x).0.is_nan() && sin_cos(x).1.is_nan());
    }
}

#[test]
fn odd_and_even_functions_are_so_exactly() {
    for x in numbers(100, 8).into_iter().chain(ends()).filter(|x| !x.is_nan()) {
        let x = x as f32;
        assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits(), "{x}");
        assert_eq!(atan2(-x, 0.7).to_bits(), (-atan2(x, 0.7)).to_bits(), "{x}");
        if x.is_finite() {
            assert_eq!(sin_cos(-x).0.to_bits(), (-sin_cos(x).0).to_bits(), "{x}");
            assert_eq!(sin_cos(-x).1.to_bits(), sin_cos(x).1.to_bits(), "{x}");
        }
    }
}

/// Neighbouring numbers, in stretches of every exponent, and around the places where one polynomial follows
/// another.
#[test]
fn growing_functions_grow() {
    let mut starts: Vec<f32> = numbers(4, 9).into_iter().map(|x| x as f32).collect();
    // Where the multiple of ln 2 and the power of two change.
    let steps = (-150..128).map(|n| ((f64::from(n) + 0.5) * std::f64::consts::LN_2) as f32);
    starts.extend(steps.clone().chain(steps.map(|x| x / 2.0)));
    starts.extend((-126..127).map(|e| (std::f64::consts::SQRT_2 * 2_f64.powi(e)) as f32));
    for start in starts {
        for function in [Exp, ExpM1, Tanh, Ln, Atan2] {
            let mut x = start - 128.0 * (start * f32::EPSILON).abs();
            for _ in 0..256 {
                let next = x.next_up();
                let (before, after) = (apply(function, x, 1.0), apply(function, next, 1.0));
                let nowhere = before.is_nan() && exact(function, f64::from(x), 1.0).is_nan();
                assert!(
                    before <= after || nowhere,
                    "{function:?}({x:e}) = {before:e}, then {after:e}"
                );
                x = next;
            }
        }
    }
}

#[test]
fn powers_by_small_integers_are_products() {
    for x in numbers(20, 10).into_iter().filter(|x| (1e-12..1e12).contains(&x.abs())) {
        let x = x as f32;
        for (exponent, product) in
            [(1.0, f64::from(x)), (2.0, f64::from(x) * f64::from(x)), (3.0, f64::from(x).powi(3))]
        {
            let error = error_in_units(f64::from(pow(x, exponent)), product, true);
            assert!(error <= 1.5, "{x} to {exponent}: {error} units");
        }
        assert!(pow(-x.abs(), 0.5).is_nan());
    }
}

/// All f64 uniform numbers that `Random` draws, from the ends of their range: no draw is infinite.
#[test]
fn normal_numbers_are_finite_and_no_farther_out_than_their_uniform_numbers_allow() {
    let least = 2_f64.powi(-32);
    let farthest = (2.0 * 32.0 * std::f64::consts::LN_2).sqrt();
    assert!((normal(least, 0.0) - farthest).abs() < 1e-12);
    assert_eq!(normal(1.0, 0.3).abs(), 0.0);
    for (u, v) in [(least, 0.25), (0.3, 1.0 - least), (0.5, 0.5)] {
        let expected = (-2.0 * f64::ln(u)).sqrt() * (std::f64::consts::TAU * v).cos();
        assert!((normal(u, v) - expected).abs() < 1e-14, "{u} {v}");
    }
}
