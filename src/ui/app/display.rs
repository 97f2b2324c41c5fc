//! Whether there is a window system. The library that makes windows ends the program where there is none, so
//! that is asked first: for the server, as that library will ask, and for the libraries that it will load.

use super::super::UiError;

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn require() -> Result<(), UiError> {
    Ok(())
}

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use x11::require;

#[cfg(all(unix, not(target_os = "macos")))]
mod x11 {
    use super::UiError;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::time::Duration;
    use x11_dl::{xcursor::Xcursor, xinput2::XInput2, xlib::Xlib, xlib_xcb::Xlib_xcb};
    use x11rb::rust_connection::RustConnection;

    /// For the server of another machine, which may not even say no.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// What it gives is to be kept until there is a window: a server whose last connection goes may begin
    /// anew, and turn away who comes meanwhile.
    pub(in super::super) fn require() -> Result<RustConnection, UiError> {
        check().map_err(UiError::NoDisplay)
    }

    fn check() -> Result<RustConnection, String> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(display) = variable("DISPLAY") else {
            return Err(match variable("WAYLAND_DISPLAY") {
                None => "DISPLAY is not set".to_owned(),
                Some(wayland) => format!(
                    "DISPLAY is not set. WAYLAND_DISPLAY is {wayland}, but this window is one of X: have the \
                     compositor start XWayland"
                ),
            });
        };
        libraries()?;
        server().map_err(|error| {
            format!(
                "DISPLAY is {display}, but its X server does not answer or does not let us in: {error}"
            )
        })
    }

    fn libraries() -> Result<(), String> {
        let missing = |library: &str| format!("the library {library} is not installed");
        let opened = [
            ("libX11", Xlib::open().is_ok()),
            ("libXcursor", Xcursor::open().is_ok()),
            ("libX11-xcb", Xlib_xcb::open().is_ok()),
            ("libXi", XInput2::open().is_ok()),
            ("libxkbcommon", xkbcommon_dl::xkbcommon_option().is_some()),
            ("libxkbcommon-x11", xkbcommon_dl::x11::xkbcommon_x11_option().is_some()),
        ];
        match opened.into_iter().find(|(_, is_there)| !is_there) {
            Some((library, _)) => Err(missing(library)),
            None => Ok(()),
        }
    }

    /// Connects as a window will, with the same credentials.
    fn server() -> Result<RustConnection, String> {
        let (answer, answered) = channel();
        std::thread::spawn(move || {
            let connected = x11rb::connect(None).map_err(|error| error.to_string());
            let connected = connected.map(|(connection, _)| connection);
            // Nobody waits any more for an answer that comes too late.
            let _ = answer.send(connected);
        });
        answered.recv_timeout(PATIENCE).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => Err(format!("no answer in {} s", PATIENCE.as_secs())),
            RecvTimeoutError::Disconnected => Err("the connection failed".to_owned()),
        })
    }
}
