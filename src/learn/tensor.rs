//! The numbers of candle's tensors, without copies.

use candle_core::{Result, Storage, Tensor};

/// `read` applied to the numbers of a contiguous f32 tensor in main memory, without a copy.
pub(super) fn with_slice<T>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => match layout.contiguous_offsets() {
            Some((start, end)) => Ok(read(&storage.as_slice::<f32>()?[start..end])),
            None => candle_core::bail!("a contiguous tensor is needed, got {layout:?}"),
        },
        _ => candle_core::bail!("a tensor in main memory is needed"),
    }
}
