//! What the start page lists.

use std::path::PathBuf;

/// Something that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartEntry {
    /// File or folder that is opened.
    pub path: PathBuf,
    /// Name as shown.
    pub name: String,
    /// A few words on it.
    pub about: String,
    /// What choosing it does, in a word.
    pub does: &'static str,
}

/// A workflow to begin with, as the start page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its file.
    pub path: PathBuf,
    /// Title as shown.
    pub title: String,
    /// What it teaches, in a few words.
    pub teaches: String,
    /// About how long it trains, such as `4 min`.
    pub time: String,
    /// A PNG picture.
    pub picture: Option<PathBuf>,
}

/// Things of a kind that can be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartList {
    /// Heading as shown.
    pub title: &'static str,
    /// The entries in the order in which they are shown.
    pub entries: Vec<StartEntry>,
    /// Whether they are workflows, which are opened in the editor; what they do is then a button beside.
    pub edits: bool,
    /// What to say where there are none.
    pub if_empty: String,
}
