//! Reading files that may be anything: folders, devices, pipes, or larger than memory.

use std::fs::{self, File};
use std::io::{self, Error, Read};
use std::path::Path;

/// The bytes of a file that has at most `most`. A pipe or a device is refused before it is opened, as reading one may
/// never end; sizes are counted while reading, as what the file system says of them need not be true.
pub fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(Error::other("it is a folder, a pipe or a device, and no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        size if size > most => {
            Err(Error::other(format!("it has more than {most} bytes, which are not read")))
        }
        _ => Ok(bytes),
    }
}

/// The text of a file that has at most `most` bytes, which are UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read_bytes(path, most)?).map_err(|error| {
        let bytes = error.as_bytes();
        if is_utf16(bytes) {
            return Error::other("it is UTF-16 text; save it as UTF-8");
        }
        let good = bytes.get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        Error::other(format!("it is not UTF-8 text from line {line} on; save it as UTF-8"))
    })
}

/// Whether bytes begin as UTF-16 does that says so.
pub fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_up_to_a_size_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            read_text(&path, 8).map_err(|error| error.to_string())
        };
        assert_eq!(read("12345678".as_bytes()), Ok("12345678".to_owned()));
        for (bytes, said) in [
            (&b"123456789"[..], "more than 8 bytes"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"a\nb\n\xff", "from line 3 on"),
        ] {
            assert!(read(bytes).is_err_and(|error| error.contains(said)), "{said}");
        }
        let kinds = [folder.path(), Path::new("/dev/zero"), &folder.path().join("nowhere")];
        assert!(kinds.iter().all(|path| read_bytes(path, 8).is_err()));
    }
}
