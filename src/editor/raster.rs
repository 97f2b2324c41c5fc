//! Meshes of egui drawn by the processor, so that pictures need no driver.

use bevy_egui::egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use bevy_egui::egui::{Pos2, TextureId, TexturesDelta};

/// Red, green, blue and opacity, from 0 to 1.
type Colour = [f32; 4];

/// A picture, and the atlas of letters that it is drawn with.
pub(crate) struct Raster {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
    atlas: Vec<Colour>,
    atlas_size: [usize; 2],
}

impl Raster {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let pixels = vec![[0.0; 3]; width * height];
        Self { width, height, pixels, atlas: Vec::new(), atlas_size: [0; 2] }
    }

    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Takes over what changed in the atlas.
    pub(crate) fn take(&mut self, textures: &TexturesDelta) {
        let own = textures.set.iter().filter(|(id, _)| **id == TextureId::default());
        for delta in own.flat_map(|(_, deltas)| deltas.iter()) {
            let ImageData::Color(image) = &delta.image;
            let part = image.pixels.iter().map(|it| it.to_array().map(|x| f32::from(x) / 255.0));
            let [width, height] = image.size;
            match delta.pos {
                None => (self.atlas_size, self.atlas) = (image.size, part.collect()),
                Some([left, top]) => {
                    let part: Vec<Colour> = part.collect();
                    for y in 0..height {
                        let start = (top + y) * self.atlas_size[0] + left;
                        let row = &part[y * width..(y + 1) * width];
                        self.atlas[start..start + width].copy_from_slice(row);
                    }
                }
            }
        }
    }

    /// Draws everything; returns red, green and blue of all pixels, row by row.
    pub(crate) fn draw(&mut self, primitives: &[ClippedPrimitive], scale: f32) -> Vec<u8> {
        self.pixels.fill([0.0; 3]);
        for primitive in primitives {
            let Primitive::Mesh(mesh) = &primitive.primitive else { continue };
            let clip = primitive.clip_rect;
            let edge = |x: f32, end: usize| ((x * scale).round().max(0.0) as usize).min(end);
            let (left, right) = (edge(clip.min.x, self.width), edge(clip.max.x, self.width));
            let (top, bottom) = (edge(clip.min.y, self.height), edge(clip.max.y, self.height));
            self.mesh(mesh, scale, [left, top, right, bottom]);
        }
        let byte = |x: &f32| (x.clamp(0.0, 1.0) * 255.0).round() as u8;
        self.pixels.iter().flatten().map(byte).collect()
    }

    fn mesh(&mut self, mesh: &Mesh, scale: f32, clip: [usize; 4]) {
        for three in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| mesh.vertices[three[i] as usize]);
            self.triangle(&corners, scale, clip);
        }
    }

    fn triangle(&mut self, corners: &[Vertex; 3], scale: f32, clip: [usize; 4]) {
        let at = corners.map(|corner| corner.pos.to_vec2() * scale).map(|at| at.to_pos2());
        let twice =
            |a: Pos2, b: Pos2, c: Pos2| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        let area = twice(at[0], at[1], at[2]);
        if area.abs() < 1e-6 || !area.is_finite() {
            return;
        }
        let range = |a: [f32; 3], low: usize, high: usize| {
            let least = a.iter().copied().fold(f32::MAX, f32::min).floor().max(low as f32);
            let most = a.iter().copied().fold(f32::MIN, f32::max).ceil().min(high as f32);
            least as usize..(most.max(least) as usize)
        };
        for y in range(at.map(|at| at.y), clip[1], clip[3]) {
            for x in range(at.map(|at| at.x), clip[0], clip[2]) {
                let here = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let shares = [
                    twice(at[1], at[2], here) / area,
                    twice(at[2], at[0], here) / area,
                    twice(at[0], at[1], here) / area,
                ];
                if shares.iter().all(|share| *share >= 0.0) {
                    self.pixel(x, y, corners, shares);
                }
            }
        }
    }

    fn pixel(&mut self, x: usize, y: usize, corners: &[Vertex; 3], shares: [f32; 3]) {
        let mixed = |of: &dyn Fn(&Vertex) -> f32| -> f32 {
            corners.iter().zip(shares).map(|(corner, share)| of(corner) * share).sum()
        };
        let texture = self.sample(mixed(&|it| it.uv.x), mixed(&|it| it.uv.y));
        let part = |k: usize| mixed(&|it| f32::from(it.color.to_array()[k]) / 255.0) * texture[k];
        let cover = part(3);
        let pixel = &mut self.pixels[y * self.width + x];
        for (k, value) in pixel.iter_mut().enumerate() {
            *value = part(k) + *value * (1.0 - cover);
        }
    }

    fn sample(&self, u: f32, v: f32) -> Colour {
        let [width, height] = self.atlas_size;
        let (x, y) = ((u * width as f32 - 0.5).max(0.0), (v * height as f32 - 0.5).max(0.0));
        let (left, top) = ((x as usize).min(width - 1), (y as usize).min(height - 1));
        let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let (fx, fy) = (x - left as f32, y - top as f32);
        let texel = |x: usize, y: usize| self.atlas[y * width + x];
        let (a, b, c, d) =
            (texel(left, top), texel(right, top), texel(left, bottom), texel(right, bottom));
        std::array::from_fn(|k| {
            (a[k] * (1.0 - fx) + b[k] * fx) * (1.0 - fy) + (c[k] * (1.0 - fx) + d[k] * fx) * fy
        })
    }
}
