//! Height fields: terrain on a regular grid.

/// The most contacts of a height field with another shape.
pub const HEIGHT_FIELD_CONTACTS: usize = 8;

/// Heights on a grid over x and y.
#[derive(Clone, Debug)]
pub struct Field {
    pub nrow: usize,
    pub ncol: usize,
    /// Half-widths in x and y, the height that 1 in `data` stands for, depth of the base below zero.
    pub size: [f64; 4],
    /// Heights in 0 to 1; rows along x, the first row at the lowest y.
    pub data: Vec<f64>,
}
