//! `dnne sim`: the engine alone, states out as CSV.

use super::Outcome;
use super::place::{self, Advice, Wanted};
use crate::math::lanes::Isa;
use crate::math::rng::{Random, RandomStream};
use crate::model::{self, JointType, Model};
use crate::nodes::check_memory;
use crate::physics::Simulation;
use crate::scene::Scene;
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct SimArgs {
    /// A scene's folder or name, or a model in MJCF (.xml)
    model: PathBuf,
    /// Physics steps
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    steps: u64,
    /// Environments
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    envs: u64,
    /// Controls: zero, random:SEED (uniform in each range), or a CSV file with a row for each step
    #[arg(long, default_value = "zero")]
    ctrl: Control,
    /// Initial states: a CSV file with a row for each environment and the columns of this command's output
    #[arg(long)]
    state: Option<PathBuf>,
    /// Arithmetic: f32 in vector registers, or the f64 reference
    #[arg(long, value_enum, default_value = "f32")]
    precision: Precision,
    /// Write the states to a file instead of standard output
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Precision {
    F32,
    F64,
}

#[derive(Clone)]
enum Control {
    Zero,
    Random(u64),
    File(PathBuf),
}

impl FromStr for Control {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("random:") {
            Some(seed) => seed
                .parse()
                .map(Self::Random)
                .map_err(|_| format!("\"{seed}\" is not a seed; write random:1")),
            None if text == "zero" => Ok(Self::Zero),
            None if text.ends_with(".csv") => Ok(Self::File(text.into())),
            None => Err("expected zero, random:SEED or a .csv file".to_owned()),
        }
    }
}

pub(super) fn run(args: &SimArgs) -> anyhow::Result<Outcome> {
    let model = load_model(&args.model)?;
    let n_envs = args.envs as usize;
    let isa = match args.precision {
        Precision::F32 => Isa::detect(),
        Precision::F64 => Isa::Reference,
    };
    check_memory(
        &format!("--envs {n_envs}"),
        Simulation::bytes(&model, n_envs, isa),
        "use fewer environments",
    )?;
    let controls = Controls::new(&args.ctrl, &model)?;
    let mut simulation = Simulation::new(model.clone(), n_envs, isa);
    if let Some(path) = &args.state {
        let states = read_states(path, &model)?;
        let n = states.len();
        ensure!(n == n_envs, "{}: has {n} rows, but --envs is {n_envs}", path.display());
        for (env, (qpos, qvel)) in states.iter().enumerate() {
            simulation.set_state(env, qpos, qvel);
        }
    }
    match &args.out {
        None => write_states(&mut simulation, &model, &controls, args.steps, std::io::stdout())?,
        // A pipe or a device is written into; only a file can be replaced.
        Some(path) if path.metadata().is_ok_and(|found| !found.is_file()) => {
            let cannot = || format!("cannot write {}", path.display());
            let out = File::create(path).with_context(cannot)?;
            write_states(&mut simulation, &model, &controls, args.steps, out)
                .with_context(cannot)?;
        }
        Some(path) => {
            // Beside its place first, so that a run that fails leaves nothing half-written.
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let cannot = || format!("cannot write {}", path.display());
            let file = temporary_file(folder).with_context(cannot)?;
            write_states(&mut simulation, &model, &controls, args.steps, file.as_file())
                .with_context(cannot)?;
            file.persist(path).with_context(cannot)?;
        }
    }
    Ok(Outcome::Done)
}

/// A file without a lasting name yet, as readable as any other that the user writes.
fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// The model of a scene, with the task's timestep, or a model by itself.
pub(super) fn load_model(words: &Path) -> anyhow::Result<Arc<Model>> {
    let path = &place::scene(words);
    if let Some(advice) = Advice::for_words(path, Wanted::Scene) {
        return Err(advice.into());
    }
    if path.is_dir() {
        return Ok(Scene::load(path)?.model);
    }
    let (model, diagnostics) = model::load_model(path);
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    match model {
        Some(model) => Ok(Arc::new(model)),
        None => bail!("the model does not load:\n{}", lines.join("\n")),
    }
}

/// Names of the state's columns: one for each number of each joint.
fn state_columns(model: &Model) -> Vec<String> {
    let columns = |quantity: &str, count: fn(JointType) -> usize| {
        let mut names = Vec::new();
        for (index, joint) in model.joints.iter().enumerate() {
            let name = if joint.name.is_empty() { index.to_string() } else { joint.name.clone() };
            match count(joint.jnt_type) {
                1 => names.push(format!("{quantity}.{name}")),
                n => names.extend((0..n).map(|k| format!("{quantity}.{name}.{k}"))),
            }
        }
        names
    };
    [columns("qpos", JointType::nq), columns("qvel", JointType::nv)].concat()
}

fn write_states(
    simulation: &mut Simulation,
    model: &Model,
    controls: &Controls,
    n_steps: u64,
    out: impl Write,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let mut header = vec!["env".to_owned(), "step".to_owned(), "time".to_owned()];
    header.extend(state_columns(model));
    writer.write_record(&header)?;
    let single = simulation.isa() != Isa::Reference;
    // The shortest text that reads back to the same number.
    let text = |value: f64| if single { (value as f32).to_string() } else { value.to_string() };
    for step in 0..=n_steps {
        for env in 0..simulation.n_envs() {
            let (qpos, qvel) = simulation.state(env);
            if let Some(name) = unfit(model, &qpos, &qvel) {
                writer.flush()?;
                bail!(
                    "step {step}, environment {env}: the state of joint {name} is not finite; a shorter timestep, \
                     weaker controls or more armature may help"
                );
            }
            let time = step as f64 * model.opt.timestep;
            let mut record = vec![env.to_string(), step.to_string(), time.to_string()];
            record.extend(qpos.into_iter().chain(qvel).map(text));
            writer.write_record(&record)?;
            if model.nu > 0 {
                simulation.set_ctrl(env, &controls.at(env, step));
            }
        }
        if step < n_steps {
            simulation.step(1);
        }
    }
    writer.flush()?;
    Ok(())
}

/// The first joint whose position or velocity is not finite, by its name or its number.
fn unfit(model: &Model, qpos: &[f64], qvel: &[f64]) -> Option<String> {
    let of_joint = |index: &usize| {
        let joint = &model.joints[*index];
        let (at, dof) = (joint.qposadr, joint.dofadr);
        let positions = &qpos[at..at + joint.jnt_type.nq()];
        let velocities = &qvel[dof..dof + joint.jnt_type.nv()];
        positions.iter().chain(velocities).any(|x| !x.is_finite())
    };
    let found = (0..model.joints.len()).find(of_joint)?;
    let name = &model.joints[found].name;
    Some(if name.is_empty() { found.to_string() } else { format!("\"{name}\"") })
}

/// Where each step's controls come from.
struct Controls {
    source: ControlSource,
    ranges: Vec<[f64; 2]>,
}

enum ControlSource {
    Zero,
    Random(u64),
    /// Shape (n_steps, nu); the last row is held.
    Rows(Vec<Vec<f64>>),
}

impl Controls {
    fn new(control: &Control, model: &Model) -> anyhow::Result<Self> {
        let source = match control {
            Control::Zero => ControlSource::Zero,
            Control::Random(seed) => ControlSource::Random(*seed),
            Control::File(path) => {
                let names: Vec<String> =
                    model.actuators.iter().map(|actuator| actuator.name.clone()).collect();
                ControlSource::Rows(read_columns(path, &names)?)
            }
        };
        let ranges = model.actuators.iter().map(|a| a.ctrlrange.unwrap_or([-1.0, 1.0])).collect();
        Ok(Self { source, ranges })
    }

    fn at(&self, env: usize, step: u64) -> Vec<f64> {
        match &self.source {
            ControlSource::Zero => vec![0.0; self.ranges.len()],
            ControlSource::Random(seed) => {
                let mut random = Random::new(*seed, RandomStream::Control, env as u32, step);
                self.ranges.iter().map(|&[low, high]| random.uniform_in(low, high)).collect()
            }
            ControlSource::Rows(rows) => rows[(step as usize).min(rows.len() - 1)].clone(),
        }
    }
}

fn read_states(path: &Path, model: &Model) -> anyhow::Result<Vec<(Vec<f64>, Vec<f64>)>> {
    let rows = read_columns(path, &state_columns(model))?;
    Ok(rows.into_iter().map(|row| (row[..model.nq].to_vec(), row[model.nq..].to_vec())).collect())
}

/// The named columns of a CSV file, in the order of `names`; there is at least one row.
fn read_columns(path: &Path, names: &[String]) -> anyhow::Result<Vec<Vec<f64>>> {
    let file = path.display();
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {file}"))?;
    let header = reader.headers().with_context(|| format!("{file}: has no header"))?.clone();
    let mut columns = Vec::new();
    for name in names {
        let column = header.iter().position(|column| column.trim() == name);
        columns.push(column.with_context(|| {
            format!("{file}: has no column \"{name}\"; needed: {}", names.join(","))
        })?);
    }
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("cannot read {file}"))?;
        let line = index + 2;
        let mut row = Vec::new();
        for (&column, name) in columns.iter().zip(names) {
            let text = record.get(column).unwrap_or_default().trim();
            let value: f64 = text
                .parse()
                .with_context(|| format!("{file}:{line}: {name} is \"{text}\", not a number"))?;
            ensure!(value.is_finite(), "{file}:{line}: {name} is not finite");
            row.push(value);
        }
        rows.push(row);
    }
    ensure!(!rows.is_empty(), "{file}: has a header but no rows");
    Ok(rows)
}
