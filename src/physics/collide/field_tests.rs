//! What is looked at of a height field: all cells under a shape where they are few, else the highest of each block.

use super::field::{Field, MOST_ALONG, MOST_CELLS};
use super::height_field::Bounds;
use super::window::Window;
use super::{ABSENT, Contact, HEIGHT_FIELD_CONTACTS, Shape, ShapeData, ShapeKind, collide};
use crate::math::lanes::{F32x4, LaneMask, Lanes};
use crate::math::rng::{Random, RandomStream};
use crate::math::spatial::splat3;

const LEVEL: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

/// Of cells of 0.1 m by 0.2 m, with random heights up to 1 m over a base of 0.5 m.
fn field(nrow: usize, ncol: usize) -> Field {
    let mut random = Random::new(8, RandomStream::Control, nrow as u32, ncol as u64);
    let heights: Vec<f64> = (0..nrow * ncol).map(|_| random.uniform_in(0.0, 1.0)).collect();
    let half = |cells: usize, side: f64| 0.5 * side * cells as f64;
    Field::new(nrow, ncol, [half(ncol - 1, 0.1), half(nrow - 1, 0.2), 1.0, 0.5], &heights)
}

fn shape<L: Lanes>(pos: [f64; 3], half: f64, data: ShapeData<'_>) -> Shape<'_, L> {
    Shape { pos: pos.map(L::splat), mat: LEVEL.map(L::splat), size: splat3([half; 3]), data }
}

/// The cells and blocks under a cube, as indices of the field's peaks.
fn looked_at(field: &Field, pos: [f64; 3], half: f64) -> Vec<usize> {
    let bounds = Bounds::of(ShapeKind::Box, &shape::<f64>(pos, half, ShapeData::None), 0.0);
    let window = Window::under(field, pos, &bounds, true);
    let [along, across] = window.most;
    assert!(along * across <= MOST_CELLS && along.max(across) <= MOST_ALONG, "{along} {across}");
    let all = (0..across).flat_map(|row| (0..along).map(move |col| (col, row)));
    all.map(|(col, row)| window.places(col, row)[0] as usize).collect()
}

/// The most work under any shape is a number of cells; the highest cell under it is one of them.
#[test]
fn few_cells_are_looked_at_under_any_shape() {
    let (mut n_fine, mut n_coarse) = (0, 0);
    for (nrow, ncol) in [(2, 2), (2, 900), (40, 7), (60, 61), (241, 241)] {
        let field = field(nrow, ncol);
        let [width, depth] = [field.size[0], field.size[1]];
        for case in 0..60 {
            let mut random = Random::new(9, RandomStream::Control, ncol as u32, case);
            let half = 10f64.powf(random.uniform_in(-3.0, 9.0).min(random.uniform_in(-2.0, 9.0)));
            let x = random.uniform_in(-1.2 * width, 1.2 * width);
            let y = random.uniform_in(-1.2 * depth, 1.2 * depth);
            let found = looked_at(&field, [x, y, 0.3], half);
            // Columns and rows whose cells are under the cube.
            let under = |cell: usize, side: f64, edge: f64, at: f64| {
                let low = cell as f64 * side - edge;
                low < at + half && low + side > at - half
            };
            let rows = (0..nrow - 1).filter(|row| under(*row, 0.2, depth, y));
            let cells = rows.flat_map(|row| (0..ncol - 1).map(move |col| (col, row)));
            let cells = cells.filter(|(col, _)| under(*col, 0.1, width, x));
            let cells: Vec<usize> = cells.map(|(col, row)| row * ncol + col).collect();
            let peak = |places: &[usize]| {
                places.iter().map(|place| field.peaks[*place]).fold(f32::NEG_INFINITY, f32::max)
            };
            assert!(found.is_empty() == cells.is_empty(), "{nrow} {ncol} {case}");
            assert!(peak(&found) >= peak(&cells), "{nrow} {ncol} {case}");
            for place in &found {
                assert_eq!(field.peaks[*place], field.peaks[field.highest[*place] as usize]);
            }
            let is_fine = found.iter().all(|place| *place < nrow * ncol);
            assert!(!is_fine || found == cells, "{nrow} {ncol} {case}: all of them");
            n_fine += usize::from(is_fine && !cells.is_empty());
            n_coarse += usize::from(!is_fine);
        }
    }
    assert!(n_fine > 50 && n_coarse > 50, "{n_fine} {n_coarse}");
}

/// Each lane has blocks of its own size, and the deepest contact is with the highest place.
#[test]
fn a_wide_shape_lies_on_the_highest_place() {
    let (nrow, ncol) = (201, 201);
    let mut heights = vec![0.2; nrow * ncol];
    heights[77 * ncol + 130] = 0.8;
    let field = Field::new(nrow, ncol, [10.0, 20.0, 1.0, 0.5], &heights);
    let ground = shape::<F32x4>([0.0; 3], 1.0, ShapeData::HeightField(&field));
    let mut cube = shape::<F32x4>([3.0, -4.6, 0.0], 1.0, ShapeData::None);
    for (lane, half) in [0.05, 1.0, 7.0, 40.0].into_iter().enumerate() {
        cube.size.iter_mut().for_each(|size| size.set_lane(lane, half));
        cube.pos[2].set_lane(lane, 0.79 + half);
    }
    let mut out = vec![Contact::absent(); HEIGHT_FIELD_CONTACTS];
    let (kinds, near) = ((ShapeKind::HeightField, ShapeKind::Box), LaneMask::splat(true));
    collide(kinds, &ground, &cube, F32x4::zero(), near, &mut out);
    for lane in 0..4 {
        let dists = out.iter().map(|contact| contact.dist.lane(lane));
        let deepest = dists.fold(ABSENT, f64::min);
        assert!((deepest + 0.01).abs() < 1e-4, "lane {lane}: {deepest}");
        let [x, y, _] = out[0].pos.map(|x| x.lane(lane));
        assert!((x - 3.0).abs() < 0.05 && (y + 4.6).abs() < 0.05, "lane {lane}: {x} {y}");
    }
}
