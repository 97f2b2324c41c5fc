//! `dnne eval`.

use super::{Outcome, source};
use crate::math::lanes::Isa;
use crate::nodes::Mode;
use crate::scene::SceneLibrary;
use crate::session::{CheckpointInfo, Evaluation, RunFolder, Session, SessionOptions, Summary};
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct EvalArgs {
    /// Run folder, or one of its checkpoints
    run: PathBuf,
    /// Whole episodes to measure, each in its own environment
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    episodes: u64,
    /// Take the mean action instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// Seed of the episodes
    #[arg(long, default_value_t = 1000)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &EvalArgs) -> anyhow::Result<Outcome> {
    let (run, checkpoint) = find(&args.run)?;
    let (folder, info) = RunFolder::open(&run)?;
    let scenes = SceneLibrary::new(&info.scenes);
    let overrides = [format!("IsaacGymEnvNode.num_envs={}", args.episodes)];
    let source = source::load(&folder.workflow(), &overrides, &scenes);
    source.report(false);
    let Some(graph) = source.graph else { return Ok(Outcome::Unsound) };
    let mut session = Session::new(
        &graph,
        SessionOptions {
            seed: args.seed,
            mode: Mode::Evaluate { deterministic: args.deterministic },
            isa: Isa::detect(),
            console: Box::new(|line| eprintln!("{line}")),
            ..SessionOptions::new(scenes)
        },
    )?;
    session.load_networks(&checkpoint)?;
    let evaluation = session.evaluate()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&evaluation)?);
    } else {
        print(&evaluation, &checkpoint, args.deterministic);
    }
    Ok(Outcome::Done)
}

/// The run and the checkpoint that a path means.
fn find(path: &Path) -> anyhow::Result<(PathBuf, CheckpointInfo)> {
    if path.join("metadata.json").is_file() {
        let checkpoint = CheckpointInfo::open(path)?;
        let full = path.canonicalize().context("cannot follow the path")?;
        let run = full.ancestors().nth(2).context("this checkpoint lies in no run's folder")?;
        return Ok((run.to_owned(), checkpoint));
    }
    let (folder, _) = RunFolder::open(path)?;
    Ok((path.to_owned(), CheckpointInfo::latest(&folder)?))
}

fn print(evaluation: &Evaluation, checkpoint: &CheckpointInfo, deterministic: bool) {
    let how = if deterministic { "mean action" } else { "sampled actions" };
    let (episodes, update) = (evaluation.episodes, checkpoint.metadata.update);
    println!("{episodes} episodes, {how}, after update {update}");
    println!("            mean       std       min       max");
    let row = |name: &str, s: Summary| {
        println!("{name:6} {:9.2} {:9.2} {:9.2} {:9.2}", s.mean, s.std, s.min, s.max);
    };
    row("return", evaluation.total_reward);
    row("length", evaluation.length);
    if evaluation.non_finite > 0 {
        println!("{} episodes ended in numbers that were not finite", evaluation.non_finite);
    }
}
