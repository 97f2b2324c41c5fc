//! Affine maps and their gradients against sums in f64, in every layout.

use super::*;

fn isas() -> impl Iterator<Item = Isa> {
    Isa::available().into_iter().filter(|isa| *isa != Isa::Reference)
}

fn draw(n: usize, phase: f64) -> Vec<f32> {
    (0..n).map(|i| (1.7 * i as f64 + phase).sin() as f32).collect()
}

fn panels(data: &[f32], columns: Columns) -> Vec<f32> {
    let rows = data.len() / (columns.size * columns.groups);
    let mut panels = vec![0.0; rows * columns.padded()];
    let row_dim = columns.size * columns.groups;
    to_panels((data, row_dim, 0), columns, PanelsMut::new(&mut panels, rows));
    // What fills up is never read.
    let width = columns.width();
    for (i, panel) in panels.chunks_mut(rows * width).enumerate() {
        let filled = columns.of_panel(i).len();
        panel.chunks_mut(width).for_each(|row| row[filled..].fill(f32::NAN));
    }
    panels
}

fn rows_of(panels: &[f32], columns: Columns, rows: usize) -> Vec<f32> {
    let row_dim = columns.size * columns.groups;
    let mut data = vec![f32::NAN; rows * row_dim];
    from_panels(Panels::new(panels, rows), columns, (&mut data, row_dim, 0));
    data
}

fn assert_close(got: &[f32], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len());
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        // Each of up to 120 additions rounds a number of the size of the result, or of the products below
        // 1 where they cancel.
        let tolerance = 120.0 * 0.5 * f64::from(f32::EPSILON) * expected.abs().max(3.0);
        let error = (f64::from(*got) - expected).abs();
        assert!(error < tolerance, "{what}, {i}: {got}, not {expected}");
    }
}

/// One map of every shape that makes a difference: fewer, as many and more columns than lanes, all
/// remainders of tiles of rows and of groups of panels, one group and several.
#[test]
fn maps_and_gradients_agree_with_sums() {
    let shapes =
        [(1, 1, 1), (3, 5, 1), (16, 16, 1), (17, 33, 1), (70, 50, 1), (5, 7, 4), (20, 18, 3)];
    for isa in isas() {
        for (inputs, size, groups) in shapes {
            for rows in [1, 2, 3, 7, 8, 13, BLOCK_ROWS + 5] {
                agrees_with_sums(Columns { size, groups, isa }, inputs, rows);
            }
        }
    }
}

fn agrees_with_sums(columns: Columns, inputs: usize, rows: usize) {
    let outputs = columns.size * columns.groups;
    let what = format!("{columns:?} of {inputs} inputs, {rows} rows");
    let flat = draw(outputs * (inputs + 1), 0.3);
    let (x, dy) = (draw(rows * inputs, 0.5), draw(rows * outputs, 0.7));
    let mut len = PackedLen::default();
    let places = (0..outputs * inputs, outputs * inputs..flat.len());
    let affine = Affine::new((inputs, columns), places, &mut len);
    let mut packed = Packed::default();
    let (forward, backward) = packed.arrays(len);
    affine.pack(&flat, forward, backward);
    let at = |data: &[f32], row: usize, dim: usize, i: usize| f64::from(data[row * dim + i]);
    let w = |o: usize, i: usize| at(&flat, o, inputs, i);
    let bias = |o: usize| f64::from(flat[outputs * inputs + o]);
    let each = |n: usize, value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        (0..rows).flat_map(|row| (0..n).map(move |i| value(row, i))).collect()
    };

    let input_columns = affine.input_columns();
    let (x_panels, dy_panels) = (panels(&x, input_columns), panels(&dy, columns));
    let (x_panels, dy_panels) = (Panels::new(&x_panels, rows), Panels::new(&dy_panels, rows));
    let xw = |row, o| (0..inputs).map(|i| at(&x, row, inputs, i) * w(o, i)).sum::<f64>();
    for (onto, start) in [(Onto::Zero, 0.0), (Onto::Sum, 0.25), (Onto::Bias, 0.0)] {
        let mut y = vec![0.25; rows * columns.padded()];
        affine.forward(&packed, x_panels, PanelsMut::new(&mut y, rows), onto, as_it_is);
        let start = |o| if onto == Onto::Bias { bias(o) } else { start };
        let expected = each(outputs, &|row, o| start(o) + xw(row, o));
        assert_close(&rows_of(&y, columns, rows), &expected, &what);
    }
    for (onto, start) in [(Onto::Zero, 0.0), (Onto::Sum, 0.25)] {
        let mut dx = vec![0.25; rows * input_columns.padded()];
        affine.backward(&packed, dy_panels, PanelsMut::new(&mut dx, rows), onto, as_it_is);
        let dyw = |row, i| (0..outputs).map(|o| at(&dy, row, outputs, o) * w(o, i)).sum::<f64>();
        let expected = each(inputs, &|row, i| start + dyw(row, i));
        assert_close(&rows_of(&dx, input_columns, rows), &expected, &what);
    }
    let mut sum = vec![f32::NAN; len.backward];
    for onto in [Onto::Zero, Onto::Sum] {
        affine.accumulate(x_panels, dy_panels, &mut sum, onto);
    }
    let mut gradient = vec![f32::NAN; flat.len()];
    affine.unpack(&sum, &mut gradient);
    let over_rows = |value: &dyn Fn(usize) -> f64| 2.0 * (0..rows).map(value).sum::<f64>();
    let mut expected = Vec::new();
    for o in 0..outputs {
        for i in 0..inputs {
            let product = |row| at(&dy, row, outputs, o) * at(&x, row, inputs, i);
            expected.push(over_rows(&product));
        }
    }
    expected.extend((0..outputs).map(|o| over_rows(&|row| at(&dy, row, outputs, o))));
    assert_close(&gradient, &expected, &what);
}

#[test]
fn some_rows_of_a_matrix_are_read_and_written_alone() {
    for isa in isas() {
        let columns = Columns::new(18, isa);
        let mut len = PackedLen::default();
        let affine = Affine::new((18, columns), (0..18 * 18, 18 * 18..18 * 19), &mut len);
        let mut packed = Packed::default();
        let (forward, backward) = packed.arrays(len);
        affine.pack(&draw(18 * 19, 0.2), forward, backward);
        let x = panels(&draw(9 * 18, 0.0), columns);
        let x = Panels::new(&x, 9);
        let (mut whole, mut part) = (vec![0.0; x.data.len()], vec![5.0; x.data.len()]);
        affine.forward(&packed, x, PanelsMut::new(&mut whole, 9), Onto::Bias, as_it_is);
        let rows = PanelsMut::new(&mut part, 9).of(2..6);
        affine.forward(&packed, x.of(3..7), rows, Onto::Bias, as_it_is);
        let (whole, part) = (rows_of(&whole, columns, 9), rows_of(&part, columns, 9));
        assert_eq!(part[2 * 18..6 * 18], whole[3 * 18..7 * 18]);
        assert!(part[..2 * 18].iter().chain(&part[6 * 18..]).all(|y| *y == 5.0));
    }
}

#[test]
fn panels_are_shared_out_in_groups() {
    let sizes = |n, widest| groups(n, widest).map(|group| group.len()).collect::<Vec<_>>();
    assert_eq!(sizes(1, 3), [1]);
    assert_eq!(sizes(4, 3), [2, 2]);
    assert_eq!(sizes(7, 3), [3, 2, 2]);
    assert_eq!(sizes(8, 3), [3, 3, 2]);
    assert_eq!(sizes(5, 2), [2, 2, 1]);
}

#[test]
fn buffers_begin_at_a_cache_line_and_keep_what_they_hold() {
    let mut buffer = Buffer::default();
    assert!(buffer.at_least(0).is_empty());
    buffer.at_least(100).fill(2.0);
    assert!(buffer.at_least(40).iter().all(|x| *x == 2.0));
    for len in [1, 100, 5000] {
        assert_eq!(buffer.at_least(len).as_ptr() as usize % 64, 0);
        assert_eq!(buffer.at_least(len).len(), len);
    }
}
