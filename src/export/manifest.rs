//! A project's manifest: the library's own, as far as it decides what is built.

use super::own::OwnNodes;
use super::project::{FRAMEWORK, LibrarySource};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// The library's, with which it was tested.
pub(super) const CARGO_LOCK: &str = include_str!("../../Cargo.lock");
const CARGO_TOML: &str = include_str!("../../Cargo.toml");

pub(super) struct CargoToml<'a> {
    pub package: &'a str,
    pub library: &'a LibrarySource,
    /// The folder of the project.
    pub folder: &'a Path,
    pub own: &'a OwnNodes,
}

impl CargoToml<'_> {
    /// The text of `Cargo.toml`.
    pub(super) fn text(&self) -> String {
        let package = self.package;
        let library = match self.library {
            LibrarySource::Path(path) => format!("path = {}", quoted(&relative(self.folder, path))),
            LibrarySource::Vendored(_) => format!("path = {FRAMEWORK:?}"),
            LibrarySource::Git { url, rev } => format!("git = {url:?}, rev = {rev:?}"),
        };
        let mut text = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n"
        );
        let dnne = format!("dnne = {{ {library}, default-features = false }}");
        let mut dependencies: Vec<&str> = self.needed().map(|(_, line)| line).collect();
        dependencies.push(&dnne);
        dependencies.sort_unstable();
        text.extend(dependencies.iter().map(|line| format!("{line}\n")));
        text.push_str("\n[features]\ndefault = [\"viewer\"]\n");
        for feature in features() {
            let _ = writeln!(text, "{feature} = [\"dnne/{feature}\"]");
        }
        text.push_str("\n# It stands alone, wherever it lies.\n[workspace]\n");
        text.push_str("\n# As the library's: what is built already is not built again.\n");
        text.push_str(&sections("[profile.").join("\n"));
        for section in sections("[patch.") {
            text.push('\n');
            text.push_str(&section);
        }
        text
    }

    /// The library's dependencies that the project's own nodes name, and their lines of its manifest.
    fn needed(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = CARGO_TOML.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        let lines = lines.take_while(|line| !line.starts_with('['));
        let named = lines.filter_map(|line| Some((line.split_once(" = ")?.0, line)));
        named.filter(|(name, _)| self.own.uses(name))
    }

    /// The text of `.cargo/config.toml`: a checkout's own target folder, in which dependencies are built.
    pub(super) fn config(&self) -> Option<String> {
        let LibrarySource::Path(path) = self.library else { return None };
        let target = quoted(&relative(self.folder, &path.join("target")));
        Some(format!(
            "# Where the library's dependencies are built already.\n[build]\ntarget-dir = {target}\n"
        ))
    }

    /// The library's lock file with this package in it.
    pub(super) fn lock(&self, lock: &str) -> String {
        let name = self.package;
        let mut parts: Vec<String> = lock.split("\n[[package]]\n").map(str::to_owned).collect();
        let head = parts.remove(0);
        let mut packages: Vec<String> =
            parts.iter().map(|part| format!("[[package]]\n{}\n", part.trim_end())).collect();
        if let LibrarySource::Git { url, rev } = self.library {
            let source = format!("source = \"git+{url}?rev={rev}#{rev}\"\n");
            for package in &mut packages {
                if package.starts_with("[[package]]\nname = \"dnne\"\n") {
                    *package =
                        package.replacen("\ndependencies", &format!("\n{source}dependencies"), 1);
                }
            }
        }
        // Of a package that the lock file has in several versions, the library's own entry says which.
        let library = packages.iter().find(|it| it.starts_with("[[package]]\nname = \"dnne\"\n"));
        let lines = library.into_iter().flat_map(|entry| entry.lines());
        let named = lines.filter(|line| {
            let name = line.trim_matches([' ', '"', ',']).split(' ').next();
            line.starts_with(" \"") && self.needed().any(|(needed, _)| name == Some(needed))
        });
        let mut dependencies: Vec<&str> = named.chain([" \"dnne\","]).collect();
        dependencies.sort_unstable();
        let dependencies = dependencies.join("\n");
        packages.push(format!(
            "[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n{dependencies}\n]\n"
        ));
        packages.sort_by_key(|package| package.lines().nth(1).map(str::to_owned));
        format!("{}\n\n{}", head.trim_end(), packages.join("\n"))
    }
}

/// The library's features that a project can have, but for `default`.
fn features() -> Vec<&'static str> {
    let lines = CARGO_TOML.lines().skip_while(|line| *line != "[features]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split_once(" = [").map(|(name, _)| name));
    names.filter(|name| *name != "default").collect()
}

/// The sections of the library's manifest that begin so.
fn sections(start: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = CARGO_TOML.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with(start) {
            continue;
        }
        let mut section = format!("{line}\n");
        while let Some(line) = lines.next_if(|line| !line.starts_with('[') && !line.is_empty()) {
            let _ = writeln!(section, "{line}");
        }
        found.push(section);
    }
    found
}

/// A manifest of the library for within a project, whose own manifest has the profiles and the replacements of
/// packages: cargo heeds no others, and warns of them.
pub(super) fn without_profiles(manifest: &str) -> String {
    let mut is_kept = true;
    let mut kept = String::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_kept = !["[profile.", "[patch."].iter().any(|start| line.starts_with(start));
        }
        if is_kept {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The way from a folder to a path, if the folder lies in the library's checkout; else the path itself.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let library =
        to.ancestors().find(|place| from.starts_with(place) && place.join("Cargo.toml").is_file());
    let Some(common) = library else { return to.to_owned() };
    let inside = |path: &Path| path.strip_prefix(common).map(Path::to_owned).unwrap_or_default();
    let up = inside(from).components().map(|_| Component::ParentDir).collect::<PathBuf>();
    let way = up.join(inside(to));
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// A path as a text of TOML, whose escapes are those of Rust but for some that no path has.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string().replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_repeats_what_decides_the_build() {
        let library = LibrarySource::Path(PathBuf::from("/nowhere/dnne"));
        let manifest = CargoToml {
            package: "mine",
            library: &library,
            folder: Path::new("/elsewhere/mine"),
            own: &OwnNodes::default(),
        };
        let text = manifest.text();
        for part in [
            "name = \"mine\"",
            "path = \"/nowhere/dnne\"",
            "viewer = [\"dnne/viewer\"]",
            "rapier = [\"dnne/rapier\"]",
            "[profile.release]\nopt-level = 3",
            "[workspace]",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let lock = manifest.lock(CARGO_LOCK);
        assert_eq!(
            lock.matches("[[package]]").count(),
            CARGO_LOCK.matches("[[package]]").count() + 1
        );
        assert!(
            lock.contains(
                "\nname = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\n \"dnne\",\n]\n"
            )
        );
    }

    #[test]
    fn what_own_nodes_name_is_depended_on_as_the_library_does() {
        let (library, own) = (
            LibrarySource::Vendored(PathBuf::new()),
            OwnNodes::new(&["TensorBoardLogger"]).unwrap(),
        );
        let folder = Path::new("/elsewhere/mine");
        let manifest = CargoToml { package: "mine", library: &library, folder, own: &own };
        let text = manifest.text();
        let section = text.split("\n\n").find(|part| part.starts_with("[dependencies]")).unwrap();
        let names: Vec<&str> =
            section.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(names, ["bevy", "crc32c", "dnne", "prost"]);
        assert!(
            section.lines().filter(|line| CARGO_TOML.lines().any(|it| it == *line)).count() == 4
        );
        let lock = manifest.lock(CARGO_LOCK);
        let list = "dependencies = [\n \"bevy\",\n \"crc32c\",\n \"dnne\",\n \"prost\",\n]\n";
        assert!(lock.contains(&format!("name = \"mine\"\nversion = \"0.1.0\"\n{list}")));
    }

    #[test]
    fn a_library_within_a_project_has_no_profiles() {
        let text = without_profiles(CARGO_TOML);
        assert!(!text.contains("[profile.") && text.contains("[lints.clippy]\n"), "{text}");
        assert!(CARGO_TOML.contains("[profile.") && text.starts_with("[package]\n"));
        assert!(text.lines().all(|line| CARGO_TOML.lines().any(|other| other == line)));
    }

    #[test]
    fn inside_of_the_checkout_ways_are_relative() {
        let library = Path::new(env!("CARGO_MANIFEST_DIR"));
        let inside = library.join("exports/cartpole");
        assert_eq!(relative(&inside, library), Path::new("../.."));
        assert_eq!(relative(&inside, &library.join("target")), Path::new("../../target"));
        assert_eq!(relative(Path::new("/elsewhere"), library), library);
    }
}
