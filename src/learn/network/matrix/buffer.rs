//! Working memory for vector registers.

/// Where the numbers of a buffer begin: at a cache line, so that no register straddles two.
const ALIGNMENT: usize = 64;

/// Numbers that begin at a cache line. Kept and reused.
#[derive(Debug, Default)]
pub(in crate::learn) struct Buffer {
    data: Vec<f32>,
}

impl Buffer {
    /// Room for `len` numbers, which are those of before or zeros, or, if it had to grow, anything.
    pub(in crate::learn) fn at_least(&mut self, len: usize) -> &mut [f32] {
        let spare = ALIGNMENT / size_of::<f32>();
        if self.data.len() < len + spare {
            self.data.resize(len + spare, 0.0);
        }
        let start = self.data.as_ptr().align_offset(ALIGNMENT);
        &mut self.data[start..start + len]
    }

    /// All there is room for.
    pub(in crate::learn) fn all(&self) -> &[f32] {
        let start = self.data.as_ptr().align_offset(ALIGNMENT).min(self.data.len());
        &self.data[start..]
    }
}
