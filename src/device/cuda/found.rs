//! Whether what is there will do.

use crate::device::DeviceError;
use cudarc::driver::{result, sys};

/// The oldest driver with all that is called, as the driver itself counts: CUDA 11.4.
const OLDEST_DRIVER: i32 = 11_040;

/// The oldest compute capability for which our PTX is written: Turing's.
const OLDEST_GPU: (i32, i32) = (7, 5);

/// Finds the driver and starts it, for the GPU of a number.
#[allow(unsafe_code, reason = "the driver is a library of another language")]
pub(super) fn driver(number: usize) -> Result<(), DeviceError> {
    // SAFETY: loading the driver's library runs nothing but its own start.
    if !unsafe { sys::is_culib_present() } {
        return Err(DeviceError::NoDriver);
    }
    check_version(driver_version()?)?;
    match result::init() {
        Err(error) if error.0 == sys::CUresult::CUDA_ERROR_NO_DEVICE => check_number(number, 0),
        started => started.map_err(super::refused("start")),
    }
}

/// The version of a driver that is there, as it counts itself.
#[allow(unsafe_code, reason = "the driver is a library of another language")]
pub(super) fn driver_version() -> Result<i32, DeviceError> {
    let mut version = 0;
    // SAFETY: it writes one number, to where there is room for it.
    let asked = unsafe { sys::cuDriverGetVersion(&raw mut version) };
    asked.result().map_err(super::refused("say its version"))?;
    Ok(version)
}

pub(super) fn check_version(found: i32) -> Result<(), DeviceError> {
    if found < OLDEST_DRIVER {
        let name = |version: i32| format!("{}.{}", version / 1000, version % 1000 / 10);
        return Err(DeviceError::OldDriver { found: name(found), needed: name(OLDEST_DRIVER) });
    }
    Ok(())
}

pub(super) fn check_number(number: usize, n_gpus: i32) -> Result<(), DeviceError> {
    let n_gpus = usize::try_from(n_gpus).unwrap_or(0);
    if n_gpus <= number {
        return Err(DeviceError::NoGpu { number, found: names(n_gpus) });
    }
    Ok(())
}

fn names(n_gpus: usize) -> String {
    match n_gpus {
        0 => "no GPU at all".to_owned(),
        1 => "only cuda:0".to_owned(),
        n => format!("cuda:0 to cuda:{}", n - 1),
    }
}

pub(super) fn check_capability(name: &str, found: (i32, i32)) -> Result<(), DeviceError> {
    if found < OLDEST_GPU {
        let capability = format!("{}.{}", found.0, found.1);
        return Err(DeviceError::OldGpu { name: name.to_owned(), capability });
    }
    Ok(())
}
