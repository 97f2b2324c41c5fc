//! Machine code of a text, by the driver.

use super::refused;
use crate::device::DeviceError;
use cudarc::driver::sys;
use std::ffi::c_void;
use std::ptr;

/// A piece of linking that is under way, which ends with this.
struct Link(sys::CUlinkState);

impl Drop for Link {
    #[allow(unsafe_code, reason = "the driver is a library of another language")]
    fn drop(&mut self) {
        // SAFETY: the state was made by the driver, and nothing of it is used after this.
        let _ = unsafe { sys::cuLinkDestroy(self.0) };
    }
}

/// Machine code of a PTX text, which ends with a zero, for the GPU whose context is the thread's.
#[allow(unsafe_code, reason = "the driver is a library of another language")]
pub(super) fn assemble(text: &std::ffi::CStr) -> Result<Vec<u8>, DeviceError> {
    let failed = refused("make machine code of a kernel");
    let mut state = ptr::null_mut();
    // SAFETY: without options, it writes one pointer, to where there is room for it.
    let made = unsafe { sys::cuLinkCreate_v2(0, ptr::null_mut(), ptr::null_mut(), &raw mut state) };
    made.result().map_err(&failed)?;
    let link = Link(state);
    let bytes = text.to_bytes_with_nul();
    // SAFETY: the driver reads the text and does not write it, whatever the pointer says; its name is a constant.
    let added = unsafe {
        sys::cuLinkAddData_v2(
            link.0,
            sys::CUjitInputType::CU_JIT_INPUT_PTX,
            bytes.as_ptr().cast_mut().cast::<c_void>(),
            bytes.len(),
            c"step".as_ptr(),
            0,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    added.result().map_err(&failed)?;
    let (mut code, mut n_bytes) = (ptr::null_mut(), 0);
    // SAFETY: it writes a pointer and a size, to where there is room for them.
    let linked = unsafe { sys::cuLinkComplete(link.0, &raw mut code, &raw mut n_bytes) };
    linked.result().map_err(&failed)?;
    // SAFETY: the driver says that there are so many bytes, which live as long as the link.
    Ok(unsafe { std::slice::from_raw_parts(code.cast::<u8>().cast_const(), n_bytes) }.to_vec())
}
