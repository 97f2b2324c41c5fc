//! Which files a model consists of, and where they are searched.
//!
//! - A path is relative to the folder of the main file, that of a mesh or height field to `meshdir` or
//!   `assetdir` in it. An include that is not there is also looked for beside the file that names it.
//! - `file://` before a path says nothing: what follows is a path, absolute if it begins with `/`.
//! - Of `package://name/path` and `model://name/path` nobody here knows the folder of the package, so it is
//!   searched upwards from the main file: in each folder as `name/path`, then as `path`.
//! - With `strippath`, and in a URDF if there is no such file, only the last part of a path counts.
//! - The files of a scene lie in its folder: nothing is searched above it or read from elsewhere.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};

use super::spec::Compiler;
use super::spec_looks::LookSpec;

/// The schemes of paths that begin with the name of a package.
const PACKAGES: [&str; 2] = ["package://", "model://"];

/// The files of one model.
#[derive(Debug)]
pub(super) struct Files {
    base: PathBuf,
    /// The folder that all files have to lie in.
    within: Option<PathBuf>,
    used: RefCell<Vec<PathBuf>>,
}

impl Files {
    /// Files relative to `base`, the folder of the main file.
    pub fn new(base: &Path, within: Option<&Path>) -> Self {
        let within = within.map(plain);
        Self { base: base.to_owned(), within, used: RefCell::default() }
    }

    /// The file that an include names; `beside` is the file with the include.
    pub fn of_include(&self, name: &str, beside: Option<&Path>) -> PathBuf {
        let beside = beside.and_then(Path::parent);
        let places = [Some(self.base.as_path()), beside].into_iter().flatten();
        let found = places.map(|folder| folder.join(name)).find(|path| path.is_file());
        found.unwrap_or_else(|| self.base.join(name))
    }

    /// The file of a mesh or height field.
    pub fn of_asset(&self, name: &str, compiler: &Compiler) -> PathBuf {
        self.locate(name, compiler.meshdir.as_deref(), compiler)
    }

    /// The file of a texture.
    pub fn of_texture(&self, name: &str, compiler: &Compiler) -> PathBuf {
        self.locate(name, compiler.texturedir.as_deref(), compiler)
    }

    /// Notes the file of a look, such as a texture, which belongs to the model though nobody reads it here.
    pub fn note_look(&self, look: &LookSpec, compiler: &Compiler) {
        let dir = if look.is_texture { &compiler.texturedir } else { &compiler.meshdir };
        let path = self.locate(&look.file, dir.as_deref(), compiler);
        if path.is_file() {
            self.used.borrow_mut().push(plain(&path));
        }
    }

    fn locate(&self, name: &str, dir: Option<&str>, compiler: &Compiler) -> PathBuf {
        let dir = dir.or(compiler.assetdir.as_deref()).unwrap_or_default();
        let folder = self.base.join(dir);
        let last = || folder.join(name.rsplit(['/', '\\']).next().unwrap_or_default());
        if compiler.strippath {
            return last();
        }
        let packaged = PACKAGES.iter().find_map(|scheme| name.strip_prefix(scheme));
        let path = match packaged {
            Some(path) => self.in_package(&folder, path),
            None => folder.join(name.strip_prefix("file://").unwrap_or(name)),
        };
        if path.is_file() || !compiler.or_stripped {
            return path;
        }
        Some(last()).filter(|path| path.is_file()).unwrap_or(path)
    }

    fn in_package(&self, folder: &Path, path: &str) -> PathBuf {
        let inside = path.split_once('/').map_or(path, |(_, inside)| inside);
        let start = plain(folder);
        let is_allowed =
            |up: &&Path| self.within.as_ref().is_none_or(|within| up.starts_with(within));
        let above = start.ancestors().take_while(is_allowed);
        let mut places = above.flat_map(|up| [up.join(path), up.join(inside)]);
        places.find(|path| path.is_file()).unwrap_or_else(|| folder.join(inside))
    }

    /// Notes that a file is about to be read; an error says why it must not be.
    pub fn enter(&self, path: &Path) -> Result<(), String> {
        let whole = plain(path);
        if let Some(within) = &self.within
            && !whole.starts_with(within)
        {
            return Err(format!("it lies outside of the scene's folder {}", within.display()));
        }
        self.used.borrow_mut().push(whole);
        Ok(())
    }

    /// What was read, in order, and the files of looks, as absolute paths without `.` and `..`.
    pub fn into_used(self) -> Vec<PathBuf> {
        self.used.into_inner()
    }
}

/// The absolute path without `.` and `..`, as it is written: links are not followed, so that a file stands
/// where its name says.
fn plain(path: &Path) -> PathBuf {
    let here = Path::new(".");
    let path = if path.as_os_str().is_empty() { here } else { path };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn compiler() -> Compiler {
        Compiler { or_stripped: true, ..Compiler::default() }
    }

    #[test]
    fn files_are_where_the_rule_says() {
        let top = tempfile::tempdir().unwrap();
        for file in ["ws/arm/meshes/a.stl", "ws/hand/meshes/b.stl", "ws/arm/urdf/c.stl"] {
            let path = top.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let files = Files::new(&top.path().join("ws/arm/urdf"), None);
        let absolute = top.path().join("ws/hand/meshes/b.stl");
        for (name, expected) in [
            ("c.stl", "ws/arm/urdf/c.stl"),
            ("../meshes/a.stl", "ws/arm/meshes/a.stl"),
            ("file://../meshes/a.stl", "ws/arm/meshes/a.stl"),
            ("package://arm/meshes/a.stl", "ws/arm/meshes/a.stl"),
            ("model://arm/meshes/a.stl", "ws/arm/meshes/a.stl"),
            ("package://other_name/meshes/a.stl", "ws/arm/meshes/a.stl"),
            ("package://hand/meshes/b.stl", "ws/hand/meshes/b.stl"),
            ("package://arm/meshes/c.stl", "ws/arm/urdf/c.stl"),
            ("nowhere/c.stl", "ws/arm/urdf/c.stl"),
            (&format!("file://{}", absolute.display()), "ws/hand/meshes/b.stl"),
        ] {
            let found = plain(&files.of_asset(name, &compiler()));
            assert_eq!(found, top.path().join(expected), "{name}");
        }
        let strict = Compiler::default();
        assert!(!files.of_asset("nowhere/c.stl", &strict).is_file());
        let stripped = Compiler { strippath: true, ..Compiler::default() };
        assert!(files.of_asset("nowhere/c.stl", &stripped).is_file());
    }

    #[test]
    fn nothing_of_a_scene_is_read_from_outside() {
        let top = tempfile::tempdir().unwrap();
        let scene = top.path().join("scene");
        fs::create_dir_all(scene.join("urdf")).unwrap();
        fs::create_dir_all(top.path().join("meshes")).unwrap();
        fs::write(top.path().join("meshes/a.stl"), "").unwrap();
        let files = Files::new(&scene.join("urdf"), Some(&scene));
        assert!(!files.of_asset("package://scene/meshes/a.stl", &compiler()).is_file());
        let outside = files.of_asset("../../meshes/a.stl", &compiler());
        assert!(outside.is_file());
        assert!(files.enter(&outside).unwrap_err().contains("outside"));
        assert!(files.enter(&scene.join("urdf/../meshes/a.stl")).is_ok());
        assert_eq!(files.into_used(), [scene.join("meshes/a.stl")]);
    }
}
