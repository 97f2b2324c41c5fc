//! What light, shadow, colour and texture do.

use super::*;

const FLOOR: &str = r#"<geom type="plane" size="0 0 1" rgba="0.8 0.8 0.8 1"/>"#;
const SUN: &str = r#"<light directional="true" dir="0 0 -1" diffuse="1 1 1" specular="0 0 0"/>"#;
const DARK: &str = r#"<visual><headlight active="0"/></visual>"#;

/// Straight down from a height.
fn down(height: f64) -> Viewpoint {
    let frame = WorldFrame { pos: [0.0, 0.0, height], mat: super::super::pose::IDENTITY };
    Viewpoint::Free(FreeCamera { frame, fovy: 90.0 })
}

/// The colours of a picture of this world, without a headlight, at a pixel.
fn colour(parts: &str, elements: &str, spec: PictureSpec, at: (usize, usize)) -> [u8; 3] {
    let text = format!("<mujoco>{parts}<worldbody>{elements}</worldbody></mujoco>");
    let model = whole(&text);
    let backdrop = if elements.is_empty() { spec.backdrop } else { Background::Bare };
    let spec = PictureSpec { sees: CameraOutput::Rgb, backdrop, ..spec };
    let picture = draw(&model, spec, &[at_rest(&model)], Isa::detect());
    let place = 3 * (at.0 * spec.width + at.1);
    picture[place..place + 3].try_into().unwrap()
}

#[test]
fn a_floor_under_the_sun_has_its_own_colour_and_the_cosine_dims_it() {
    let spec = gray(down(5.0), 32);
    assert_eq!(colour(DARK, &format!("{FLOOR}{SUN}"), spec, (3, 4)), [204; 3]);
    let slant = SUN.replace("0 0 -1", "0 1.7320508 -1");
    assert_eq!(colour(DARK, &format!("{FLOOR}{slant}"), spec, (3, 4)), [102; 3]);
    let red = SUN.replace("diffuse=\"1 1 1\"", "diffuse=\"1 0.5 0\"");
    assert_eq!(colour(DARK, &format!("{FLOOR}{red}"), spec, (3, 4)), [204, 102, 0]);
    assert_eq!(colour(DARK, FLOOR, spec, (3, 4)), [0; 3]);
}

#[test]
fn a_box_throws_a_sharp_shadow_and_only_where_it_is_in_the_way() {
    let cube = r#"<geom type="box" size="0.5 0.5 0.5" pos="0 0 1"/>"#;
    // The light comes from the left: the shadow is moved by its height to the right.
    let slant = SUN.replace("0 0 -1", "1 0 -1");
    let spec = gray(down(8.0), 64);
    // 16 m on 64 pixels.
    let at = |x: f64, y: f64| ((32.0 - 4.0 * y) as usize, (32.0 + 4.0 * x) as usize);
    let elements = format!("{FLOOR}{cube}{slant}");
    assert_eq!(colour(DARK, &elements, spec, at(1.6, 0.1)), [0; 3]);
    let lit = colour(DARK, &elements, spec, at(-1.5, 0.1));
    assert_eq!(lit, [144; 3]);
    assert_eq!(colour(DARK, &elements, spec, at(1.6, 1.0)), lit);
    let without = slant.replace("/>", " castshadow=\"false\"/>");
    assert_eq!(colour(DARK, &format!("{FLOOR}{cube}{without}"), spec, at(1.6, 0.1)), lit);
    // A lamp between the box and the floor lights what the box does not stand before.
    let lamp = r#"<light type="point" pos="0 0 0.4" diffuse="1 1 1"/>"#;
    assert!(colour(DARK, &format!("{FLOOR}{cube}{lamp}"), spec, at(0.8, 0.0))[0] > 50);
}

#[test]
fn a_spot_lights_its_cone_and_fades_with_distance() {
    let spec = gray(down(4.0), 64);
    let at = |x: f64| (32, (32.0 + 8.0 * x) as usize);
    let spot = |more: &str| {
        format!(
            "{FLOOR}<light pos=\"0 0 2\" diffuse=\"1 1 1\" specular=\"0 0 0\" exponent=\"0\" cutoff=\"30\" {more}/>"
        )
    };
    assert!(colour(DARK, &spot(""), spec, at(0.1))[0] > 200);
    assert!(colour(DARK, &spot(""), spec, at(1.0))[0] > 150);
    assert_eq!(colour(DARK, &spot(""), spec, at(1.5)), [0; 3]);
    let faded = colour(DARK, &spot("attenuation=\"0 1 0\""), spec, at(0.1))[0];
    assert!((100..=103).contains(&faded), "{faded}");
}

#[test]
fn checkers_are_where_mujoco_has_them_and_fade_to_their_mean() {
    let parts = |more: &str| {
        format!(
            r#"{DARK}<asset><texture name="t" type="2d" builtin="checker" rgb1="1 0 0" rgb2="0 0 1" width="64" height="64" {more}/>
            <material name="m" texture="t" texrepeat="2 1" texuniform="true" specular="0"/></asset>"#
        )
    };
    let floor = r#"<geom type="plane" size="0 0 1" material="m"/>"#;
    let elements = format!("{floor}{SUN}");
    let spec = gray(down(5.0), 200);
    let at = |x: f64, y: f64| ((100.0 - 20.0 * y) as usize, (100.0 + 20.0 * x) as usize);
    // Squares of half a metre along x and one along y, as MuJoCo's renderer draws them.
    // MuJoCo 4.0.0: the middle of a texture is where a plane without end has its own, and a plane with an end begins
    // with a texture at its corner.
    let (red, blue) = ([255, 0, 0], [0, 0, 255]);
    let ended = |size: &str| elements.replace("0 0 1\" material", &format!("{size} 1\" material"));
    for (elements, colours) in [
        (elements.clone(), [blue, red, red]),
        (ended("1 1"), [red, blue, blue]),
        (ended("6 5"), [red, blue, blue]),
    ] {
        let places = [(0.26, 0.5), (0.76, 0.5), (0.26, -0.5)];
        let seen = places.map(|(x, y)| colour(&parts(""), &elements, spec, at(x, y)));
        assert_eq!(seen, colours, "{elements}");
    }
    let far = gray(down(3000.0), 32);
    let mean = colour(&parts(""), &elements, far, (5, 7));
    assert!((120..136).contains(&mean[0]) && (120..136).contains(&mean[2]), "{mean:?}");
    let marked = parts("mark=\"edge\" markrgb=\"0 1 0\"");
    assert_eq!(colour(&marked, &elements, gray(down(0.5), 200), (100, 199)), [0, 255, 0]);
}

#[test]
fn a_gleam_is_where_the_light_is_mirrored() {
    let ball = r#"<geom size="1" rgba="0.5 0 0 1"/><light directional="true" dir="0 0 -1" diffuse="0 0 0" specular="1 1 1"/>"#;
    let parts = |shininess: &str| {
        format!(
            r#"{DARK}<default><geom material="m"/></default><asset><material name="m" specular="1" shininess="{shininess}"/></asset>"#
        )
    };
    let spec = gray(down(3.0), 65);
    assert_eq!(colour(&parts("1"), ball, spec, (32, 32)), [255; 3]);
    let (sharp, broad) =
        (colour(&parts("1"), ball, spec, (32, 36)), colour(&parts("0.1"), ball, spec, (32, 36)));
    assert!(sharp[0] < broad[0], "{sharp:?} {broad:?}");
}

#[test]
fn what_is_half_transparent_covers_half_the_samples_and_glass_nothing() {
    let pane = |alpha: &str| {
        format!(r#"{FLOOR}<geom type="box" size="9 9 0.1" pos="0 0 1" rgba="1 1 1 {alpha}"/>"#)
    };
    let count = |alpha: &str| {
        let model = world(&pane(alpha));
        let stage = Arc::new(RayScene::new(model.clone()));
        let renderer = Renderer::new(stage, gray(down(5.0), 32), Isa::detect()).unwrap();
        let seen = renderer.measure(&at_rest(&model));
        seen.geom.iter().filter(|it| **it == Some(1)).count()
    };
    assert_eq!(["0", "0.25", "0.5", "1"].map(count), [0, 256, 512, 1024]);
}

#[test]
fn the_sky_is_the_models_or_ours_or_black() {
    let up = Viewpoint::Free(FreeCamera::looking([0.0; 3], [0.0, 1.0, 1.0], 60.0));
    let sky = r#"<asset><texture type="skybox" builtin="gradient" rgb1="1 0 0" rgb2="0 0 1" width="8"/></asset>"#;
    let spec = gray(up, 32);
    let high = colour(sky, "", spec, (0, 16));
    let low = colour(sky, "", spec, (31, 16));
    assert!(high[0] > low[0] && high[2] < low[2], "{high:?} {low:?}");
    assert_ne!(colour("", "", spec, (0, 16)), [0; 3]);
    assert_eq!(colour("", "", PictureSpec { backdrop: Background::Bare, ..spec }, (0, 16)), [0; 3]);
}

#[test]
fn by_day_a_model_without_lights_has_a_sun_and_with_one_its_own() {
    let of = |elements: &str, backdrop| {
        let model = world(elements);
        let spec = PictureSpec { backdrop, ..gray(down(5.0), 16) };
        draw(&model, spec, &[at_rest(&model)], Isa::detect())[0]
    };
    let [bare, day] = [Background::Bare, Background::Day].map(|it| of(FLOOR, it));
    assert!(day > bare + 50, "{bare} {day}");
    let lit = format!("{FLOOR}<light active=\"false\"/>");
    assert_eq!(of(&lit, Background::Day), bare);
}
