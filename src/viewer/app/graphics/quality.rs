//! What a picture may cost.

use bevy::light::ShadowFilteringMethod;
use bevy::prelude::*;

/// How finely pictures are drawn.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::viewer::app) enum Quality {
    #[default]
    Fine,
    /// For windows that software draws: without what costs most and shows least.
    Draft,
}

impl Quality {
    fn choose<T>(self, fine: T, draft: T) -> T {
        match self {
            Self::Fine => fine,
            Self::Draft => draft,
        }
    }

    pub(in crate::viewer::app) fn msaa(self) -> Msaa {
        self.choose(Msaa::Sample4, Msaa::Off)
    }

    /// Pixels along the edge of a shadow map.
    pub(in crate::viewer::app) fn shadow_map(self) -> usize {
        self.choose(4096, 1024)
    }

    pub(in crate::viewer::app) fn shadow_filter(self) -> ShadowFilteringMethod {
        self.choose(ShadowFilteringMethod::Gaussian, ShadowFilteringMethod::Hardware2x2)
    }

    /// Samples of a texture that is seen at a flat angle.
    pub(in crate::viewer::app) fn anisotropy(self) -> u16 {
        self.choose(16, 1)
    }
}
