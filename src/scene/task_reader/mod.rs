//! Reads a task file with syntax mistakes: reports all of them in our own words, and keeps the rest of the task.

mod entries;
mod sights;

use super::task_file::TaskFile;
use super::task_outline::{Fault, Field, Form, Piece, outline};
use crate::diagnostic::nearest;

/// What is left of a task file with mistakes.
pub(super) struct Remains {
    pub file: TaskFile,
    pub faults: Vec<Fault>,
    /// Where entries begin that are not in the file.
    pub unread: Vec<usize>,
}

/// Reads a text that is no task, as far as that goes.
pub(super) fn read(text: &str) -> Remains {
    let (piece, faults) = outline(text);
    let mut reader = Reader { faults, lost: Vec::new(), unread: Vec::new() };
    let mut file = reader.task(&piece);
    file.lost = reader.lost;
    let mut faults = reader.faults;
    faults.sort_by_key(|(at, _)| *at);
    faults.dedup();
    Remains { file, faults, unread: reader.unread }
}

/// The fields of a task, and whether each must be there.
const FIELDS: [(&str, bool); 21] = [
    ("model", true),
    ("dt", true),
    ("substeps", false),
    ("episode_length", true),
    ("actions", true),
    ("action_delay", false),
    ("groups", false),
    ("define", false),
    ("observations", true),
    ("critic_observations", false),
    ("cameras", false),
    ("scans", false),
    ("observation_noise", false),
    ("rewards", true),
    ("terminations", false),
    ("success", false),
    ("keyframe", false),
    ("reset", false),
    ("pushes", false),
    ("randomize", false),
    ("curriculum", false),
];

struct Reader {
    faults: Vec<Fault>,
    /// Names that expressions may use and that could not be read: what they say of them is no mistake.
    lost: Vec<String>,
    /// Where entries begin that could not be read.
    unread: Vec<usize>,
}

/// The named values of a group, each once.
struct Fields<'p>(Vec<&'p Field>);

impl<'p> Fields<'p> {
    fn get(&self, name: &str) -> Option<&'p Piece> {
        self.0.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

/// What a value is, as a person would say it.
fn kind(piece: &Piece) -> String {
    match &piece.form {
        Form::Text(_) => "a text".to_owned(),
        Form::Number(_) => "a number".to_owned(),
        Form::Word(word) => format!("the word `{word}`"),
        Form::List(_) => "a list".to_owned(),
        Form::Group { name: Some(name), .. } => format!("`{name}(...)`"),
        Form::Group { .. } => "a group in ( )".to_owned(),
        Form::Nothing => "nothing".to_owned(),
    }
}

impl Reader {
    fn fault(&mut self, at: usize, message: String) {
        self.faults.push((at, message));
    }

    /// Notes that a value is not what it is to be; where none can be made out that is noted already.
    fn wrong<T>(&mut self, piece: &Piece, what: &str, expected: &str) -> Option<T> {
        if !matches!(piece.form, Form::Nothing) {
            let found = kind(piece);
            self.fault(piece.span.start, format!("{what} must be {expected}, not {found}"));
        }
        None
    }

    /// The named values of a group. Notes names that are not `known`, those that stand twice, and those that must be
    /// there and are not.
    fn fields<'p>(
        &mut self,
        piece: &'p Piece,
        what: &str,
        known: &[(&str, bool)],
    ) -> Option<Fields<'p>> {
        let Form::Group { fields, items, .. } = &piece.form else {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let example = format!("named values in ( ): {}", names.join(", "));
            return self.wrong(piece, what, &example);
        };
        let mut found: Vec<&Field> = Vec::new();
        let mut meant = Vec::new();
        for field in fields {
            let name = field.name.as_str();
            if known.iter().all(|(known, _)| *known != name) {
                let near = nearest(name, known.iter().map(|(known, _)| *known));
                meant.extend(near);
                let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let remedy = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known: {}", names()),
                };
                self.fault(field.at, format!("{what} has no field `{name}`; {remedy}"));
            } else if found.iter().any(|other| other.name == name) {
                self.fault(field.at, format!("`{name}` is there twice; keep one"));
            } else {
                found.push(field);
            }
        }
        for item in items.iter().filter(|item| !matches!(item.form, Form::Nothing)) {
            let value = kind(item);
            self.fault(item.span.start, format!("{value} without a name; write `name: value`"));
        }
        for (name, _) in known.iter().filter(|(_, needed)| *needed) {
            let is_there = found.iter().any(|field| field.name == *name);
            // A name that is misspelt is not missing too.
            if !is_there && !meant.contains(name) {
                self.fault(piece.span.start, format!("{what} lacks `{name}`"));
            }
        }
        Some(Fields(found))
    }

    /// The value in `Some(...)`, or by itself; none of `None`.
    fn option<'p>(&mut self, piece: &'p Piece) -> Option<&'p Piece> {
        match &piece.form {
            Form::Word(word) if word == "None" => None,
            Form::Group { name: Some(name), items, .. } if name == "Some" => items.first(),
            _ => Some(piece),
        }
    }

    fn text(&mut self, piece: &Piece, what: &str) -> Option<String> {
        match &piece.form {
            Form::Text(text) => Some(text.clone()),
            Form::Word(word) => {
                let message = format!("{what} must be a text: write \"{word}\" in quotes");
                self.fault(piece.span.start, message);
                Some(word.clone())
            }
            _ => self.wrong(piece, what, "a text in quotes"),
        }
    }

    fn number(&mut self, piece: &Piece, what: &str) -> Option<f64> {
        match &piece.form {
            Form::Number(number) => Some(*number),
            _ => self.wrong(piece, what, "a number"),
        }
    }

    fn count(&mut self, piece: &Piece, what: &str) -> Option<u32> {
        let number = self.number(piece, what)?;
        if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
            return Some(number as u32);
        }
        self.fault(piece.span.start, format!("{what} must be a whole number from 0 to 4294967295"));
        None
    }

    /// An expression, for which a number stands too.
    fn expression(&mut self, piece: &Piece, what: &str) -> Option<String> {
        match &piece.form {
            Form::Text(text) => Some(text.clone()),
            Form::Number(number) => Some(format!("{number:?}")),
            Form::Word(word) => {
                let message = format!("{what} must be an expression: write \"{word}\" in quotes");
                self.fault(piece.span.start, message);
                None
            }
            _ => self.wrong(piece, what, "an expression in quotes, or a number"),
        }
    }

    fn pair(&mut self, piece: &Piece, what: &str) -> Option<(f64, f64)> {
        let [low, high] = self.numbers(piece, what, "two numbers", "(low, high)")?;
        Some((low, high))
    }

    fn triple(&mut self, piece: &Piece, what: &str) -> Option<(f64, f64, f64)> {
        let [x, y, z] = self.numbers(piece, what, "three numbers", "(x, y, z)")?;
        Some((x, y, z))
    }

    /// So many numbers in round brackets, as in the example.
    fn numbers<const N: usize>(
        &mut self,
        piece: &Piece,
        what: &str,
        count: &str,
        example: &str,
    ) -> Option<[f64; N]> {
        let expected = format!("{count}: {example}");
        let items = match &piece.form {
            Form::Group { name: None, fields, items } if fields.is_empty() => items,
            Form::List(items) => items,
            _ => return self.wrong(piece, what, &expected),
        };
        if items.len() != N {
            self.fault(piece.span.start, format!("{what} must be {expected}, not {}", items.len()));
            return None;
        }
        if matches!(piece.form, Form::List(_)) {
            self.fault(piece.span.start, format!("{what} stands in round brackets: {example}"));
        }
        let read: Vec<f64> = items.iter().filter_map(|it| self.number(it, what)).collect();
        read.try_into().ok()
    }

    fn list<T>(
        &mut self,
        piece: &Piece,
        what: &str,
        mut read: impl FnMut(&mut Self, &Piece) -> Option<T>,
    ) -> Option<Vec<T>> {
        match &piece.form {
            Form::List(items) => {
                let items = items.iter().filter(|item| !matches!(item.form, Form::Nothing));
                let mut found = Vec::new();
                for item in items {
                    match read(self, item) {
                        Some(value) => found.push(value),
                        None => self.unread.push(item.span.start),
                    }
                }
                Some(found)
            }
            _ => self.wrong(piece, what, "a list in [ ]"),
        }
    }

    /// A name and what belongs to it: `("name", value)`.
    fn named<T>(
        &mut self,
        piece: &Piece,
        what: &str,
        value: &str,
        read: impl FnOnce(&mut Self, &Piece, &str) -> Option<T>,
    ) -> Option<(String, T)> {
        let expected = format!("(\"name\", {value})");
        let what_entry = format!("an entry of {what}");
        match &piece.form {
            Form::Group { name: None, fields, items } if fields.is_empty() => match &items[..] {
                [name, value] => {
                    let name = self.text(name, "a name")?;
                    let of = format!("\"{name}\" of {what}");
                    let read = read(self, value, &of);
                    if read.is_none() {
                        self.lost.push(name.clone());
                    }
                    Some((name, read?))
                }
                others => {
                    if let Some(Form::Text(name)) = others.first().map(|item| &item.form) {
                        self.lost.push(name.clone());
                    }
                    let message =
                        format!("{what_entry} must be {expected}, not {} values", others.len());
                    self.fault(piece.span.start, message);
                    None
                }
            },
            Form::Group { name: None, fields, items } if items.is_empty() => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                let message = format!(
                    "{what_entry} must be {expected}, without `{}:`",
                    names.join(":` and `")
                );
                self.fault(piece.span.start, message);
                let text = fields.iter().find(|field| field.name == "name")?;
                let name = self.text(&text.value, "a name");
                self.lost.extend(name);
                None
            }
            _ => self.wrong(piece, &what_entry, &expected),
        }
    }

    fn terms(&mut self, piece: &Piece, field: &str) -> Option<Vec<(String, String)>> {
        let what = format!("`{field}`");
        self.list(piece, &what, |it, entry| {
            it.named(entry, &what, "\"expression\"", |it, piece, of| it.expression(piece, of))
        })
    }

    fn task(&mut self, piece: &Piece) -> TaskFile {
        let mut file = TaskFile::nothing();
        if let Form::Group { name: Some(name), .. } = &piece.form
            && name != "Task"
        {
            let message = format!("a task is written `Task(...)`, not `{name}(...)`");
            self.fault(piece.span.start, message);
        }
        let Some(fields) = self.fields(piece, "the task", &FIELDS) else { return file };
        // What could not be read is not judged further.
        let mut unread = Vec::new();
        macro_rules! read {
            ($name:ident, $piece:ident => $value:expr) => {
                match fields.get(stringify!($name)) {
                    Some($piece) => match $value {
                        Some(value) => file.$name = value,
                        None => unread.push(stringify!($name)),
                    },
                    None => unread.push(stringify!($name)),
                }
            };
        }
        read!(model, piece => self.text(piece, "`model`"));
        read!(dt, piece => self.number(piece, "`dt`"));
        read!(substeps, piece => self.count(piece, "`substeps`").map(|n| n as usize));
        read!(episode_length, piece => self.count(piece, "`episode_length`"));
        read!(actions, piece => self.actions(piece));
        read!(action_delay, piece => self.count(piece, "`action_delay`"));
        read!(groups, piece => self.groups(piece));
        read!(define, piece => self.terms(piece, "define"));
        read!(observations, piece => self.terms(piece, "observations"));
        read!(critic_observations, piece => self.terms(piece, "critic_observations"));
        read!(cameras, piece => self.list(piece, "`cameras`", Self::camera));
        read!(scans, piece => self.list(piece, "`scans`", Self::scan));
        read!(observation_noise, piece => self.list(piece, "`observation_noise`", |it, entry| {
            it.named(entry, "`observation_noise`", "0.1", |it, piece, of| it.number(piece, of))
        }));
        read!(rewards, piece => self.terms(piece, "rewards"));
        read!(terminations, piece => self.list(piece, "`terminations`", Self::termination));
        read!(success, piece => Some(self.option(piece).and_then(|it| self.expression(it, "`success`"))));
        read!(keyframe, piece => Some(self.option(piece).and_then(|it| self.text(it, "`keyframe`"))));
        read!(reset, piece => self.list(piece, "`reset`", Self::reset));
        read!(pushes, piece => Some(self.option(piece).and_then(|it| self.pushes(it))));
        read!(randomize, piece => self.list(piece, "`randomize`", Self::randomize));
        read!(curriculum, piece => Some(self.option(piece).and_then(|it| self.pair(it, "`curriculum`"))));
        // Fields that need not be there are not missed.
        unread.retain(|name| fields.get(name).is_some() || FIELDS.contains(&(*name, true)));
        if fields.get("cameras").is_some() && file.cameras.is_empty() {
            unread.push("cameras");
        }
        for (field, word) in
            [("actions", "action"), ("groups", "it"), ("define", ""), ("scans", "scan")]
        {
            if unread.contains(&field) {
                self.lost.push(word.to_owned());
            }
        }
        file.unread = unread;
        file
    }
}
