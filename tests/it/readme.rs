//! What README.md says of scenes, nodes, commands and files is so.

use crate::support::{repository, run};
use dnne::nodes;
use dnne::scene::SceneLibrary;
use dnne::space::ActionSpace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn text(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap()
}

/// The text below a heading `## name`, up to the next of its kind.
fn section<'t>(text: &'t str, name: &str) -> &'t str {
    let (_, after) = text.split_once(&format!("\n## {name}\n")).unwrap();
    after.split("\n## ").next().unwrap()
}

/// The cells of the rows of a table.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn names_in(folder: &str, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository(folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &std::path::PathBuf| match ending {
        "" => path.is_dir(),
        _ => path.extension().is_some_and(|found| found == ending),
    };
    let paths = entries.filter(is_one);
    paths.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_scene_is_listed_with_its_sizes() {
    let readme = text("README.md");
    let table: BTreeMap<String, Vec<&str>> = rows(section(&readme, "Environments"))
        .into_iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), row))
        .collect();
    let scenes = SceneLibrary::new(repository("scenes"));
    let names = names_in("scenes", "");
    assert!(names.len() >= 12);
    for name in names {
        let row = table.get(&name).unwrap_or_else(|| panic!("{name} is not in the table"));
        let task = scenes.load(&name).unwrap().task;
        let actions = match &task.action_space {
            ActionSpace::Discrete(n) => format!("one of {n}"),
            space => space.action_dim().to_string(),
        };
        assert_eq!(row[2], actions, "{name}");
        assert_eq!(row[3], task.episode_length.to_string(), "{name}");
        let streams = task.observations.streams();
        if streams.iter().all(|stream| stream.is_vector()) {
            assert_eq!(row[1], task.observations.size().to_string(), "{name}");
        } else {
            assert!(row[1].contains("pictures"), "{name}");
        }
    }
}

#[test]
fn every_node_and_workflow_is_named() {
    let readme = text("README.md");
    let named: BTreeSet<&str> = readme.split('`').collect();
    let kinds: Vec<_> = nodes::registry().iter().map(|schema| schema.class_type).collect();
    assert!(kinds.len() >= 24);
    for kind in kinds {
        assert!(section(&readme, "Nodes").contains(&format!("`{kind}`")), "{kind}");
    }
    for workflow in names_in("workflows", "json") {
        let path = format!("workflows/{workflow}.json");
        let is_named = readme.contains(&path)
            || named.contains(workflow.as_str())
            || named.contains(format!("{workflow}.json").as_str());
        assert!(is_named, "{path}");
    }
}

/// The anchor that a heading has.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let mut n_links = 0;
    for file in ["README.md", "BENCHMARKS.md", "scenes/README.md"] {
        let whole = text(file);
        for link in whole.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let beside = Path::new(file).parent().unwrap();
            let path = if path.is_empty() { Path::new(file).to_owned() } else { beside.join(path) };
            let path = repository(&path.to_string_lossy());
            assert!(path.exists(), "{file}: {link}");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(path).unwrap();
                let headings = text.lines().filter(|line| line.starts_with('#'));
                let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#').trim()));
                assert!(anchors.any(|found| found == heading), "{file}: {link}");
            }
            n_links += 1;
        }
    }
    assert!(n_links > 40, "{n_links}");
}

/// The subcommand of a line such as `    dnne train FILE --seed 1   # comment`, and its options.
fn command(line: &str) -> Option<(&str, Vec<&str>)> {
    let line = line.strip_prefix("    ")?.trim_start().split(" # ").next()?;
    let line = line.split(" -- ").next()?.strip_prefix("dnne ")?;
    let mut words = line.split_whitespace();
    let subcommand = words.next().filter(|word| word.chars().all(|c| c.is_lowercase() || c == '-'));
    Some((subcommand?, words.filter(|word| word.starts_with("--")).collect()))
}

#[test]
fn commands_exist_with_their_options() {
    let folder = tempfile::tempdir().unwrap();
    let mut options: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in ["README.md", "BENCHMARKS.md"] {
        for (subcommand, used) in text(file).lines().filter_map(command) {
            let all = options.entry(subcommand.to_owned()).or_default();
            all.extend(used.into_iter().map(|option| option.split('=').next().unwrap().to_owned()));
        }
    }
    assert!(options.len() >= 14, "{options:?}");
    for (subcommand, used) in options {
        let output = run(folder.path(), &[&subcommand, "--help"]);
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && !help.is_empty(), "dnne {subcommand}");
        let known: BTreeSet<&str> = help.split([' ', ',', '\n']).collect();
        for option in used {
            assert!(known.contains(option.as_str()), "dnne {subcommand} {option}\n{help}");
        }
    }
}

/// The four exit codes, which programs go by.
#[test]
fn exit_codes_are_those_of_the_table() {
    let readme = text("README.md");
    let (_, codes) = readme.split_once("\n### Exit codes\n").unwrap();
    let codes = rows(codes.split("\n## ").next().unwrap());
    let codes: Vec<&str> = codes.iter().skip(1).map(|row| row[0]).collect();
    assert_eq!(codes, ["0", "1", "2", "130"]);
    let folder = tempfile::tempdir().unwrap();
    let code = |args: &[&str]| run(folder.path(), args).status.code();
    assert_eq!(code(&["nodes"]), Some(0));
    assert_eq!(code(&["eval", "nowhere"]), Some(1));
    assert_eq!(code(&["train", "--no-such-option"]), Some(2));
}
