//! A workflow as a cargo project.

use super::code::{Code, ProgramSource, code, function_name};
use super::error::ExportError;
use super::manifest::{CARGO_LOCK, CargoToml, without_profiles};
use super::own::{OWN_NODES, OwnNodes};
use crate::code::string_literal;
use crate::nodes::{loaded_file, weights_param};
use crate::scene::SceneLibrary;
use crate::workflow::{Document, Graph, GraphNode, ParamValue, Role};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of a project that holds its own copy of the library.
pub(super) const FRAMEWORK: &str = "framework";

/// Source of the library for an exported project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibrarySource {
    /// A checkout: its folder, absolute.
    Path(PathBuf),
    /// A copy of a checkout, whose folder this is, in the project itself.
    Vendored(PathBuf),
    /// A revision of a repository.
    Git {
        /// Address of the repository.
        url: String,
        /// The revision's hash.
        rev: String,
    },
}

/// Input of an export.
pub struct Exported<'a> {
    /// The workflow's name: that of its file.
    pub name: &'a str,
    /// The workflow's document.
    pub document: &'a Document,
    /// The document, checked.
    pub graph: &'a Graph,
    /// Where its scenes are found.
    pub scenes: &'a SceneLibrary,
    /// Where the project finds DNNE.
    pub library: LibrarySource,
    /// Class names of the node kinds whose code becomes the project's own.
    pub own: &'a [&'a str],
    /// The folder that the project is to be in, absolute.
    pub folder: &'a Path,
}

/// A project before it is written.
pub struct Project {
    /// Paths in its folder, and contents, in the order of paths.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// The text of `src/main.rs`.
    pub code: Code,
}

impl Project {
    /// Puts a project together. Fails if a scene or weights that it uses cannot be read, or if a kind that it is
    /// to own is none.
    pub fn new(exported: &Exported<'_>) -> Result<Self, ExportError> {
        let Exported { name, document, graph, .. } = *exported;
        let mut document = document.clone();
        let mut graph = graph.clone();
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        for folder in scene_folders(&graph, exported.scenes)? {
            let from = exported.scenes.folder().join(&folder);
            add_folder(&mut files, &from, &Path::new("scenes").join(&folder))?;
        }
        let copies = add_weights(&mut files, &mut document, &mut graph)?;
        if let LibrarySource::Vendored(checkout) = &exported.library {
            add_library(&mut files, checkout)?;
        }
        let own = OwnNodes::new(exported.own)?;
        let package = package_name(name);
        let manifest = CargoToml {
            package: &package,
            library: &exported.library,
            folder: exported.folder,
            own: &own,
        };
        let heading = heading(name, &document);
        let main = main_function(name, &own);
        let modules: &[&str] = if own.files.is_empty() { &[] } else { &[OWN_NODES] };
        let drawing = document.canvas();
        let code = code(&ProgramSource {
            name,
            graph: &graph,
            drawing: &drawing,
            modules,
            main: &main,
            copies: &copies,
            heading: &heading,
        });
        files.extend([
            (PathBuf::from("Cargo.toml"), manifest.text().into_bytes()),
            (PathBuf::from("Cargo.lock"), manifest.lock(CARGO_LOCK).into_bytes()),
            (PathBuf::from("rustfmt.toml"), b"use_small_heuristics = \"Max\"\n".to_vec()),
            (PathBuf::from(".gitignore"), b"/target\n/runs\n".to_vec()),
            (PathBuf::from("README.md"), readme(name, &package, &own).into_bytes()),
            (PathBuf::from("workflow.json"), document.to_json().into_bytes()),
            (PathBuf::from("src/main.rs"), code.text.clone().into_bytes()),
        ]);
        files.extend(
            manifest.config().map(|text| (PathBuf::from(".cargo/config.toml"), text.into_bytes())),
        );
        let own_file = |module: &str, text: String| {
            (Path::new("src").join(OWN_NODES).join(format!("{module}.rs")), text.into_bytes())
        };
        files.extend(own.list().map(|text| own_file("mod", text)));
        files.extend(own.files.into_iter().map(|(module, text)| own_file(module, text)));
        files.sort();
        Ok(Self { files, code })
    }
}

/// The names of the folders of a workflow's scenes, each once.
fn scene_folders(graph: &Graph, scenes: &SceneLibrary) -> Result<BTreeSet<String>, ExportError> {
    let environments = graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
    let folder = |node: &GraphNode| {
        let failed = |message: String| ExportError::Node { node: node.id.clone(), message };
        let name = node.text("env_name").map_err(|error| failed(error.to_string()))?;
        Ok(scenes.load(&name).map_err(|error| failed(error.to_string()))?.name.clone())
    };
    environments.map(folder).collect()
}

fn add_folder(
    files: &mut Vec<(PathBuf, Vec<u8>)>,
    from: &Path,
    to: &Path,
) -> Result<(), ExportError> {
    let failed = |cause| ExportError::file("read", from, cause);
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        // Links to folders could lead in circles.
        if entry.file_type().is_ok_and(|found| found.is_dir()) {
            add_folder(files, &path, &to)?;
        } else if path.is_file() {
            let bytes = fs::read(&path).map_err(|cause| ExportError::file("read", &path, cause))?;
            files.push((to, bytes));
        }
    }
    Ok(())
}

/// Copies what the library is built from.
fn add_library(files: &mut Vec<(PathBuf, Vec<u8>)>, checkout: &Path) -> Result<(), ExportError> {
    let framework = Path::new(FRAMEWORK);
    add_folder(files, &checkout.join("src"), &framework.join("src"))?;
    for name in ["Cargo.toml", "Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE"] {
        let path = checkout.join(name);
        let failed = |cause| ExportError::file("read", &path, cause);
        let bytes = match name {
            "Cargo.toml" => without_profiles(&fs::read_to_string(&path).map_err(failed)?).into(),
            _ => fs::read(&path).map_err(failed)?,
        };
        files.push((framework.join(name), bytes));
    }
    Ok(())
}

/// Copies the weights that loaders name, and has the loaders name the copies. Gives the loaders' ids.
fn add_weights(
    files: &mut Vec<(PathBuf, Vec<u8>)>,
    document: &mut Document,
    graph: &mut Graph,
) -> Result<Vec<String>, ExportError> {
    let mut copies = Vec::new();
    for node in &mut graph.nodes {
        let failed = |error: crate::nodes::NodeError| ExportError::Node {
            node: node.id.clone(),
            message: error.to_string(),
        };
        let Some(param) = weights_param(node) else { continue };
        let Some(file) = loaded_file(node).map_err(failed)? else { continue };
        let bytes = fs::read(&file).map_err(|cause| ExportError::file("read", &file, cause))?;
        let plain: String = node.id.chars().filter(char::is_ascii_alphanumeric).collect();
        let copy = Path::new("weights").join(format!("{plain}.safetensors"));
        let text = copy.display().to_string();
        if files.iter().any(|(path, _)| *path == copy) {
            let message = "two loaders' ids differ in marks only; give one another id".to_owned();
            return Err(ExportError::Node { node: node.id.clone(), message });
        }
        files.push((copy, bytes));
        let set = document.set_param(crate::nodes::registry(), &node.id, param.name, &text);
        set.map_err(|error| ExportError::Node {
            node: node.id.clone(),
            message: error.to_string(),
        })?;
        node.params.insert(param.name.to_owned(), ParamValue::Text(text));
        copies.push(node.id.clone());
    }
    Ok(copies)
}

/// A name that cargo takes, and that no package of the library's lock file has.
fn package_name(name: &str) -> String {
    let name = function_name(name);
    let is_taken = |name: &str| CARGO_LOCK.contains(&format!("\nname = \"{name}\"\n"));
    let reserved = ["test", "core", "std", "alloc", "proc_macro", "dnne"];
    if is_taken(&name) || is_taken(&name.replace('_', "-")) || reserved.contains(&name.as_str()) {
        return format!("{name}_workflow");
    }
    name
}

/// The lines above the program.
fn heading(name: &str, document: &Document) -> Vec<String> {
    let drawing = document.canvas();
    let notes = drawing.nodes.iter().filter(|node| node.class.contains("Note"));
    let first =
        notes.filter_map(|node| node.text.as_deref()?.lines().next()).find(|line| is_plain(line));
    let title = match is_plain(name) {
        true => format!("The workflow `{name}`."),
        false => "A workflow.".to_owned(),
    };
    vec![
        first.map_or(title, str::to_owned),
        String::new(),
        "Written by `dnne export` from workflow.json. From here on it is yours: change a number, a wire, a"
            .to_owned(),
        "node. `cargo run --release` trains; `cargo run --release -- --help` lists what else it does.".to_owned(),
    ]
}

/// Whether a line can stand in a comment as it is: it begins no list, and holds no mark that means more.
fn is_plain(line: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || " .,;:'()-_/".contains(c);
    line.chars().next().is_some_and(char::is_alphabetic)
        && line.chars().all(is_allowed)
        && line.chars().count() <= 90
}

fn main_function(name: &str, own: &OwnNodes) -> String {
    let (text, function) = (string_literal(name), function_name(name));
    let scenes = "scenes(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/scenes\"))";
    let one_line = format!("    Program::new({text}, {function}).{scenes}.main()");
    let body = match own.kinds.is_empty() && one_line.chars().count() <= 100 {
        true => one_line,
        false => {
            let kinds = own.kinds.iter();
            let replaced =
                kinds.map(|module| format!(".replace({OWN_NODES}::{module}::KIND)\n        "));
            let replaced: String = replaced.collect();
            format!(
                "    Program::new({text}, {function})\n        .{scenes}\n        {replaced}.main()"
            )
        }
    };
    format!("fn main() -> ExitCode {{\n{body}\n}}")
}

fn readme(name: &str, package: &str, own: &OwnNodes) -> String {
    let nodes = match own.kinds.is_empty() {
        true => String::new(),
        false => format!(
            "`src/{OWN_NODES}/` has the code of its own nodes, in the place of the library's: {}.\n",
            own.kinds.join(", ")
        ),
    };
    let title = if is_plain(name) { name } else { package };
    format!(
        "# {title}\n\n\
         A workflow of DNNE as a program. `src/main.rs` is the workflow; `workflow.json` is the drawing that it\n\
         was written from; `scenes/` has its robots and tasks.\n{nodes}\n\
         ```sh\n\
         cargo run --release                          # train; Ctrl-C saves\n\
         cargo run --release -- --visual              # train in a window\n\
         cargo run --release -- --timeout 10m         # or --updates, --steps\n\
         cargo run --release -- --resume runs/{package}\n\
         cargo run --release -- --inference           # measure the last run's policy; --visual shows it\n\
         cargo run --release -- eval runs/{package}\n\
         cargo run --release -- record runs/{package} --out film.gif\n\
         cargo run --release -- drawing --out drawing.json\n\
         cargo run --release -- --help\n\
         ```\n\n\
         `cargo run --release --no-default-features` builds it without a window. After a change of the drawing,\n\
         `dnne export WORKFLOW --to FOLDER --update` writes again what no hand has changed.\n"
    )
}
