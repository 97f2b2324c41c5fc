//! What a picture may cost.

use bevy::prelude::*;

/// How finely pictures are drawn.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Quality {
    #[default]
    Fine,
    /// For windows that software draws: without what costs most and shows least.
    Draft,
}

impl Quality {
    /// One of two values.
    pub(crate) fn choose<T>(self, fine: T, draft: T) -> T {
        match self {
            Self::Fine => fine,
            Self::Draft => draft,
        }
    }

    /// Of every camera that draws into the window: those of one picture must have the same.
    pub(crate) fn msaa(self) -> Msaa {
        self.choose(Msaa::Sample4, Msaa::Off)
    }
}
