//! Products of small row-major matrices, on one thread.

/// A row-major matrix, possibly read as its transpose.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `data` of shape (rows, columns).
    pub(super) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a matrix and its shape");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The first `columns` columns of `data`, shape (rows, at least `columns`).
    pub(super) fn leading(data: &'a [f32], rows: usize, columns: usize) -> Self {
        let row_stride = data.len() / rows.max(1);
        assert!(data.len() == rows * row_stride && columns <= row_stride, "a matrix and its shape");
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// `product` <- left right, or `product` + left right if `accumulate`; row-major, shape
/// (left.rows, right.columns).
pub(super) fn multiply(product: &mut [f32], left: Matrix, right: Matrix, accumulate: bool) {
    let (m, n, k) = (left.rows, right.columns, left.columns);
    assert_eq!(right.rows, k, "inner extents");
    assert_eq!(product.len(), m * n, "outer extents");
    // SAFETY: the assertions here and those where a `Matrix` is made keep every index that the strides
    // can form inside its slice; `product` is borrowed exclusively, so it overlaps neither factor.
    #[allow(unsafe_code, reason = "the product takes raw pointers and strides")]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            product.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            left.data.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0_f32,
            1.0_f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_transposes_agree_with_sums() {
        let (m, n, k) = (3, 4, 5);
        let left: Vec<f32> = (0..m * k).map(|i| (i as f32).sin()).collect();
        let right: Vec<f32> = (0..n * k).map(|i| (i as f32).cos()).collect();
        let mut product = vec![1.0; m * n];
        let transposed = Matrix::new(&right, n, k).transposed();
        multiply(&mut product, Matrix::new(&left, m, k), transposed, true);
        // The same columns of wider rows.
        let wide: Vec<f32> =
            left.chunks(k).flat_map(|row| row.iter().copied().chain([9.0, 9.0])).collect();
        let mut same = vec![1.0; m * n];
        multiply(&mut same, Matrix::leading(&wide, m, k), transposed, true);
        assert_eq!(same, product);
        for i in 0..m {
            for j in 0..n {
                let sum: f32 = (0..k).map(|l| left[i * k + l] * right[j * k + l]).sum();
                // Rounding of five products of numbers below 1.
                assert!((product[i * n + j] - 1.0 - sum).abs() < 1e-6);
            }
        }
    }
}
