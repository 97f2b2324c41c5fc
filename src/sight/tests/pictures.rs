//! That pictures depend on their pose alone, and what they look like at the edges.

use super::*;

const SCENES: [&str; 5] = [
    "scenes/cartpole/cartpole.xml",
    "scenes/humanoid/humanoid.xml",
    "scenes/quadruped/quadruped.xml",
    "tests/golden/models/looks.xml",
    "scenes/ant/ant.xml",
];

fn all_over(model: &Arc<Model>) -> Viewpoint {
    Viewpoint::Free(FreeCamera::over_all(model, &at_rest(model)))
}

/// Poses of a model that sways a little.
fn poses(model: &Arc<Model>, n: usize) -> Vec<Pose> {
    let one = |i: usize| {
        let mut qpos = model.qpos0.clone();
        for joint in model.joints.iter().filter(|joint| joint.jnt_type.nq() == 1) {
            qpos[joint.qposadr] += 0.02 * i as f64;
        }
        pose(model, &qpos)
    };
    (0..n).map(one).collect()
}

#[test]
fn pictures_have_the_same_bits_in_lanes_of_every_width() {
    for path in SCENES {
        let model = load(path);
        let poses = poses(&model, 1);
        for sees in [
            CameraOutput::Rgb,
            CameraOutput::Gray,
            CameraOutput::Depth { near: 0.5, far: 9.0 },
            CameraOutput::Segmentation,
        ] {
            // A width that no register divides.
            let spec = PictureSpec { width: 53, height: 31, sees, ..gray(all_over(&model), 1) };
            let portable = draw(&model, spec, &poses, Isa::Portable);
            assert!(portable.iter().any(|byte| *byte != portable[0]), "{path} {sees:?} is plain");
            for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::Reference) {
                let is_same = draw(&model, spec, &poses, isa) == portable;
                assert!(is_same, "{path} {sees:?} in {}", isa.name());
            }
        }
    }
}

#[test]
fn a_picture_is_the_same_alone_among_others_and_on_any_number_of_threads() {
    let model = load(SCENES[1]);
    let spec = gray(all_over(&model), 24);
    let poses = poses(&model, 13);
    let together = draw(&model, spec, &poses, Isa::detect());
    let size = 24 * 24;
    assert_ne!(together[..size], together[12 * size..]);
    for (i, pose) in poses.iter().enumerate() {
        let alone = draw(&model, spec, std::slice::from_ref(pose), Isa::detect());
        assert!(alone == together[i * size..(i + 1) * size], "{i}");
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| draw(&model, spec, &poses, Isa::detect())) == together);
    }
}

#[test]
fn more_samples_are_the_mean_of_finer_pixels() {
    let model = load(SCENES[0]);
    let spec = gray(all_over(&model), 32);
    let poses = poses(&model, 1);
    let fine = draw(&model, PictureSpec { width: 64, height: 64, ..spec }, &poses, Isa::detect());
    let coarse = draw(&model, PictureSpec { samples: 2, ..spec }, &poses, Isa::detect());
    for (at, byte) in coarse.iter().enumerate() {
        let (row, col) = (at / 32, at % 32);
        let four = [0, 1, 64, 65].map(|k| f64::from(fine[128 * row + 2 * col + k]));
        let mean = four.iter().sum::<f64>() / 4.0;
        // Each of the four was rounded.
        assert!((f64::from(*byte) - mean).abs() <= 1.0, "{at}: {byte} {mean}");
    }
}

#[test]
fn gray_is_the_weighted_mean_of_the_colours() {
    let model = load(SCENES[3]);
    let spec = gray(all_over(&model), 32);
    let poses = poses(&model, 1);
    let gray = draw(&model, spec, &poses, Isa::detect());
    let rgb = draw(&model, PictureSpec { sees: CameraOutput::Rgb, ..spec }, &poses, Isa::detect());
    for (gray, rgb) in gray.iter().zip(rgb.chunks_exact(3)) {
        let mean =
            0.299 * f64::from(rgb[0]) + 0.587 * f64::from(rgb[1]) + 0.114 * f64::from(rgb[2]);
        assert!((f64::from(*gray) - mean).abs() <= 1.5, "{gray} {rgb:?}");
    }
}

#[test]
fn a_camera_inside_a_body_looks_out_of_it() {
    for inside in [
        r#"<geom size="0.3"/>"#,
        r#"<geom type="box" size="0.3 0.3 0.3"/>"#,
        r#"<geom type="capsule" size="0.3 0.2"/>"#,
        r#"<geom type="ellipsoid" size="0.3 0.2 0.3"/>"#,
        r#"<geom type="cylinder" size="0.3 0.2"/>"#,
    ] {
        let model =
            world(&format!("{inside}<geom size=\"1\" pos=\"0 0 -4\"/><camera name=\"eye\"/>"));
        let stage = Arc::new(RayScene::new(model.clone()));
        let renderer = Renderer::new(stage, gray(Viewpoint::Camera(0), 9), Isa::detect()).unwrap();
        let seen = renderer.measure(&at_rest(&model));
        assert_eq!(seen.geom[40], Some(1), "{inside}");
        assert!((seen.depth[40] - 3.0).abs() < 1e-6, "{inside} {}", seen.depth[40]);
        assert_eq!(seen.geom[0], None);
    }
}

#[test]
fn parallel_rays_show_the_same_size_at_every_distance() {
    let model = world(
        r#"<geom type="box" size="0.25 0.25 0.1" pos="-0.5 0 -1"/><geom type="box" size="0.25 0.25 0.1" pos="0.5 0 -30"/>
        <camera projection="orthographic" fovy="2"/>"#,
    );
    let stage = Arc::new(RayScene::new(model.clone()));
    let renderer = Renderer::new(stage, gray(Viewpoint::Camera(0), 64), Isa::detect()).unwrap();
    let seen = renderer.measure(&at_rest(&model));
    let count = |geom: usize| seen.geom.iter().filter(|it| **it == Some(geom)).count();
    assert_eq!([count(0), count(1)], [256, 256]);
    let picture = draw(&model, gray(Viewpoint::Camera(0), 64), &[at_rest(&model)], Isa::detect());
    assert!(picture.iter().any(|byte| *byte != picture[0]));
}

#[test]
fn poses_that_are_no_numbers_are_drawn_without_what_they_place() {
    let model = load(SCENES[0]);
    let spec = gray(all_over(&model), 32);
    let mut broken = at_rest(&model);
    for body in 1..model.bodies.len() {
        broken.xpos[body] = [f64::NAN; 3];
        broken.xmat[body] = [f64::NAN; 9];
    }
    let stage = Arc::new(RayScene::new(model.clone()));
    for isa in Isa::available() {
        let seen = Renderer::new(stage.clone(), spec, isa).unwrap().measure(&broken);
        let moves = |geom: usize| model.geoms[geom].bodyid != 0;
        assert!(seen.geom.iter().flatten().all(|geom| !moves(*geom)), "{}", isa.name());
        assert!(seen.geom.iter().any(Option::is_some) && seen.depth.iter().all(|it| !it.is_nan()));
    }
    draw(&model, spec, &[broken], Isa::detect());
}

#[test]
fn a_model_without_cameras_is_in_view_from_the_default_one() {
    for path in SCENES {
        let model = load(path);
        let stage = Arc::new(RayScene::new(model.clone()));
        let spec = gray(all_over(&model), 128);
        let seen = Renderer::new(stage, spec, Isa::detect()).unwrap().measure(&at_rest(&model));
        let n = seen.geom.iter().flatten().filter(|geom| model.geoms[**geom].bodyid != 0).count();
        assert!(n > 128 * 128 / 100, "{path}: {n} pixels of what moves");
        // Nothing that moves is cut off by the edge.
        let at_edge = |at: usize| [0, 127].contains(&(at / 128)) || [0, 127].contains(&(at % 128));
        let cut = (0..128 * 128).filter(|at| at_edge(*at)).filter_map(|at| seen.geom[at]);
        assert!(cut.into_iter().all(|geom| model.geoms[geom].bodyid == 0), "{path} is cut off");
    }
}

/// Writes pictures to look at into the folder `DNNE_PICTURES`, if there is one; unless told, it draws one.
#[test]
fn pictures_are_kept_to_be_looked_at() {
    let folder = std::env::var_os("DNNE_PICTURES").map(PathBuf::from);
    let paths = if folder.is_some() { &SCENES[..] } else { &SCENES[..1] };
    for path in paths {
        let model = load(path);
        let (width, height) = (480, 360);
        let spec =
            PictureSpec { width, height, sees: CameraOutput::Rgb, ..gray(all_over(&model), 1) };
        let smooth = PictureSpec { samples: 3, ..spec };
        let bytes = draw(&model, smooth, &[at_rest(&model)], Isa::detect());
        assert_eq!(bytes.len(), 480 * 360 * 3);
        let Some(folder) = &folder else { continue };
        let stem = Path::new(path).file_stem().unwrap().to_string_lossy().into_owned();
        let file = std::fs::File::create(folder.join(format!("{stem}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        // For comparison with another renderer.
        let bare = draw(
            &model,
            PictureSpec { backdrop: Background::Bare, ..spec },
            &[at_rest(&model)],
            Isa::detect(),
        );
        std::fs::write(folder.join(format!("{stem}.rgb")), bare).unwrap();
        let Viewpoint::Free(camera) = spec.viewpoint else { panic!("a free camera") };
        let place = format!("{:?}", (camera.frame.pos, camera.frame.mat));
        std::fs::write(folder.join(format!("{stem}.camera")), place).unwrap();
        for (index, camera) in model.cameras.iter().enumerate() {
            let viewpoint = Viewpoint::Camera(index);
            let bare = PictureSpec { viewpoint, backdrop: Background::Bare, ..spec };
            let bytes = draw(&model, bare, &[at_rest(&model)], Isa::detect());
            let name = format!("{stem}_{}.rgb", camera.name);
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }
}
