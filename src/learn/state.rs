//! Named arrays: what a checkpoint holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, View};

use super::error::LearnError;

/// One array of a checkpoint, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Single-precision numbers: weights, buffers.
    F32 {
        /// Extents, slowest first.
        shape: Vec<usize>,
        /// The elements, as many as the product of the extents.
        data: Vec<f32>,
    },
    /// Double-precision numbers: statistics.
    F64 {
        /// Extents, slowest first.
        shape: Vec<usize>,
        /// The elements, as many as the product of the extents.
        data: Vec<f64>,
    },
    /// Counters and flags.
    U64 {
        /// Extents, slowest first.
        shape: Vec<usize>,
        /// The elements, as many as the product of the extents.
        data: Vec<u64>,
    },
    /// Bytes of pictures.
    U8 {
        /// Extents, slowest first.
        shape: Vec<usize>,
        /// The elements, as many as the product of the extents.
        data: Vec<u8>,
    },
}

impl Array {
    /// Extents, slowest first.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32 { shape, .. }
            | Self::F64 { shape, .. }
            | Self::U64 { shape, .. }
            | Self::U8 { shape, .. } => shape,
        }
    }

    /// The name of the number type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::F32 { .. } => "f32",
            Self::F64 { .. } => "f64",
            Self::U64 { .. } => "u64",
            Self::U8 { .. } => "u8",
        }
    }

    fn bytes(&self) -> Cow<'_, [u8]> {
        // The format is little-endian; so is every processor that this program is built for.
        match self {
            Self::F32 { data, .. } => Cow::Borrowed(bytemuck::cast_slice(data)),
            Self::F64 { data, .. } => Cow::Borrowed(bytemuck::cast_slice(data)),
            Self::U64 { data, .. } => Cow::Borrowed(bytemuck::cast_slice(data)),
            Self::U8 { data, .. } => Cow::Borrowed(data),
        }
    }
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        match self {
            Array::F32 { .. } => Dtype::F32,
            Array::F64 { .. } => Dtype::F64,
            Array::U64 { .. } => Dtype::U64,
            Array::U8 { .. } => Dtype::U8,
        }
    }

    fn shape(&self) -> &[usize] {
        Array::shape(self)
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes()
    }

    fn data_len(&self) -> usize {
        self.bytes().len()
    }
}

/// Named arrays. Names are paths with dots: `policy.trunk.0.weight`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    arrays: BTreeMap<String, Array>,
}

impl StateDict {
    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Names and arrays, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.arrays.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// Fails if a number in it is not finite, and names the first array that has one.
    pub fn check_finite(&self) -> Result<(), LearnError> {
        let is_finite = |array: &Array| match array {
            Array::F32 { data, .. } => data.iter().all(|x| x.is_finite()),
            Array::F64 { data, .. } => data.iter().all(|x| x.is_finite()),
            Array::U64 { .. } | Array::U8 { .. } => true,
        };
        match self.iter().find(|(_, array)| !is_finite(array)) {
            Some((name, _)) => Err(LearnError::UnfitTensor { name: name.to_owned() }),
            None => Ok(()),
        }
    }

    /// The number of arrays.
    pub fn len(&self) -> usize {
        self.arrays.len()
    }

    /// Whether there is no array.
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// The array of that name.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// Adds or replaces an array.
    pub fn insert(&mut self, name: impl Into<String>, array: Array) {
        self.arrays.insert(name.into(), array);
    }

    /// Adds or replaces an array of f32.
    pub fn insert_f32(&mut self, name: impl Into<String>, shape: &[usize], data: Vec<f32>) {
        let shape = shape.to_vec();
        self.insert(name, Array::F32 { shape, data });
    }

    /// Adds or replaces an array of f64.
    pub fn insert_f64(&mut self, name: impl Into<String>, shape: &[usize], data: Vec<f64>) {
        let shape = shape.to_vec();
        self.insert(name, Array::F64 { shape, data });
    }

    /// Adds or replaces an array of u64.
    pub fn insert_u64(&mut self, name: impl Into<String>, shape: &[usize], data: Vec<u64>) {
        let shape = shape.to_vec();
        self.insert(name, Array::U64 { shape, data });
    }

    /// Adds or replaces an array of bytes.
    pub fn insert_u8(&mut self, name: impl Into<String>, shape: &[usize], data: Vec<u8>) {
        let shape = shape.to_vec();
        self.insert(name, Array::U8 { shape, data });
    }

    /// The f32 array of that name and shape.
    pub fn get_f32(&self, name: &str, expected_shape: &[usize]) -> Result<&[f32], LearnError> {
        match self.find(name, expected_shape)? {
            Array::F32 { data, .. } => Ok(data),
            other => Err(wrong_type(name, "f32", other)),
        }
    }

    /// The f64 array of that name and shape.
    pub fn get_f64(&self, name: &str, expected_shape: &[usize]) -> Result<&[f64], LearnError> {
        match self.find(name, expected_shape)? {
            Array::F64 { data, .. } => Ok(data),
            other => Err(wrong_type(name, "f64", other)),
        }
    }

    /// The u64 array of that name and shape.
    pub fn get_u64(&self, name: &str, expected_shape: &[usize]) -> Result<&[u64], LearnError> {
        match self.find(name, expected_shape)? {
            Array::U64 { data, .. } => Ok(data),
            other => Err(wrong_type(name, "u64", other)),
        }
    }

    /// The array of bytes of that name and shape.
    pub fn get_u8(&self, name: &str, expected_shape: &[usize]) -> Result<&[u8], LearnError> {
        match self.find(name, expected_shape)? {
            Array::U8 { data, .. } => Ok(data),
            other => Err(wrong_type(name, "u8", other)),
        }
    }

    fn find(&self, name: &str, expected_shape: &[usize]) -> Result<&Array, LearnError> {
        let array = self.get(name).ok_or_else(|| LearnError::Missing { name: name.to_owned() })?;
        if array.shape() == expected_shape {
            Ok(array)
        } else {
            Err(LearnError::Shape {
                name: name.to_owned(),
                expected: expected_shape.to_vec(),
                got: array.shape().to_vec(),
            })
        }
    }

    /// Fails unless both dictionaries have the same names, with the same shapes and types;
    /// `self` is what is expected.
    pub fn check_like(&self, other: &StateDict) -> Result<(), LearnError> {
        for (name, expected) in self.iter() {
            let got = other.find(name, expected.shape())?;
            if got.type_name() != expected.type_name() {
                return Err(wrong_type(name, expected.type_name(), got));
            }
        }
        match other.names().find(|name| self.get(name).is_none()) {
            Some(name) => Err(LearnError::Unknown { name: name.to_owned() }),
            None => Ok(()),
        }
    }

    /// The arrays whose names begin with `prefix` and a dot, under the rest of their names.
    pub fn nested(&self, prefix: &str) -> StateDict {
        let strip = |name: &str| Some(name.strip_prefix(prefix)?.strip_prefix('.')?.to_owned());
        let arrays =
            self.iter().filter_map(|(name, array)| Some((strip(name)?, array.clone()))).collect();
        StateDict { arrays }
    }

    /// Adds every array of `state` under `prefix`, a dot and its name.
    pub fn insert_nested(&mut self, prefix: &str, state: StateDict) {
        for (name, array) in state.arrays {
            self.insert(format!("{prefix}.{name}"), array);
        }
    }

    /// The bytes of a safetensors file.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, LearnError> {
        Ok(safetensors::serialize(&self.arrays, None)?)
    }

    /// The same with a text in its header, under a name.
    pub(super) fn to_safetensors_with(
        &self,
        (name, text): (&str, String),
    ) -> Result<Vec<u8>, LearnError> {
        let words = HashMap::from([(name.to_owned(), text)]);
        Ok(safetensors::serialize(&self.arrays, Some(words))?)
    }

    /// Reads the bytes of a safetensors file whose arrays are all f32, f64, u64 or u8.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, LearnError> {
        let mut state = Self::new();
        for (name, view) in SafeTensors::deserialize(bytes)?.iter() {
            let shape = view.shape().to_vec();
            let array = match view.dtype() {
                Dtype::F32 => Array::F32 { shape, data: numbers(view.data()) },
                Dtype::F64 => Array::F64 { shape, data: numbers(view.data()) },
                Dtype::U64 => Array::U64 { shape, data: numbers(view.data()) },
                Dtype::U8 => Array::U8 { shape, data: view.data().to_vec() },
                other => {
                    return Err(LearnError::Type {
                        name: name.to_owned(),
                        expected: "f32, f64, u64 or u8",
                        got: other.to_string(),
                    });
                }
            };
            state.insert(name, array);
        }
        Ok(state)
    }
}

/// Numbers from bytes that may lie at any address.
fn numbers<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    let elements = bytes.chunks_exact(size_of::<T>());
    elements.map(bytemuck::pod_read_unaligned).collect()
}

fn wrong_type(name: &str, expected: &'static str, got: &Array) -> LearnError {
    LearnError::Type { name: name.to_owned(), expected, got: got.type_name().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> StateDict {
        let mut state = StateDict::new();
        state.insert_f32("weight", &[2, 3], vec![1.0, -2.0, 3.5, 0.0, 1e-30, 7.0]);
        state.insert_f64("mean", &[1], vec![1.0 / 3.0]);
        state.insert_u64("step", &[1], vec![u64::MAX]);
        state.insert_u8("picture", &[1, 3], vec![0, 7, 255]);
        state.insert_f32("empty", &[0], vec![]);
        state
    }

    #[test]
    fn bytes_round_trip_from_any_address() {
        let state = example();
        let mut shifted = vec![0];
        shifted.extend(state.to_safetensors().unwrap());
        assert_eq!(StateDict::from_safetensors(&shifted[1..]).unwrap(), state);
        assert!(StateDict::from_safetensors(&shifted).is_err());
    }

    #[test]
    fn nesting_is_undone_by_its_inverse() {
        let mut outer = StateDict::new();
        outer.insert_nested("policy", example());
        outer.insert_u64("policy_version", &[1], vec![1]);
        assert_eq!(outer.nested("policy"), example());
        assert!(outer.get("policy.mean").is_some());
    }

    #[test]
    fn errors_name_the_array() {
        let state = example();
        let message = |result: Result<&[f32], LearnError>| result.unwrap_err().to_string();
        assert_eq!(
            message(state.get_f32("weight", &[3, 2])),
            "tensor `weight`: expected shape [3, 2], got [2, 3]"
        );
        assert_eq!(
            message(state.get_f32("mean", &[1])),
            "tensor `mean`: expected numbers of type f32, got f64"
        );
        assert_eq!(message(state.get_f32("bias", &[1])), "tensor `bias` is missing");
        let error = StateDict::new().check_like(&state).unwrap_err();
        assert_eq!(error.to_string(), "tensor `empty` is not part of this state");
    }
}
