//! Tests that cannot run for want of something say so, and fail where it was to be there.

use std::io::Write;

/// What a test may be skipped for want of.
const THINGS: [&str; 8] =
    ["graphics", "window", "onnxruntime", "tensorboard", "cc", "fma", "cuda", "ptxas"];

/// Says that the test which runs is skipped for want of a `thing`, and why: on standard error, past the harness, which
/// keeps to itself what passing tests print; and in the file that `DNNE_SKIPPED` names, from which `.ci/run` tells at
/// its end.
///
/// # Panics
/// If `DNNE_REQUIRE`, a list with commas, names the thing, or something that no test asks for.
pub fn skip(thing: &str, why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test").to_owned();
    let required = std::env::var("DNNE_REQUIRE").unwrap_or_default();
    if let Err(message) = may_be_missing(thing, &required) {
        panic!("{message}: {test} cannot run: {why}");
    }
    let line = format!("skipped for want of {thing}: {test}: {}\n", why.trim().replace('\n', " "));
    std::io::stderr().write_all(line.as_bytes()).expect("standard error is open");
    if let Some(path) = std::env::var_os("DNNE_SKIPPED") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.expect("DNNE_SKIPPED names a file that can be written")
            .write_all(line.as_bytes())
            .expect("there is room for a line");
    }
}

fn may_be_missing(thing: &str, required: &str) -> Result<(), String> {
    assert!(THINGS.contains(&thing), "{thing} is not listed among what tests may lack");
    for name in required.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !THINGS.contains(&name) {
            return Err(format!("DNNE_REQUIRE names {name}; there are {}", THINGS.join(", ")));
        }
        if name == thing {
            return Err(format!("DNNE_REQUIRE names {thing}"));
        }
    }
    Ok(())
}

#[test]
fn what_is_required_may_not_be_missing() {
    assert_eq!(may_be_missing("graphics", ""), Ok(()));
    assert_eq!(may_be_missing("graphics", "window,tensorboard"), Ok(()));
    let said = may_be_missing("graphics", "window, graphics").unwrap_err();
    assert_eq!(said, "DNNE_REQUIRE names graphics");
    let said = may_be_missing("graphics", "widow").unwrap_err();
    assert!(said.starts_with("DNNE_REQUIRE names widow; there are graphics, window"), "{said}");
}
