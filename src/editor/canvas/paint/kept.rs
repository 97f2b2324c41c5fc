//! What was painted before and has not changed: kept as meshes and laid out texts, and put where it is now.

use super::super::hit::Hit;
use super::super::plan::{NodePlan, Shape as Form, WirePlan};
use super::Picture;
use bevy_egui::egui::epaint::{Mesh, TessellationOptions, Tessellator, TextShape};
use bevy_egui::egui::{self, Galley, Pos2, Rect, Shape, Vec2};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Pieces are kept for a canvas with more nodes than this; few are painted as fast as they are looked up.
const MANY: usize = 60;

/// The pieces of a canvas.
#[derive(Default)]
pub(crate) struct Kept {
    nodes: Vec<Option<Piece>>,
    wires: Vec<Option<Piece>>,
    /// What they were made for.
    look: Option<Look>,
    /// A text that is laid out anew when the letters are drawn anew.
    letters: Option<Arc<Galley>>,
    /// Whether nothing is kept.
    is_off: bool,
}

/// What all pieces depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    zoom: f32,
    theme: egui::Theme,
    scale: f32,
    is_far: bool,
}

/// Something that was painted.
struct Piece {
    /// What it looked like.
    stamp: u64,
    /// Where on the screen.
    at: Pos2,
    mesh: Arc<Mesh>,
    texts: Vec<TextShape>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("look", &self.look).finish_non_exhaustive()
    }
}

impl Kept {
    /// Keeps nothing: all is painted as the shapes that it is.
    pub(crate) fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// Forgets what does not hold any more.
    pub(super) fn ready(&mut self, picture: &Picture<'_>) {
        let ctx = picture.painter.ctx();
        let look = Look {
            zoom: picture.camera.zoom,
            theme: ctx.theme(),
            scale: ctx.pixels_per_point(),
            is_far: picture.is_far(),
        };
        let letters = picture.painter.layout_no_wrap(
            "letters".to_owned(),
            super::look::regular(12.0),
            egui::Color32::PLACEHOLDER,
        );
        let are_same = self.letters.as_ref().is_some_and(|before| Arc::ptr_eq(before, &letters));
        if self.look != Some(look) || !are_same {
            self.nodes.clear();
            self.wires.clear();
        }
        (self.look, self.letters) = (Some(look), Some(letters));
        self.nodes.resize_with(picture.plan.nodes.len(), || None);
        self.wires.resize_with(picture.plan.wires.len(), || None);
    }
}

impl Picture<'_> {
    /// Paints a node, or puts it where it was painted before.
    pub(super) fn kept_node(&self, kept: &mut Kept, i: usize, node: &NodePlan) {
        let is_live = self.live.is_some_and(|live| live.nodes.contains_key(&node.id));
        if kept.is_off || self.plan.nodes.len() <= MANY || is_live || node.shape == Form::Note {
            self.node(i, node);
            return;
        }
        let at = self.at(node.rect.min);
        let stamp = self.stamp_of(i, node, at);
        self.piece(&mut kept.nodes[i], stamp, at, |picture| picture.node(i, node));
    }

    /// The same of a wire that is not traced.
    pub(super) fn kept_wire(&self, kept: &mut Kept, i: usize, wire: &WirePlan, is_dim: bool) {
        let first = wire.points.first().copied().unwrap_or_default();
        if kept.is_off || self.plan.nodes.len() <= MANY || self.live.is_some() {
            self.wire(wire, is_dim, false);
            return;
        }
        let at = self.at(first);
        let is_selected = self.selection.link.as_deref() == Some(wire.link.as_str());
        let mut hasher = DefaultHasher::new();
        (wire.stamp, is_dim, is_selected, fraction(at)).hash(&mut hasher);
        let stamp = hasher.finish();
        self.piece(&mut kept.wires[i], stamp, at, |picture| picture.wire(wire, is_dim, false));
    }

    /// What a node looks like at the moment.
    fn stamp_of(&self, i: usize, node: &NodePlan, at: Pos2) -> u64 {
        let mut hasher = DefaultHasher::new();
        let it = &mut hasher;
        (node.stamp, fraction(at), self.selection.nodes.contains(&node.id)).hash(it);
        (self.hover.node() == Some(i)).then_some(self.hover).hash(it);
        self.editing.filter(|hit| hit.node() == Some(i)).hash(it);
        for found in self.findings.of_node(&node.id) {
            (found.severity as u8, &found.field).hash(it);
        }
        if let Some(fitting) = self.fitting {
            let inputs = (0..node.inputs.len()).map(|k| Hit::Input(i, k));
            let outputs = (0..node.outputs.len()).map(|k| Hit::Output(i, k));
            inputs.chain(outputs).for_each(|port| fitting.contains(&port).hash(it));
        }
        self.fitting.is_some().hash(it);
        hasher.finish()
    }

    fn piece(
        &self,
        place: &mut Option<Piece>,
        stamp: u64,
        at: Pos2,
        paint: impl FnOnce(&Picture<'_>),
    ) {
        let piece = match place {
            Some(piece) if piece.stamp == stamp => piece,
            _ => place.insert(self.make(stamp, at, paint)),
        };
        piece.put(at);
        if !piece.mesh.is_empty() {
            self.painter.add(Shape::Mesh(piece.mesh.clone()));
        }
        self.painter.extend(piece.texts.iter().cloned().map(Shape::Text));
    }

    fn make(&self, stamp: u64, at: Pos2, paint: impl FnOnce(&Picture<'_>)) -> Piece {
        let ctx = self.painter.ctx();
        let layer = egui::LayerId::new(egui::Order::Background, egui::Id::new("canvas pieces"));
        let painter = egui::Painter::new(ctx.clone(), layer, Rect::EVERYTHING);
        paint(&Picture { painter: &painter, ..*self });
        let shapes = ctx.graphics_mut(|graphics| std::mem::take(graphics.entry(layer)));
        let options = TessellationOptions::default();
        let mut tessellator = Tessellator::new(ctx.pixels_per_point(), options, [1, 1], Vec::new());
        tessellator.set_clip_rect(Rect::EVERYTHING);
        let (mut mesh, mut texts) = (Mesh::default(), Vec::new());
        for entry in shapes.all_entries() {
            match &entry.shape {
                Shape::Text(text) => texts.push(text.clone()),
                shape => tessellator.tessellate_shape(shape.clone(), &mut mesh),
            }
        }
        Piece { stamp, at, mesh: Arc::new(mesh), texts }
    }
}

impl Piece {
    fn put(&mut self, at: Pos2) {
        let way = at - self.at;
        if way == Vec2::ZERO {
            return;
        }
        Arc::make_mut(&mut self.mesh).translate(way);
        for text in &mut self.texts {
            text.pos += way;
        }
        self.at = at;
    }
}

/// Where between two pixels a point is: lines and letters are drawn for it.
fn fraction(at: Pos2) -> [i32; 2] {
    [at.x, at.y].map(|x| ((x - x.floor()) * 64.0).round() as i32 % 64)
}
