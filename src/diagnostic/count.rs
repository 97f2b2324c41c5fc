//! How many there are, in words.

/// "1 number", "2 numbers"; of a word whose plural is more than an s, as body, by its own plural.
pub fn counted(count: usize, one: &str) -> String {
    match one.strip_suffix('y') {
        _ if count == 1 => format!("1 {one}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular_and_none_is_plural() {
        let said = [0, 1, 2].map(|count| counted(count, "number"));
        assert_eq!(said, ["0 numbers", "1 number", "2 numbers"]);
        assert_eq!(counted(2, "body"), "2 bodies");
        assert_eq!(counted(1, "body"), "1 body");
        assert_eq!(counted(3, "key"), "3 keys");
    }
}
