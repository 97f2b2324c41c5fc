//! Programs that train a workflow of their own.

use super::eval::EvalArgs;
use super::output::complain;
use super::prepare::{Given, Origin};
use super::record::RecordArgs;
use super::train::{N_SHOWN, TrainOptions, Window};
use super::watch::WatchArgs;
use super::{STARTED, driver, end, eval, output, record, train, watch};
use crate::code::Workflow;
use crate::nodes::{KindError, Kinds, NodeKind, RUNS_FOLDER};
use crate::scene::SceneLibrary;
use crate::session::{runs_in, write_atomically};
use crate::workflow::WorkflowError;
use anyhow::{Context, bail};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

/// A program that trains one workflow, with the command line of `dnne train` and `eval`, `watch`, `record` and
/// `drawing` as subcommands.
///
/// ```no_run
/// use dnne::prelude::*;
///
/// fn main() -> ExitCode {
///     Program::new("cartpole", cartpole).scenes("scenes").main()
/// }
///
/// fn cartpole(g: &mut Workflow) {
///     let env = g.node(1).add(IsaacGymEnv { num_envs: 64, ..default() });
///     // ...
/// }
/// ```
#[must_use = "a program does nothing until its `main` is called"]
pub struct Program {
    name: String,
    build: Box<dyn Fn(&mut Workflow)>,
    scenes: PathBuf,
    kinds: Result<Kinds, KindError>,
}

/// The arguments of such a program.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    train: TrainOptions,
    #[command(flatten)]
    more: MoreOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options by the names that DNNE's exported programs have.
#[derive(Args)]
struct MoreOptions {
    /// Train in a window
    #[arg(long, conflicts_with = "headless")]
    visual: bool,
    /// Play the policy of a run or checkpoint instead of training: in a window with --visual, else measured
    /// [default: the last run of this program]
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with_all = ["resume", "init_from"])]
    inference: Option<Option<PathBuf>>,
    /// The same as --out
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["out", "resume"])]
    save_checkpoint_dir: Option<PathBuf>,
    /// The same as --init-from
    #[arg(long, value_name = "RUN", conflicts_with_all = ["init_from", "resume"])]
    load_checkpoint_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the policy of a run or checkpoint over whole episodes
    Eval(EvalArgs),
    /// Watch the policy of a run or checkpoint in a window
    Watch(WatchArgs),
    /// Film the policy of a run, without a window
    Record(RecordArgs),
    /// Write the workflow as a drawing
    Drawing(DrawingArgs),
}

#[derive(Args)]
struct DrawingArgs {
    /// File to write; it must not exist yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Program {
    /// A program whose workflow `build` puts together. `name` is what its runs are called.
    pub fn new(name: &str, build: impl Fn(&mut Workflow) + 'static) -> Self {
        Self {
            name: name.to_owned(),
            build: Box::new(build),
            scenes: PathBuf::from("scenes"),
            kinds: Ok(Kinds::builtin()),
        }
    }

    /// The folder of its scenes; else it is `scenes` in the folder in which the program is started.
    pub fn scenes(self, folder: impl Into<PathBuf>) -> Self {
        Self { scenes: folder.into(), ..self }
    }

    /// Adds a node kind to the built-in ones. A mistake in it is reported when the program runs.
    pub fn kind(self, kind: NodeKind) -> Self {
        Self { kinds: self.kinds.and_then(|kinds| kinds.with(kind)), ..self }
    }

    /// Replaces the built-in node kind of the same name, which the program reports whenever it runs. A mistake in the
    /// kind is reported then, too.
    pub fn replace(self, kind: NodeKind) -> Self {
        Self { kinds: self.kinds.and_then(|kinds| kinds.replacing(kind)), ..self }
    }

    /// Does what the command line asks for. Exit codes: 0 done, 1 failed, 2 wrong arguments or an unsound
    /// workflow, 130 stopped by Ctrl-C with everything saved.
    pub fn main(self) -> ExitCode {
        driver::quiet();
        self.run(std::env::args_os())
    }

    /// The same with other arguments, of which the first is the program's name.
    pub fn run(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        LazyLock::force(&STARTED);
        let (name, about) = (self.name.clone(), format!("Train {}.", self.name));
        let command = Arguments::command().bin_name(name.clone()).display_name(name).about(about);
        let matches = match command.try_get_matches_from(arguments) {
            Ok(matches) => matches,
            Err(error) => error.exit(),
        };
        let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        end(self.obey(arguments))
    }

    fn obey(self, arguments: Arguments) -> anyhow::Result<super::Outcome> {
        let Self { name, build, scenes, kinds } = self;
        let kinds = kinds?;
        let Arguments { mut train, more, command } = arguments;
        if !kinds.replaced().is_empty() && !train.quiet {
            let replaced = kinds.replaced().join(", ");
            complain(format_args!(
                "this program's own code in the place of the built-in: {replaced}"
            ));
        }
        match command {
            Some(Command::Eval(args)) => return eval::run(&args, &kinds),
            Some(Command::Watch(args)) => return watch::play(&args, &kinds),
            Some(Command::Record(args)) => return record::run(&args, &kinds),
            Some(Command::Drawing(_)) | None => {}
        }
        let mut workflow = Workflow::new();
        build(&mut workflow);
        let document = workflow.document(kinds.registry());
        let document = document.map_err(|error| error.diagnostics);
        if let Some(Command::Drawing(DrawingArgs { out })) = command {
            if out.exists() {
                bail!("{} is there already; give another name", out.display());
            }
            let document = document.map_err(|diagnostics| WorkflowError { diagnostics })?;
            write_atomically(&out, document.to_json().as_bytes())?;
            output::print(format_args!("wrote {}", out.display()))?;
            return Ok(super::Outcome::Done);
        }
        if let Some(run) = more.inference {
            let run = match run {
                Some(run) => run,
                None => last_run(Path::new(RUNS_FOLDER), &name)?,
            };
            let run = run.into_os_string();
            return match more.visual {
                true => watch::play(&WatchArgs::parse_from(words("watch", run)), &kinds),
                false => eval::run(&Alone::<EvalArgs>::parse_from(words("eval", run)).args, &kinds),
            };
        }
        train.out = train.out.or(more.save_checkpoint_dir);
        train.init_from = train.init_from.or(more.load_checkpoint_dir);
        let scenes = SceneLibrary::new(train.scenes.clone().unwrap_or(scenes));
        let given = train.resume.is_none().then(|| Given { name, document, scenes });
        let window = more.visual.then(|| Window {
            n_envs: N_SHOWN,
            max_fps: None,
            stays: train.updates.is_none(),
            renders: true,
        });
        train::start(Origin { kinds, given }, train, window)
    }
}

/// The arguments, for clap.
#[derive(Parser)]
struct Alone<T: Args> {
    #[command(flatten)]
    args: T,
}

fn words(command: &str, path: OsString) -> [OsString; 3] {
    [command.into(), "--".into(), path]
}

/// The newest of the runs that a program of this name has made: NAME, NAME-2 and so on.
fn last_run(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let is_ours = |run: &PathBuf| {
        let file = run.file_name().unwrap_or_default().to_string_lossy();
        let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        file == name || number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    let newest = runs_in(folder).into_iter().map(|(run, _)| run).find(is_ours);
    newest.with_context(|| {
        format!("there is no run of {name} in {}; train first, or name a run", folder.display())
    })
}
