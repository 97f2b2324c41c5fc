//! `dnne export-policy`.

use super::output::{Verbosity, complain, print};
use super::{Outcome, source};
use crate::nodes::{Agent, Mode};
use crate::session::{Session, SessionOptions, write_atomically};
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ExportArgs {
    /// Run folder, or one of its checkpoints
    run: PathBuf,
    /// ONNX file to write, in place of one that may be there
    #[arg(long, value_name = "FILE")]
    onnx: PathBuf,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let (folder, checkpoint) = source::checkpoint(&args.run)?;
    let scenes = folder.scenes();
    let overrides = source::of_environments(&folder.workflow(), "num_envs", "1");
    let source = source::load(&folder.workflow(), &overrides, &scenes);
    source.report(Verbosity::Normal);
    let Some(graph) = source.graph else { return Ok(Outcome::Unsound) };
    let options = SessionOptions {
        mode: Mode::Evaluate { deterministic: true },
        console: Box::new(|line| complain(line)),
        ..SessionOptions::new(scenes)
    };
    let mut session = Session::new(&graph, options)?;
    session.load_networks(&checkpoint)?;
    let mut agents = session.world_mut().query::<&Agent>();
    let agent = agents.iter(session.world()).next();
    let policy = &agent.context("the workflow has no agent; add a PPOAgentNode")?.policy;
    let model = policy.to_onnx()?;
    write_atomically(&args.onnx, &model)?;
    let config = policy.config();
    print(format_args!(
        "{}: observations (batch, {}) to {} (batch, {}), after update {}",
        args.onnx.display(),
        config.obs_dim,
        if config.action_space.is_discrete() { "logits" } else { "actions" },
        config.action_space.size(),
        checkpoint.metadata.update
    ))?;
    Ok(Outcome::Done)
}
