//! `dnne eval`.

use super::output::{Verbosity, complain, print};
use super::{Outcome, source};
use crate::math::lanes::Isa;
use crate::nodes::Mode;
use crate::session::{CheckpointInfo, Evaluation, Session, SessionOptions, Summary};
use clap::Args;
use std::path::PathBuf;

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
    let (folder, checkpoint) = source::checkpoint(&args.run)?;
    let scenes = folder.scenes();
    let overrides = [format!("IsaacGymEnvNode.num_envs={}", args.episodes)];
    let source = source::load(&folder.workflow(), &overrides, &scenes);
    source.report(Verbosity::Normal);
    let Some(graph) = source.graph else { return Ok(Outcome::Unsound) };
    let mut session = Session::new(
        &graph,
        SessionOptions {
            seed: args.seed,
            mode: Mode::Evaluate { deterministic: args.deterministic },
            isa: Isa::detect(),
            console: Box::new(|line| complain(line)),
            ..SessionOptions::new(scenes)
        },
    )?;
    session.load_networks(&checkpoint)?;
    let evaluation = session.evaluate()?;
    if args.json {
        print(serde_json::to_string_pretty(&evaluation)?)?;
    } else {
        print(table(&evaluation, &checkpoint, args.deterministic))?;
    }
    Ok(Outcome::Done)
}

fn table(evaluation: &Evaluation, checkpoint: &CheckpointInfo, deterministic: bool) -> String {
    let how = if deterministic { "mean action" } else { "sampled actions" };
    let (episodes, update) = (evaluation.episodes, checkpoint.metadata.update);
    let row = |name: &str, s: Summary| {
        format!("{name:6} {:9.2} {:9.2} {:9.2} {:9.2}", s.mean, s.std, s.min, s.max)
    };
    let mut lines = vec![
        format!("{episodes} episodes, {how}, after update {update}"),
        "            mean       std       min       max".to_owned(),
        row("return", evaluation.total_reward),
        row("length", evaluation.length),
        format!("{:.1} % lasted to the limit", 100.0 * evaluation.survival_rate),
        "reward of a step, by term:".to_owned(),
    ];
    let widest = evaluation.reward_terms.keys().map(String::len).max().unwrap_or(0);
    lines.extend(
        evaluation.reward_terms.iter().map(|(name, mean)| {
            format!("  {name:widest$} {:9.4}", mean.as_f64().unwrap_or(f64::NAN))
        }),
    );
    if evaluation.non_finite > 0 {
        let n = evaluation.non_finite;
        lines.push(format!("{n} episodes ended in numbers that were not finite"));
    }
    lines.join("\n")
}
