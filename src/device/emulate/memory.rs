//! Buffers of an emulated device, and their addresses.

use crate::device::ptx::Routine;
use crate::device::{Argument, BufferId, DeviceError, Parameter, check_arguments};

/// Bits of an address that say where in its buffer it is; those above are the buffer's number and one.
pub(super) const PLACE_BITS: u32 = 40;

/// Set in addresses of tables: those have their numbers in the bits between.
pub(super) const TABLE: u64 = 1 << 63;

/// Numbers that stand after each buffer: a kernel of a library that writes beyond its end changes them.
const FENCE: [u32; 16] = [0x7FC5_A5A5; 16];

/// Numbers, and a fence after them.
#[derive(Debug)]
struct Held {
    numbers: Vec<f32>,
    n: usize,
}

impl Held {
    fn new(n: usize) -> Self {
        let mut numbers = vec![0.0; n];
        numbers.extend(FENCE.map(f32::from_bits));
        Self { numbers, n }
    }

    fn is_whole(&self) -> bool {
        self.numbers[self.n..].iter().map(|it| it.to_bits()).eq(FENCE)
    }
}

/// Buffers; none in the place of those that are free again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    buffers: Vec<Option<Held>>,
}

impl Memory {
    pub(super) fn allocate(&mut self, n: usize) -> BufferId {
        self.buffers.push(Some(Held::new(n)));
        BufferId(self.buffers.len() - 1)
    }

    pub(super) fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.of(buffer)?;
        self.buffers[buffer.0] = None;
        Ok(())
    }

    fn of(&mut self, buffer: BufferId) -> Result<&mut [f32], DeviceError> {
        let found = self.buffers.get_mut(buffer.0).and_then(Option::as_mut);
        let held = found.ok_or(DeviceError::NoBuffer { number: buffer.0 })?;
        Ok(&mut held.numbers[..held.n])
    }

    /// Where a buffer begins.
    pub(super) fn pointer(&mut self, buffer: BufferId) -> Result<*mut f32, DeviceError> {
        Ok(self.of(buffer)?.as_mut_ptr())
    }

    /// Whether nothing was written beyond the end of a buffer.
    pub(super) fn is_whole(&self, buffer: BufferId) -> bool {
        self.buffers.get(buffer.0).and_then(Option::as_ref).is_none_or(Held::is_whole)
    }

    pub(super) fn range(
        &mut self,
        buffer: BufferId,
        at: usize,
        n: usize,
    ) -> Result<&mut [f32], DeviceError> {
        let numbers = self.of(buffer)?;
        let length = numbers.len();
        let end = at.checked_add(n).filter(|&end| end <= length);
        end.map(|end| &mut numbers[at..end]).ok_or(DeviceError::OutOfBuffer { at, n, length })
    }

    /// The number at an address.
    pub(super) fn at(&mut self, address: u64) -> Option<&mut f32> {
        let buffer = (address >> PLACE_BITS).checked_sub(1)?;
        let byte = address & ((1 << PLACE_BITS) - 1);
        let held = self.buffers.get_mut(usize::try_from(buffer).ok()?)?.as_mut()?;
        let place = usize::try_from(byte / 4).ok()?;
        held.numbers[..held.n].get_mut(place).filter(|_| byte.is_multiple_of(4))
    }

    /// Arguments of a kernel as its threads read them.
    pub(super) fn arguments(
        &mut self,
        kernel: &Routine,
        arguments: &[Argument],
    ) -> Result<Vec<u64>, DeviceError> {
        let parameters = kernel.parameters.as_deref().unwrap_or_default();
        let kind = |is_long| if is_long { Parameter::Address } else { Parameter::Count };
        let parameters: Vec<Parameter> = parameters.iter().map(|it| kind(it.is_long)).collect();
        check_arguments(&kernel.name, &parameters, arguments)?;
        let address = |argument: &Argument| match *argument {
            Argument::Count(count) => Ok(u64::from(count)),
            Argument::Number(number) => Ok(u64::from(number.to_bits())),
            Argument::Buffer(buffer) => {
                self.of(buffer)?;
                Ok((buffer.0 as u64 + 1) << PLACE_BITS)
            }
        };
        arguments.iter().map(address).collect()
    }
}
