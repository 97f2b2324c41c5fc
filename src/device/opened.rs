//! For tests: what is opened in the place of the device of a name.

use super::ProgramBackend;
use std::cell::RefCell;

type Make = Box<dyn Fn() -> Box<dyn ProgramBackend>>;

thread_local! {
    static IN_PLACE: RefCell<Option<Make>> = const { RefCell::new(None) };
}

/// Has this thread open what `make` makes wherever it asks for a device with kernels.
pub fn in_place_of_all(make: impl Fn() -> Box<dyn ProgramBackend> + 'static) {
    IN_PLACE.set(Some(Box::new(make)));
}

pub(super) fn in_place() -> Option<Box<dyn ProgramBackend>> {
    IN_PLACE.with_borrow(|make| make.as_ref().map(|make| make()))
}
