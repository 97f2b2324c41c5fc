//! Contacts against MuJoCo's recorded ones (`tests/golden/contacts.json`), and against geometry.

use super::*;
use crate::math::lanes::{F32x4, Isa, Kernel, LaneMask, for_isa};
use crate::math::spatial::{dot3, quat_normalize, quat_to_mat, sub3};
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;

const KINDS: [(&str, Kind); 8] = [
    ("plane", Kind::Plane),
    ("hfield", Kind::HeightField),
    ("mesh", Kind::Mesh),
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

/// What the shapes of all cases share.
struct Assets {
    hulls: Vec<Hull>,
    field: Field,
}

/// Two shapes of recorded numbers, and MuJoCo's contacts: dist, pos, normal, first tangent.
struct Case {
    assets: Rc<Assets>,
    mesh: [usize; 2],
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
    let points = |mesh: &Value| -> Vec<[f64; 3]> { mesh.as_array().unwrap().iter().map(array).collect() };
    let meshes = golden["meshes"].as_array().unwrap();
    let field = &golden["field"];
    let assets = Rc::new(Assets {
        hulls: meshes.iter().map(|mesh| Hull::new(&points(mesh)).unwrap()).collect(),
        field: Field {
            nrow: field["nrow"].as_u64().unwrap() as usize,
            ncol: field["ncol"].as_u64().unwrap() as usize,
            size: array(&field["size"]),
            data: field["data"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect(),
        },
    });
    for (pair, rows) in golden["pairs"].as_object().unwrap() {
        let (first, second) = pair.split_once('-').unwrap();
        let kinds = (kind(first), kind(second));
        for (i, row) in rows.as_array().unwrap().iter().enumerate() {
            cases.push(Case {
                assets: assets.clone(),
                mesh: array::<2>(&row["mesh"]).map(|i| i as usize),
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
            Kind::Mesh => self.assets.hulls[self.mesh[g]].radius,
            // MuJoCo knows better, but this bounds it.
            Kind::HeightField => 1.6,
            _ => dot3([x, y, z], [x, y, z]).sqrt(),
        }
    }

    fn shape<L: Lanes>(&self, g: usize) -> Shape<'_, L> {
        let kind = if g == 0 { self.kinds.0 } else { self.kinds.1 };
        let mat = quat_to_mat(quat_normalize(self.quat[g]));
        Shape {
            pos: splat3(self.pos[g]),
            mat: mat.map(L::splat),
            size: splat3(self.size[g]),
            data: match kind {
                Kind::Mesh => ShapeData::Hull(&self.assets.hulls[self.mesh[g]]),
                Kind::HeightField => ShapeData::HeightField(&self.assets.field),
                _ => ShapeData::None,
            },
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
struct Collide<'a, L: Lanes>((Kind, Kind), [&'a Shape<'a, L>; 2], L, L::Mask, usize);

impl<L: Lanes> Kernel for Collide<'_, L> {
    type Output = Vec<(Contact<L>, M3<L>)>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self(kinds, [a, b], margin, near, slots) = self;
        let mut out = vec![Contact::absent(); slots];
        collide(kinds, a, b, margin, near, &mut out);
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
    let out = L::vectorize(Collide(case.kinds, [&a, &b], margin, near, case.slots()));
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

/// How far contacts are from MuJoCo's, in the sense that is right for the pair.
fn disagreement(kinds: (Kind, Kind), ours: &[[f64; 10]], theirs: &[[f64; 10]]) -> f64 {
    use Kind::*;
    let deepest = |contacts: &[[f64; 10]]| {
        contacts.iter().copied().min_by(|a, b| a[0].total_cmp(&b[0]))
    };
    match kinds {
        // MuJoCo's penetration of prisms by polyhedra ends before it has converged (a search over
        // directions finds what we find): it never reports too much.
        (HeightField, Box | Mesh) => match (deepest(ours), deepest(theirs)) {
            (Some(mine), Some(other)) => (mine[0] - other[0]).max(0.0),
            (None, None) => 0.0,
            _ => f64::INFINITY,
        },
        // A choice of MuJoCo's contacts, among them the deepest.
        (HeightField, _) => {
            let (Some(first), Some(_)) = (deepest(theirs), deepest(ours)) else {
                return if ours.len() == theirs.len() { 0.0 } else { f64::INFINITY };
            };
            let away = |c: &[f64; 10], from: &[[f64; 10]]| {
                from.iter().map(|d| difference(c, d)).fold(f64::INFINITY, f64::min)
            };
            ours.iter().map(|c| away(c, theirs)).fold(away(&first, ours), f64::max)
        }
        // Several points of one flat contact, where MuJoCo was asked for one of the deepest.
        (Plane | Capsule | Cylinder | Box, Mesh)
        | (Mesh, _)
        | (Capsule | Cylinder, Cylinder)
        | (Cylinder, Box) => {
            let (Some(mine), Some(other)) = (deepest(ours), deepest(theirs)) else {
                return if ours.len() == theirs.len() { 0.0 } else { f64::INFINITY };
            };
            // Faces that are parallel but for half a degree stand for the edges that cross there.
            let turn = (4..7).map(|k| (mine[k] - other[k]).abs()).fold(0.0, f64::max);
            let parallel = turn > 1e-5 && turn < 0.01 && ours.len() > 1;
            if parallel && (mine[0] - other[0]).abs() < 0.05 * other[0].abs() {
                return 0.0;
            }
            let same = |k: &usize| *k == 0 || *k >= 4 || (ours.len() == 1 && theirs.len() == 1);
            (0..10).filter(same).map(|k| (mine[k] - other[k]).abs()).fold(0.0, f64::max)
        }
        _ => mismatch(ours, theirs),
    }
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
        .map(|case| {
            let error = disagreement(case.kinds, &run::<f64>(case), &case.contacts);
            (case, error, tolerance(case.kinds))
        })
        .collect();
    let failed = report("f64", &results);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Whether a point is in a shape, up to rounding.
fn contains(kind: Kind, shape: &Shape<f64>, point: [f64; 3]) -> bool {
    let offset = sub3(point, shape.pos);
    let p: [f64; 3] = std::array::from_fn(|k| dot3(shape.axis(k), offset));
    let size = shape.size;
    let slack = 2e-5;
    match kind {
        Kind::Plane => p[2] < slack,
        Kind::Sphere => dot3(p, p).sqrt() < size[0] + slack,
        Kind::Capsule => {
            let z = p[2] - p[2].clamp(-size[1], size[1]);
            dot3([p[0], p[1], z], [p[0], p[1], z]).sqrt() < size[0] + slack
        }
        Kind::Ellipsoid => {
            let q = [p[0] / size[0], p[1] / size[1], p[2] / size[2]];
            (dot3(q, q).sqrt() - 1.0) * size.iter().fold(f64::INFINITY, |a, b| a.min(*b)) < slack
        }
        Kind::Cylinder => p[0].hypot(p[1]) < size[0] + slack && p[2].abs() < size[1] + slack,
        Kind::Box => (0..3).all(|k| p[k].abs() < size[k] + slack),
        Kind::Mesh => {
            let ShapeData::Hull(hull) = shape.data else { panic!("a mesh has a hull") };
            let beyond =
                |face: &HullFace| dot3(face.normal, sub3(p, hull.vertices[face.corners[0]]));
            hull.faces.iter().all(|face| beyond(face) < slack)
        }
        Kind::HeightField => {
            let ShapeData::HeightField(field) = shape.data else { panic!("no heights") };
            p[0].abs() < field.size[0] + slack
                && p[1].abs() < field.size[1] + slack
                && p[2] > -field.size[3] - slack
        }
    }
}

/// A contact's ends, half its distance to either side, lie on the surfaces.
#[test]
fn contacts_connect_points_of_both_shapes() {
    let mut contacts = 0;
    for case in golden() {
        for c in run::<f64>(&case) {
            let (a, b) = (case.shape::<f64>(0), case.shape::<f64>(1));
            let end = |side: f64| std::array::from_fn(|k| c[1 + k] + side * 0.5 * c[0] * c[4 + k]);
            assert!(contains(case.kinds.0, &a, end(-1.0)), "{} first {c:?}", case.name);
            assert!(contains(case.kinds.1, &b, end(1.0)), "{} second {c:?}", case.name);
            contacts += 1;
        }
    }
    assert!(contacts > 1000);
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
                (case, disagreement(case.kinds, &keep(ours), &keep(reference)), 1e-5)
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

/// Puts one case in each lane.
fn in_lanes<L: Lanes>(cases: &[&Case]) -> Vec<Vec<[f64; 10]>> {
    let (mut a, mut b) = (cases[0].shape::<L>(0), cases[0].shape::<L>(1));
    let mut margin = L::zero();
    for (lane, case) in cases.iter().enumerate() {
        for (g, shape) in [&mut a, &mut b].into_iter().enumerate() {
            let from = case.shape::<f64>(g);
            for k in 0..3 {
                shape.pos[k].set_lane(lane, from.pos[k]);
                shape.size[k].set_lane(lane, from.size[k]);
            }
            for k in 0..9 {
                shape.mat[k].set_lane(lane, from.mat[k]);
            }
        }
        margin.set_lane(lane, case.margin);
    }
    let near = L::Mask::splat(true);
    let out =
        L::vectorize(Collide(cases[0].kinds, [&a, &b], margin, near, cases[0].slots()));
    (0..cases.len()).map(|lane| in_lane(&out, lane)).collect()
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let cases = golden();
    for isa in Isa::available() {
        let mut lanes = 0;
        for group in cases.chunk_by(|a, b| a.kinds == b.kinds && a.mesh == b.mesh) {
            for some in group.chunks(isa.width()) {
                let some: Vec<&Case> = some.iter().collect();
                let reversed: Vec<&Case> = some.iter().rev().copied().collect();
                let (forward, mut backward) = for_isa!(isa, L => (in_lanes::<L>(&some), in_lanes::<L>(&reversed)));
                backward.reverse();
                assert_eq!(forward, backward);
                for (case, found) in some.iter().zip(&forward) {
                    assert_eq!(*found, for_isa!(isa, L => run::<L>(case)), "{}", case.name);
                    lanes += 1;
                }
            }
        }
        assert_eq!(lanes, cases.len());
    }
}

/// Bounds that do not overlap leave every slot empty, whatever the shapes.
#[test]
fn what_is_not_near_does_not_touch() {
    fn absent<L: Lanes>(case: &Case) -> bool {
        let (a, b) = (case.shape::<L>(0), case.shape::<L>(1));
        let near = L::Mask::splat(false);
        let out = L::vectorize(Collide(case.kinds, [&a, &b], L::one(), near, case.slots()));
        (0..L::WIDTH).all(|lane| in_lane(&out, lane).is_empty())
    }
    for case in golden() {
        assert!(absent::<f64>(&case) && absent::<F32x4>(&case), "{}", case.name);
        let (a, b) = (case.shape::<f64>(0), case.shape::<f64>(1));
        assert!(case.contacts.is_empty() || case.near(&a, &b, case.margin), "{}", case.name);
    }
}

/// Shapes at one place, without length, without direction: no matter what, the numbers are finite.
#[test]
fn degenerate_shapes_have_finite_contacts() {
    fn finite<L: Lanes>(case: &Case) {
        let (a, b) = (case.shape::<L>(0), case.shape::<L>(1));
        let near = L::Mask::splat(true);
        let out = L::vectorize(Collide(case.kinds, [&a, &b], L::one(), near, case.slots()));
        let found = in_lane(&out, 0); // asserts that all is finite
        for c in found {
            let normal = dot3([c[4], c[5], c[6]], [c[4], c[5], c[6]]);
            assert!((normal - 1.0).abs() < 1e-5, "{} {c:?}", case.name);
        }
    }
    let sizes = [[0.0; 3], [0.3, 0.0, 0.0], [0.3, 0.2, 0.2], [0.0, 0.2, 0.0]];
    let quats = [[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5], [0.8, 0.0, 0.6, 0.0]];
    let mut pairs = golden();
    pairs.dedup_by_key(|case| case.kinds);
    for mut case in pairs {
        for (size1, size2) in sizes.iter().flat_map(|a| sizes.map(|b| (*a, b))) {
            for quat in quats {
                for offset in [0.0, 1e-20, 1e-12, 1e-8, 0.2] {
                    case.size = [size1, size2];
                    case.quat = [quats[0], quat];
                    case.pos = [[0.0; 3], [0.0, 0.0, offset]];
                    finite::<f64>(&case);
                    finite::<F32x4>(&case);
                }
            }
        }
    }
}

#[test]
fn contact_frames_are_right_handed_and_orthonormal() {
    fn check<L: Lanes>(tolerance: f64) {
        let normals = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.48, 0.6, 0.64]];
        for normal in normals {
            for hint in normals.into_iter().chain([[0.0; 3], normal.map(|x| x + 1e-6)]) {
                let frame = contact_frame::<L>(splat3(normal), splat3(hint));
                let row = |i: usize| [0, 1, 2].map(|k| frame[3 * i + k].lane(0));
                for i in 0..3 {
                    for j in 0..3 {
                        let expected = if i == j { 1.0 } else { 0.0 };
                        assert!((dot3(row(i), row(j)) - expected).abs() < tolerance, "{normal:?} {hint:?}");
                    }
                }
                let handed = dot3(crate::math::spatial::cross3(row(0), row(1)), row(2));
                assert!(handed > 0.5);
            }
        }
    }
    check::<f64>(1e-14);
    check::<F32x4>(1e-6);
}
