//! Scans of tasks, through environments.

use super::*;
use crate::space::{Device, ObservationStream};

/// A step of 0.25 m begins at x = 0.5, and a ramp that rises by a half from y = 0.6 on, to 4 m.
const MODEL: &str = r#"<mujoco>
  <compiler angle="radian"/>
  <asset><hfield name="ramp" nrow="2" ncol="2" elevation="1 1 0 0" size="20 4 4 0.1"/></asset>
  <worldbody>
    <geom name="floor" type="plane" size="0 0 1"/>
    <geom name="step" type="box" size="2 0.45 0.25" pos="2.5 0 0"/>
    <geom name="ramp" type="hfield" hfield="ramp" pos="0 4.6 0"/>
    <geom name="glass" type="sphere" size="0.3" rgba="1 1 1 0"/>
    <body name="trunk" pos="0 0 2">
      <freejoint name="root"/>
      <geom name="trunk" type="box" size="0.2 0.1 0.05" mass="1" contype="0" conaffinity="0"/>
      <site name="head" pos="0.2 0 0.1"/>
      <body name="leg" pos="0.1 0 -0.2">
        <joint name="knee" type="hinge" axis="0 1 0"/>
        <geom name="leg" type="box" size="0.3 0.3 0.02" mass="0.1" contype="0" conaffinity="0"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="knee"/></actuator>
</mujoco>"#;

const GROUND: &str =
    r#"(name: "ground", body: "trunk", pattern: Grid(size: (1.2, 0.8), resolution: 0.2))"#;
/// Rays of that.
const N: usize = 7 * 5;

fn task(observations: &str, scans: &str, more: &str) -> String {
    format!(
        r#"Task(
            model: "model.xml", dt: 0.05, episode_length: 6,
            actions: Continuous([(actuator: "push", scale: 1.0)]),
            groups: [("solid", ["floor", "step"])],
            scans: [{scans}],
            observations: [{observations}],
            rewards: [("alive", "1")],
            reset: [(joint: "root", qpos: (0, 0.5), qvel: (-1, 1), xy: (-0.3, 0.3), yaw: (-3, 3))],
            {more}
        )"#
    )
}

fn parse(text: &str) -> Result<Scene, SceneError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.xml"), MODEL).unwrap();
    Scene::parse("robot", &folder.path().join("task.ron"), text)
}

fn environments(text: &str, n: usize) -> Environments {
    Environments::new(&parse(text).unwrap(), n, 5, Device::detect()).unwrap()
}

fn step(environments: &mut Environments, k: usize) -> StepOutput {
    let values: Vec<f32> =
        (0..environments.n_envs()).map(|env| ((k * 7 + env * 3) % 5) as f32 / 2.0 - 1.0).collect();
    environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap().clone()
}

/// Where an environment's trunk is and its heading.
fn place(environments: &Environments, env: usize) -> ([f64; 3], f64) {
    let qpos: Vec<f64> =
        environments.snapshot(env).unwrap().qpos.iter().map(|x| f64::from(*x)).collect();
    let [w, x, y, z] = [qpos[3], qpos[4], qpos[5], qpos[6]];
    let yaw = (2.0 * (x * y + w * z)).atan2(1.0 - 2.0 * (y * y + z * z));
    ([qpos[0], qpos[1], qpos[2]], yaw)
}

/// The ground at a place; none within a hair of an edge.
fn ground(x: f64, y: f64) -> Option<f64> {
    let near = |a: f64, b: f64| (a - b).abs() < 1e-3;
    if near(x, 0.5) || near(x, 4.5) || near(y.abs(), 0.45) || near(y, 0.6) {
        return None;
    }
    let on_step = (0.5..4.5).contains(&x) && y.abs() < 0.45;
    Some(if on_step { 0.25 } else { (y - 0.6).max(0.0) / 2.0 })
}

fn row(environments: &Environments, env: usize) -> Vec<f32> {
    let output = environments.output();
    let all = output.observations.f32s(ObservationStream::OBSERVATIONS);
    let size = all.len() / environments.n_envs();
    all[env * size..(env + 1) * size].to_vec()
}

#[test]
fn a_height_scan_tells_the_ground_below_and_turns_with_the_heading_only() {
    let text = task(r#"("heights", "scan(ground)")"#, GROUND, "");
    let scene = parse(&text).unwrap();
    let names = &scene.task.observations.streams()[0].components;
    assert_eq!((names.len(), &*names[0], &*names[N - 1]), (N, "heights[0]", "heights[34]"));
    let n = 9;
    let mut environments = Environments::new(&scene, n, 5, Device::detect()).unwrap();
    let (mut n_seen, mut n_high, mut n_tilted) = (0, 0, 0);
    for k in 0..20 {
        for env in 0..n {
            let ([x, y, z], yaw) = place(&environments, env);
            n_tilted += usize::from(environments.snapshot(env).unwrap().qpos[4].abs() > 0.02);
            let told = row(&environments, env);
            for (ray, &told) in told.iter().enumerate() {
                let (along, across) = ((ray % 7) as f64 * 0.2 - 0.6, (ray / 7) as f64 * 0.2 - 0.4);
                let at = (
                    x + along * yaw.cos() - across * yaw.sin(),
                    y + along * yaw.sin() + across * yaw.cos(),
                );
                let Some(height) = ground(at.0, at.1) else { continue };
                let wanted = z - height;
                assert!(
                    (f64::from(told) - wanted).abs() < 1e-4,
                    "{k} {env} {ray}: {told} {wanted}"
                );
                n_seen += 1;
                n_high += usize::from(height > 0.0);
            }
        }
        step(&mut environments, k);
    }
    assert!(n_seen > 6000 && n_high > 300 && n_tilted > 30, "{n_seen} {n_high} {n_tilted}");
}

#[test]
fn heights_have_an_offset_and_stay_within_their_clip() {
    let plain = environments(&task(r#"("heights", "scan(ground)")"#, GROUND, ""), 4);
    let of = |more: &str| {
        let scan = GROUND.replacen("))", &format!("), {more})"), 1);
        environments(&task(r#"("heights", "scan(ground)")"#, &scan, ""), 4)
    };
    let offset = of("height_offset: 0.5, clip: (1.4, 1.8)");
    let high = of("offset: (0, 0, 20), max_distance: 30");
    let world = of("align: World");
    let mut turned = 0;
    for env in 0..4 {
        let rows = [&plain, &offset, &high, &world].map(|it| row(it, env));
        for ray in 0..N {
            let told = rows[0][ray];
            assert!((rows[1][ray] - (told - 0.5).clamp(1.4, 1.8)).abs() < 1e-6);
            assert!((rows[2][ray] - told).abs() < 1e-5, "{} {told}", rows[2][ray]);
            turned += usize::from((rows[3][ray] - told).abs() > 1e-3);
        }
    }
    assert!(turned > 0);
}

#[test]
fn a_miss_reads_as_the_end_of_the_ray() {
    let scans = r#"
        (name: "low", body: "trunk", pattern: Grid(size: (0, 0), resolution: 1), max_distance: 0.4),
        (name: "far", site: "head", pattern: Lidar(channels: 1, vertical_fov: (45, 45), horizontal_resolution: 90), max_distance: 7)"#;
    let environments =
        environments(&task(r#"("low", "scan(low)"), ("far", "scan(far)")"#, scans, ""), 2);
    assert_eq!(row(&environments, 0), [0.4_f32, 7.0, 7.0, 7.0, 7.0]);
}

#[test]
fn a_lidar_tells_distances_by_channels_and_azimuths() {
    let scan = r#"(name: "lidar", body: "trunk", align: World, max_distance: 9, against: ["solid"],
        pattern: Lidar(channels: 3, vertical_fov: (-50, 10), horizontal_fov: (-90, 90), horizontal_resolution: 45))"#;
    let environments = environments(&task(r#"("lidar", "scan(lidar)")"#, scan, ""), 5);
    let mut n_hits = 0;
    for env in 0..5 {
        let ([x, y, z], _) = place(&environments, env);
        let told = row(&environments, env);
        assert_eq!(told.len(), 3 * 5);
        for (ray, &told) in told.iter().enumerate() {
            let up = [-50.0_f64, -20.0, 10.0][ray / 5].to_radians();
            let round = (-90.0 + 45.0 * (ray % 5) as f64).to_radians();
            // The floor, or the front and the top of the step, where they are met.
            let slope = [up.cos() * round.cos(), up.cos() * round.sin(), up.sin()];
            let at = |t: f64| [x + t * slope[0], y + t * slope[1], z + t * slope[2]];
            let mut wanted = if slope[2] < 0.0 { (z / -slope[2]).min(9.0) } else { 9.0 };
            let (front, top) = ((0.5 - x) / slope[0], (0.25 - z) / slope[2]);
            if front > 0.0 && at(front)[1].abs() < 0.45 && (0.0..0.25).contains(&at(front)[2]) {
                wanted = wanted.min(front);
            }
            if top > 0.0 && at(top)[1].abs() < 0.45 && (0.5..4.5).contains(&at(top)[0]) {
                wanted = wanted.min(top);
            }
            assert!((f64::from(told) - wanted).abs() < 1e-3, "{env} {ray}: {told} {wanted}");
            n_hits += usize::from(wanted < 9.0);
        }
    }
    assert!(n_hits >= 30, "{n_hits}");
    // All round the last is not the first again.
    let count = |more: &str| {
        let scan = format!(
            r#"(name: "a", body: "trunk", pattern: Lidar(channels: 2, vertical_fov: (-9, 0), {more}))"#
        );
        let scene = parse(&task(r#"("a", "scan(a)")"#, &scan, "")).unwrap();
        scene.task.observations.streams()[0].size()
    };
    assert_eq!(count("horizontal_resolution: 1"), 720);
    assert_eq!(count("horizontal_resolution: 7"), 2 * 52);
    assert_eq!(count("horizontal_fov: (-60, 60), horizontal_resolution: 0.5"), 2 * 241);
    assert_eq!(count("horizontal_fov: (5, 5), horizontal_resolution: 0.5"), 2);
}

#[test]
fn expressions_read_a_ray_and_all_rays() {
    let observations = r#"("all", "scan(ground)"), ("one", "scan(ground, 8)"), ("mean", "mean(ground, scan(it))"),
        ("low", "min(ground, scan(it))"), ("half", "each(ground, 0.5 * scan(it))"),
        ("named", "scan('ground[8]')"), ("change", "scan(ground, 8) - prev(scan(ground, 8))")"#;
    let mut environments = environments(&task(observations, GROUND, ""), 3);
    let mut before = [0.0_f32; 3];
    for k in 0..5 {
        for env in 0..3 {
            let row = row(&environments, env);
            let (all, rest) = row.split_at(N);
            assert_eq!(rest[0], all[8]);
            assert!((rest[1] - all.iter().sum::<f32>() / N as f32).abs() < 1e-5);
            assert_eq!(rest[2], all.iter().copied().fold(f32::INFINITY, f32::min));
            assert!(rest[3..3 + N].iter().zip(all).all(|(half, whole)| *half == 0.5 * whole));
            assert_eq!(rest[3 + N], all[8]);
            let change = if k == 0 { 0.0 } else { all[8] - before[env] };
            assert!((rest[4 + N] - change).abs() < 1e-6);
            before[env] = all[8];
        }
        step(&mut environments, k);
    }
}

#[test]
fn scans_have_noise_and_may_be_seen_by_the_value_alone() {
    let more =
        r#"critic_observations: [("true", "scan(ground)")], observation_noise: [("seen", 0.1)],"#;
    let mut environments = environments(&task(r#"("seen", "scan(ground)")"#, GROUND, more), 3);
    let mut sum = 0.0;
    for k in 0..6 {
        let output = environments.output();
        let seen = output.observations.f32s(ObservationStream::OBSERVATIONS);
        let truth = output.observations.f32s(ObservationStream::CRITIC_OBSERVATIONS);
        assert_eq!((seen.len(), truth.len()), (3 * N, 3 * N));
        for (seen, truth) in seen.iter().zip(truth) {
            assert!((seen - truth).abs() <= 0.1 + 1e-6);
            sum += (seen - truth).abs();
        }
        step(&mut environments, k);
    }
    // The mean of its size is half the amplitude.
    assert!((sum / (18.0 * N as f32) - 0.05).abs() < 0.01, "{sum}");
}

#[test]
fn scans_do_not_depend_on_threads_or_neighbours() {
    let run = |n_threads: usize, n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut environments = environments(&task(r#"("h", "scan(ground)")"#, GROUND, ""), n);
            let rows = |k| {
                let output = step(&mut environments, k);
                [output.observations, output.next_observations]
                    .map(|it| it.f32s(ObservationStream::OBSERVATIONS)[..2 * N].to_vec())
            };
            (0..10).map(rows).collect::<Vec<_>>()
        })
    };
    let expected = run(1, 40);
    for (n_threads, n) in [(2, 40), (1, 2), (2, 17)] {
        assert!(run(n_threads, n) == expected, "{n_threads} threads, {n} environments");
    }
}

#[test]
fn a_saved_state_goes_on_with_the_same_scans() {
    let more = r#"observation_noise: [("h", 0.1)],"#;
    let text = task(r#"("h", "scan(ground)"), ("old", "prev(scan(ground, 3))")"#, GROUND, more);
    let (mut first, mut second) = (environments(&text, 19), environments(&text, 19));
    (0..4).for_each(|k| drop(step(&mut first, k)));
    let state = first.state();
    second.load_state(&state).unwrap();
    assert_eq!(second.state(), state);
    for k in 4..16 {
        assert!(step(&mut first, k).observations == step(&mut second, k).observations, "step {k}");
    }
    assert_eq!(first.state(), second.state());
}

#[test]
fn states_that_are_no_numbers_end_the_episode_and_read_zero() {
    let mut environments = environments(&task(r#"("h", "scan(ground)")"#, GROUND, ""), 2);
    let values = [f32::NAN, 0.5];
    let output =
        environments.step(Actions { values: &values, units: ActionUnits::Policy }).unwrap();
    assert_eq!(output.terminated, [true, false]);
    let led = output.next_observations.f32s(ObservationStream::OBSERVATIONS);
    assert!(led[..N].iter().all(|x| *x == 0.0) && led[N..].iter().all(|x| *x > 0.1));
}

#[test]
fn scans_that_cannot_be_are_refused_by_name() {
    let grid = |pattern: &str| format!(r#"(name: "g", body: "trunk", pattern: {pattern})"#);
    let lidar = |what: &str| grid(&format!("Lidar(channels: 4, vertical_fov: (-9, 9), {what})"));
    let plain = |more: &str| GROUND.replacen("))", &format!("), {more})"), 1);
    let cases: Vec<(String, &str)> = vec![
        (
            grid("Grid(size: (-1, 1), resolution: 0.1)"),
            "scan \"g\": a side of the grid of a scan is -1",
        ),
        (grid("Grid(size: (1, 1), resolution: 0)"), "the step of the grid of a scan is 0"),
        (grid("Grid(size: (1, 1), resolution: -0.1)"), "the step of the grid of a scan is -0.1"),
        (grid("Grid(size: (1, inf), resolution: 0.1)"), "a side of the grid of a scan is inf"),
        (grid("Grid(size: (NaN, 1), resolution: 0.1)"), "a side of the grid of a scan is NaN"),
        (
            grid("Grid(size: (99.9, 99.9), resolution: 0.1)"),
            "1000000 rays: there are at most 65536",
        ),
        (grid("Grid(size: (1, 1), resolution: 1, step: 0.1)"), "`Grid` has no field `step`"),
        (grid("Grid(size: 1, resolution: 0.1)"), "`size` must be two numbers"),
        (grid("Gird(size: (1, 1), resolution: 0.1)"), "did you mean `Grid`?"),
        (
            grid("Lidar(channels: 0, vertical_fov: (0, 0), horizontal_resolution: 1)"),
            "0 channels casts no rays",
        ),
        (
            grid("Lidar(channels: 9000000, vertical_fov: (0, 0), horizontal_resolution: 1)"),
            "rays: there are at most",
        ),
        (
            grid("Lidar(channels: 1, vertical_fov: (0, 91), horizontal_resolution: 1)"),
            "a `vertical_fov` of (0.0, 91.0)",
        ),
        (
            grid("Lidar(channels: 1, vertical_fov: (9, 0), horizontal_resolution: 1)"),
            "a `vertical_fov` of (9.0, 0.0)",
        ),
        (lidar("horizontal_resolution: 0"), "a `horizontal_resolution` of 0 degrees"),
        (lidar("horizontal_resolution: -2"), "a `horizontal_resolution` of -2 degrees"),
        (
            lidar("horizontal_resolution: 1, horizontal_fov: (-270, 180)"),
            "a `horizontal_fov` of (-270.0, 180.0)",
        ),
        (lidar("horizontal_resolution: 1e-9"), "rays: there are at most"),
        (lidar("horizontal_resolution: 1e-320"), "rays: there are at most"),
        (grid("Grid(size: (1, 1), resolution: 1e-300)"), "rays"),
        (plain("max_distance: 0"), "a `max_distance` of 0 m"),
        (plain("max_distance: inf"), "a `max_distance` of inf m"),
        (plain("max_distance: -1"), "a `max_distance` of -1 m"),
        (plain("offset: (0, NaN, 0)"), "an `offset` of (0, NaN, 0) m"),
        (plain("offset: (0, 0)"), "`offset` must be three numbers: (x, y, z), not 2"),
        (plain("height_offset: inf"), "a `height_offset` of inf m"),
        (plain("gives: Distance, height_offset: 0.5"), "leave it out"),
        (plain("gives: Heights"), "did you mean Height?"),
        (plain("align: Bass"), "did you mean Base?"),
        (plain("clip: (1, -1)"), "a `clip` of (1.0, -1.0) m"),
        (plain("clip: (NaN, 1)"), "a `clip` of (NaN, 1.0) m"),
        (plain("against: [\"flor\"]"), "unknown geom \"flor\"; did you mean \"floor\"?"),
        (plain("against: [\"glass\"]"), "geom \"glass\" is wholly transparent"),
        (plain("range: 3"), "a scan has no field `range`"),
        (GROUND.replace("trunk", "trunc"), "unknown body \"trunc\"; did you mean \"trunk\"?"),
        (
            GROUND.replace("body: \"trunk\"", "site: \"haed\""),
            "unknown site \"haed\"; did you mean \"head\"?",
        ),
        (
            GROUND.replace("body: \"trunk\"", "body: \"trunk\", site: \"head\""),
            "fixed to a body or to a site",
        ),
        (GROUND.replace("body: \"trunk\", ", ""), "fixed to a body or to a site"),
        (
            format!("{}, {GROUND}", grid("Grid(size: (25.5, 25.5), resolution: 0.1)")),
            "scan \"ground\": 35 rays: there are at most 65536 in all scans together",
        ),
        (format!("{GROUND}, {GROUND}"), "there are two scans named \"ground\""),
        (GROUND.replace("\"ground\"", "\"solid\""), "there is a group named \"solid\" too"),
        (GROUND.replace("\"ground\"", "\"it\""), "cannot be named \"it\""),
        (GROUND.replace("\"ground\"", "\"a.b\""), "cannot be named \"a.b\""),
        (GROUND.replace("name: \"ground\", ", ""), "a scan lacks `name`"),
    ];
    for (scans, expected) in cases {
        let said = parse(&task(r#"("t", "time")"#, &scans, "")).err().map(|it| it.to_string());
        let said = said.unwrap_or_else(|| panic!("{scans} was accepted"));
        assert!(said.contains(expected), "{scans}: {said}");
        assert_eq!(said.lines().count(), 1, "{scans}: {said}");
    }
}

#[test]
fn what_reads_a_scan_wrongly_is_told() {
    for (expression, expected) in [
        ("scan(grund)", "unknown scan `grund`; did you mean `ground`?"),
        ("2 * scan(ground)", "these are 35 numbers; take one: scan(ground, 0)"),
        ("scan(ground, 35)", "scan `ground` has 35 rays, counted from 0"),
        ("scan(ground, 0.5)", "scan `ground` has 35 rays"),
        ("scan('ground[35]')", "scan `ground` has 35 rays"),
        ("scan()", "scan() takes the name of a scan and the number of a ray"),
        ("scan(ground).x", "a ray is a number"),
        ("sum(ground, qpos(it))", "unknown joint `ground[0]`"),
        ("sum(solid, scan(it))", "unknown scan `floor`"),
    ] {
        let said = parse(&task(&format!(r#"("t", "{expression}")"#), GROUND, ""));
        let said = said.err().map(|it| it.to_string()).unwrap_or_default();
        assert!(said.contains(expected), "{expression}: {said}");
    }
    // What reads a scan that is wrong is no mistake of its own.
    let wrong = GROUND.replace("trunk", "trunc");
    let said = parse(&task(r#"("t", "scan(ground)"), ("u", "max(ground, scan(it))")"#, &wrong, ""));
    assert_eq!(said.unwrap_err().to_string().lines().count(), 1);
}

#[test]
fn a_scan_that_nothing_reads_is_said() {
    let said = |observations: &str| -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("model.xml"), MODEL).unwrap();
        let file = folder.path().join("task.ron");
        std::fs::write(&file, task(observations, GROUND, "")).unwrap();
        let (scene, found) = Scene::examine(&file);
        assert!(scene.is_some());
        found.iter().map(|it| it.message.clone()).filter(|it| it.contains("scan")).collect()
    };
    assert_eq!(said(r#"("t", "time")"#), ["no expression reads the scan \"ground\""]);
    assert!(said(r#"("t", "scan(ground, 2)")"#).is_empty());
}
