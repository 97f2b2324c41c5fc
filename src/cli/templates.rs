//! The list of workflows that the start page shows first.

use crate::ui::Template;
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// What the file says of one. Paths are relative to the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    workflow: String,
    title: String,
    teaches: String,
    time: String,
    #[serde(default)]
    picture: Option<String>,
}

/// The workflows that a RON file lists, in its order; none without such a file. Fails, and says why, if it cannot
/// be read or names a workflow or a picture that is not there.
pub(super) fn read(path: &Path) -> Result<Vec<Template>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let listed: Vec<Listed> = ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(&text)
        .map_err(|error| format!("{}:{error}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let there = |name: &str| {
        let file = plain(&folder.join(name));
        let missing = || format!("{} names {name}, which is not there", path.display());
        if file.is_file() { Ok(file) } else { Err(missing()) }
    };
    let of_listed = |listed: Listed| {
        Ok(Template {
            path: there(&listed.workflow)?,
            picture: listed.picture.as_deref().map(there).transpose()?,
            title: listed.title,
            teaches: listed.teaches,
            time: listed.time,
        })
    };
    listed.into_iter().map(of_listed).collect()
}

/// A path without steps into a folder and out of it again, as people write it.
fn plain(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_no_detours() {
        for (path, expected) in [
            ("assets/../workflows/ant_ppo.json", "workflows/ant_ppo.json"),
            ("/a/b/../../c", "/c"),
            ("../a/../../b", "../../b"),
            ("a/./b", "a/b"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(expected));
        }
    }

    #[test]
    fn those_shipped_are_there() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates.ron");
        let templates = read(&file).unwrap();
        assert!(templates.len() >= 6);
        assert!(templates.iter().all(|it| it.picture.is_some() && !it.time.is_empty()));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("templates.ron");
        assert_eq!(read(&file), Ok(Vec::new()));
        let of = |text: &str| {
            fs::write(&file, text).unwrap();
            read(&file).unwrap_err()
        };
        let entry = r#"[(workflow: "no.json", title: "", teaches: "", time: "")]"#;
        assert!(of(entry).contains("names no.json, which is not there"), "{}", of(entry));
        for broken in ["[(", "[(title: 1)]", "[(colour: \"red\")]"] {
            assert!(of(broken).contains("templates.ron:"), "{}", of(broken));
        }
    }
}
