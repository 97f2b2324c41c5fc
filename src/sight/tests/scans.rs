//! Patterns of rays, and what they tell.

use super::*;

fn scan(model: &Arc<Model>, spec: ScanSpec, pose: &Pose) -> Vec<f32> {
    let stage = Arc::new(RayScene::new(model.clone()));
    let scanner = Scanner::new(stage, spec, Isa::detect()).unwrap();
    let mut out = vec![f32::NAN; scanner.len()];
    scanner.scan(std::slice::from_ref(pose), &mut out);
    out
}

fn spec(mount: Mount, pattern: Pattern) -> ScanSpec {
    ScanSpec {
        mount,
        pattern,
        align: Align::Yaw,
        gives: ScanOutput::Heights,
        range: 10.0,
        against: None,
    }
}

/// A robot above a floor with a step in it.
fn robot() -> Arc<Model> {
    world(
        r#"<geom type="plane" size="0 0 1"/><geom type="box" size="1 9 0.25" pos="2 0 0.25"/>
        <body name="robot" pos="0 0 2"><freejoint/><geom size="0.4"/><site name="head" pos="0 0 0.5"/></body>"#,
    )
}

fn turned(yaw: f64, pitch: f64) -> Vec<f64> {
    let (sy, cy) = (yaw / 2.0).sin_cos();
    let (sp, cp) = (pitch / 2.0).sin_cos();
    // Yaw, then pitch about the turned y.
    vec![0.0, 0.0, 2.0, cy * cp, -sy * sp, cy * sp, sy * cp]
}

#[test]
fn a_grid_tells_heights_below_the_body_and_turns_with_its_heading_only() {
    let model = robot();
    let grid = Pattern::Grid { size: [3.0, 1.0], step: 0.5 };
    let of = |yaw, pitch| {
        scan(&model, spec(Mount::Body(1), grid.clone()), &pose(&model, &turned(yaw, pitch)))
    };
    let level = of(0.0, 0.0);
    assert_eq!(level.len(), 7 * 3);
    // From x = -1.5 to 1.5; the step begins at 1.
    let row = [-2.0, -2.0, -2.0, -2.0, -2.0, -1.5, -1.5];
    for (told, wanted) in level.chunks_exact(7).flatten().zip(row.iter().cycle()) {
        assert!((told - wanted).abs() < 1e-6, "{level:?}");
    }
    for (told, wanted) in of(0.0, 0.7).iter().zip(&level) {
        assert!((told - wanted).abs() < 1e-5, "pitch does not turn it");
    }
    let back = of(std::f64::consts::PI, 0.0);
    assert!(back.iter().all(|height| (height + 2.0).abs() < 1e-5 || (height + 1.5).abs() < 1e-5));
    assert!((back[0] + 1.5).abs() < 1e-5 && (back[6] + 2.0).abs() < 1e-5, "{back:?}");
}

#[test]
fn a_scan_of_187_rays_is_that_of_the_field() {
    let model = robot();
    let grid = Pattern::Grid { size: [1.6, 1.0], step: 0.1 };
    assert_eq!(scan(&model, spec(Mount::Body(1), grid), &at_rest(&model)).len(), 187);
}

#[test]
fn beyond_its_range_a_ray_tells_the_range() {
    let model = robot();
    let ray = Pattern::Rays(vec![([0.0; 3], [0.0, 0.0, -3.0]), ([0.0; 3], [0.0, 0.0, 1.0])]);
    let of = |gives, range| {
        let spec = ScanSpec { gives, range, ..spec(Mount::Body(1), ray.clone()) };
        scan(&model, spec, &at_rest(&model))
    };
    assert_eq!(of(ScanOutput::Distances, 5.0), [2.0, 5.0]);
    assert_eq!(of(ScanOutput::Distances, 1.5), [1.5, 1.5]);
    assert_eq!(of(ScanOutput::Heights, 5.0), [-2.0, -5.0]);
    assert_eq!(of(ScanOutput::Heights, 1.5), [-1.5, -1.5]);
}

#[test]
fn rings_go_round_from_x_to_y_and_from_low_to_high() {
    let model = world(
        r#"<geom type="box" size="0.5 0.5 9" pos="3 0 0"/><geom type="box" size="0.5 0.5 9" pos="0 5 0"/>
        <body name="b"><freejoint/><geom size="0.1"/></body>"#,
    );
    let rings = Pattern::Rings { rings: 3, sectors: 4, elevation: [-45.0, 45.0] };
    let told = scan(
        &model,
        ScanSpec { gives: ScanOutput::Distances, ..spec(Mount::Body(1), rings) },
        &at_rest(&model),
    );
    let root = 2.0_f32.sqrt();
    let wanted = [
        2.5 * root,
        4.5 * root,
        10.0,
        10.0,
        2.5,
        4.5,
        10.0,
        10.0,
        2.5 * root,
        4.5 * root,
        10.0,
        10.0,
    ];
    for (told, wanted) in told.iter().zip(wanted) {
        assert!((told - wanted).abs() < 1e-5, "{told} {wanted}");
    }
}

#[test]
fn a_scan_meets_what_it_is_told_to_and_else_all_but_its_own_body() {
    let model = robot();
    let down = Pattern::Rays(vec![([1.5, 0.0, 0.0], [0.0, 0.0, -1.0])]);
    let own = Pattern::Rays(vec![([0.0; 3], [0.0, 0.0, -1.0])]);
    let of = |mount, pattern: &Pattern, against: Option<Vec<usize>>| {
        let spec =
            ScanSpec { gives: ScanOutput::Distances, against, ..spec(mount, pattern.clone()) };
        scan(&model, spec, &at_rest(&model))[0]
    };
    assert_eq!(of(Mount::Body(1), &down, None), 1.5);
    assert_eq!(of(Mount::Body(1), &down, Some(vec![0])), 2.0);
    assert_eq!(of(Mount::Body(1), &own, None), 2.0);
    assert!((of(Mount::Body(1), &own, Some(vec![2])) - 0.4).abs() < 1e-6);
    assert_eq!(of(Mount::Site(0), &own, None), 2.5);
    assert!(
        (of(Mount::Body(0), &Pattern::Rays(vec![([0.0, 0.0, 9.0], [0.0, 0.0, -1.0])]), None) - 6.6)
            .abs()
            < 1e-6
    );
}

#[test]
fn beams_end_where_the_scan_says() {
    let model = robot();
    let stage = Arc::new(RayScene::new(model.clone()));
    let pattern = Pattern::Grid { size: [2.0, 0.0], step: 1.0 };
    let scanner = Scanner::new(stage, spec(Mount::Body(1), pattern), Isa::Reference).unwrap();
    let beams = scanner.beams(&at_rest(&model), 1);
    let ends: Vec<f64> = beams.iter().map(|[_, end]| end[2]).collect();
    assert_eq!(beams[0][0], [-1.0, 0.0, 2.0]);
    assert_eq!(ends, [0.0, 0.0, 0.5]);
    assert_eq!(scanner.beams(&at_rest(&model), 2), [beams[0], beams[2]]);
}
