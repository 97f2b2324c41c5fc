//! Findings as compilers set them: the place, the line with a mark under it, and what to do.

use super::output::legible;
use crate::diagnostic::{Diagnostic, Place, Severity, Span, read_text};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;
use std::path::Path;

/// Larger files are not read to show a line of them [bytes].
const LARGEST_BYTES: u64 = 32 << 20;
/// Longer lines are not shown: what was written without line breaks is not read by people [characters].
const LONGEST_LINE: usize = 5_000;
/// What the command line is called as a place.
const COMMAND_LINE: &str = "command line";

/// A finding with an excerpt of the file, in lines of about `width` columns. Without the colours if it is not `styled`.
pub(super) fn set(found: &Diagnostic, width: usize, styled: bool) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let what = found.what().to_string().replace('\n', "\\n");
    // Findings about tasks have their remedies in the message.
    let (what, help) = match what.rsplit_once("; ") {
        Some((what, help)) if found.remedy.is_empty() => (what, help),
        _ => (what.as_str(), found.remedy.as_str()),
    };
    let mut title = level.primary_title(legible(what));
    if !found.code.is_empty() {
        title = title.id(found.code);
    }
    let group = with_place(Group::with_title(title), found);
    with_help(group, help, width, styled)
}

/// An error without a place, and what to do about it.
pub(super) fn error(message: &str, help: &str, width: usize, styled: bool) -> String {
    let group = Group::with_title(Level::ERROR.primary_title(legible(message)));
    with_help(group, help, width, styled)
}

fn with_help(mut group: Group<'_>, help: &str, width: usize, styled: bool) -> String {
    if !help.is_empty() {
        group = group.element(Level::HELP.message(legible(help)));
    }
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(width).render(&[group])
}

/// Adds where something was found, and how it looks there.
fn with_place<'a>(group: Group<'a>, found: &Diagnostic) -> Group<'a> {
    let Some(file) = &found.file else { return group };
    let shown = legible(file);
    if let Some(mark) = option_mark(found.code, &shown) {
        let snippet = Snippet::source(shown).line_numbering(false).path(COMMAND_LINE);
        return group.element(snippet.annotation(AnnotationKind::Primary.span(mark)));
    }
    let path = shown;
    let Some(span) = found.span else { return group.element(Origin::path(path)) };
    match Excerpt::of(Path::new(file), span) {
        Some(Excerpt { text, mark }) => {
            let snippet = Snippet::source(text).line_start(span.start.line).path(path);
            group.element(snippet.annotation(AnnotationKind::Primary.span(mark)))
        }
        None => {
            let Place { line, column } = span.start;
            group.element(Origin::path(path).line(line).char_column(column))
        }
    }
}

/// The part that is wrong of an option of the command line, as it is shown, where a finding with a `code` has one in the
/// place of a file, such as `--set 6.gama=0.98`.
fn option_mark(code: &str, option: &str) -> Option<Range<usize>> {
    let (name, rest) = option.split_once(' ').filter(|_| option.starts_with("--"))?;
    let start = name.len() + 1;
    let Some(equals) = rest.find('=') else { return Some(start..option.len()) };
    let equals = start + equals;
    let dot = option[start..equals].rfind('.').map(|dot| start + dot);
    Some(match (code, dot) {
        ("unknown-node" | "ambiguous-node" | "unknown-class", Some(dot)) => start..dot,
        ("unknown-parameter", Some(dot)) => dot + 1..equals,
        ("bad-override", _) | (_, None) => start..option.len(),
        _ if equals + 1 == option.len() => start..option.len(),
        _ => equals + 1..option.len(),
    })
}

/// A line of a file, and what of it is marked, in bytes.
#[derive(Debug, PartialEq)]
struct Excerpt {
    text: String,
    mark: Range<usize>,
}

impl Excerpt {
    /// None where the file cannot be read as text, or has no such line, or one that nobody could read.
    fn of(file: &Path, span: Span) -> Option<Self> {
        let text = read_text(file, LARGEST_BYTES).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let line = text.lines().nth(span.start.line.checked_sub(1)?)?;
        Self::of_line(line, span)
    }

    fn of_line(line: &str, span: Span) -> Option<Self> {
        // Characters that steer a terminal take one place each, so that the mark stays where it belongs.
        let shown = |c: char| match legible(c.encode_utf8(&mut [0; 4])).chars().count() {
            1 => c,
            _ => char::REPLACEMENT_CHARACTER,
        };
        let characters: Vec<char> = line.chars().take(LONGEST_LINE + 1).map(shown).collect();
        if characters.len() > LONGEST_LINE {
            return None;
        }
        let start = span.start.column.saturating_sub(1).min(characters.len());
        let end = match span {
            Span { start, end } if end.line > start.line => characters.len(),
            Span { start, end } if end.column > start.column => end.column - 1,
            _ => start + word_length(&characters[start..]),
        };
        let end = end.min(characters.len()).max(start);
        let bytes = |count: usize| characters[..count].iter().map(|c| c.len_utf8()).sum::<usize>();
        let mark = bytes(start)..bytes(end);
        Some(Self { text: characters.into_iter().collect(), mark })
    }
}

/// How many characters belong together at the beginning: a name, a number, a text in quotes, the start of a tag.
fn word_length(text: &[char]) -> usize {
    let is_of_word = |c: &char| c.is_alphanumeric() || "_.-+".contains(*c);
    let word = |text: &[char]| text.iter().take_while(|c| is_of_word(c)).count();
    match text {
        [] => 0,
        ['<', rest @ ..] => 1 + word(rest),
        ['"', rest @ ..] => match rest.iter().position(|c| *c == '"') {
            Some(end) => end + 2,
            None => text.len(),
        },
        _ => word(text).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> Option<Span> {
        Some(Place { line, column }.into())
    }

    fn plain(found: &Diagnostic) -> String {
        set(found, 100, false)
    }

    #[test]
    fn a_finding_has_its_line_a_mark_and_help() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("w.json");
        std::fs::write(
            &file,
            "\u{feff}{\r\n  \"é\": {\"gama\": 1},\r\n  \"b\u{1b}[2J\": 2\r\n}\r\n",
        )
        .unwrap();
        let name = file.to_string_lossy().into_owned();
        let found = Diagnostic::error("unknown-parameter", "there is no parameter \"gama\"")
            .node("6", None)
            .at(at(2, 9))
            .file(Some(&name))
            .remedy("did you mean \"gamma\"?");
        let expected = format!(
            "error[unknown-parameter]: node 6: there is no parameter \"gama\"
 --> {name}:2:9
  |
2 |   \"é\": {{\"gama\": 1}},
  |         ^^^^^^
  |
  = help: did you mean \"gamma\"?"
        );
        assert_eq!(plain(&found), expected);
        // What would steer the terminal is shown and does nothing.
        let steered = plain(&found.clone().at(at(3, 3)));
        assert!(
            !steered.contains('\u{1b}') && steered.contains("3 |   \"b\u{fffd}[2J\": 2"),
            "{steered}"
        );
        assert!(steered.contains("  |   ^^^^^^^"), "{steered}");
        // Without a line to show there is the place alone.
        let nowhere = plain(&found.clone().at(at(99, 1)));
        assert!(nowhere.contains(&format!("--> {name}:99:1")), "{nowhere}");
        let gone = plain(&found.clone().file(Some("gone.json")).at(None));
        assert!(gone.contains("--> gone.json") && gone.contains("help: did you mean"), "{gone}");
        // The remedy may stand in the message.
        let whole = Diagnostic::error("", "unknown function `abz`; did you mean `abs`?");
        assert_eq!(
            plain(&whole),
            "error: unknown function `abz`\n |\n = help: did you mean `abs`?"
        );
        let styled = set(&found, 100, true);
        assert!(styled.contains("\u{1b}["), "{styled}");
    }

    #[test]
    fn marks_reach_to_the_end_of_what_is_meant() {
        let marked = |line: &str, span: Option<Span>| {
            let Excerpt { text, mark } = Excerpt::of_line(line, span.unwrap()).unwrap();
            text[mark].to_owned()
        };
        let to = |column: usize, line: usize, end: usize| {
            Some(Span { start: Place { line: 1, column }, end: Place { line, column: end } })
        };
        for (line, span, expected) in [
            ("  <joint name=\"a\"/>", at(1, 3), "<joint"),
            ("gear: -1.5e-3, b", at(1, 7), "-1.5e-3"),
            ("a: \"x y\", b", at(1, 4), "\"x y\""),
            ("a: \"x y", at(1, 4), "\"x y"),
            ("a (b) c", at(1, 3), "("),
            ("a (b) c", to(3, 1, 6), "(b)"),
            ("a (b) c", to(3, 4, 2), "(b) c"),
            ("a (b) c", to(3, 1, 99), "(b) c"),
            ("é机 x", at(1, 4), "x"),
            ("a", at(1, 2), ""),
            ("a", at(1, 9), ""),
            ("", at(1, 1), ""),
        ] {
            assert_eq!(marked(line, span), expected, "{line:?} {span:?}");
        }
        let long = "x".repeat(LONGEST_LINE + 1);
        assert_eq!(Excerpt::of_line(&long, at(1, 1).unwrap()), None);
    }

    #[test]
    fn a_mistake_of_the_command_line_is_shown_there() {
        let shown = |code, option: &str| {
            let found = Diagnostic::error(code, "it is wrong").file(Some(option)).remedy("help");
            plain(&found).lines().skip(1).take(4).collect::<Vec<_>>().join("\n")
        };
        for (code, option, mark) in [
            ("unknown-parameter", "--set 6.gama=0.98", "        ^^^^"),
            ("unknown-node", "--set PPO.gamma=1", "      ^^^"),
            ("out-of-range", "--set PPO 1.5.gamma=98", "                    ^^"),
            ("out-of-range", "--num-envs 0", "           ^"),
            ("bad-override", "--set gamma=1", "      ^^^^^^^"),
            ("wrong-type", "--set 6.gamma=", "      ^^^^^^^^"),
        ] {
            assert_eq!(
                shown(code, option),
                format!(
                    "--> {COMMAND_LINE}:1:{}\n |\n | {option}\n | {mark}",
                    mark.find('^').unwrap() + 1
                ),
            );
        }
        let steered = shown("out-of-range", "--set 6.gamma=\rééé");
        let expected = format!(" | --set 6.gamma=\\rééé\n | {}^^^^^", " ".repeat(14));
        assert!(steered.ends_with(&expected), "{steered}");
    }
}
