//! Pictures of textures on every shape, against MuJoCo's renderer (`tests/golden/models/textured.xml`).

use super::golden::{numbers, read};
use super::*;
use std::collections::BTreeMap;

fn model() -> Arc<Model> {
    load("tests/golden/models/textured.xml")
}

/// From the kept views, what MuJoCo drew there.
fn views() -> Vec<(PictureSpec, Vec<u8>)> {
    let rows = read("textured.json");
    let view = |(number, row): (usize, &serde_json::Value)| {
        let frame = WorldFrame {
            pos: numbers(&row["pos"]).try_into().unwrap(),
            mat: numbers(&row["mat"]).try_into().unwrap(),
        };
        let fovy = row["fovy"].as_f64().unwrap();
        let size = row["size"].as_u64().unwrap() as usize;
        let file = root().join(format!("tests/golden/sight/textured{number}.rgb"));
        let spec = PictureSpec {
            sees: CameraOutput::Rgb,
            backdrop: Background::Bare,
            ..gray(Viewpoint::Free(FreeCamera { frame, fovy }), size)
        };
        (spec, std::fs::read(file).unwrap())
    };
    rows.as_array().unwrap().iter().enumerate().map(view).collect()
}

#[test]
fn textures_lie_on_shapes_as_mujoco_has_them() {
    let model = model();
    // Of each geom the differences of all three colours, and how bright MuJoCo has it.
    let mut apart: BTreeMap<usize, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (number, (spec, theirs)) in views().into_iter().enumerate() {
        let stage = Arc::new(RayScene::new(model.clone()));
        let renderer = Renderer::new(stage, spec, Isa::detect()).unwrap();
        let geoms = renderer.measure(&at_rest(&model)).geom;
        let ours = draw(&model, spec, &[at_rest(&model)], Isa::detect());
        assert_eq!(ours.len(), theirs.len());
        if let Some(folder) = std::env::var_os("DNNE_LOOK") {
            std::fs::write(Path::new(&folder).join(format!("ours{number}.rgb")), &ours).unwrap();
        }
        let size = spec.width;
        // Silhouettes fall on other pixels, and next to them MuJoCo sees what lies beyond as near.
        for at in (0..size * size).filter(|at| super::golden::is_amid(&geoms, size, *at)) {
            let Some(geom) = geoms[at] else { continue };
            let (differences, levels) = apart.entry(geom).or_default();
            for k in 3 * at..3 * at + 3 {
                differences.push(f64::from(ours[k].abs_diff(theirs[k])));
                levels.push(f64::from(theirs[k]));
            }
        }
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let mut wrong = Vec::new();
    for (geom, (differences, levels)) in &apart {
        let name = &model.geoms[*geom].name;
        let (off, level) = (mean(differences), mean(levels));
        // How much the texture varies: what a wrong place on it would be off by.
        let spread = mean(&levels.iter().map(|it| (it - level).abs()).collect::<Vec<_>>());
        println!("{name:8} {:5} numbers, off by {off:6.2}, spread {spread:6.2}", levels.len());
        assert!(spread > 8.0, "{name} shows nothing: {spread}");
        if off > 5.0_f64.max(0.12 * spread) {
            wrong.push(format!("{name} {off:.1} of {spread:.1}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(apart.len(), model.geoms.len());
}

#[test]
fn pictures_have_the_same_bits_in_every_width_and_nearly_those_of_the_reference() {
    let model = model();
    for (spec, _) in views() {
        let of = |isa| draw(&model, spec, &[at_rest(&model)], isa);
        let reference = of(Isa::Reference);
        let widths: Vec<Vec<u8>> =
            Isa::available().into_iter().filter(|isa| *isa != Isa::Reference).map(of).collect();
        assert!(widths.iter().all(|one| *one == widths[0]));
        let apart = reference.iter().zip(&widths[0]).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let mean = apart.sum::<f64>() / reference.len() as f64;
        assert!(mean < 0.3, "{mean}");
    }
}

/// A checker from afar is gray, whatever its pixels are.
#[test]
fn what_is_far_away_has_the_mean_colour() {
    let folder = tempfile::tempdir().unwrap();
    let pixel =
        |x: usize, y: usize| if (x + y).is_multiple_of(2) { [255_u8, 0, 40] } else { [0, 255, 40] };
    let rgb: Vec<u8> = (0..64 * 64).flat_map(|at| pixel(at % 64, at / 64)).collect();
    let mut file = std::fs::File::create(folder.path().join("fine.png")).unwrap();
    let mut encoder = png::Encoder::new(&mut file, 64, 64);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&rgb).unwrap();
    let text = r#"<mujoco><visual><headlight active="0"/></visual>
        <asset><texture name="t" type="2d" file="fine.png"/><material name="m" texture="t" specular="0"/></asset>
        <worldbody><light directional="true" dir="0 0 -1" diffuse="1 1 1" specular="0 0 0"/>
        <geom type="plane" size="0 0 1" material="m"/></worldbody></mujoco>"#;
    let (model, diagnostics) = parse_mjcf(text, folder.path());
    let model = Arc::new(model.unwrap_or_else(|| panic!("{diagnostics:#?}")));
    let from = |height: f64| {
        let frame = WorldFrame { pos: [0.3, 0.2, height], mat: super::super::pose::IDENTITY };
        let spec = PictureSpec {
            sees: CameraOutput::Rgb,
            backdrop: Background::Bare,
            ..gray(Viewpoint::Free(FreeCamera { frame, fovy: 60.0 }), 32)
        };
        draw(&model, spec, &[at_rest(&model)], Isa::detect())
    };
    let near = from(0.2);
    assert!(near.chunks_exact(3).any(|it| it[0] > 200 && it[1] < 55));
    assert!(near.chunks_exact(3).any(|it| it[1] > 200 && it[0] < 55));
    for pixel in from(300.0).chunks_exact(3) {
        assert!((124..=132).contains(&pixel[0]) && (124..=132).contains(&pixel[1]), "{pixel:?}");
        assert_eq!(pixel[2], 40);
    }
}
