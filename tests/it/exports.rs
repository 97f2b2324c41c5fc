//! Workflows as programs: what is exported compiles, is the same workflow, and learns the same bit for bit.

use crate::exported::BUILDS;
use crate::support::{fail, output, repository, succeed, timeless_metrics, weights, workflow};
use dnne::code::{Setting, SettingValue, Workflow};
use dnne::export::{Code, Exported, LibrarySource, ProgramSource, Project, WorkflowPart, code};
use dnne::nodes::Kinds;
use dnne::prelude::Program;
use dnne::scene::SceneLibrary;
use dnne::session::{check_workflow, load_workflow};
use dnne::workflow::{Document, Feed, Graph, GraphNode, OutputRef, ParamType, ParamValue};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is kept of an export beside its text: the function for the tests.
fn kept(name: &str, text: &str) -> String {
    let function = dnne::export::function_name(name);
    format!("{text}\n/// For the tests.\npub(super) const BUILD: fn(&mut Workflow) = {function};\n")
}

pub(crate) fn keep_or_compare(file: &Path, text: &str) {
    if std::env::var_os("DNNE_KEEP_CODE").is_some() {
        std::fs::write(file, text).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        found == text,
        "{} is another than is exported; DNNE_KEEP_CODE=1 keeps it",
        file.display()
    );
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(repository("workflows")).unwrap();
    let names = entries.map(|entry| entry.unwrap().path());
    let names = names.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let mut names: Vec<String> =
        names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.push(JULY.to_owned());
    names.sort();
    names
}

/// DNNE's own Cartpole, which asks for a device that this machine may lack.
const JULY: &str = "dnne_july_cartpole";

/// The file of a workflow, by its name.
pub(crate) fn file_of(name: &str) -> String {
    match name {
        JULY => repository("tests/data").join(format!("{name}.json")).display().to_string(),
        _ => workflow(name),
    }
}

pub(crate) fn scenes() -> SceneLibrary {
    SceneLibrary::new(repository("scenes"))
}

fn checked(document: Document) -> (Document, Graph) {
    let loaded = check_workflow(document, &[], &Kinds::builtin(), &scenes());
    let said: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    (loaded.document.unwrap(), loaded.graph.unwrap_or_else(|| panic!("{}", said.join("\n"))))
}

pub(crate) fn drawn(name: &str) -> (Document, Graph) {
    let device = Some("1.device=cpu".to_owned()).filter(|_| name == JULY);
    let overrides: Vec<String> = device.into_iter().collect();
    let loaded = load_workflow(file_of(name).as_ref(), &overrides, &Kinds::builtin(), &scenes());
    (loaded.document.unwrap(), loaded.graph.unwrap())
}

fn coded(build: fn(&mut Workflow)) -> (Document, Graph) {
    let mut workflow = Workflow::new();
    build(&mut workflow);
    checked(workflow.document(dnne::nodes::registry()).unwrap())
}

fn text_of(name: &str, document: &Document, graph: &Graph) -> Code {
    let drawing = document.canvas();
    code(&ProgramSource {
        name,
        graph,
        drawing: &drawing,
        main: "",
        heading: &[],
        modules: &[],
        copies: &[],
    })
}

#[test]
fn every_shipped_workflow_is_exported_as_it_is_kept() {
    let folder = repository("tests/it/exported");
    let mut list = String::from(
        "//! Every shipped workflow as `dnne export` writes it, kept and compiled. `exports.rs` writes them.\n\n",
    );
    let mut builds = String::new();
    let mut own = String::new();
    for module in crate::own_nodes::all().kinds {
        let _ = writeln!(own, "    generated_nodes::{module}::KIND,");
    }
    let mut modules = names();
    modules.push("every_kind".to_owned());
    modules.sort();
    for name in &modules {
        let _ = writeln!(list, "mod {name};");
    }
    // What it holds is wider than lines are, and harder to measure.
    list.push_str("\n#[rustfmt::skip]\nmod hostile;\n");
    list.push_str("\npub(crate) mod changed_step;\npub(crate) mod generated_nodes;\n");
    for name in modules.iter().map(String::as_str).chain(["hostile"]) {
        let _ = writeln!(builds, "    ({name:?}, {name}::BUILD),");
    }
    let _ = write!(
        list,
        "\nuse dnne::code::Workflow;\nuse dnne::nodes::NodeKind;\n\n\
         /// The function of each.\n\
         pub const BUILDS: &[(&str, fn(&mut Workflow))] = &[\n{builds}];\n\n\
         /// Every built-in kind that has code, as a program's own.\n\
         pub const OWN: &[NodeKind] = &[\n{own}];\n"
    );
    keep_or_compare(&folder.join("mod.rs"), &list);
    for name in names() {
        let (document, graph) = drawn(&name);
        let code = text_of(&name, &document, &graph);
        keep_or_compare(&folder.join(format!("{name}.rs")), &kept(&name, &code.text));
    }
    let (document, graph) = every_kind();
    let text = text_of("every_kind", &document, &graph).text;
    keep_or_compare(&folder.join("every_kind.rs"), &kept("every_kind", &text));
    let (document, graph) = hostile();
    let text = text_of("hostile", &document, &graph).text;
    keep_or_compare(&folder.join("hostile.rs"), &kept("hostile", &text));
}

/// A node as far as it decides what is run.
type Essence = (String, String, Vec<(&'static str, SettingValue)>, Vec<(String, String, usize)>);

fn essence(graph: &Graph) -> BTreeMap<String, Essence> {
    let of = |node: &GraphNode| {
        let settings = Setting::of(node.class).into_iter();
        let settings = settings.map(|setting| (setting.name(), setting.value(&node.params)));
        let feeds = node.inputs.iter().map(|feed| {
            (feed.input.clone(), graph.nodes[feed.source.node].id.clone(), feed.source.output)
        });
        let class = node.class.class_type.to_owned();
        (class, node.title.clone(), settings.collect(), feeds.collect())
    };
    graph.nodes.iter().map(|node| (node.id.clone(), of(node))).collect()
}

fn build_of(name: &str) -> fn(&mut Workflow) {
    BUILDS.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn code_is_the_same_workflow_and_its_drawing_the_same_code() {
    for name in names() {
        let (drawn_document, drawn) = drawn(&name);
        let (document, graph) = coded(build_of(&name));
        assert_eq!(essence(&drawn), essence(&graph), "{name}");
        let [before, after] = [&drawn_document, &document].map(|document| {
            let drawing = document.canvas();
            let titles = drawing.groups.into_iter().map(|group| group.title);
            let notes = drawing.nodes.into_iter().filter(|node| node.class == "Note");
            let notes = notes.map(|note| (note.title, note.text));
            (titles.collect::<BTreeSet<_>>(), notes.collect::<BTreeSet<_>>())
        });
        assert_eq!(before.1, after.1, "{name}");
        assert!(after.0.is_subset(&before.0), "{name}");
        let first = text_of(&name, &drawn_document, &drawn).text;
        assert_eq!(text_of(&name, &document, &graph).text, first, "{name}");
    }
}

/// A node of every kind, with every parameter off its default.
fn every_kind() -> (Document, Graph) {
    let other = |param_type: &ParamType| match *param_type {
        ParamType::Float { default, min, max } => {
            let wanted = [0.125, default * 0.5, min, max];
            let fits = |x: &f64| *x != default && (min..=max).contains(x);
            ParamValue::Float(wanted.into_iter().find(fits).unwrap())
        }
        ParamType::Int { default, min, max } => {
            let mut wanted = [default + 1, default - 1].into_iter();
            ParamValue::Int(wanted.find(|i| (min..=max).contains(i)).unwrap())
        }
        ParamType::Bool { default } => ParamValue::Bool(!default),
        ParamType::Text { .. } => ParamValue::Text("another \"text\"\nand \\ more".to_owned()),
        ParamType::Choice { default, options, .. } => {
            let last = options.iter().rev().find(|word| **word != default).unwrap();
            ParamValue::Text((*last).to_owned())
        }
        ParamType::IntList { .. } => ParamValue::IntList(vec![3, 2, 1]),
    };
    let mut nodes = Vec::new();
    let registry = dnne::nodes::registry();
    let dissolved = ["Note", "RerouteNode"];
    for (id, class) in registry.iter().filter(|it| !dissolved.contains(&it.class_type)).enumerate()
    {
        let params = class.params.iter().filter(|param| param.ignored.is_none());
        let params = params.map(|param| (param.name.to_owned(), other(&param.param_type)));
        let (id, params) = (id.to_string(), params.collect());
        let title = match class.class_type {
            "ORNode" => "A title that is so long that it leaves no room for what comes after it",
            "PPOAgentNode" => "A title of about forty letters, no more",
            _ => class.title,
        };
        // Something that feeds another has a variable, which makes its line longer.
        let is_fed = ["Display", "DebugPrint"].contains(&class.class_type);
        let or = nodes.iter().position(|node: &GraphNode| node.class.class_type == "ORNode");
        let source = OutputRef { node: or.unwrap_or_default(), output: 0 };
        let feed = is_fed.then(|| Feed { input: "input".to_owned(), source });
        let (title, inputs) = (title.to_owned(), feed.into_iter().collect());
        nodes.push(GraphNode { id, class, title, params, inputs });
    }
    let empty = Workflow::new().document(registry).unwrap();
    (empty, Graph { nodes })
}

#[test]
fn every_parameter_of_every_kind_comes_back_from_code() {
    let mut workflow = Workflow::new();
    build_of("every_kind")(&mut workflow);
    let document = workflow.document(dnne::nodes::registry()).unwrap();
    let nodes = document.root()["nodes"].as_array().unwrap();
    let (_, graph) = every_kind();
    assert!(graph.nodes.len() > 15 && nodes.len() == graph.nodes.len());
    for node in &graph.nodes {
        let id: u64 = node.id.parse().unwrap();
        let is_it = |json: &&serde_json::Value| json["id"] == id;
        let values = &nodes.iter().find(is_it).unwrap()["widgets_values"];
        for param in node.class.params.iter().filter(|param| param.ignored.is_none()) {
            let Some(value) = values.get(param.name) else {
                // What counts with another word of a choice only is not said.
                let is_moot = node.class.together.iter().any(|together| together.has(param.name));
                assert!(is_moot, "{} {}", node.class.class_type, param.name);
                continue;
            };
            assert_eq!(
                param.param_type.read(value).as_ref(),
                Ok(&node.params[param.name]),
                "{}",
                param.name
            );
        }
    }
}

const TRICKS: [&str; 20] = [
    "\"); std::process::abort(); (\"",
    "\\\"); std::process::abort(); //",
    "*/ fn main() { panic!() } /*",
    "\r\n}\r\nfn evil() { std::process::abort() }\r\n",
    "\n#![feature(x)]\n",
    "{}{{}}{0}",
    "\u{202e}reversed\u{202c}",
    "\u{2066}isolated\u{2069}",
    "\u{2028}line\u{2029}paragraph",
    "\0\u{7f}\u{1b}[31m",
    "r#\"raw\"#",
    "'a",
    "b'\\x41'",
    "fn",
    "g",
    "default",
    "  leading and trailing  ",
    "tab\there\\",
    "\u{feff}\u{200b}zero width",
    "Gr\u{f6}\u{df}e \u{2192} \u{1f916}",
];

/// Titles, notes, groups, ids and expressions that would rather be code.
fn hostile_texts() -> Vec<String> {
    let more = (0..).map(|i| format!("{}{}{}", TRICKS[i % 20], i, TRICKS[(i * 7 + 3) % 20]));
    TRICKS.iter().map(|text| (*text).to_owned()).chain(more).take(500).collect()
}

fn hostile() -> (Document, Graph) {
    let mut workflow = Workflow::new();
    let shaper = dnne::nodes::registry().find("RewardShaper").unwrap();
    let mut nodes = Vec::new();
    for (i, text) in hostile_texts().into_iter().enumerate() {
        match i % 4 {
            0 => workflow.note(&text, &text),
            1 => workflow.section(&text),
            _ => {
                let id = if i % 4 == 2 { format!("{i}{text}") } else { i.to_string() };
                let params = [("terms".to_owned(), ParamValue::Text(text.clone()))].into();
                nodes.push(GraphNode {
                    id,
                    class: shaper,
                    title: text,
                    params,
                    inputs: Vec::new(),
                });
                workflow.note("in it", "so that the section is not empty");
            }
        }
    }
    (workflow.document(dnne::nodes::registry()).unwrap(), Graph { nodes })
}

#[test]
fn texts_of_a_drawing_stay_texts() {
    let (before, graph) = hostile();
    let mut workflow = Workflow::new();
    // Were one of them code, this would not have compiled, or would not return.
    build_of("hostile")(&mut workflow);
    let after = workflow.document(dnne::nodes::registry()).unwrap();
    let of = |document: &Document| {
        let drawing = document.canvas();
        let groups: BTreeSet<String> =
            drawing.groups.into_iter().map(|group| group.title).collect();
        let notes = drawing.nodes.into_iter().filter(|node| node.class == "Note");
        let mut notes: Vec<_> = notes.map(|note| (note.title, note.text)).collect();
        notes.sort();
        (groups, notes)
    };
    assert_eq!(of(&before), of(&after));
    assert!(of(&after).1.len() >= 125);
    let drawing = after.canvas();
    for node in &graph.nodes {
        let drawn = drawing.nodes.iter().find(|drawn| drawn.id == node.id).unwrap();
        let ParamValue::Text(terms) = &node.params["terms"] else { panic!("terms are a text") };
        assert_eq!(drawn.text.as_ref(), Some(terms));
        assert_eq!(drawn.title.as_ref(), Some(&node.title).filter(|title| !title.is_empty()));
    }
}

#[test]
fn marks_lead_from_the_drawing_to_the_text() {
    let (document, graph) = drawn("cartpole_ppo");
    let Code { text, marks } = text_of("cartpole_ppo", &document, &graph);
    let of = |wanted: &WorkflowPart| -> Vec<&str> {
        let marks = marks.iter().filter(|mark| mark.part == *wanted);
        marks.map(|mark| &text[mark.range.clone()]).collect()
    };
    assert_eq!(of(&WorkflowPart::Setting("1".to_owned(), "num_envs")), ["num_envs: 512"]);
    let wire = WorkflowPart::Wire("4".to_owned(), "actions".to_owned());
    assert_eq!(of(&wire), ["g.wire(push_the_cart.actions, step.actions);"]);
    for node in &graph.nodes {
        let [added] = of(&WorkflowPart::Node(node.id.clone()))[..] else {
            panic!("{} is added once", node.id)
        };
        assert!(
            added.contains(&format!("g.node({})", node.id)) && added.ends_with(");"),
            "{added}"
        );
        for feed in &node.inputs {
            assert_eq!(of(&WorkflowPart::Wire(node.id.clone(), feed.input.clone())).len(), 1);
        }
    }
}

/// What rustfmt makes of a text, with the settings that an export has.
#[test]
fn exports_are_formatted() {
    for path in files(&repository("tests/it/exported")) {
        if ["hostile.rs", "mod.rs"].iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let config = "--config-path";
        let mut rustfmt = Command::new("rustfmt");
        rustfmt
            .args(["--check", "--edition", "2024", config])
            .arg(repository("rustfmt.toml"))
            .arg(&path);
        let output = output(&mut rustfmt);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}\n{said}", path.display());
    }
}

const OPTIONS: [&str; 11] = [
    "--updates",
    "3",
    "--seed",
    "7",
    "--num-envs",
    "4",
    "--device",
    "cpu",
    "--quiet",
    "--headless",
    "--out",
];

/// Trains a workflow by its file.
pub(crate) fn train_drawn(name: &str, run: &Path) {
    let (file, run) = (file_of(name), run.to_string_lossy());
    let args = ["train", &file].into_iter().chain(OPTIONS).chain([run.as_ref()]);
    succeed(&repository(""), &args.collect::<Vec<_>>());
}

/// Trains a workflow by its kept code, in a program that may have more to it.
pub(crate) fn train_coded(name: &str, run: &Path, more: impl FnOnce(Program) -> Program + Send) {
    let args = [OsStr::new(name)].into_iter().chain(OPTIONS.map(OsStr::new));
    let args: Vec<OsString> = args.chain([run.as_os_str()]).map(OsStr::to_owned).collect();
    // A program has its threads once.
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let program = Program::new(name, build_of(name)).scenes(repository("scenes"));
            assert_eq!(more(program).run(args), std::process::ExitCode::SUCCESS);
        });
    });
}

/// Each shipped workflow, three updates of few environments: once by the file, once by the code.
#[test]
fn a_coded_workflow_learns_what_the_drawn_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_trained = 0;
    for name in names() {
        // They need weights of another run.
        if name == "cartpole_v1_from_cartpole" || name == "cartpole_distilled" {
            continue;
        }
        let [drawn, coded] =
            ["drawn", "coded"].map(|kind| folder.path().join(format!("{name}-{kind}")));
        train_drawn(&name, &drawn);
        train_coded(&name, &coded, |program| program);
        assert_eq!(timeless_metrics(&drawn), timeless_metrics(&coded), "{name}");
        assert!(weights(&drawn) == weights(&coded), "{name}");
        n_trained += 1;
    }
    assert!(n_trained >= 19);
}

/// README shows the whole program of a workflow, as it is.
#[test]
fn the_readme_shows_what_is_exported() {
    let (document, graph) = drawn("cartpole_ppo");
    let (library, folder) = (LibrarySource::Path(repository("")), &repository("exports/cartpole"));
    let (document, graph, scenes) = (&document, &graph, &scenes());
    let exported =
        Exported { name: "cartpole_ppo", document, graph, scenes, library, own: &[], folder };
    let code = Project::new(&exported).unwrap().code.text;
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    assert!(readme.contains(&format!("```rust\n{code}```\n")), "{code}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_project_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("mine");
    let export = |args: &[&str]| {
        let path = workflow("cartpole_ppo");
        let to = to.to_string_lossy().into_owned();
        let mut all = vec!["export", &path, "--to", &to];
        all.extend(args);
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let args = export(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = succeed(folder.path(), &args);
    assert!(said.contains("cargo run --release"), "{said}");
    let first: Vec<(PathBuf, Vec<u8>)> =
        files(&to).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "workflow.json",
        "src/main.rs",
        "scenes/cartpole/task.ron",
    ] {
        assert!(to.join(file).is_file(), "{file}");
    }
    // Its scene loads from where it is now, and its drawing is the same workflow.
    let copy = SceneLibrary::new(to.join("scenes"));
    let loaded = load_workflow(&to.join("workflow.json"), &[], &Kinds::builtin(), &copy);
    assert_eq!(essence(&loaded.graph.unwrap()), essence(&drawn("cartpole_ppo").1));
    // A second time: refused; with --update the same bytes, and a hand's changes stay.
    let said = fail(folder.path(), &args);
    assert!(said.contains("--update"), "{said}");
    let main = to.join("src/main.rs");
    std::fs::write(&main, "fn main() {}\n").unwrap();
    std::fs::remove_file(to.join("README.md")).unwrap();
    let args = export(&["--update"]);
    let said = succeed(folder.path(), &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(said.contains("left") && said.contains("src/main.rs"), "{said}");
    assert_eq!(std::fs::read_to_string(&main).unwrap(), "fn main() {}\n");
    for (path, bytes) in
        first.iter().filter(|(path, _)| *path != main && !path.ends_with(".dnne-export.json"))
    {
        assert!(std::fs::read(path).unwrap() == *bytes, "{}", path.display());
    }
    // What is unsound is not exported.
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, r#"{"1": {"class_type": "PPOAgentNodes", "inputs": {}}}"#).unwrap();
    fail(folder.path(), &["export", "broken.json", "--to", "nowhere"]);
    assert!(!folder.path().join("nowhere").exists());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&to, folder.path().join("link")).unwrap();
        let path = workflow("cartpole_ppo");
        let said = fail(folder.path(), &["export", &path, "--to", "link", "--update"]);
        assert!(said.contains("is a link"), "{said}");
    }
}
