//! `dnne eval`.

use super::Outcome;
use super::output::print;
use super::source::Trained;
use crate::session::{CheckpointInfo, Evaluation, Score, Summary};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct EvalArgs {
    /// Run folder, or one of its checkpoints
    run: PathBuf,
    /// Whole episodes of each task to measure, each in its own environment
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
    let Some(trained) = Trained::open(&args.run, args.episodes)? else {
        return Ok(Outcome::Unsound);
    };
    let mut session = trained.session(args.seed, args.deterministic)?;
    let evaluation = session.evaluate()?;
    if args.json {
        print(serde_json::to_string_pretty(&evaluation)?)?;
    } else {
        print(table(&evaluation, &trained.checkpoint, args.deterministic))?;
    }
    Ok(Outcome::Done)
}

fn table(evaluation: &Evaluation, checkpoint: &CheckpointInfo, deterministic: bool) -> String {
    let how = if deterministic { "mean action" } else { "sampled actions" };
    let (episodes, update) = (evaluation.all.episodes, checkpoint.metadata.update);
    let mut lines = vec![format!("{episodes} episodes, {how}, after update {update}")];
    lines.extend(score_lines(&evaluation.all));
    for (task, score) in &evaluation.tasks {
        lines.push(format!("{task}, {} episodes", score.episodes));
        lines.extend(score_lines(score));
    }
    if evaluation.non_finite > 0 {
        let n = evaluation.non_finite;
        lines.push(format!("{n} episodes ended in numbers that were not finite"));
    }
    lines.join("\n")
}

fn score_lines(score: &Score) -> Vec<String> {
    let widest = score.reward_terms.keys().map(|name| name.len() + 2).max().unwrap_or(0).max(6);
    let row = |name: &str, s: &Summary, digits: usize| {
        let [mean, std, min, max] =
            [s.mean, s.std, s.min, s.max].map(|number| format!("{number:9.digits$}"));
        format!("{name:widest$} {mean} {std} {min} {max}")
    };
    let mut lines = vec![
        format!("{:widest$}      mean       std       min       max", ""),
        row("return", &score.total_reward, 2),
        row("length", &score.length, 2),
        format!(
            "{:.1} % successful, {:.1} % lasted to the limit",
            100.0 * score.success_rate,
            100.0 * score.survival_rate
        ),
        "mean reward of a step, by term:".to_owned(),
    ];
    let terms = score.reward_terms.iter();
    lines.extend(terms.map(|(name, summary)| row(&format!("  {name}"), summary, 4)));
    lines
}
