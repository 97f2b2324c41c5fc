//! What all environments of a model share: its topology as index tables.

use crate::model::Model;
use std::sync::Arc;

/// One side of a joint's limit: a constraint row that exists in the lanes that are near it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitSlot {
    pub jntid: usize,
    pub qposadr: usize,
    /// Lower limit (index 0 into the range) or upper (1).
    pub side: usize,
    /// The row's derivative by the joint position: +1 at the lower limit, -1 at the upper.
    pub sign: f64,
}

/// The dofs on which a constraint row depends: one chain from a dof towards the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowSlot {
    /// First entry in `row_dof` and `efc_J`.
    pub adr: usize,
    pub nnz: usize,
}

/// A model's topology, compiled once and shared by all threads.
///
/// Symmetric matrices over dofs keep the tree's sparsity: row `i` holds dof `i` and its ancestors,
/// nearest first, at `M_rowadr[i]..M_rowadr[i] + M_rownnz[i]`.
#[derive(Debug)]
pub struct Plan {
    pub model: Arc<Model>,
    pub(super) M_rowadr: Vec<usize>,
    pub(super) M_rownnz: Vec<usize>,
    /// Dof of each entry.
    pub(super) M_colind: Vec<usize>,
    pub(super) limits: Vec<LimitSlot>,
    /// Every row that can ever exist; an overflow is impossible.
    pub(super) rows: Vec<RowSlot>,
    pub(super) row_dof: Vec<usize>,
    pub(super) has_damping: bool,
    pub(super) has_spring: bool,
}

impl Plan {
    pub fn new(model: Arc<Model>) -> Self {
        let (mut M_rowadr, mut M_rownnz, mut M_colind) = (vec![], vec![], vec![]);
        for dof in 0..model.nv {
            M_rowadr.push(M_colind.len());
            let mut ancestor = Some(dof);
            while let Some(i) = ancestor {
                M_colind.push(i);
                ancestor = model.dofs[i].parentid;
            }
            M_rownnz.push(M_colind.len() - M_rowadr[dof]);
        }

        let (mut limits, mut rows, mut row_dof) = (vec![], vec![], vec![]);
        for (jntid, joint) in model.joints.iter().enumerate().filter(|(_, j)| j.limited) {
            for (side, sign) in [(0, 1.0), (1, -1.0)] {
                limits.push(LimitSlot { jntid, qposadr: joint.qposadr, side, sign });
                rows.push(RowSlot { adr: row_dof.len(), nnz: 1 });
                row_dof.push(joint.dofadr);
            }
        }
        Self {
            M_rowadr,
            M_rownnz,
            M_colind,
            limits,
            rows,
            row_dof,
            has_damping: model.dofs.iter().any(|dof| dof.damping > 0.0),
            has_spring: model.joints.iter().any(|joint| joint.stiffness > 0.0),
            model,
        }
    }

    /// The ancestors of a dof with their places in the sparse matrices, nearest first, the dof
    /// itself left out.
    #[inline(always)]
    pub(super) fn ancestors(&self, dof: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let (first, end) = (self.M_rowadr[dof] + 1, self.M_rowadr[dof] + self.M_rownnz[dof]);
        (first..end).map(|adr| (adr, self.M_colind[adr]))
    }
}
