//! The parts of a task that are more than names and expressions.

use super::{Fields, Reader};
use crate::diagnostic::nearest;
use crate::scene::task_file::{
    ActionsFile, ChoiceFile, ContinuousFile, PushesFile, RandomizeFile, RandomizedFile, ResetFile,
    TerminationFile,
};
use crate::scene::task_outline::{Form, Piece};

impl Reader {
    pub(super) fn groups(&mut self, piece: &Piece) -> Option<Vec<(String, Vec<String>)>> {
        self.list(piece, "`groups`", |it, entry| {
            it.named(entry, "`groups`", "[\"a\", \"b\"]", |it, piece, of| {
                it.list(piece, of, |it, name| it.text(name, "a member of a group"))
            })
        })
    }

    pub(super) fn actions(&mut self, piece: &Piece) -> Option<ActionsFile> {
        let expected =
            "Continuous([...]), Discrete(actuators: [...], choices: [...]) or MultiDiscrete([...])";
        let Form::Group { name: Some(name), items, .. } = &piece.form else {
            return self.wrong(piece, "`actions`", expected);
        };
        let entries = items.first();
        match (name.as_str(), entries) {
            ("Continuous", Some(entries)) => {
                let list = self.list(entries, "`actions`", Self::continuous)?;
                Some(ActionsFile::Continuous(list))
            }
            ("MultiDiscrete", Some(entries)) => {
                let known = [("name", true), ("actuators", true), ("choices", true)];
                let list = self.list(entries, "`actions`", |it, entry| {
                    let fields = it.fields(entry, "a choice", &known)?;
                    let name = fields.get("name").and_then(|it_is| it.text(it_is, "`name`"));
                    let choice = it.choice(&fields);
                    let (actuators, choices) = choice?;
                    Some(ChoiceFile { name: name?, actuators, choices })
                })?;
                Some(ActionsFile::MultiDiscrete(list))
            }
            ("Discrete", _) => {
                let known = [("actuators", true), ("choices", true)];
                let fields = self.fields(piece, "`Discrete`", &known)?;
                let (actuators, choices) = self.choice(&fields)?;
                Some(ActionsFile::Discrete { actuators, choices })
            }
            _ => {
                let near = nearest(name, ["Continuous", "Discrete", "MultiDiscrete"]);
                let remedy = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let message = format!("`actions` must be {expected}{remedy}");
                self.fault(piece.span.start, message);
                None
            }
        }
    }

    fn continuous(&mut self, entry: &Piece) -> Option<ContinuousFile> {
        let known = [("actuator", true), ("scale", true)];
        let fields = self.fields(entry, "an action", &known)?;
        let actuator = fields.get("actuator").and_then(|it| self.text(it, "`actuator`"));
        let scale = fields.get("scale").and_then(|it| self.number(it, "`scale`"));
        // Others may name it: what it is called is worth more than its scale.
        Some(ContinuousFile { actuator: actuator?, scale: scale.unwrap_or(1.0) })
    }

    fn choice(&mut self, fields: &Fields<'_>) -> Option<(Vec<String>, Vec<Vec<f64>>)> {
        let actuators = fields.get("actuators").and_then(|piece| {
            self.list(piece, "`actuators`", |it, name| it.text(name, "an actuator"))
        });
        let choices = fields.get("choices").and_then(|piece| {
            self.list(piece, "`choices`", |it, row| {
                it.list(row, "a choice", |it, number| it.number(number, "a control"))
            })
        });
        Some((actuators?, choices?))
    }

    pub(super) fn termination(&mut self, entry: &Piece) -> Option<TerminationFile> {
        let known = [("name", true), ("when", true), ("reward", false)];
        let fields = self.fields(entry, "a termination", &known)?;
        let name = fields.get("name").and_then(|it| self.text(it, "`name`"));
        let when = fields.get("when").and_then(|it| self.text(it, "`when`"));
        let reward = fields.get("reward").and_then(|it| self.option(it));
        let reward = reward.and_then(|it| self.number(it, "`reward`"));
        Some(TerminationFile { name: name?, when: when?, reward })
    }

    pub(super) fn reset(&mut self, entry: &Piece) -> Option<ResetFile> {
        let known =
            [("joint", true), ("qpos", false), ("qvel", false), ("xy", false), ("yaw", false)];
        let fields = self.fields(entry, "a reset", &known)?;
        let joint = fields.get("joint").and_then(|it| self.text(it, "`joint`"));
        let mut range = |name: &str| {
            let read = fields.get(name).and_then(|it| self.pair(it, &format!("`{name}`")));
            read.unwrap_or_default()
        };
        let (qpos, qvel, xy, yaw) = (range("qpos"), range("qvel"), range("xy"), range("yaw"));
        Some(ResetFile { joint: joint?, qpos, qvel, xy, yaw })
    }

    pub(super) fn pushes(&mut self, piece: &Piece) -> Option<PushesFile> {
        let known = [("joint", true), ("every", true), ("velocity", true)];
        let fields = self.fields(piece, "`pushes`", &known)?;
        let joint = fields.get("joint").and_then(|it| self.text(it, "`joint`"));
        let every = fields.get("every").and_then(|it| self.count(it, "`every`"));
        let velocity = fields.get("velocity").and_then(|it| self.number(it, "`velocity`"));
        Some(PushesFile { joint: joint?, every: every?, velocity: velocity? })
    }

    /// What a word stands for.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        piece: &Piece,
        what: &str,
        kinds: &[(&str, T)],
    ) -> Option<T> {
        let word = match &piece.form {
            Form::Word(word) => word.as_str(),
            Form::Text(text) => text.as_str(),
            _ => "",
        };
        let found = kinds.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
        if found.is_none() || matches!(piece.form, Form::Text(_)) {
            let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
            let near = nearest(word, names.iter().copied()).filter(|_| !word.is_empty());
            let remedy = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let names = names.join(", ");
            let message = format!("{what} must be one of {names}, without quotes{remedy}");
            self.fault(piece.span.start, message);
        }
        found
    }

    pub(super) fn randomize(&mut self, entry: &Piece) -> Option<RandomizeFile> {
        const KINDS: [(&str, RandomizedFile); 11] = [
            ("Mass", RandomizedFile::Mass),
            ("Friction", RandomizedFile::Friction),
            ("Damping", RandomizedFile::Damping),
            ("Stiffness", RandomizedFile::Stiffness),
            ("Strength", RandomizedFile::Strength),
            ("Color", RandomizedFile::Color),
            ("LightBrightness", RandomizedFile::LightBrightness),
            ("LightDirection", RandomizedFile::LightDirection),
            ("CameraPosition", RandomizedFile::CameraPosition),
            ("CameraOrientation", RandomizedFile::CameraOrientation),
            ("FieldOfView", RandomizedFile::FieldOfView),
        ];
        let known = [("what", true), ("of", true), ("scale", false), ("add", false)];
        let fields = self.fields(entry, "an entry of `randomize`", &known)?;
        let what = fields.get("what").and_then(|piece| self.one_of(piece, "`what`", &KINDS));
        let names = fields
            .get("of")
            .and_then(|piece| self.list(piece, "`of`", |it, name| it.text(name, "a name")));
        let mut range = |name: &str| match fields.get(name).and_then(|it| self.option(it)) {
            Some(piece) => self.pair(piece, &format!("`{name}`")).map(Some),
            None => Some(None),
        };
        let (scale, add) = (range("scale"), range("add"));
        Some(RandomizeFile { what: what?, names: names?, scale: scale?, add: add? })
    }
}
