//! Contacts against MuJoCo's recorded ones (`tests/golden/contacts.json`), and against geometry.

use super::*;
use crate::math::lanes::{Isa, Kernel, for_isa};
use crate::math::spatial::{dot3, quat_normalize, quat_to_mat};
use serde_json::Value;
use std::path::Path;

const KINDS: [(&str, Kind); 6] = [
    ("plane", Kind::Plane),
    ("sphere", Kind::Sphere),
    ("capsule", Kind::Capsule),
    ("ellipsoid", Kind::Ellipsoid),
    ("cylinder", Kind::Cylinder),
    ("box", Kind::Box),
];

/// What a pair's contacts must agree to, in f64 against MuJoCo.
fn tolerance(kinds: (Kind, Kind)) -> f64 {
    use Kind::*;
    match kinds {
        (Plane, _) | (Sphere, Sphere | Capsule | Cylinder | Box) => 1e-9,
        (Capsule, Capsule | Box) | (Box, Box) => 1e-9,
        _ => 1e-5,
    }
}

/// Two shapes of recorded numbers, and MuJoCo's contacts: dist, pos, normal, first tangent.
struct Case {
    kinds: (Kind, Kind),
    name: String,
    margin: f64,
    size: [[f64; 3]; 2],
    pos: [[f64; 3]; 2],
    quat: [[f64; 4]; 2],
    contacts: Vec<[f64; 10]>,
}

fn array<const N: usize>(value: &Value) -> [f64; N] {
    std::array::from_fn(|k| value[k].as_f64().unwrap())
}

fn two<const N: usize>(value: &Value) -> [[f64; N]; 2] {
    [array(&value[0]), array(&value[1])]
}

fn golden() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/contacts.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let kind = |name: &str| KINDS.iter().find(|(n, _)| *n == name).unwrap().1;
    let mut cases = Vec::new();
    for (pair, rows) in golden["pairs"].as_object().unwrap() {
        let (first, second) = pair.split_once('-').unwrap();
        let kinds = (kind(first), kind(second));
        for (i, row) in rows.as_array().unwrap().iter().enumerate() {
            cases.push(Case {
                kinds,
                name: format!("{pair} {i}"),
                margin: row["margin"].as_f64().unwrap(),
                size: two(&row["size"]),
                pos: two(&row["pos"]),
                quat: two(&row["quat"]),
                contacts: row["contacts"].as_array().unwrap().iter().map(array).collect(),
            });
        }
    }
    cases
}

impl Case {
    fn radius(&self, g: usize) -> f64 {
        let [x, y, z] = self.size[g];
        match if g == 0 { self.kinds.0 } else { self.kinds.1 } {
            Kind::Sphere => x,
            Kind::Capsule => x + y,
            Kind::Ellipsoid => x.max(y).max(z),
            Kind::Cylinder => x.hypot(y),
            _ => dot3([x, y, z], [x, y, z]).sqrt(),
        }
    }

    fn shape<L: Lanes>(&self, g: usize) -> Shape<'static, L> {
        let mat = quat_to_mat(quat_normalize(self.quat[g]));
        Shape {
            pos: splat3(self.pos[g]),
            mat: mat.map(L::splat),
            size: splat3(self.size[g]),
            data: ShapeData::None,
        }
    }

    fn slots(&self) -> usize {
        max_contacts(self.kinds.0, self.kinds.1)
    }

    fn near<L: Lanes>(&self, a: &Shape<L>, b: &Shape<L>, margin: L) -> L::Mask {
        let radius = L::splat(self.radius(1));
        if self.kinds.0 == Kind::Plane {
            near_plane(a, b.pos, radius, margin)
        } else {
            near_spheres(a.pos, L::splat(self.radius(0)), b.pos, radius, margin)
        }
    }
}

/// Collides one pair, compiled for the instruction set of the lanes.
struct Collide<'a, L: Lanes>((Kind, Kind), &'a Shape<'a, L>, &'a Shape<'a, L>, L, L::Mask, usize);

impl<L: Lanes> Kernel for Collide<'_, L> {
    type Output = Vec<(Contact<L>, M3<L>)>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut out = vec![Contact::absent(); self.5];
        collide(self.0, self.1, self.2, self.3, self.4, &mut out);
        out.into_iter().map(|c| (c, contact_frame(c.normal, c.tangent))).collect()
    }
}

/// The contacts of one lane as MuJoCo's are recorded: dist, pos, normal, first tangent.
fn in_lane<L: Lanes>(contacts: &[(Contact<L>, M3<L>)], lane: usize) -> Vec<[f64; 10]> {
    let mut found = Vec::new();
    for (contact, frame) in contacts {
        let mut row = [contact.dist.lane(lane); 10];
        for k in 0..3 {
            row[1 + k] = contact.pos[k].lane(lane);
            row[4 + k] = frame[k].lane(lane);
            row[7 + k] = frame[3 + k].lane(lane);
        }
        assert!(row.iter().all(|x| x.is_finite()), "{row:?}");
        if row[0] < 0.5 * ABSENT {
            found.push(row);
        }
    }
    found
}

fn run<L: Lanes>(case: &Case) -> Vec<[f64; 10]> {
    let (a, b, margin) = (case.shape::<L>(0), case.shape::<L>(1), L::splat(case.margin));
    let near = case.near(&a, &b, margin);
    let out = L::vectorize(Collide(case.kinds, &a, &b, margin, near, case.slots()));
    let first = in_lane(&out, 0);
    for lane in 1..L::WIDTH {
        assert_eq!(in_lane(&out, lane), first, "{}", case.name);
    }
    first
}

fn difference(a: &[f64; 10], b: &[f64; 10]) -> f64 {
    a.iter().zip(b).fold(0.0, |max: f64, (a, b)| max.max((a - b).abs()))
}

/// The largest difference of contacts, each matched with the nearest that is left of the others.
fn mismatch(ours: &[[f64; 10]], theirs: &[[f64; 10]]) -> f64 {
    if ours.len() != theirs.len() {
        return f64::INFINITY;
    }
    let mut left = theirs.to_vec();
    let mut worst: f64 = 0.0;
    for contact in ours {
        let distance = |i: &usize| difference(contact, &left[*i]);
        let nearest = (0..left.len()).min_by(|i, j| distance(i).total_cmp(&distance(j))).unwrap();
        worst = worst.max(difference(contact, &left.swap_remove(nearest)));
    }
    worst
}

/// Prints the worst case of each pair of kinds, and returns those that fail.
fn report(title: &str, results: &[(&Case, f64, f64)]) -> Vec<String> {
    let mut failed = Vec::new();
    let mut worst: Vec<(String, f64)> = Vec::new();
    for (case, error, tolerance) in results {
        let pair = case.name.split_once(' ').unwrap().0;
        match worst.last_mut() {
            Some((name, max)) if name == pair => *max = max.max(*error),
            _ => worst.push((pair.to_string(), *error)),
        }
        if !(error <= tolerance) {
            failed.push(format!("{}: {error:.1e}", case.name));
        }
    }
    for (pair, error) in worst {
        println!("{title} {pair}: {error:.1e}");
    }
    failed
}

#[test]
fn contacts_agree_with_mujoco() {
    let cases = golden();
    let results: Vec<_> = (cases.iter())
        .map(|case| (case, mismatch(&run::<f64>(case), &case.contacts), tolerance(case.kinds)))
        .collect();
    let failed = report("f64", &results);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A contact on the very edge of the margin may be lost to rounding; the rest agree.
#[test]
fn narrow_lanes_agree_with_the_reference() {
    let cases = golden();
    for isa in Isa::available() {
        let results: Vec<_> = (cases.iter())
            .map(|case| {
                let keep = |contacts: Vec<[f64; 10]>| -> Vec<_> {
                    contacts.into_iter().filter(|c| c[0] < case.margin - 1e-5).collect()
                };
                let (ours, reference) = (for_isa!(isa, L => run::<L>(case)), run::<f64>(case));
                (case, mismatch(&keep(ours), &keep(reference)), 1e-5)
            })
            .collect();
        let failed = report(isa.name(), &results);
        assert!(failed.is_empty(), "{} {failed:#?}", isa.name());
    }
}
#[test]
#[ignore]
fn dbg() {
    let names = std::env::var("DBG").unwrap();
    for c in golden() {
        if names.split(',').any(|n| n == c.name) {
            println!("{} size {:?} margin {}", c.name, c.size, c.margin);
            for r in run::<f64>(&c) { println!("   ours   {r:.6?}"); }
            for r in run::<crate::math::lanes::F32x8>(&c) { println!("   f32    {r:.6?}"); }
            for r in &c.contacts { println!("   theirs {r:.6?}"); }
        }
    }
}
