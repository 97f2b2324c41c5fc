//! Parameters: their types, defaults and ranges.

/// Type and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamType {
    /// A finite number in `min..=max`.
    Float {
        /// Value where a file gives none.
        default: f64,
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// A whole number in `min..=max`.
    Int {
        /// Value where a file gives none.
        default: i64,
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// True or false.
    Bool {
        /// Value where a file gives none.
        default: bool,
    },
    /// Any text.
    Text {
        /// Value where a file gives none.
        default: &'static str,
    },
    /// One of a few words.
    Choice {
        /// Value where a file gives none.
        default: &'static str,
        /// The words.
        options: &'static [&'static str],
        /// Other words that files use for some of them, each with the word that it means.
        synonyms: &'static [(&'static str, &'static str)],
    },
    /// Whole numbers, written `[64, 64]` or `"64,64"`.
    IntList {
        /// Value where a file gives none.
        default: &'static [i64],
        /// Least value of an item.
        min: i64,
        /// Greatest value of an item.
        max: i64,
    },
}

/// One parameter of a node kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamSchema {
    /// Canonical name.
    pub name: &'static str,
    /// Other names that files use for it.
    pub aliases: &'static [&'static str],
    /// What values it takes.
    pub param_type: ParamType,
    /// What it means.
    pub doc: &'static str,
    /// Its unit, such as `N`; empty where it has none.
    pub unit: &'static str,
    /// Set where the parameter is accepted and has no effect: the reason.
    pub ignored: Option<&'static str>,
    /// Whether the trainer connected to this node uses the value, if it has no value of its own under this name.
    pub is_lent: bool,
    /// Whether the text names a file or folder, from the folder in which the program runs.
    pub is_path: bool,
    /// Whether the text names saved weights that the node loads: a run, a checkpoint, or a file.
    pub is_weights: bool,
}

impl ParamSchema {
    const fn of(name: &'static str, param_type: ParamType, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            param_type,
            doc,
            unit: "",
            ignored: None,
            is_lent: false,
            is_path: false,
            is_weights: false,
        }
    }

    /// A number in `min..=max`.
    pub const fn float(
        name: &'static str,
        default: f64,
        min: f64,
        max: f64,
        doc: &'static str,
    ) -> Self {
        Self::of(name, ParamType::Float { default, min, max }, doc)
    }

    /// A whole number in `min..=max`.
    pub const fn int(
        name: &'static str,
        default: i64,
        min: i64,
        max: i64,
        doc: &'static str,
    ) -> Self {
        Self::of(name, ParamType::Int { default, min, max }, doc)
    }

    /// True or false.
    pub const fn bool(name: &'static str, default: bool, doc: &'static str) -> Self {
        Self::of(name, ParamType::Bool { default }, doc)
    }

    /// Any text.
    pub const fn text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::of(name, ParamType::Text { default }, doc)
    }

    /// One of `options`.
    pub const fn choice(
        name: &'static str,
        default: &'static str,
        options: &'static [&'static str],
        doc: &'static str,
    ) -> Self {
        Self::of(name, ParamType::Choice { default, options, synonyms: &[] }, doc)
    }

    /// Adds other words that files use for some words of a choice, each with the word that it means.
    pub const fn synonyms(mut self, words: &'static [(&'static str, &'static str)]) -> Self {
        if let ParamType::Choice { default, options, .. } = self.param_type {
            self.param_type = ParamType::Choice { default, options, synonyms: words };
        }
        self
    }

    /// Whole numbers, each in `min..=max`.
    pub const fn int_list(
        name: &'static str,
        default: &'static [i64],
        min: i64,
        max: i64,
        doc: &'static str,
    ) -> Self {
        Self::of(name, ParamType::IntList { default, min, max }, doc)
    }

    /// Adds the other names of this parameter.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Says what the number is measured in.
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Makes this text the path of a file or folder.
    pub const fn path(mut self) -> Self {
        self.is_path = true;
        self
    }

    /// Makes this text the name of saved weights that the node loads, of which a node has one at most.
    pub const fn weights(mut self) -> Self {
        self.is_weights = true;
        self.path()
    }

    /// Accepts the parameter without using it.
    pub const fn ignored(mut self, reason: &'static str) -> Self {
        self.ignored = Some(reason);
        self
    }

    /// Passes the value to the trainer connected to the node, if that has no value of its own under this name. The
    /// node itself does not use it.
    pub const fn lent(mut self, reason: &'static str) -> Self {
        self.is_lent = true;
        self.ignored(reason)
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}
