//! How wide texts are, measured once each.

use crate::editor::look;
use bevy_egui::egui::{Color32, Context, FontId};
use std::collections::HashMap;

/// More texts than this are forgotten, and measured again.
const MOST: usize = 20_000;

/// What a text is for, which says its font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Title,
    Name,
    Value,
    Hint,
}

impl Face {
    fn font(self) -> FontId {
        match self {
            Self::Title => look::strong(super::TITLE_SIZE),
            Self::Name => look::regular(super::NAME_SIZE),
            Self::Value => look::mono(super::VALUE_SIZE),
            Self::Hint => look::regular(super::HINT_SIZE),
        }
    }
}

/// Widths of texts at zoom 1.
#[derive(Debug, Default)]
pub(crate) struct Widths {
    by_face: [HashMap<String, f32>; 4],
    scale: f32,
}

impl Widths {
    /// Forgets what was measured for another screen.
    pub(super) fn ready(&mut self, ctx: &Context) {
        let n: usize = self.by_face.iter().map(HashMap::len).sum();
        if self.scale != ctx.pixels_per_point() || n > MOST {
            *self = Self { scale: ctx.pixels_per_point(), ..Self::default() };
        }
    }

    pub(super) fn width(&mut self, ctx: &Context, text: &str, face: Face) -> f32 {
        // A text that a file made huge is not laid out whole to find that it is too wide.
        let end = text.char_indices().nth(200).map_or(text.len(), |(i, _)| i);
        let text = &text[..end];
        let known = &mut self.by_face[face as usize];
        if let Some(width) = known.get(text) {
            return *width;
        }
        let (owned, font) = (text.to_owned(), face.font());
        let width = ctx.fonts_mut(|it| it.layout_no_wrap(owned, font, Color32::WHITE).size().x);
        known.insert(text.to_owned(), width);
        width
    }
}
