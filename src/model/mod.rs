//! MJCF or URDF into a compiled [`Model`], with MuJoCo's semantics.
//!
//! A file goes through these stages: XML with its includes resolved (`xml`), the elements of MJCF with
//! their defaults (`read` -> `spec`), meshes and height fields (`asset`), and the tree with its frames,
//! masses, limits, contacts and the constants of the reference position (`compile`). No stage stops
//! at the first problem: each adds what it finds to one list, and there is a model only if nothing in
//! that list is an error. What this version cannot simulate is such an error; it is never left out in
//! silence. This room knows nothing of states, tasks or time.

mod aimed;
mod asset;
mod compile;
mod diagnostic;
mod files;
mod floor;
mod frames;
mod inertia;
mod orientation;
mod read;
mod spec;
mod spec_forces;
mod spec_looks;
mod types;
mod vocabulary;
mod xml;

#[cfg(test)]
mod bad_number_tests;
#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod defaults_tests;
#[cfg(test)]
mod diagnostic_tests;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod look_tests;
#[cfg(test)]
mod refusal_tests;

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use diagnostic::{Diagnostics, Origin};
use files::Files;

#[cfg(test)]
pub(crate) use asset::convex_hull;
pub use types::*;

/// The language of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Mjcf,
    Urdf,
    /// By the root element.
    Either,
}

/// What a model stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    AsWritten,
    /// A floor, if it needs one.
    Floor,
}

/// Reads a model from a file of either language: `<mujoco>` is MJCF, `<robot>` is URDF.
///
/// The model is there only if no diagnostic is an error; warnings and notes may come with it.
pub fn load_model(path: &Path) -> (Option<Model>, Vec<Diagnostic>) {
    load(path, Language::Either, None, Ground::AsWritten).0
}

/// As [`load_model`], of a model all of whose files lie in the folder `within`: nothing is searched above
/// it, and a file elsewhere is an error. Tells also the files, as [`load_model_files`] does.
pub fn load_model_within(
    path: &Path,
    within: &Path,
) -> (Option<Model>, Vec<Diagnostic>, Vec<PathBuf>) {
    let ((model, diagnostics), files) =
        load(path, Language::Either, Some(within), Ground::AsWritten);
    (model, diagnostics, files)
}

/// As [`load_model_files`], to be looked at by itself: what is free to fall stands on a floor, below all of it
/// and not above 0, if the file has neither a plane nor a height field.
pub fn load_robot(path: &Path) -> (Option<Model>, Vec<Diagnostic>, Vec<PathBuf>) {
    let ((model, diagnostics), files) = load(path, Language::Either, None, Ground::Floor);
    (model, diagnostics, files)
}

/// As [`load_model`], and tells every file that belongs to the model: the main file first, absolute,
/// without `.` and `..`.
pub fn load_model_files(path: &Path) -> (Option<Model>, Vec<Diagnostic>, Vec<PathBuf>) {
    let ((model, diagnostics), files) = load(path, Language::Either, None, Ground::AsWritten);
    (model, diagnostics, files)
}

/// Reads a model from an MJCF file.
///
/// The model is there only if no diagnostic is an error; warnings and notes may come with it.
pub fn load_mjcf(path: &Path) -> (Option<Model>, Vec<Diagnostic>) {
    load(path, Language::Mjcf, None, Ground::AsWritten).0
}

/// Reads a model from a URDF file, with a motor for each joint that has an effort.
///
/// The model is there only if no diagnostic is an error; warnings and notes may come with it.
pub fn load_urdf(path: &Path) -> (Option<Model>, Vec<Diagnostic>) {
    load(path, Language::Urdf, None, Ground::AsWritten).0
}

/// Reads a model from the text of an MJCF file; `base` is the folder that its includes are relative to.
///
/// The model is there only if no diagnostic is an error; warnings and notes may come with it.
pub fn parse_mjcf(text: &str, base: &Path) -> (Option<Model>, Vec<Diagnostic>) {
    let files = Files::new(base, None);
    build(text, None, &files, (Language::Mjcf, Ground::AsWritten), Diagnostics::default())
}

type Loaded = (Option<Model>, Vec<Diagnostic>);

fn load(
    path: &Path,
    language: Language,
    within: Option<&Path>,
    ground: Ground,
) -> (Loaded, Vec<PathBuf>) {
    let mut sink = Diagnostics::default();
    let files = Files::new(path.parent().unwrap_or(Path::new("")), within);
    let entered = files.enter(path).map_err(std::io::Error::other);
    let text = match entered.and_then(|()| xml::read_text(path)) {
        Ok(text) => text,
        Err(error) => {
            let remedy = match language {
                Language::Mjcf => "check the path; MJCF is text in UTF-8",
                Language::Urdf => "check the path; URDF is text in UTF-8",
                Language::Either => "check the path; MJCF and URDF are text in UTF-8",
            };
            let message = format!("the file cannot be read: {error}");
            sink.error(&Origin::file(path), message, remedy);
            return ((None, sink.into_list()), Vec::new());
        }
    };
    (build(&text, Some(path), &files, (language, ground), sink), files.into_used())
}

fn build(
    text: &str,
    file: Option<&Path>,
    files: &Files,
    (language, ground): (Language, Ground),
    mut sink: Diagnostics,
) -> Loaded {
    let model = xml::read_tree(text, file, files, &mut sink)
        .and_then(|root| match language {
            Language::Urdf => read::read_robot(&root, &mut sink),
            Language::Either if root.tag == "robot" => read::read_robot(&root, &mut sink),
            Language::Mjcf | Language::Either => read::read_model(&root, &mut sink),
        })
        .and_then(|spec| {
            spec.looks.iter().for_each(|look| files.note_look(look, &spec.compiler));
            let model = compile::compile(&spec, files, &mut sink)?;
            match floor::height(&model).filter(|_| ground == Ground::Floor) {
                Some(height) => {
                    // What there was to say has been said.
                    let spec = floor::with_floor(spec, height);
                    compile::compile(&spec, files, &mut Diagnostics::default())
                }
                None => Some(model),
            }
        });
    let model = model.filter(|_| !sink.has_errors());
    (model, sink.into_list())
}

impl Model {
    /// Index of the body of this name; the world is "world".
    pub fn body_id(&self, name: &str) -> Option<usize> {
        self.bodies.iter().position(|body| body.name == name)
    }

    /// Index of the joint of this name.
    pub fn joint_id(&self, name: &str) -> Option<usize> {
        self.joints.iter().position(|joint| joint.name == name)
    }

    /// Index of the actuator of this name.
    pub fn actuator_id(&self, name: &str) -> Option<usize> {
        self.actuators.iter().position(|actuator| actuator.name == name)
    }

    /// Index of the site of this name.
    pub fn site_id(&self, name: &str) -> Option<usize> {
        self.sites.iter().position(|site| site.name == name)
    }

    /// Index of the tendon of this name.
    pub fn tendon_id(&self, name: &str) -> Option<usize> {
        self.tendons.iter().position(|tendon| tendon.name == name)
    }

    /// The sensor of this name.
    pub fn sensor(&self, name: &str) -> Option<&Sensor> {
        self.sensors.iter().find(|sensor| sensor.name == name)
    }

    /// Index of the geom of this name.
    pub fn geom_id(&self, name: &str) -> Option<usize> {
        self.geoms.iter().position(|geom| geom.name == name)
    }

    /// Index of the camera of this name.
    pub fn camera_id(&self, name: &str) -> Option<usize> {
        self.cameras.iter().position(|camera| camera.name == name)
    }

    /// The keyframe of this name.
    pub fn keyframe(&self, name: &str) -> Option<&Keyframe> {
        self.keyframes.iter().find(|key| key.name == name)
    }
}
