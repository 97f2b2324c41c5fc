//! The kernels against sums that are written out, in double precision.

use super::super::tests::{assert_close, draw, isas};
use super::*;

/// Numbers of a picture in a lane, in double precision, by row, column and channel; beyond its edges zeros.
struct Plain<'a> {
    grid: Grid,
    data: &'a [f32],
    lanes: usize,
}

impl Plain<'_> {
    fn get(&self, (y, x): (isize, isize), channel: usize, lane: usize) -> f64 {
        let Grid { height, width, .. } = self.grid;
        match (usize::try_from(y), usize::try_from(x)) {
            (Ok(y), Ok(x)) if y < height && x < width => {
                f64::from(self.data[(self.grid.at(y, x) + channel) * self.lanes + lane])
            }
            _ => 0.0,
        }
    }
}

/// Random numbers in a grid, and zeros in its border.
fn pictures(grid: Grid, lanes: usize, entity: u32) -> Vec<f32> {
    let mut data = draw(grid.len() * lanes, 1.0, entity);
    grid.clear_border(&mut data, lanes);
    data
}

/// Odd extents, strides beyond the kernel, padding, every number of channels up to six and of filters around the
/// blocks of the kernels.
fn shapes() -> Vec<ConvShape> {
    let sizes = [
        // height, width, channels, filters, kernel, stride, padding, border of the output
        (9, 7, 1, 1, 3, 1, 0, 0),
        (8, 11, 2, 3, 3, 2, 1, 1),
        (5, 5, 3, 8, 5, 1, 2, 0),
        (13, 6, 4, 13, 4, 3, 0, 2),
        (7, 10, 5, 16, 2, 4, 1, 0),
        (6, 9, 6, 11, 1, 1, 0, 0),
        (12, 5, 2, 7, 4, 1, 3, 1),
        (40, 60, 3, 9, 8, 4, 0, 0),
    ];
    let shape = |(height, width, channels, filters, kernel, stride, border, next)| {
        let window = Window { size: kernel, stride, padding: border };
        let (out_height, out_width) = (window.count(height).unwrap(), window.count(width).unwrap());
        ConvShape {
            input: Grid { height, width, channels, border },
            output: Grid { height: out_height, width: out_width, channels: filters, border: next },
            kernel,
            stride,
        }
    };
    sizes.into_iter().map(shape).collect()
}

/// Every product of a convolution: the places of the weight in (filters, patch), of the output, and of the input.
fn each_product(
    shape: &ConvShape,
    mut work: impl FnMut(usize, (usize, usize, usize), (isize, isize, usize)),
) {
    let ConvShape { input, output, kernel, stride } = *shape;
    for (oy, ox) in (0..output.height).flat_map(|y| (0..output.width).map(move |x| (y, x))) {
        for filter in 0..output.channels {
            let mut weight = filter * shape.patch();
            for (ky, kx) in (0..kernel).flat_map(|y| (0..kernel).map(move |x| (y, x))) {
                let at = |o: usize, k: usize| (o * stride + k) as isize - input.border as isize;
                for channel in 0..input.channels {
                    work(weight, (oy, ox, filter), (at(oy, ky), at(ox, kx), channel));
                    weight += 1;
                }
            }
        }
    }
}

fn conv(shape: ConvShape, isa: Isa) -> (Conv, Vec<f32>, Packed) {
    let mut places = Places { weights: 3, states: 0, packed: Default::default(), isa };
    let conv = Conv::new(shape, Activation::Relu, &mut places);
    let flat = draw(places.weights, 0.3, 1);
    let mut packed = Packed::default();
    let (forward, backward) = packed.arrays(places.packed);
    conv.pack(&flat, forward, backward);
    (conv, flat, packed)
}

#[test]
fn outputs_and_both_gradients_are_the_sums_that_they_should_be() {
    for (shape, isa) in shapes().into_iter().flat_map(|shape| isas().map(move |isa| (shape, isa))) {
        let lanes = isa.width();
        let (conv, flat, packed) = conv(shape, isa);
        let weight = |place: usize| f64::from(flat[conv.flat(place)]);
        let (x, dy) = (pictures(shape.input, lanes, 2), pictures(shape.output, lanes, 3));
        let mut y = vec![9.0; shape.output.len() * lanes];
        conv.forward(&packed, &x, &mut [], &mut y);
        let mut dx = vec![9.0; x.len()];
        conv.backward(&packed, &dy, &mut dx);
        let mut sum = vec![0.0; conv.backward.end];
        let mut scratch = vec![0.0; shape.scratch(isa)];
        conv.accumulate(&x, &dy, &mut sum, &mut scratch);
        let mut gradient = vec![0.0; flat.len()];
        conv.unpack(&sum, &mut gradient);

        let seen = Plain { grid: shape.input, data: &x, lanes };
        let above = Plain { grid: shape.output, data: &dy, lanes };
        let mut outputs = vec![0.0_f64; y.len()];
        let mut by_input = vec![0.0_f64; dx.len()];
        let mut by_weights = vec![0.0_f64; flat.len()];
        for (row, lane) in
            shape.output.rows().flat_map(|row| (0..lanes).map(move |l| (row.clone(), l)))
        {
            for (i, place) in row.enumerate() {
                let filter = i % shape.filters();
                outputs[place * lanes + lane] = f64::from(flat[conv.bias.start + filter]);
                by_weights[conv.bias.start + filter] += f64::from(dy[place * lanes + lane]);
            }
        }
        each_product(&shape, |place, (oy, ox, filter), (iy, ix, channel)| {
            let to = shape.output.at(oy, ox) + filter;
            for lane in 0..lanes {
                let number = seen.get((iy, ix), channel, lane);
                let down = above.get((oy as isize, ox as isize), filter, lane);
                outputs[to * lanes + lane] += weight(place) * number;
                by_weights[conv.flat(place)] += down * number;
                let inside = (0..shape.input.height as isize).contains(&iy)
                    && (0..shape.input.width as isize).contains(&ix);
                if inside {
                    let at = shape.input.at(iy as usize, ix as usize) + channel;
                    by_input[at * lanes + lane] += weight(place) * down;
                }
            }
        });
        // Relu, and zeros in the border, where nothing was added.
        let outputs: Vec<f32> = outputs.into_iter().map(|y| y.max(0.0) as f32).collect();
        let by_input: Vec<f32> = by_input.into_iter().map(|x| x as f32).collect();
        let by_weights: Vec<f32> = by_weights.into_iter().map(|x| x as f32).collect();
        // Sums of up to 200 products of order 0.3, and of up to 1300 numbers of order 1, in single precision.
        assert_close(&outputs, &y, 1e-5);
        shape.input.clear_border(&mut dx, lanes);
        assert_close(&by_input, &dx, 1e-5);
        assert_close(&by_weights, &gradient, 2e-4);
        let largest = by_weights.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(largest > 1.0 && by_input.iter().any(|x| x.abs() > 0.1));
    }
}

#[test]
fn a_lane_is_alone() {
    for (shape, isa) in shapes().into_iter().flat_map(|shape| isas().map(move |isa| (shape, isa))) {
        let lanes = isa.width();
        let (conv, _, packed) = conv(shape, isa);
        let x = pictures(shape.input, lanes, 2);
        let run = |x: &[f32]| {
            let mut y = vec![0.0; shape.output.len() * lanes];
            conv.forward(&packed, x, &mut [], &mut y);
            y
        };
        let mut other = pictures(shape.input, lanes, 7);
        for (lane, number) in other.iter_mut().enumerate() {
            if lane % lanes == 1 {
                *number = x[lane];
            }
        }
        let (one, other) = (run(&x), run(&other));
        let same = |lane: usize| {
            one.iter()
                .zip(&other)
                .skip(lane)
                .step_by(lanes)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        };
        assert!(same(1) && !same(0) && !same(2));
    }
}

#[test]
fn pooling_takes_the_largest_or_the_mean_of_what_is_there() {
    let windows = [(2, 2, 0), (3, 2, 1), (3, 1, 0), (1, 3, 0), (4, 3, 3)];
    let kinds = [PoolKind::Max, PoolKind::Average];
    let cases = windows.into_iter().flat_map(|window| kinds.map(|kind| (window, kind)));
    for (((size, stride, padding), kind), isa) in
        cases.flat_map(|case| isas().map(move |isa| (case, isa)))
    {
        let lanes = isa.width();
        let window = Window { size, stride, padding };
        let input = Grid { height: 7, width: 9, channels: 3, border: 0 };
        let (height, width) = (window.count(7).unwrap(), window.count(9).unwrap());
        let output = Grid { height, width, channels: 3, border: 1 };
        let pooling = Pooling { kind, input, output, rows: window, columns: window };
        let (x, dy) = (pictures(input, lanes, 2), pictures(output, lanes, 3));
        let mut y = vec![0.0; output.len() * lanes];
        pooling.forward(isa, &x, &mut y);
        let mut dx = vec![9.0; x.len()];
        pooling.backward(isa, (&x, &y), &dy, &mut dx);
        let (mut expected, mut by_input) = (vec![0.0; y.len()], vec![0.0; x.len()]);
        let places = (0..height).flat_map(|oy| (0..width).map(move |ox| (oy, ox)));
        for ((oy, ox), i) in places.flat_map(|at| (0..3 * lanes).map(move |i| (at, i))) {
            let (channel, lane) = (i / lanes, i % lanes);
            let to = (output.at(oy, ox) + channel) * lanes + lane;
            let rows = window.covers(oy, 7);
            let under: Vec<usize> = rows
                .flat_map(|y| window.covers(ox, 9).map(move |x| (y, x)))
                .map(|(y, x)| (input.at(y, x) + channel) * lanes + lane)
                .collect();
            assert!(!under.is_empty());
            let largest = under.iter().copied().max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap();
            match kind {
                PoolKind::Max => {
                    expected[to] = x[largest];
                    by_input[largest] += dy[to];
                }
                PoolKind::Average => {
                    let share = 1.0 / under.len() as f32;
                    expected[to] = share * under.iter().map(|at| x[*at]).sum::<f32>();
                    under.iter().for_each(|at| by_input[*at] += share * dy[to]);
                }
            }
        }
        // Sums of up to 16 numbers of order 1, in another order.
        assert_close(&expected, &y, 1e-5);
        assert_close(&by_input, &dx, 1e-5);
    }
}

#[test]
fn a_nan_is_not_hidden_by_pooling() {
    let (input, output) = (
        Grid { height: 1, width: 2, channels: 1, border: 0 },
        Grid { height: 1, width: 1, channels: 1, border: 0 },
    );
    let window = |size| Window { size, stride: 1, padding: 0 };
    for (kind, isa) in [PoolKind::Max, PoolKind::Average].into_iter().zip(isas()) {
        let pooling = Pooling { kind, input, output, rows: window(1), columns: window(2) };
        let mut y = vec![0.0; isa.width()];
        pooling.forward(isa, &vec![f32::NAN; 2 * isa.width()], &mut y);
        assert!(y.iter().all(|y| y.is_nan()));
    }
}
