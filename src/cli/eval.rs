//! `dnne eval`.

use super::console::Console;
use super::output::print;
use super::physics::Physics;
use super::place::{self, Wanted};
use super::source::Trained;
use super::{Outcome, arguments};
use crate::nodes::Kinds;
use crate::session::{CheckpointInfo, Evaluation, Score, Summary};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct EvalArgs {
    /// A run or checkpoint, by folder or name; /best or /latest after it
    run: Option<PathBuf>,
    /// Number of complete episodes of each task, each in its own environment
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    episodes: u64,
    /// Physics engine; with rapier, the results in both engines are printed
    #[arg(long, value_enum, default_value_t)]
    physics: Physics,
    /// Use the mean action instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// Seed of the episodes
    #[arg(long, default_value_t = 1000, value_parser = arguments::whole, allow_negative_numbers = true)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &EvalArgs, kinds: &Kinds) -> anyhow::Result<Outcome> {
    let words = place::given(args.run.as_ref(), "eval", Wanted::Run)?;
    let Some(trained) = Trained::open(words, args.episodes, kinds)? else {
        return Ok(Outcome::Unsound);
    };
    let measure = |physics| -> anyhow::Result<Evaluation> {
        let console = Console::of("episodes", args.episodes);
        let mut session = trained.session(args.seed, args.deterministic, physics)?;
        let evaluation = session.evaluate_with(&mut |ended, all| {
            console.extend(all);
            console.advance(ended, String::new());
        });
        console.finish();
        Ok(evaluation?)
    };
    let evaluation = measure(args.physics)?;
    if args.physics == Physics::Ours {
        return print_alone(args, &trained.checkpoint, &evaluation);
    }
    let ours = measure(Physics::Ours)?;
    if args.json {
        let both = Both { ours: &ours, rapier: &evaluation };
        print(serde_json::to_string_pretty(&both)?)?;
    } else {
        print(headline(&ours, &trained.checkpoint, args.deterministic))?;
        print(side_by_side(&ours, &evaluation))?;
    }
    Ok(Outcome::Done)
}

/// The same policy in two engines.
#[derive(Serialize)]
struct Both<'a> {
    ours: &'a Evaluation,
    rapier: &'a Evaluation,
}

fn print_alone(
    args: &EvalArgs,
    checkpoint: &CheckpointInfo,
    evaluation: &Evaluation,
) -> anyhow::Result<Outcome> {
    if args.json {
        print(serde_json::to_string_pretty(evaluation)?)?;
    } else {
        print(table(evaluation, checkpoint, args.deterministic))?;
    }
    Ok(Outcome::Done)
}

fn headline(evaluation: &Evaluation, checkpoint: &CheckpointInfo, deterministic: bool) -> String {
    let how = if deterministic { "mean action" } else { "sampled actions" };
    let (episodes, update) = (evaluation.all.episodes, checkpoint.metadata.update);
    format!("{episodes} episodes, {how}, after update {update}")
}

/// Means and standard deviations in our engine and in Rapier.
fn side_by_side(ours: &Evaluation, rapier: &Evaluation) -> String {
    let (a, b) = (&ours.all, &rapier.all);
    let widest = a.reward_terms.keys().map(|name| name.len() + 2).max().unwrap_or(0).max(10);
    let row = |name: &str, a: &Summary, b: &Summary, digits: usize| {
        let [a, a_std, b, b_std] =
            [a.mean, a.std, b.mean, b.std].map(|number| format!("{number:9.digits$}"));
        format!("{name:widest$} {a} ±{a_std} {b} ±{b_std}")
    };
    let share = |name: &str, a: f64, b: f64| {
        format!("{name:widest$} {:7.1} % {:11}{:7.1} %", 100.0 * a, "", 100.0 * b)
    };
    let mut lines = vec![
        format!("{:widest$} {:>20} {:>20}", "", "in our engine", "in Rapier"),
        row("return", &a.total_reward, &b.total_reward, 2),
        row("length", &a.length, &b.length, 2),
    ];
    if a.has_goal {
        lines.push(share("successful", a.success_rate, b.success_rate));
    }
    lines.push(share("to the end", a.survival_rate, b.survival_rate));
    lines.push("mean reward of a step, by term:".to_owned());
    let terms = a.reward_terms.iter();
    lines.extend(terms.filter_map(|(name, ours)| {
        Some(row(&format!("  {name}"), ours, b.reward_terms.get(name)?, 4))
    }));
    if rapier.non_finite > 0 {
        let n = rapier.non_finite;
        lines.push(format!("{n} episodes in Rapier ended in numbers that were not finite"));
    }
    lines.join("\n")
}

fn table(evaluation: &Evaluation, checkpoint: &CheckpointInfo, deterministic: bool) -> String {
    let mut lines = vec![headline(evaluation, checkpoint, deterministic)];
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
    let survived = format!("{:.1} % lasted to the limit", 100.0 * score.survival_rate);
    let mut lines = vec![
        format!("{:widest$}      mean       std       min       max", ""),
        row("return", &score.total_reward, 2),
        row("length", &score.length, 2),
        match score.has_goal {
            true => format!("{:.1} % successful, {survived}", 100.0 * score.success_rate),
            false => format!("{survived}, which is success here"),
        },
        "mean reward of a step, by term:".to_owned(),
    ];
    let terms = score.reward_terms.iter();
    lines.extend(terms.map(|(name, summary)| row(&format!("  {name}"), summary, 4)));
    lines
}
