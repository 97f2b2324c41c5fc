//! Against MuJoCo: frames of cameras and lights, frustums, rangefinders, and a ray for each pixel.

use super::*;
use crate::math::rays::NOWHERE;
use serde_json::Value;

pub(super) fn read(name: &str) -> Value {
    let path = root().join("tests/golden/sight").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

fn largest(ours: &[f64], theirs: &[f64]) -> f64 {
    assert!(ours.len() == theirs.len() && !ours.is_empty(), "{} {}", ours.len(), theirs.len());
    ours.iter().zip(theirs).fold(0.0, |most, (a, b)| {
        let apart = (a - b).abs();
        // NaN is no agreement.
        if apart <= most { most } else { apart }
    })
}

#[test]
fn cameras_and_lights_are_where_mujoco_has_them() {
    let golden = read("looks.json");
    let model = load(golden["model"].as_str().unwrap());
    let states = golden["states"].as_array().unwrap();
    assert!(states.len() > 10 && model.cameras.len() > 11 && model.lights.len() > 7);
    for state in states {
        let pose = pose(&model, &numbers(&state["qpos"]));
        let cameras: Vec<WorldFrame> = model.cameras.iter().map(|it| pose.camera(it)).collect();
        let lights: Vec<_> = model.lights.iter().map(|it| pose.light(it)).collect();
        let ours: [(&str, Vec<f64>); 4] = [
            ("cam_xpos", cameras.iter().flat_map(|it| it.pos).collect()),
            ("cam_xmat", cameras.iter().flat_map(|it| it.mat).collect()),
            ("light_xpos", lights.iter().flat_map(|it| it.0).collect()),
            ("light_xdir", lights.iter().flat_map(|it| it.1).collect()),
        ];
        for (name, ours) in ours {
            let apart = largest(&ours, &numbers(&state[name]));
            // Sums of a few rounded products.
            assert!(apart < 1e-12, "{name} {apart}");
        }
    }
}

#[test]
fn cameras_take_in_what_mujocos_renderer_would() {
    let golden = read("looks.json");
    let model = load(golden["model"].as_str().unwrap());
    let frustums = golden["frustums"].as_array().unwrap();
    assert_eq!(frustums.len(), model.cameras.len());
    for (camera, theirs) in model.cameras.iter().zip(frustums) {
        let ours = Frustum::of_camera(camera, 64, 48).unwrap();
        let [centre, width, bottom, top] = <[f64; 4]>::try_from(numbers(theirs)).unwrap();
        // Numbers of 32 bits, and quotients of them.
        let near = |a: f64, b: f64| (a - b).abs() < 2e-6 * b.abs().max(1.0);
        assert!(near(ours.y[0], bottom) && near(ours.y[1], top), "{} {ours:?}", camera.name);
        // MuJoCo leaves the width to the window where there is no sensor.
        if camera.sensorsize[0] > 0.0 {
            assert!(near(ours.x[0], centre - width), "{} {ours:?}", camera.name);
            assert!(near(ours.x[1], centre + width), "{} {ours:?}", camera.name);
        } else {
            let half = ours.y[1] * 64.0 / 48.0;
            assert_eq!(ours.x, [-half, half]);
        }
    }
}

fn rangefinders<L: crate::math::lanes::Lanes>(model: &Arc<Model>, qpos: &[f64]) -> Vec<f64> {
    let plan = Plan::new(model.clone());
    let mut data = Data::<L>::new(&plan);
    for (to, from) in data.state.qpos.iter_mut().zip(qpos) {
        *to = L::splat(*from);
    }
    refresh(&plan, &Params::new(model), &mut data);
    data.sensordata.iter().map(|x| x.lane(L::WIDTH - 1)).collect()
}

#[test]
fn rangefinders_measure_what_mujocos_do() {
    let golden = read("looks.json");
    let model = load(golden["model"].as_str().unwrap());
    let (mut n_hits, mut n_misses) = (0, 0);
    for state in golden["states"].as_array().unwrap() {
        let (qpos, theirs) = (numbers(&state["qpos"]), numbers(&state["sensordata"]));
        assert_eq!(theirs.len(), 7);
        for (ours, most) in [
            (rangefinders::<f64>(&model, &qpos), 1e-9),
            (rangefinders::<crate::math::lanes::F32x4>(&model, &qpos), 1e-5),
        ] {
            let apart: Vec<f64> =
                ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).collect();
            assert!(largest(&apart, &[0.0; 7]) < most, "{ours:?} {theirs:?}");
        }
        n_hits += theirs.iter().filter(|length| **length > 0.0).count();
        n_misses += theirs.iter().filter(|length| **length == -1.0).count();
    }
    assert!(n_hits > 40 && n_misses > 5, "{n_hits} {n_misses}");
}

struct Golden {
    name: String,
    model: Arc<Model>,
    pose: Pose,
    spec: PictureSpec,
    depth: Vec<f64>,
    geom: Vec<Option<usize>>,
}

fn scenes() -> Vec<Golden> {
    let rows = read("scenes.json");
    let scene = |row: &Value| {
        let name = row["name"].as_str().unwrap().to_owned();
        let model = load(row["model"].as_str().unwrap());
        let size = row["size"].as_u64().unwrap() as usize;
        let frame = WorldFrame {
            pos: numbers(&row["pos"]).try_into().unwrap(),
            mat: numbers(&row["mat"]).try_into().unwrap(),
        };
        let fovy = row["fovy"].as_f64().unwrap();
        let file = root().join(format!("tests/golden/sight/{name}.bin"));
        let bytes = std::fs::read(file).unwrap();
        assert_eq!(bytes.len(), size * size * 10);
        let (depths, ids) = bytes.split_at(size * size * 8);
        let depth = |it: &[u8]| match f64::from_le_bytes(it.try_into().unwrap()) {
            none if none < 0.0 => f64::INFINITY,
            depth => depth,
        };
        let geom = |it: &[u8]| usize::try_from(i16::from_le_bytes(it.try_into().unwrap())).ok();
        Golden {
            pose: pose(&model, &numbers(&row["qpos"])),
            spec: gray(Viewpoint::Free(FreeCamera { frame, fovy }), size),
            depth: depths.chunks_exact(8).map(depth).collect(),
            geom: ids.chunks_exact(2).map(geom).collect(),
            name,
            model,
        }
    };
    rows.as_array().unwrap().iter().map(scene).collect()
}

/// Whether MuJoCo sees the same geom at a pixel and all about it: elsewhere rounding may decide.
pub(super) fn is_amid(geom: &[Option<usize>], size: usize, at: usize) -> bool {
    let (row, col) = (at / size, at % size);
    let near = |x: usize| x.saturating_sub(1)..(x + 2).min(size);
    near(row).all(|row| near(col).all(|col| geom[row * size + col] == geom[at]))
}

#[test]
fn every_pixel_meets_what_mujocos_ray_meets() {
    let scenes = scenes();
    assert_eq!(scenes.len(), 8);
    for golden in scenes {
        let size = golden.spec.width;
        let stage = Arc::new(RayScene::new(golden.model.clone()));
        let inner: Vec<usize> =
            (0..size * size).filter(|at| is_amid(&golden.geom, size, *at)).collect();
        assert!(inner.len() > size * size / 3, "{} {}", golden.name, inner.len());
        for isa in Isa::available() {
            let most = if isa == Isa::Reference { 1e-9 } else { 1e-4 };
            let renderer = Renderer::new(stage.clone(), golden.spec, isa).unwrap();
            let ours = renderer.measure(&golden.pose);
            let agrees = |at: &usize| {
                let (a, b) = (ours.depth[*at], golden.depth[*at]);
                let is_near = a == b || (a - b).abs() <= most * b;
                ours.geom[*at] == golden.geom[*at] && is_near
            };
            let n = inner.iter().filter(|at| agrees(at)).count();
            let share = n as f64 / inner.len() as f64;
            println!("{:10} {:20} {n} of {} ({:.4})", golden.name, isa.name(), inner.len(), share);
            assert!(share >= 0.995, "{} in {}: {share}", golden.name, isa.name());
        }
    }
}

#[test]
fn pictures_are_as_bright_as_those_of_mujocos_renderer() {
    let mut n = 0;
    for golden in scenes() {
        let file = root().join(format!("tests/golden/sight/{}.gray", golden.name));
        let Ok(theirs) = std::fs::read(file) else { continue };
        n += 1;
        let spec = PictureSpec { backdrop: Background::Bare, ..golden.spec };
        let ours = draw(&golden.model, spec, &[golden.pose], Isa::detect());
        assert_eq!(ours.len(), theirs.len());
        let apart = ours.iter().zip(&theirs).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let mean = apart.sum::<f64>() / ours.len() as f64;
        let plain = theirs.iter().all(|byte| *byte == theirs[0]);
        println!("{:10} {mean:.3} of 255", golden.name);
        // It has corners for curves, and colours between them; silhouettes fall on other pixels.
        assert!(mean < 1.5 && !plain, "{} {mean}", golden.name);
    }
    assert_eq!(n, 4);
}

/// The same rays as a scan, from the world's origin.
#[test]
fn scans_meet_what_mujocos_rays_meet() {
    for golden in scenes() {
        let size = golden.spec.width;
        let Viewpoint::Free(camera) = golden.spec.viewpoint else { panic!("a free camera") };
        let half = (camera.fovy.to_radians() / 2.0).tan();
        let ray = |at: usize| {
            let (row, col) = ((at / size) as f64 + 0.5, (at % size) as f64 + 0.5);
            let (x, y) = (2.0 * col / size as f64 - 1.0, 1.0 - 2.0 * row / size as f64);
            let along = crate::math::spatial::rotate(&camera.frame.mat, [x * half, y * half, -1.0]);
            (camera.frame.pos, along)
        };
        let rays: Vec<_> = (0..size * size).map(ray).collect();
        let lengths: Vec<f64> =
            rays.iter().map(|(_, d)| d.iter().map(|x| x * x).sum::<f64>().sqrt()).collect();
        let spec = ScanSpec {
            mount: Mount::Body(0),
            pattern: Pattern::Rays(rays),
            align: Align::World,
            gives: ScanOutput::Distances,
            range: 1e6,
            against: Some((0..golden.model.geoms.len()).collect()),
        };
        let stage = Arc::new(RayScene::new(golden.model.clone()));
        let scanner = Scanner::new(stage.clone(), spec.clone(), Isa::Reference).unwrap();
        let ours = scanner.reference(&golden.pose);
        let agrees = |at: &usize| {
            let theirs = golden.depth[*at] * lengths[*at];
            if theirs.is_finite() {
                (ours[*at] - theirs).abs() <= 1e-9 * theirs
            } else {
                ours[*at] >= NOWHERE
            }
        };
        let inner = (0..size * size).filter(|at| is_amid(&golden.geom, size, *at));
        let inner: Vec<usize> = inner.collect();
        let n = inner.iter().filter(|at| agrees(at)).count();
        assert!(n as f64 >= 0.995 * inner.len() as f64, "{} {n}", golden.name);
        let mut lanes: Vec<Vec<f32>> = vec![];
        for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Reference) {
            let scanner = Scanner::new(stage.clone(), spec.clone(), isa).unwrap();
            let mut out = vec![0.0; scanner.len()];
            scanner.scan(std::slice::from_ref(&golden.pose), &mut out);
            lanes.push(out);
        }
        assert!(lanes.iter().all(|one| *one == lanes[0]), "{}: widths differ", golden.name);
    }
}
