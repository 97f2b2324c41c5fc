//! Where nodes of graphs in code stand when they are drawn: in columns from left to right as values flow.

/// Between nodes of a column, and between columns.
const GAP: [f64; 2] = [60.0, 40.0];

/// Places of nodes of these sizes, each with x before y, relative to the top left corner of all, and the size
/// of all. `edges` lead from node to node; those that lead back in the order of nodes close loops, and count
/// for nothing.
pub(super) fn lay_out(sizes: &[[f64; 2]], edges: &[(usize, usize)]) -> (Vec<[f64; 2]>, [f64; 2]) {
    let mut column = vec![0_usize; sizes.len()];
    for to in 0..sizes.len() {
        let feeding = edges.iter().filter(|&&(from, other)| other == to && from < to);
        column[to] = feeding.map(|&(from, _)| column[from] + 1).max().unwrap_or(0);
    }
    let n_columns = column.iter().max().map_or(0, |last| last + 1);
    let mut x = vec![0.0; n_columns];
    let mut right = 0.0;
    for i in 0..n_columns {
        x[i] = right;
        let widths = sizes.iter().zip(&column).filter(|(_, at)| **at == i).map(|(size, _)| size[0]);
        right += widths.fold(0.0, f64::max) + GAP[0];
    }
    let mut y = vec![0.0_f64; n_columns];
    let mut place = |(size, &at): (&[f64; 2], &usize)| {
        let place = [x[at], y[at]];
        y[at] += size[1] + GAP[1];
        place
    };
    let places = sizes.iter().zip(&column).map(&mut place).collect();
    let height = y.iter().fold(0.0, |highest: f64, y| highest.max(*y));
    (places, [(right - GAP[0]).max(0.0), (height - GAP[1]).max(0.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_stand_right_of_what_feeds_them_and_nowhere_twice() {
        let sizes = [[100.0, 50.0], [200.0, 80.0], [100.0, 50.0], [100.0, 50.0]];
        let edges = [(0, 1), (1, 2), (2, 1), (0, 3)];
        let (places, size) = lay_out(&sizes, &edges);
        assert_eq!(places, [[0.0, 0.0], [160.0, 0.0], [420.0, 0.0], [160.0, 120.0]]);
        assert_eq!(size, [520.0, 170.0]);
        assert_eq!(lay_out(&[], &[]), (Vec::new(), [0.0, 0.0]));
    }
}
