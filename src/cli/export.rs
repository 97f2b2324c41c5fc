//! `dnne export`.

use super::output::{Verbosity, print};
use super::place::{self, Wanted};
use super::source::{self, Setting};
use super::{Outcome, arguments};
use crate::export::{Exported, LibrarySource, Project};
use crate::nodes::{Kinds, Saved};
use crate::scene::SceneLibrary;
use crate::session::{RunFolder, find_run, load_workflow, missing_weights, own_weights};
use crate::workflow::{Document, Graph, GraphNode};
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Args)]
pub(super) struct ExportArgs {
    /// Workflow, by file or by its name in the folder workflows; or a run, by folder or name
    workflow: Option<PathBuf>,
    /// Folder for the program: a new one, or an empty one
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Export again; files that you have edited since the last export are left alone
    #[arg(long)]
    update: bool,
    /// Nodes whose source code is copied into the program: ids or class names, separated by commas, or all
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    own: Vec<String>,
    /// Where to simulate, act and learn: cpu, cuda (or cuda:0), cuda:1 and so on, or emulate
    #[arg(long, value_parser = arguments::device_name)]
    device: Option<String>,
    /// Set a parameter: NODE.PARAM=VALUE, the node by id, title or class
    #[arg(long, value_name = "NODE.PARAM=VALUE")]
    set: Vec<String>,
    /// Checkout of the library that the program is built with [default: the one that built this program]
    #[arg(long, value_name = "FOLDER")]
    library: Option<PathBuf>,
    /// Copy the library's source into the program's folder, for machines without it
    #[arg(long, conflicts_with = "git")]
    vendor: bool,
    /// Let cargo fetch the library's present revision from its repository
    #[arg(long)]
    git: bool,
    /// Folder of scenes [default: the one beside the workflow or above it]
    #[arg(long)]
    scenes: Option<PathBuf>,
    /// Build and run the program, with the options after --
    #[arg(long)]
    run: bool,
    /// Options of the program
    #[arg(last = true, requires = "run")]
    options: Vec<String>,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let kinds = Kinds::builtin();
    let Source { workflow, name, scenes, mut overrides, run } = Source::by(args, &kinds)?;
    overrides.extend(args.set.iter().cloned());
    if let Some(device) = &args.device {
        let document = Document::load(&workflow).0;
        let device = ("device", device.as_str());
        overrides.extend(source::of_environments(document.as_ref(), &kinds, device));
    }
    let mut loaded = load_workflow(&workflow, &overrides, &kinds, &scenes);
    if let (Some(run), Some(graph)) = (&run, &loaded.graph) {
        let missing = missing_weights(run, graph);
        loaded.graph = loaded.graph.filter(|_| missing.is_empty());
        loaded.diagnostics.extend(missing);
    }
    let settings: Vec<Setting> = Setting::of_set(&args.set).collect();
    let found = place::advise(loaded.diagnostics, &workflow, Wanted::Workflow);
    let found = source::at_options(found, loaded.document.as_ref(), &kinds, &settings);
    source::report(&found, Verbosity::Normal);
    let (Some(document), Some(graph)) = (loaded.document, loaded.graph) else {
        return Ok(Outcome::Unsound);
    };
    let folder = &full(&args.to)?;
    let library = library(args)?;
    let (document, graph, scenes) = (&document, &graph, &scenes);
    let own = &owned(graph, &args.own)?;
    let exported = Exported { name: &name, document, graph, scenes, library, own, folder };
    let project = Project::new(&exported)?;
    let to = args.to.display();
    if args.update {
        let updated = project.update(folder)?;
        for (verb, paths) in [("wrote", &updated.written), ("removed", &updated.removed)] {
            for path in paths {
                print(format_args!("{verb} {}", args.to.join(path).display()))?;
            }
        }
        for path in &updated.kept {
            let path = args.to.join(path);
            print(format_args!(
                "left {} alone: it was edited since the last export",
                path.display()
            ))?;
        }
    } else {
        project.write(folder)?;
        print(format_args!("wrote {to}\nnext: cd {to} && cargo run --release"))?;
    }
    if !args.run {
        return Ok(Outcome::Done);
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "--"]).args(&args.options).current_dir(folder);
    let status = cargo.status().context("cargo, which builds the program, cannot be run")?;
    ensure!(status.success(), "the program ended with {status}");
    Ok(Outcome::Done)
}

/// What is exported.
struct Source {
    workflow: PathBuf,
    /// What the program is called.
    name: String,
    scenes: SceneLibrary,
    /// What is set before what the command line sets.
    overrides: Vec<String>,
    /// The run whose workflow it is, if it is a run's.
    run: Option<RunFolder>,
}

impl Source {
    /// What the words of the command line mean: a workflow, or that of a run, with the scenes and weights that it began
    /// with.
    fn by(args: &ExportArgs, kinds: &Kinds) -> anyhow::Result<Self> {
        let words = place::given(args.workflow.as_ref(), "export", Wanted::Workflow)?;
        let name = |path: Option<&OsStr>| path.unwrap_or_default().to_string_lossy().into_owned();
        let workflow = place::workflow(words);
        if workflow.is_file() || matches!(Saved::find(words), Ok(None)) {
            let scenes = place::scene_library(args.scenes.as_deref(), &workflow);
            return Ok(Self {
                name: name(workflow.file_stem()),
                scenes,
                overrides: Vec::new(),
                run: None,
                workflow,
            });
        }
        let run = find_run(words, &mut source::warn_of_damage)?.path;
        let (folder, _) = RunFolder::open(&run)?;
        Ok(Self {
            workflow: folder.workflow(),
            name: name(std::path::absolute(&run)?.file_name()),
            scenes: args.scenes.as_deref().map_or_else(|| folder.scenes(), SceneLibrary::new),
            overrides: own_weights(&folder, kinds),
            run: Some(folder),
        })
    }
}

/// The class names of the nodes whose code is asked for, each once.
fn owned<'a>(graph: &'a Graph, names: &[String]) -> anyhow::Result<Vec<&'a str>> {
    let mut classes = Vec::new();
    for name in names {
        let is_meant = |node: &&GraphNode| {
            let class = node.class;
            let is_class = class.class_type == name || class.aliases.contains(&name.as_str());
            name == "all" || node.id == *name || is_class
        };
        let before = classes.len();
        classes.extend(graph.nodes.iter().filter(is_meant).map(|node| node.class.class_type));
        ensure!(
            classes.len() > before,
            "--own {name}: the workflow has no node with this id or class; give another, or all"
        );
    }
    classes.sort_unstable();
    classes.dedup();
    Ok(classes)
}

/// A path in full; its folder may not be there yet.
fn full(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let Some((parent, name)) = absolute.parent().zip(absolute.file_name()) else {
        bail!("{}: name a folder of its own for the program", path.display());
    };
    // Links above it are followed, so that ways into a checkout are found.
    Ok(parent.canonicalize().unwrap_or_else(|_| parent.to_owned()).join(name))
}

/// Where the program finds the library.
fn library(args: &ExportArgs) -> anyhow::Result<LibrarySource> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = args.library.as_deref().unwrap_or(own);
    let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
    ensure!(
        manifest.contains("name = \"dnne\""),
        "{} is not a checkout of DNNE, with which the program would be built; name one with --library",
        path.display()
    );
    let path = path.canonicalize()?;
    match (args.git, args.vendor) {
        (false, false) => return Ok(LibrarySource::Path(path)),
        (_, true) => return Ok(LibrarySource::Vendored(path)),
        (true, false) => {}
    }
    let git = |words: &[&str]| -> anyhow::Result<String> {
        let output = Command::new("git").arg("-C").arg(&path).args(words).output();
        let output = output.context("git, which knows the library's revision, cannot be run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "git {}: {}", words.join(" "), said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changes = git(&["status", "--porcelain"])?;
    ensure!(
        changes.is_empty(),
        "{} has uncommitted changes; commit them, or leave --git out",
        path.display()
    );
    let (url, rev) = (git(&["remote", "get-url", "origin"])?, git(&["rev-parse", "HEAD"])?);
    let at_origin = git(&["branch", "--remotes", "--contains", &rev])?;
    ensure!(!at_origin.is_empty(), "{url} does not have revision {rev} yet; push it first");
    Ok(LibrarySource::Git { url: for_cargo(&url, &path), rev })
}

/// The address of a repository as cargo takes it: git also takes paths, and `user@host:path` for SSH.
fn for_cargo(address: &str, checkout: &Path) -> String {
    if address.contains("://") {
        return address.to_owned();
    }
    match address.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains('/')) {
        Some((host, path)) => format!("ssh://{host}/{}", path.trim_start_matches('/')),
        None => {
            let path = checkout.join(address);
            format!("file://{}", path.canonicalize().unwrap_or(path).display())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_git_are_addresses_of_cargo() {
        for (git, cargo) in [
            ("https://example.org/dnne.git", "https://example.org/dnne.git"),
            ("git@example.org:me/dnne.git", "ssh://git@example.org/me/dnne.git"),
            ("/srv/nowhere/dnne", "file:///srv/nowhere/dnne"),
            ("nowhere/dnne", "file:///checkout/nowhere/dnne"),
        ] {
            assert_eq!(for_cargo(git, Path::new("/checkout")), cargo);
        }
    }
}
