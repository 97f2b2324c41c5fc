//! The constraints' part of the solver's Hessian: J' (local Hessian) J of each group of rows.

use super::cost::LocalHessian;
use super::data::{Group, Push};
use super::pattern::tri;
use super::plan::Plan;
use crate::math::lanes::{Lanes, Slice, turns};

/// Adds J' local J to the Hessian.
#[inline(always)]
pub(super) fn add_group<L: Lanes>(
    plan: &Plan,
    group: &Group<L>,
    local: &LocalHessian<L>,
    efc_J: &[L],
    scratch: &mut [L],
    hessian: &mut [L],
) {
    let slot = &group.slot;
    let dofs = plan.dofs(slot);
    let n = dofs.len();
    let jacobian = &efc_J[slot.jadr..slot.jadr + slot.dim * n];
    if slot.dim == 1 {
        turns!(L, for (a, &i) in dofs.iter().enumerate(), [Slice(&mut *hessian);] => {
            let weighted = local[0][0] * jacobian[a];
            let row = &mut hessian[tri(i as usize, 0)..];
            let rest = dofs[a..].iter().zip(&jacobian[a..]);
            turns!(L, for (&j, &x) in rest, [Slice(&mut row[..=i as usize]);] => {
                let j = j as usize;
                row[j] = weighted.mul_add(x, row[j]);
            });
        });
        return;
    }
    match slot.dim {
        3 => add_rows::<L, 3>(group.push, dofs, local, jacobian, scratch, hessian),
        4 => add_rows::<L, 4>(group.push, dofs, local, jacobian, scratch, hessian),
        _ => add_rows::<L, 6>(group.push, dofs, local, jacobian, scratch, hessian),
    }
}

/// [`add_group`] for a number of rows that the compiler knows.
#[inline(always)]
fn add_rows<L: Lanes, const DIM: usize>(
    push: Push,
    dofs: &[u32],
    local: &LocalHessian<L>,
    jacobian: &[L],
    scratch: &mut [L],
    hessian: &mut [L],
) {
    // Of a pyramid's local Hessian only the first row, the first column and the diagonal differ
    // from zero.
    let arrow = matches!(push, Push::Pyramid | Push::Equality);
    let n = dofs.len();
    let scratch = &mut scratch[..DIM * n];
    let jacobian = &jacobian[..DIM * n];
    turns!(L, for a in 0..n, [Slice(&mut *scratch);] => {
        for r in 0..DIM {
            let mut sum = local[r][r] * jacobian[r * n + a];
            for c in 0..DIM {
                if c != r && (!arrow || r == 0 || c == 0) {
                    sum = local[r][c].mul_add(jacobian[c * n + a], sum);
                }
            }
            // Dof by dof, so that the loop below reads it in order.
            scratch[a * DIM + r] = sum;
        }
    });
    // Two dofs at a time share what is read of the scratch.
    let mut a = 0;
    turns!(L, while a < n, [Slice(&mut *hessian);] => {
        let i = dofs[a] as usize;
        let column = column::<L, DIM>(jacobian, n, a);
        let (above, row) = hessian.split_at_mut(tri(i, 0));
        row[i] = add_dot(&column, &scratch[a * DIM..], row[i]);
        if a + 1 < n {
            let next = dofs[a + 1] as usize;
            let next_column = self::column::<L, DIM>(jacobian, n, a + 1);
            let next_row = &mut above[tri(next, 0)..tri(next, next) + 1];
            let row = &mut row[..i];
            let weighted = scratch[(a + 1) * DIM..].chunks_exact(DIM);
            let rest = dofs[a + 1..].iter().zip(weighted);
            turns!(L, for (&j, weighted) in rest, [Slice(&mut *row), Slice(&mut *next_row);] => {
                let j = j as usize;
                row[j] = add_dot(&column, weighted, row[j]);
                next_row[j] = add_dot(&next_column, weighted, next_row[j]);
            });
        }
        a += 2;
    });
}

/// One dof's entries of a group's Jacobian.
#[inline(always)]
fn column<L: Lanes, const DIM: usize>(jacobian: &[L], n: usize, dof: usize) -> [L; DIM] {
    let mut column = [L::zero(); DIM];
    for r in 0..DIM {
        column[r] = jacobian[r * n + dof];
    }
    column
}

/// `sum + a . b`.
#[inline(always)]
fn add_dot<L: Lanes, const DIM: usize>(a: &[L; DIM], b: &[L], mut sum: L) -> L {
    let b = &b[..DIM];
    for r in 0..DIM {
        sum = a[r].mul_add(b[r], sum);
    }
    sum
}
