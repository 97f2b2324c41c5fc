//! How things look, as far as it is kept: colours, and which files belong to a model.

use super::spec::Spec;

/// A file that only changes looks.
#[derive(Clone, Debug)]
pub(super) struct LookSpec {
    pub file: String,
    pub is_texture: bool,
}

/// How a surface looks: of it only the colour is used.
#[derive(Clone, Debug)]
pub(super) struct MaterialSpec {
    pub name: String,
    pub rgba: [f32; 4],
}

impl Default for MaterialSpec {
    fn default() -> Self {
        Self { name: String::new(), rgba: [1.0; 4] }
    }
}

/// The colour of what is given none.
pub(super) const NO_COLOUR: [f32; 4] = [0.5, 0.5, 0.5, 1.0];

impl Spec {
    /// The colour of a geom or site: its own, or else that of its material.
    pub fn colour(&self, own: [f32; 4], material: Option<&str>) -> [f32; 4] {
        let material = material.filter(|_| own == NO_COLOUR);
        let found = self.materials.iter().find(|it| material == Some(it.name.as_str()));
        found.map_or(own, |material| material.rgba)
    }
}
