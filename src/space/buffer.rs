//! Numbers of one type, a row for each environment.

use serde::{Deserialize, Serialize};

/// Type of the numbers of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElementType {
    /// Measured numbers.
    F32,
    /// Bytes from 0 to 255, as pictures have them.
    U8,
}

impl ElementType {
    /// Its name, as `f32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::U8 => "u8",
        }
    }
}

/// A type that numbers of streams have: f32 or u8.
pub trait Element: Copy + Default + sealed::Sealed + 'static {
    /// The same as a value.
    const TYPE: ElementType;
    /// The numbers of a buffer, if they are of this type.
    fn of(buffer: &Buffer) -> Option<&[Self]>;
    /// The same, to be changed.
    fn of_mut(buffer: &mut Buffer) -> Option<&mut [Self]>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for u8 {}
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl Element for $type {
            const TYPE: ElementType = ElementType::$variant;

            fn of(buffer: &Buffer) -> Option<&[Self]> {
                match buffer {
                    Buffer::$variant(numbers) => Some(numbers),
                    _ => None,
                }
            }

            fn of_mut(buffer: &mut Buffer) -> Option<&mut [Self]> {
                match buffer {
                    Buffer::$variant(numbers) => Some(numbers),
                    _ => None,
                }
            }
        }
    };
}
element!(f32, F32);
element!(u8, U8);

/// The numbers of one stream for any number of environments, shape (n, ...stream).
#[derive(Clone, Debug, PartialEq)]
pub enum Buffer {
    /// Of [`ElementType::F32`].
    F32(Vec<f32>),
    /// Of [`ElementType::U8`].
    U8(Vec<u8>),
}

impl Buffer {
    /// `len` zeros.
    pub fn zeros(element: ElementType, len: usize) -> Self {
        match element {
            ElementType::F32 => Self::F32(vec![0.0; len]),
            ElementType::U8 => Self::U8(vec![0; len]),
        }
    }

    /// None, with room for `capacity`.
    pub fn with_capacity(element: ElementType, capacity: usize) -> Self {
        match element {
            ElementType::F32 => Self::F32(Vec::with_capacity(capacity)),
            ElementType::U8 => Self::U8(Vec::with_capacity(capacity)),
        }
    }

    /// The type of the numbers.
    pub fn element(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::U8(_) => ElementType::U8,
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::U8(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers, if they are f32.
    pub fn f32s(&self) -> Option<&[f32]> {
        f32::of(self)
    }

    /// The numbers, if they are bytes.
    pub fn u8s(&self) -> Option<&[u8]> {
        u8::of(self)
    }

    /// Forgets the numbers and keeps the memory.
    pub fn clear(&mut self) {
        match self {
            Self::F32(numbers) => numbers.clear(),
            Self::U8(numbers) => numbers.clear(),
        }
    }

    /// Adds zeros, or takes numbers away, until there are `len`.
    pub fn resize(&mut self, len: usize) {
        match self {
            Self::F32(numbers) => numbers.resize(len, 0.0),
            Self::U8(numbers) => numbers.resize(len, 0),
        }
    }

    /// Appends the numbers `range` of `other`, which are of the same type.
    pub(super) fn extend(&mut self, other: &Self, range: std::ops::Range<usize>) {
        match (self, other) {
            (Self::F32(to), Self::F32(from)) => to.extend_from_slice(&from[range]),
            (Self::U8(to), Self::U8(from)) => to.extend_from_slice(&from[range]),
            _ => unreachable!("streams of one space have one type"),
        }
    }

    /// Puts the numbers `range` of `other`, which has the same type, in the place of those at `range`.
    pub(super) fn copy(&mut self, other: &Self, range: std::ops::Range<usize>) {
        match (self, other) {
            (Self::F32(to), Self::F32(from)) => {
                to[range.clone()].copy_from_slice(&from[range]);
            }
            (Self::U8(to), Self::U8(from)) => to[range.clone()].copy_from_slice(&from[range]),
            _ => unreachable!("streams of one space have one type"),
        }
    }

    /// Puts zeros at `range`.
    pub(super) fn fill_zero(&mut self, range: std::ops::Range<usize>) {
        match self {
            Self::F32(numbers) => numbers[range].fill(0.0),
            Self::U8(numbers) => numbers[range].fill(0),
        }
    }
}
