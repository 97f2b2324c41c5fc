//! What a rehearsal shows, picture by picture, as a film is made of it.

use super::*;
use std::fmt::Write as _;

/// One of so many pictures is kept.
const EVERY: usize = 2;
/// From picture to picture the mouse goes so far at most [points].
const STRIDE: f32 = 70.0;

/// The pictures that differ from the one before, in a folder, with a list of how long each is seen.
/// `assets/guide.py` makes a film of them.
pub(super) struct Film {
    folder: PathBuf,
    last: Vec<u8>,
    n_pictures: usize,
    n_kept: usize,
    /// How long the last is seen [s].
    seen: f64,
    list: String,
}

impl Film {
    /// In the folder that `DNNE_KEEP_FILM` names; none where it is not set.
    pub(super) fn asked_for() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("DNNE_KEEP_FILM")?);
        std::fs::create_dir_all(&folder).unwrap();
        let (last, list) = (Vec::new(), String::new());
        Some(Self { folder, last, n_pictures: 0, n_kept: 0, seen: 0.0, list })
    }

    /// Whether the next picture is kept.
    fn is_due(&mut self) -> bool {
        self.n_pictures += 1;
        self.n_pictures.is_multiple_of(EVERY)
    }

    fn take(&mut self, picture: Vec<u8>, size: (usize, usize)) {
        if picture != self.last {
            self.end_last();
            self.n_kept += 1;
            pictures::write_png(&self.folder.join(self.name()), &picture, size);
            self.last = picture;
        }
        self.seen += FRAME * EVERY as f64;
    }

    fn name(&self) -> String {
        format!("{:04}.png", self.n_kept)
    }

    fn end_last(&mut self) {
        if self.n_kept > 0 {
            let _ = writeln!(self.list, "{} {:.2}", self.name(), self.seen);
        }
        self.seen = 0.0;
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        self.end_last();
        std::fs::write(self.folder.join("film.txt"), &self.list).unwrap();
    }
}

impl Rehearsal {
    /// Keeps the picture for the film, if there is one, with the mouse in it.
    pub(super) fn film(&mut self) {
        let Some(mut film) = self.film.take() else { return };
        if film.is_due() {
            let shapes = self.shapes.clone();
            self.shapes.extend(
                mouse(self.mouse)
                    .map(|shape| epaint::ClippedShape { clip_rect: Rect::EVERYTHING, shape }),
            );
            film.take(self.shoot(), self.raster.size());
            self.shapes = shapes;
        }
        self.film = Some(film);
    }

    /// Where the mouse is on its way to a place; in a film it does not jump.
    pub(super) fn way_to(&self, at: Pos2) -> Vec<Pos2> {
        let n = match self.film {
            Some(_) => (self.mouse.distance(at) / STRIDE).ceil().max(1.0) as usize,
            None => 1,
        };
        (1..=n).map(|i| self.mouse.lerp(at, i as f32 / n as f32)).collect()
    }

    /// Time to read in a film.
    pub(super) fn pause(&mut self, seconds: f64) {
        if self.film.is_some() {
            self.idle((seconds / FRAME) as usize);
        }
    }
}

/// An arrow.
fn mouse(at: Pos2) -> [egui::Shape; 2] {
    let to = |points: &[(f32, f32)]| points.iter().map(|&(x, y)| at + vec2(x, y)).collect();
    let edge = egui::Stroke::new(1.0, egui::Color32::BLACK);
    let tail = to(&[(3.0, 10.5), (5.8, 9.3), (8.6, 15.4), (5.8, 16.6)]);
    let head = to(&[(0.0, 0.0), (11.5, 10.6), (0.0, 16.0)]);
    [head, tail].map(|points| egui::Shape::convex_polygon(points, egui::Color32::WHITE, edge))
}
