//! What graphics drivers print into our output.

/// Keeps out "error: XDG_RUNTIME_DIR is invalid or not set in the environment", which Vulkan's drivers print up to three
/// times on a bare X server: they look for a Wayland display there, which no window of ours uses. The program begins
/// anew with the variable set to what is no folder; nothing was done before. Where that fails, the lines come.
#[cfg(all(feature = "viewer", unix, not(target_os = "macos")))]
pub(super) fn quiet() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const VARIABLE: &str = "XDG_RUNTIME_DIR";
    /// There is no display in it, and nobody can put one there.
    const NO_FOLDER: &str = "/dev/null";

    if std::env::var_os(VARIABLE).is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some() {
        return;
    }
    // Without a screen there is no window, and films are drawn by the same driver.
    let mut arguments = std::env::args_os();
    let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else { return };
    let draws = ["watch", "edit", "record", "train", "--visual"];
    let mut rest = arguments.peekable();
    if rest.peek().is_some_and(|command| draws.iter().all(|it| command != it)) {
        return;
    }
    let mut again = Command::new(program);
    again.arg0(name).args(rest).env(VARIABLE, NO_FOLDER);
    // It returns only if it could not be done.
    let _ = again.exec();
}

#[cfg(not(all(feature = "viewer", unix, not(target_os = "macos"))))]
pub(super) fn quiet() {}
