//! Randomised looks: an episode's pictures are those of a model whose file has the numbers.

use super::*;
use crate::space::Device;

/// What a look can change, as the model's file says it.
#[derive(Clone, Copy)]
struct Numbers {
    colour: f64,
    bright: f64,
    head: f64,
    light: [f64; 3],
    place: f64,
    turn: f64,
    fovy: f64,
}

const PLAIN: Numbers = Numbers {
    colour: 1.0,
    bright: 1.0,
    head: 1.0,
    light: [0.0, 0.25, -1.0],
    place: 0.0,
    turn: 0.0,
    fovy: 60.0,
};

/// A box and a ball on a floor before two cameras that look straight down: one that stands, and one that follows a
/// body which begins turned.
fn model(by: Numbers) -> String {
    let rgba = |r: f64, g: f64, b: f64| {
        let [r, g, b] = [r, g, b].map(|part| part * by.colour);
        format!("rgba=\"{r} {g} {b} 1\"")
    };
    let [x, y, z] = by.light;
    let (bright, spot) = (0.5 * by.bright, 0.25 * by.bright);
    let (place, turn, fovy) = (by.place, by.turn, by.fovy);
    format!(
        r#"<mujoco><compiler eulerseq="XYZ"/>
  <visual><headlight ambient="{head} {head} {head}" diffuse="0 0 0" specular="0 0 0"/></visual>
  <worldbody>
    <light name="sun" directional="true" dir="{x} {y} {z}" diffuse="{bright} {bright} {spot}" ambient="0 0 0" specular="{spot} {spot} {spot}"/>
    <camera name="front" pos="{place} {place} {high}" euler="{turn} {turn} {turn}" fovy="{fovy}"/>
    <geom name="floor" type="plane" size="0 0 1" {floor}/>
    <geom name="ball" size="0.5" pos="0.75 0 0.5" {ball}/>
    <body pos="0 0 0.5" euler="0 0 30">
      <joint name="slider" type="slide" axis="1 0 0"/>
      <camera name="follow" mode="track" pos="{place} {place} {low}" euler="{turn} {turn} {turn}" fovy="{fovy}"/>
      <geom name="cart" type="box" size="0.4 0.2 0.4" mass="1" contype="0" conaffinity="0" {cart}/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="slider" ctrlrange="-40 40"/></actuator>
</mujoco>"#,
        head = 0.25 * by.head,
        high = 4.0 + place,
        low = 3.0 + place,
        floor = rgba(0.5, 0.75, 0.5),
        ball = rgba(0.25, 0.5, 1.0),
        cart = rgba(1.0, 0.25, 0.125),
    )
}

fn task(randomize: &str) -> String {
    format!(
        r#"Task(
            model: "model.xml", dt: 0.05, episode_length: 5,
            actions: Continuous([(actuator: "push", scale: 1.0)]),
            observations: [("x", "qpos(slider)")],
            cameras: [(name: "front", size: (32, 24), sees: Rgb), (name: "follow", size: (20, 20))],
            rewards: [("still", "1")],
            reset: [(joint: "slider", qpos: (-0.5, 0.5), qvel: (-1, 1))],
            randomize: [{randomize}],
        )"#
    )
}

fn parse(model: &str, randomize: &str) -> Result<Scene, SceneError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), model).unwrap();
    Scene::parse("look", &folder.path().join("task.ron"), &task(randomize))
}

fn environments(by: Numbers, randomize: &str, n: usize, difficulty: f64) -> Environments {
    let scene = parse(&model(by), randomize).unwrap();
    Environments::with_difficulty(&scene, n, 5, Device::detect(), difficulty).unwrap()
}

fn step(environments: &mut Environments, k: usize) -> StepOutput {
    let values: Vec<f32> =
        (0..environments.n_envs()).map(|env| ((k * 7 + env * 3) % 5) as f32 / 2.0 - 1.0).collect();
    environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap().clone()
}

/// What the light's direction becomes by a turn of so many degrees about x, then y, then z.
fn turned(degrees: f64) -> [f64; 3] {
    let (s, c) = degrees.to_radians().sin_cos();
    let [x, y, z] = PLAIN.light;
    let [x, y, z] = [x, c * y - s * z, s * y + c * z];
    let [x, y, z] = [c * x + s * z, y, c * z - s * x];
    [c * x - s * y, s * x + c * y, z]
}

/// Entries of `randomize`, and the file that they amount to.
fn cases() -> Vec<(&'static str, Numbers)> {
    vec![
        (r#"(what: Color, of: ["*"], scale: (0.5, 0.5))"#, Numbers { colour: 0.5, ..PLAIN }),
        (
            r#"(what: LightBrightness, of: ["sun"], scale: (1.5, 1.5))"#,
            Numbers { bright: 1.5, ..PLAIN },
        ),
        (
            r#"(what: LightBrightness, of: ["headlight"], scale: (2, 2))"#,
            Numbers { head: 2.0, ..PLAIN },
        ),
        (
            r#"(what: LightBrightness, of: ["*"], scale: (0.5, 0.5))"#,
            Numbers { head: 0.5, bright: 0.5, ..PLAIN },
        ),
        (
            r#"(what: LightDirection, of: ["sun"], add: (20, 20))"#,
            Numbers { light: turned(20.0), ..PLAIN },
        ),
        (
            r#"(what: CameraPosition, of: ["front", "follow"], add: (0.25, 0.25))"#,
            Numbers { place: 0.25, ..PLAIN },
        ),
        (r#"(what: CameraOrientation, of: ["*"], add: (8, 8))"#, Numbers { turn: 8.0, ..PLAIN }),
        (r#"(what: FieldOfView, of: ["*"], scale: (1.25, 1.25))"#, Numbers { fovy: 75.0, ..PLAIN }),
        (
            r#"(what: FieldOfView, of: ["front", "follow"], add: (-10, -10))"#,
            Numbers { fovy: 50.0, ..PLAIN },
        ),
        (
            r#"(what: Color, of: ["*"], scale: (0.5, 0.5)), (what: CameraPosition, of: ["*"], add: (0.25, 0.25)),
            (what: FieldOfView, of: ["*"], scale: (1.25, 1.25)), (what: LightBrightness, of: ["*"], scale: (0.5, 0.5))"#,
            Numbers { colour: 0.5, place: 0.25, fovy: 75.0, bright: 0.5, head: 0.5, ..PLAIN },
        ),
    ]
}

/// Pixels that differ by more than a level, of all; what is far apart was no rounding.
fn differing(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > 1).count() as f64 / a.len() as f64
}

#[test]
fn an_episode_looks_as_a_model_whose_file_has_the_numbers() {
    for (randomize, by) in cases() {
        let mut other = environments(by, "", 3, 1.0);
        let mut random = environments(PLAIN, randomize, 3, 1.0);
        let mut plain = environments(PLAIN, "", 3, 1.0);
        for k in 0..7 {
            let [random, other, plain] =
                [&mut random, &mut other, &mut plain].map(|it| step(it, k).observations);
            for name in ["front", "follow"] {
                let [random, other, plain] = [&random, &other, &plain].map(|it| it.u8s(name));
                // A pixel on an edge may fall to the other side by rounding of an angle.
                let apart = differing(random, other);
                assert!(apart < 0.002, "{randomize}: {name}, step {k}: {apart}");
                let changed = differing(random, plain);
                assert!(changed > 0.02, "{randomize}: {name} shows no difference ({changed})");
            }
        }
    }
}

#[test]
fn looks_grow_with_the_difficulty() {
    let randomize = r#"(what: Color, of: ["*"], scale: (0.5, 0.5)),
        (what: CameraPosition, of: ["*"], add: (0.5, 0.5))"#;
    for (difficulty, colour) in [(0.0, 1.0), (0.5, 0.75), (1.0, 0.5)] {
        let place = 0.5 * difficulty;
        let random = environments(PLAIN, randomize, 3, difficulty);
        let other = environments(Numbers { colour, place, ..PLAIN }, "", 3, difficulty);
        let shown = [&random, &other].map(|it| it.output().observations.u8s("front").to_vec());
        assert_eq!(shown[0], shown[1], "{difficulty}");
    }
}

const ALL: &str = r#"(what: Color, of: ["*"], add: (-0.5, 0.5)), (what: LightBrightness, of: ["*"], scale: (0.2, 2)),
    (what: LightDirection, of: ["*"], add: (-40, 40)), (what: CameraPosition, of: ["*"], add: (-0.3, 0.3)),
    (what: CameraOrientation, of: ["*"], add: (-10, 10)), (what: FieldOfView, of: ["*"], add: (-10, 10))"#;

#[test]
fn a_look_lasts_for_an_episode_and_each_has_its_own() {
    // The floor in a corner, before which nothing comes.
    let colour = r#"(what: Color, of: ["floor"], add: (-0.5, 0.5))"#;
    let n = 6;
    let mut environments = environments(PLAIN, colour, n, 1.0);
    let corner = |output: &StepOutput, env: usize| {
        let picture = &output.observations.u8s("front")[env * 32 * 24 * 3..];
        [picture[0], picture[1], picture[2]]
    };
    let mut looks: Vec<[u8; 3]> = (0..n).map(|env| corner(environments.output(), env)).collect();
    let mut all = looks.clone();
    for k in 0..23 {
        let output = step(&mut environments, k);
        for (env, look) in looks.iter_mut().enumerate() {
            if output.episode_starts[env] {
                *look = corner(&output, env);
                all.push(*look);
            }
            assert_eq!(corner(&output, env), *look, "step {k}, environment {env}");
        }
    }
    assert_eq!(all.len(), n * 5);
    let different: std::collections::HashSet<_> = all.iter().collect();
    assert!(different.len() > n * 5 - 3, "{different:?}");
    // Red, green and blue are drawn for themselves, over the whole range.
    for channel in 0..3 {
        let parts = all.iter().map(|look| look[channel]);
        let (low, high) = (parts.clone().min().unwrap(), parts.max().unwrap());
        assert!(high - low > 60, "channel {channel}: {low} to {high}");
    }
    assert!(all.iter().any(|look| look[0] > look[1]) && all.iter().any(|look| look[0] < look[2]));
}

#[test]
fn looks_change_nothing_but_pictures() {
    let mass = r#"(what: Mass, of: ["*"], scale: (0.5, 2))"#;
    let mut plain = environments(PLAIN, "", 5, 1.0);
    let mut random = environments(PLAIN, ALL, 5, 1.0);
    for k in 0..12 {
        let (plain, random) = (step(&mut plain, k), step(&mut random, k));
        assert_eq!(
            plain.observations.f32s("observations"),
            random.observations.f32s("observations")
        );
        assert_ne!(plain.observations.u8s("front"), random.observations.u8s("front"));
    }
    assert!(parse(&model(PLAIN), ALL).unwrap().task.has_difficulty());
    assert!(!parse(&model(PLAIN), ALL).unwrap().task.is_randomized());
    // The mass is that of a task without looks.
    let named = |randomize: &str| {
        let text = model(PLAIN).replace("<body pos", "<body name=\"cart\" pos");
        let scene = parse(&text, randomize).unwrap();
        let mut it = Environments::new(&scene, 5, 5, Device::detect()).unwrap();
        (0..8)
            .map(|k| step(&mut it, k).observations.f32s("observations").to_vec())
            .collect::<Vec<_>>()
    };
    assert_eq!(named(mass), named(&format!("{ALL}, {mass}")));
    assert_ne!(named(mass), named(ALL));
}

#[test]
fn looks_do_not_depend_on_threads_or_neighbours() {
    let run = |n_threads: usize, n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = environments(PLAIN, ALL, n, 1.0);
            let rows = |k| {
                let output = step(&mut environments, k);
                ["front", "follow"].map(|name| {
                    let all = output.observations.u8s(name);
                    all[..2 * all.len() / n].to_vec()
                })
            };
            (0..8).map(rows).collect::<Vec<_>>()
        })
    };
    let expected = run(1, 40);
    for (n_threads, n) in [(2, 40), (1, 2), (2, 17)] {
        assert!(run(n_threads, n) == expected, "{n_threads} threads, {n} environments");
    }
}

#[test]
fn every_environment_has_its_own_look() {
    let environments = environments(PLAIN, ALL, 40, 1.0);
    let all = environments.output().observations.u8s("front");
    let different: std::collections::HashSet<&[u8]> = all.chunks_exact(32 * 24 * 3).collect();
    assert_eq!(different.len(), 40);
    // Also where nothing else differs.
    let colour = r#"(what: Color, of: ["floor"], add: (-0.5, 0.5))"#;
    let environments = self::environments(PLAIN, colour, 40, 1.0);
    let all = environments.output().observations.u8s("front");
    let corners = all.chunks_exact(32 * 24 * 3).map(|picture| &picture[..3]);
    let different: std::collections::HashSet<&[u8]> = corners.collect();
    assert!(different.len() > 37, "{}", different.len());
}

#[test]
fn a_saved_state_goes_on_with_the_same_looks() {
    let (mut first, mut second) =
        (environments(PLAIN, ALL, 19, 0.7), environments(PLAIN, ALL, 19, 0.3));
    (0..7).for_each(|k| drop(step(&mut first, k)));
    let state = first.state();
    second.load_state(&state).unwrap();
    second.set_difficulty(0.7);
    assert_eq!(second.state(), state);
    for k in 7..18 {
        let (one, other) = (step(&mut first, k), step(&mut second, k));
        assert!(one.observations == other.observations, "step {k}");
        assert!(one.next_observations == other.next_observations, "step {k}");
    }
    assert_eq!(first.state(), second.state());
}

#[test]
fn looks_that_cannot_be_are_refused_by_name() {
    for (entry, expected) in [
        (
            r#"what: Color, of: ["flor"], scale: (1, 2)"#,
            "unknown geom \"flor\"; did you mean \"floor\"?",
        ),
        (
            r#"what: LightDirection, of: ["son"], add: (1, 2)"#,
            "unknown light \"son\"; did you mean \"sun\"?",
        ),
        (r#"what: LightDirection, of: ["headlight"], add: (1, 2)"#, "unknown light \"headlight\""),
        (
            r#"what: FieldOfView, of: ["frnt"], add: (1, 2)"#,
            "unknown camera \"frnt\"; did you mean \"front\"?",
        ),
        (r#"what: Color, of: ["floor"]"#, "Color lacks `scale` or `add`"),
        (r#"what: Color, of: ["floor"], scale: (1, 2), add: (0, 1)"#, "either `scale` or `add`"),
        (
            r#"what: Color, of: ["floor"], scale: (2, 1)"#,
            "the `scale` of Color must be (low, high)",
        ),
        (
            r#"what: Color, of: ["floor"], scale: (-1, 1)"#,
            "the `scale` of Color must be (low, high)",
        ),
        (r#"what: Color, of: ["floor"], add: (0, NaN)"#, "the `add` of Color must be (low, high)"),
        (r#"what: Color, of: ["floor"], add: (0, inf)"#, "the `add` of Color must be (low, high)"),
        (r#"what: CameraPosition, of: ["front"], scale: (1, 2)"#, "CameraPosition has no factor"),
        (
            r#"what: CameraOrientation, of: ["front"], scale: (1, 2)"#,
            "CameraOrientation has no factor",
        ),
        (r#"what: LightDirection, of: ["sun"], scale: (1, 2)"#, "LightDirection has no factor"),
        (r#"what: LightBrightness, of: ["sun"], add: (1, 2)"#, "LightBrightness is a factor"),
        (
            r#"what: CameraOrientation, of: ["aimed"], add: (1, 2)"#,
            "of camera \"aimed\" cannot differ: it is turned to its target",
        ),
        (
            r#"what: LightDirection, of: ["lamp"], add: (1, 2)"#,
            "of light \"lamp\" cannot differ: it is turned to its target",
        ),
        (r#"what: FieldOfView, of: ["lens"], add: (1, 2)"#, "of camera \"lens\" cannot differ"),
        (
            r#"what: FieldOfView, of: ["front"], scale: (1, 3)"#,
            "of camera \"front\" would lie between 60 and 180",
        ),
        (
            r#"what: FieldOfView, of: ["front"], add: (-60, 0)"#,
            "of camera \"front\" would lie between 0 and 60",
        ),
        (r#"what: Mass, of: ["*"], add: (1, 2)"#, "Mass has a factor"),
        (r#"what: Mass, of: ["*"]"#, "Mass has a factor"),
        (r#"what: Colour, of: ["*"], add: (1, 2)"#, "did you mean Color?"),
        (r#"what: Color, of: ["floor"], add: 1"#, "`add` must be two numbers"),
        (r#"what: Color, of: ["floor"], scale: (1, 2), ad: (0, 1)"#, "did you mean `add`?"),
    ] {
        let more = r#"<camera name="aimed" mode="targetbody" target="b" pos="1 1 1"/>
            <light name="lamp" mode="targetbody" target="b"/><body name="b"/>
            <camera name="lens" sensorsize="0.01 0.01" focal="0.01 0.01" resolution="9 9"/><geom name="floor""#;
        let text = model(PLAIN).replacen("<geom name=\"floor\"", more, 1);
        let said = parse(&text, &format!("({entry})")).err();
        let said = said.unwrap_or_else(|| panic!("{entry} was accepted")).to_string();
        assert!(said.contains(expected), "{entry}: {said}");
        assert_eq!(said.lines().count(), 1, "{entry}: {said}");
    }
    let dark = "<mujoco><worldbody><camera name=\"front\"/><camera name=\"follow\"/><body><joint name=\"slider\"/><geom \
                size=\"1\" mass=\"1\"/></body></worldbody><actuator><motor name=\"push\" joint=\"slider\"/></actuator></mujoco>";
    for what in
        ["LightDirection, of: [\"*\"], add: (1, 2)", "LightBrightness, of: [\"*\"], scale: (1, 2)"]
    {
        let said = parse(dark, &format!("(what: {what})")).unwrap_err().to_string();
        assert!(said.contains("the model has no light to differ"), "{said}");
    }
}

#[test]
fn looks_that_nothing_sees_are_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), model(PLAIN)).unwrap();
    let file = folder.path().join("task.ron");
    let said = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let (scene, found) = Scene::examine(&file);
        assert!(scene.is_some());
        found.iter().any(|it| it.message.contains("Color differs, and the task has no `cameras`"))
    };
    let with = task(ALL);
    let without: String =
        with.lines().filter(|line| !line.contains("cameras:")).collect::<Vec<_>>().join("\n");
    assert!(said(&without) && !said(&with));
}
