//! The threads of a launch.

use super::{BLOCK, DeviceError};

/// The threads of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Blocks, by two indices: up to 2,147,483,647 by the first, and 65,535 by the second.
    pub blocks: (u32, u32),
    /// Threads of a block, from 1 to 1024.
    pub threads: u32,
}

/// What every GPU takes: blocks by both indices, and threads of a block.
const MOST_BLOCKS: (u32, u32) = (i32::MAX as u32, 65_535);
const MOST_THREADS: u32 = 1024;

impl Grid {
    /// At least `n` threads in blocks of [`BLOCK`].
    pub fn of_threads(n: u32) -> Self {
        Self { blocks: (n.div_ceil(BLOCK), 1), threads: BLOCK }
    }

    /// Whether no thread is in it.
    pub fn is_empty(self) -> bool {
        self.blocks.0 == 0 || self.blocks.1 == 0 || self.threads == 0
    }

    /// Fails unless a GPU can launch `kernel` with it.
    pub(super) fn check(self, kernel: &str) -> Result<(), DeviceError> {
        let (x, y) = self.blocks;
        if x <= MOST_BLOCKS.0 && y <= MOST_BLOCKS.1 && self.threads <= MOST_THREADS {
            return Ok(());
        }
        Err(DeviceError::Grid { name: kernel.to_owned(), grid: self })
    }
}
