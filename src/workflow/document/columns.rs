//! Automatic positions of nodes without one: in columns from left to right, as values flow.

use std::collections::HashSet;

/// Between columns, and between the nodes of one [px].
const GAP: [f64; 2] = [80.0, 40.0];

/// Places of nodes of these sizes, each with x before y, relative to the top left corner of all, and the size
/// of all \[px\]. `edges` lead from node to node; those that close a circle count for nothing.
pub fn lay_out(sizes: &[[f64; 2]], edges: &[(usize, usize)]) -> (Vec<[f64; 2]>, [f64; 2]) {
    let columns = columns(sizes.len(), edges);
    let n_columns = columns.iter().max().map_or(0, |last| last + 1);
    let mut widths = vec![0.0_f64; n_columns];
    for (&column, size) in columns.iter().zip(sizes) {
        widths[column] = widths[column].max(size[0]);
    }
    let mut right = 0.0;
    let lefts: Vec<f64> = widths
        .iter()
        .map(|width| {
            let left = right;
            right += width + GAP[0];
            left
        })
        .collect();
    let mut bottoms = vec![0.0_f64; n_columns];
    let places = columns.iter().zip(sizes).map(|(&column, size)| {
        let place = [lefts[column], bottoms[column]];
        bottoms[column] += size[1] + GAP[1];
        place
    });
    let places = places.collect();
    let height = bottoms.iter().fold(0.0, |highest: f64, bottom| highest.max(*bottom));
    (places, [(right - GAP[0]).max(0.0), (height - GAP[1]).max(0.0)])
}

/// A column for each node, behind those of the nodes that feed it.
fn columns(n: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut feeds = vec![Vec::new(); n];
    for &(from, to) in edges {
        feeds[from].push(to);
    }
    // Without recursion: a file may hold a chain of any length.
    let (mut columns, mut state) = (vec![0; n], vec![0_u8; n]);
    let mut order = Vec::new();
    let mut back = HashSet::new();
    for root in 0..n {
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if state[node] != 0 {
                    continue;
                }
                state[node] = 1;
            }
            match feeds[node].get(next) {
                Some(&to) => {
                    stack.push((node, next + 1));
                    match state[to] {
                        0 => stack.push((to, 0)),
                        1 => drop(back.insert((node, to))),
                        _ => {}
                    }
                }
                None => {
                    state[node] = 2;
                    order.push(node);
                }
            }
        }
    }
    for &node in order.iter().rev() {
        for &to in feeds[node].iter().filter(|to| !back.contains(&(node, **to))) {
            columns[to] = columns[to].max(columns[node] + 1);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_stand_right_of_what_feeds_them_and_nowhere_twice() {
        let sizes = [[100.0, 50.0], [200.0, 80.0], [100.0, 50.0], [100.0, 50.0]];
        let edges = [(0, 1), (1, 2), (2, 1), (0, 3)];
        let (places, size) = lay_out(&sizes, &edges);
        assert_eq!(places, [[0.0, 0.0], [180.0, 0.0], [460.0, 0.0], [180.0, 120.0]]);
        assert_eq!(size, [560.0, 170.0]);
        assert_eq!(lay_out(&[], &[]), (Vec::new(), [0.0, 0.0]));
    }
}
