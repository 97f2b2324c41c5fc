//! Node kinds that become a project's own: their files, and what these need.

use super::error::ExportError;
use crate::nodes::{NodeSource, sources};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The folder of a project, within `src`, that holds the files of its own node kinds.
pub const OWN_NODES: &str = "generated_nodes";

/// Columns of an import in one line, and of a line of one that is broken: rustfmt keeps room for what ends it.
const WIDTH: usize = 98;
const BROKEN_WIDTH: usize = 99;

/// The files of node kinds that a project has as its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnNodes {
    /// Modules, and their texts.
    pub files: BTreeMap<&'static str, String>,
    /// The modules among them that are kinds, whose `KIND` takes the place of a built-in one, by module.
    pub kinds: Vec<&'static str>,
}

impl OwnNodes {
    /// Those of built-in kinds, by their class names. Fails if there is no such kind.
    pub fn new(classes: &[&str]) -> Result<Self, ExportError> {
        let mut own = Self::default();
        for class in classes {
            let files = sources(class).ok_or_else(|| ExportError::Kind((*class).to_owned()))?;
            own.kinds.extend(files.first().map(|file| file.module));
            own.files.extend(files.iter().map(|file| (file.module, text(file))));
        }
        own.kinds.sort_unstable();
        own.kinds.dedup();
        Ok(own)
    }

    /// The text of the folder's `mod.rs`; none if there are no files.
    pub fn list(&self) -> Option<String> {
        if self.files.is_empty() {
            return None;
        }
        let mut text = String::from(
            "//! Node kinds that are this program's own, to be changed at will. Each has taken the place of the\n\
             //! built-in kind of its name.\n\n",
        );
        for module in self.files.keys() {
            let visible = if self.kinds.contains(module) { "pub " } else { "" };
            let _ = writeln!(text, "{visible}mod {module};");
        }
        Some(text)
    }

    /// Whether a file names a crate.
    pub(super) fn uses(&self, name: &str) -> bool {
        let path = format!("{}::", name.replace('-', "_"));
        self.files.values().any(|text| {
            text.match_indices(&path).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            })
        })
    }
}

/// The text of a file for another crate, as rustfmt writes it: the library by its name, and its imports where
/// those of other crates are.
fn text(source: &NodeSource) -> String {
    let text = source.without_tests().replace("crate::", "dnne::");
    let (mut before, mut uses, mut after) = (String::new(), Vec::new(), String::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next_if(|line| !line.starts_with("use ")) {
        let _ = writeln!(before, "{line}");
    }
    while let Some(first) = lines.next_if(|line| line.starts_with("use ")) {
        let mut statement = first.to_owned();
        while !statement.ends_with(';') {
            let Some(line) = lines.next() else { break };
            statement.push(' ');
            statement.push_str(line.trim());
        }
        uses.push(statement.replace("{ ", "{").replace(", }", "}").replace(" }", "}"));
    }
    for line in lines {
        let _ = writeln!(after, "{line}");
    }
    // Within a crate they are in order already.
    uses.sort_by_key(|statement| {
        let root = statement.trim_start_matches("use ").split("::").next().map(str::to_owned);
        (root.as_deref() != Some("super"), root)
    });
    let uses: String = uses.iter().map(|statement| import(statement)).collect();
    format!("{before}{uses}{after}")
}

/// An import, which is broken where it is longer than a line.
fn import(statement: &str) -> String {
    let list = statement.split_once('{').zip(statement.strip_suffix("};"));
    let (Some(((head, _), rest)), true) = (list, statement.chars().count() > WIDTH) else {
        return format!("{statement}\n");
    };
    let mut out = format!("{head}{{\n");
    let mut line = String::from("   ");
    for name in rest[head.len() + 1..].split(", ") {
        if line.chars().count() + name.chars().count() + 2 > BROKEN_WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("   ");
        }
        let _ = write!(line, " {name},");
    }
    let _ = write!(out, "{line}\n}};\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_those_of_another_crate_in_its_order() {
        let text = text(&NodeSource {
            module: "mine",
            text: "//! Mine.\n\nuse super::part;\nuse crate::nodes::{\n    A, B,\n};\nuse bevy::prelude::*;\n\
                   \nfn f(_: crate::X) {}\n\n#[cfg(test)]\nmod tests {}\n",
        });
        assert_eq!(
            text,
            "//! Mine.\n\nuse super::part;\nuse bevy::prelude::*;\nuse dnne::nodes::{A, B};\n\nfn f(_: dnne::X) {}\n"
        );
    }

    #[test]
    fn a_long_import_is_broken_into_lines_that_are_full() {
        let names: Vec<String> = (0..20).map(|i| format!("Name{i:02}")).collect();
        let broken = import(&format!("use dnne::nodes::{{{}}};", names.join(", ")));
        assert_eq!(broken.lines().count(), 4, "{broken}");
        assert!(
            broken.lines().all(|line| line.len() <= BROKEN_WIDTH)
                && broken.contains("\n    Name12, ")
        );
        assert!(broken.ends_with("Name19,\n};\n"), "{broken}");
    }

    #[test]
    fn crates_are_found_by_their_paths() {
        let own = OwnNodes::new(&["RewardShaper", "ORNode"]).unwrap();
        assert!(own.uses("rayon") && own.uses("bevy") && !own.uses("prost") && !own.uses("csv"));
        assert_eq!(own.kinds, ["or", "reward_shaper"]);
        let list = own.list().unwrap();
        assert!(list.contains("\npub mod or;\npub mod reward_shaper;\nmod shaping;\n"), "{list}");
        let said = OwnNodes::new(&["Mine"]).unwrap_err().to_string();
        assert!(said.contains("Mine"), "{said}");
        assert_eq!(OwnNodes::default().list(), None);
    }
}
