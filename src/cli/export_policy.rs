//! `dnne export-policy`.

use super::Outcome;
use super::output::print;
use super::physics::Physics;
use super::place::{self, Wanted};
use super::source::Trained;
use crate::learn::{RnnCell, RnnConfig};
use crate::nodes::{Agent, Kinds};
use crate::session::write_atomically;
use crate::space::ObservationGroup;
use anyhow::Context;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ExportPolicyArgs {
    /// A run or checkpoint, by folder or name; /best or /latest after it
    run: Option<PathBuf>,
    /// File to write, with a name ending in .onnx; an existing file is replaced
    #[arg(long, value_name = "FILE", value_parser = parse_onnx)]
    onnx: PathBuf,
}

/// Nothing else is to be replaced by mistake.
fn parse_onnx(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) {
        true => Ok(path),
        false => Err("give a name that ends in .onnx".to_owned()),
    }
}

pub(super) fn run(args: &ExportPolicyArgs) -> anyhow::Result<Outcome> {
    let Some(trained) = Trained::open(
        place::given(args.run.as_ref(), "export-policy", Wanted::Run)?,
        1,
        &Kinds::builtin(),
    )?
    else {
        return Ok(Outcome::Unsound);
    };
    let mut session = trained.session(1, true, Physics::default())?;
    let mut agents = session.world_mut().query::<&Agent>();
    let agent = agents.iter(session.world()).next();
    let policy = &agent.context("the workflow has no agent; add a PPOAgentNode")?.policy;
    let model = policy.to_onnx()?;
    write_atomically(&args.onnx, &model)?;
    let config = policy.config();
    let (state_in, state_out) = match config.rnn {
        Some(RnnConfig { cell: RnnCell::Lstm, size }) => {
            (format!(", h and c (batch, {size})"), format!(", h_out and c_out (batch, {size})"))
        }
        Some(RnnConfig { cell: RnnCell::Gru, size }) => {
            (format!(", h (batch, {size})"), format!(", h_out (batch, {size})"))
        }
        None => Default::default(),
    };
    let streams = config.observations.streams().iter();
    let seen: Vec<String> = streams
        .filter(|stream| stream.group == ObservationGroup::Policy)
        .map(|stream| format!("{} (batch, {})", stream.key(), stream.size()))
        .collect();
    print(format_args!(
        "{}: {}{state_in} to {} (batch, {}){state_out}, after update {}",
        args.onnx.display(),
        seen.join(", "),
        if config.action_space.is_discrete() { "logits" } else { "actions" },
        config.action_space.size(),
        trained.checkpoint.metadata.update
    ))?;
    Ok(Outcome::Done)
}
