//! What files of Rust import, read from their text.

use std::path::Path;

/// Every path that a file under `src/` names by `crate::` or `super::`, in `use` lines, groups among them, and
/// in its code, from the crate's root: `["viewer", "app", "stage", "Rig"]`.
pub fn named(file: &Path, src: &Path, text: &str) -> Vec<Vec<String>> {
    let code: Vec<&str> =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    // What stands in `mod tests { .. }` has one more `super::` to go.
    let (outer, inner) = code.split_once("mod tests {").unwrap_or((&code, ""));
    let module = module(file, src);
    let inside = [&module[..], &["tests".to_owned()]].concat();
    let of = |text: &str, module: &[String]| -> Vec<Vec<String>> {
        relative(text).iter().filter_map(|path| absolute(path, module)).collect()
    };
    [of(outer, &module), of(inner, &inside)].concat()
}

/// The module that a file is.
fn module(file: &Path, src: &Path) -> Vec<String> {
    let inside = file.strip_prefix(src).unwrap().with_extension("");
    let mut parts: Vec<String> =
        inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// Paths that begin with `crate::` or `super::`, groups taken apart.
fn relative(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = ["crate::", "super::"].iter().filter_map(|it| rest.find(it)).min() {
        let is_word = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let length = path_length(&rest[at..]);
        if !is_word {
            found.extend(expand(&rest[at..at + length]));
        }
        rest = &rest[at + length..];
    }
    found
}

/// Bytes of a path with its groups.
fn path_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with("::") || depth > 0 => depth += 1,
            '}' if depth > 1 => depth -= 1,
            '}' if depth == 1 => return at + 1,
            _ if depth > 0 || c.is_alphanumeric() || c == '_' || c == ':' => {}
            _ => return at,
        }
    }
    text.len()
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d` and `a::c::e`.
fn expand(path: &str) -> Vec<String> {
    let Some((before, group)) = path.split_once('{') else {
        let name = path.split_whitespace().next().unwrap_or_default();
        return vec![name.to_owned()];
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(expand).map(|part| format!("{}{part}", before.trim())).collect()
}

/// From the crate's root; none of what leads out of it.
fn absolute(path: &str, module: &[String]) -> Option<Vec<String>> {
    let mut at = module.to_vec();
    let mut parts = path.split("::").filter(|part| !part.is_empty());
    let mut names = Vec::new();
    if path.starts_with("crate") {
        at.clear();
        parts.next();
    }
    for part in parts {
        match part {
            "super" if names.is_empty() => {
                at.pop()?;
            }
            "self" => {}
            name => names.push(name.to_owned()),
        }
    }
    at.extend(names);
    Some(at)
}

#[test]
fn groups_and_supers_are_read() {
    let text = "use crate::{math::X, nodes::{self, Y as Z}};\nuse super::{a, super::b::C};\n\
                // use crate::cli;\nfn f() { super::super::d::g(crate::plot::H { x: 1 }) }\n\
                mod tests { use super::super::e; }";
    let found = named(Path::new("src/one/two/mod.rs"), Path::new("src"), text);
    let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    let expected = ["math::X", "nodes", "nodes::Y", "one::a", "b::C", "d::g", "plot::H", "one::e"];
    assert_eq!(found, expected);
}
