//! `dnne completions`.

use super::output::print;
use super::{Arguments, Outcome};
use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell, such as bash: `dnne completions bash > ~/.local/share/bash-completion/completions/dnne`
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    generate(args.shell, &mut Arguments::command(), "dnne", &mut script);
    let script = String::from_utf8(script).context("the script is no text")?;
    print(script.trim_end())?;
    Ok(Outcome::Done)
}
