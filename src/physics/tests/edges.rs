//! What rests stays at rest in f32 as it does in f64, at both ends of what may be written in a model.

use super::model_of;
use crate::math::differences::largest;
use crate::math::lanes::Isa;
use crate::physics::Simulation;

/// Seconds of a trial; positions and velocities at its end may differ by so much [m, m/s].
const SECONDS: f64 = 10.0;
const APART: f64 = 1e-3;
const SPEED: f64 = 1e-2;
/// What is faster than this at the end in f64 does not rest, as with a damping ratio of a tenth, or on a pyramid
/// with a friction of 10: in MuJoCo too it quivers for ever. In f32 it must not do worse than by this factor.
const RESTING: f64 = 1e-4;
const WORSE: f64 = 10.0;

/// A box that settles on a floor, a ball beside it, and an arm that a spring holds.
struct Trial {
    name: String,
    option: String,
    geom: String,
    mass: f64,
    joint: String,
    gear: f64,
}

impl Trial {
    fn new(name: &str) -> Self {
        let joint = "stiffness=\"20\" damping=\"0.5\"".to_owned();
        let (option, geom) = (String::new(), String::new());
        Self { name: name.to_owned(), option, geom, mass: 1.0, joint, gear: 1.0 }
    }

    fn text(&self) -> String {
        format!(
            r#"<mujoco><option {}/><default><geom {}/></default><worldbody>
            <geom type="plane" size="3 3 1"/>
            <body pos="0 0 0.105" euler="2 1 0"><freejoint/><geom type="box" size="0.1 0.1 0.1" mass="{}"/></body>
            <body pos="1 0 0.1"><freejoint/><geom size="0.1" mass="1"/></body>
            <body pos="2 0 1"><joint name="arm" axis="0 1 0" {}/>
            <geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.04" mass="0.5"/></body></worldbody>
            <actuator><motor joint="arm" gear="{}"/></actuator></mujoco>"#,
            self.option, self.geom, self.mass, self.joint, self.gear
        )
    }

    /// What is wrong, if anything is.
    fn fault(&self, isa: Isa) -> Option<String> {
        let model = model_of(&self.text());
        let steps = (SECONDS / model.opt.timestep) as usize;
        let end = |isa: Isa| {
            let mut simulation = Simulation::new(model.clone(), 1, isa);
            simulation.step(steps);
            simulation.state(0)
        };
        let ((qpos, qvel), (reference, still)) = (end(isa), end(Isa::Reference));
        // Where a body stands and how an arm hangs; how something without friction has turned does not
        // count, for nothing holds it.
        let places = [2, 9, 14];
        let apart = largest(places.iter().map(|&k| (qpos[k] - reference[k]).abs()));
        let speed = largest(qvel.iter().zip(&still).map(|(a, b)| (a - b).abs()));
        let restless = largest(still.iter().map(|x| x.abs()));
        let most = if restless > RESTING { WORSE * restless + SPEED } else { SPEED };
        (apart > APART || speed > most)
            .then(|| format!("{} {}: {apart:.1e} m, {speed:.1e} m/s", isa.name(), self.name))
    }
}

fn trials() -> Vec<Trial> {
    let mut trials = vec![];
    for cone in ["pyramidal", "elliptic"] {
        for (kind, condim) in [(0, 3), (1, 4), (2, 6)] {
            for mu in [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0] {
                let mut friction = [1.0, 0.005, 0.0001];
                friction[kind] = mu;
                let [slide, spin, roll] = friction;
                let mut trial = Trial::new(&format!("{cone} friction {kind}: {mu}"));
                trial.option = format!("cone=\"{cone}\"");
                trial.geom = format!("condim=\"{condim}\" friction=\"{slide} {spin} {roll}\"");
                trials.push(trial);
            }
        }
        for geom in [
            "solref=\"0.004 1\"",
            "solref=\"0.02 0.1\"",
            "solref=\"0.5 1\"",
            "solref=\"-100000 -100\"",
            "solref=\"-100 -10\"",
            "solimp=\"0.9999 0.9999 0.001\"",
            "solimp=\"0.0001 0.9999 0.01\"",
            "solimp=\"0 0 0\"",
            "solimp=\"0.5 0.99 0.0001 0.9 6\"",
            "margin=\"0.01\"",
            "margin=\"0.01\" gap=\"0.01\"",
        ] {
            let mut trial = Trial::new(&format!("{cone} {geom}"));
            trial.option = format!("cone=\"{cone}\"");
            trial.geom = geom.to_owned();
            trials.push(trial);
        }
        for mass in [1e-4, 1e-2, 1e2, 1e4] {
            let mut trial = Trial::new(&format!("{cone} mass {mass}"));
            trial.option = format!("cone=\"{cone}\"");
            trial.mass = mass;
            trials.push(trial);
        }
    }
    let spring = "stiffness=\"20\" damping=\"0.5\"";
    for (joint, gear) in [
        (format!("{spring} armature=\"1e-6\""), 1.0),
        (format!("{spring} armature=\"1e4\""), 1.0),
        ("stiffness=\"1e-3\" damping=\"1\"".to_owned(), 1.0),
        ("stiffness=\"1e5\" damping=\"1e3\"".to_owned(), 1.0),
        (format!("{spring} frictionloss=\"1e-6\""), 1.0),
        (format!("{spring} frictionloss=\"1e4\""), 1.0),
        ("damping=\"0.1\" range=\"-9 9\" solreflimit=\"0.004 1\"".to_owned(), 1.0),
        ("damping=\"0.1\" range=\"-9 9\" solimplimit=\"0.9999 0.9999 0.001\"".to_owned(), 1.0),
        (spring.to_owned(), 1e-5),
        (spring.to_owned(), 1e5),
    ] {
        let mut trial = Trial::new(&format!("{joint} gear {gear}"));
        (trial.joint, trial.gear) = (joint, gear);
        trials.push(trial);
    }
    trials
}

#[test]
fn what_rests_stays_at_rest_at_the_edges_of_its_parameters() {
    let trials = trials();
    let mut faults = vec![];
    for isa in Isa::available().into_iter().filter(|&isa| isa != Isa::Reference) {
        faults.extend(trials.iter().filter_map(|trial| trial.fault(isa)));
    }
    assert!(trials.len() > 80, "{}", trials.len());
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), trials.len());
}
