//! What is done by keys, and which keys: those that it has at first, but where a person chose others.

use super::Page;
use super::chord::Chord;
use bevy::ecs::system::SystemId;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use std::collections::BTreeMap;

/// What the list puts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Playback,
    View,
    Overlays,
    Poke,
}

/// What is done by a key, and what the list says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shortcut {
    group: Group,
    pub(super) chord: Chord,
    does: &'static str,
    /// Where it is one; none for everywhere.
    pub(super) page: Option<Page>,
    /// Whether it does more while it is held.
    pub(super) repeats: bool,
    /// Whether it is one also where the keys are for what stands beside the view.
    pub(super) always: bool,
}

impl Shortcut {
    /// A key with a letter or a sign on it, for whoever watches a session.
    pub(crate) fn letter(group: Group, letter: char, does: &'static str) -> Self {
        Self::key(group, Key::Character(letter.to_lowercase().to_string().into()), does)
    }

    /// The same for a key with a name on it.
    pub(crate) fn key(group: Group, key: Key, does: &'static str) -> Self {
        let (chord, page) = (Chord { key, ctrl: false }, Some(Page::Watch));
        Self { group, chord, does, page, repeats: false, always: false }
    }

    /// The same only with Ctrl: what cannot be undone is not to be had by one key.
    pub(crate) fn with_ctrl(self) -> Self {
        Self { chord: Chord { ctrl: true, ..self.chord }, ..self }
    }

    /// The same on every page, where nobody can give it another key.
    pub(crate) fn everywhere(self) -> Self {
        Self { page: None, ..self }
    }

    /// The same also where the keys are for what stands beside the view.
    pub(crate) fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// The same, done again and again while the key is held.
    pub(crate) fn repeating(self) -> Self {
        Self { repeats: true, ..self }
    }

    /// Its name among the preferences: `joint-axes`.
    fn id(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let words: String = self.does.to_lowercase().chars().map(plain).collect();
        let words = words.split('-').filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }
}

/// A shortcut with the key that it has by now, and what it does.
pub(super) struct Bound {
    pub shortcut: Shortcut,
    /// None of one that was given no key.
    pub chord: Option<Chord>,
    pub system: SystemId,
}

/// All there are, as they were bound.
#[derive(Resource, Default)]
pub(crate) struct Shortcuts {
    pub(super) bound: Vec<Bound>,
    /// Mouse habits: what they are called and what they do.
    pub(super) habits: Vec<(Group, &'static str, &'static str)>,
    asks: Option<Asks>,
}

/// The next key is to be that of a shortcut.
#[derive(Clone, Debug, PartialEq)]
struct Asks {
    place: usize,
    /// Why the last one was not taken.
    refused: Option<String>,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The key or the habit of the mouse; empty of what has no key.
    pub name: String,
    pub does: &'static str,
    /// By which it is changed, if it can be.
    pub place: Option<usize>,
}

impl Shortcuts {
    /// What they are called and what they do, by what they are for, in two columns.
    pub(crate) fn listed(&self) -> [Vec<(&'static str, Vec<Row>)>; 2] {
        let of = |group: Group, title: &'static str| {
            let keys = self.bound.iter().enumerate().filter(|(_, it)| it.shortcut.group == group);
            let keys = keys.map(|(place, it)| Row {
                name: it.chord.as_ref().map_or(String::new(), Chord::to_string),
                does: it.shortcut.does,
                place: it.shortcut.page.map(|_| place),
            });
            let habits = self.habits.iter().filter(|(of, ..)| *of == group);
            let habits =
                habits.map(|(_, name, does)| Row { name: (*name).to_owned(), does, place: None });
            (title, keys.chain(habits).collect())
        };
        use Group::{Overlays, Playback, Poke, View};
        [
            vec![of(Playback, "Playback"), of(Overlays, "Overlays"), of(Poke, "Poke")],
            vec![of(View, "View")],
        ]
    }

    /// The next key that is pressed becomes that of a shortcut.
    pub(crate) fn ask(&mut self, place: usize) {
        self.asks = Some(Asks { place, refused: None });
    }

    /// No key is waited for any more.
    pub(crate) fn ask_no_more(&mut self) {
        self.asks = None;
    }

    /// What there is to say while a key is waited for.
    pub(crate) fn asked(&self) -> Option<String> {
        let Asks { place, refused } = self.asks.as_ref()?;
        let refused = refused.as_ref().map_or(String::new(), |refused| format!("{refused} "));
        let does = self.bound.get(*place)?.shortcut.does;
        Some(format!(
            "{refused}Press the new key for \"{does}\". Esc leaves it, Delete takes it away."
        ))
    }

    /// Whether some shortcut has another key than at first.
    pub(crate) fn has_other_keys(&self) -> bool {
        self.bound.iter().any(|it| it.chord.as_ref() != Some(&it.shortcut.chord))
    }

    /// Gives all shortcuts the keys that they had at first.
    pub(crate) fn reset(&mut self) {
        self.ask_no_more();
        self.bound.iter_mut().for_each(|it| it.chord = Some(it.shortcut.chord.clone()));
    }

    /// Gives a shortcut a key, or none; refuses one that another has, or panels.
    fn give(&mut self, place: usize, chord: Option<Chord>) -> Result<(), String> {
        if let Some(chord) = &chord {
            if chord.is_taken() {
                return Err(format!("{chord} is for texts or the size of panels."));
            }
            let collides = |it: &Bound| it.chord.as_ref().is_some_and(|it| it.collides(chord));
            let mut all = self.bound.iter().enumerate();
            if let Some((_, owner)) = all.find(|(other, it)| *other != place && collides(it)) {
                let key = owner.chord.as_ref().unwrap_or(chord);
                return Err(format!("{key} is \"{}\".", owner.shortcut.does));
            }
        }
        if let Some(bound) = self.bound.get_mut(place) {
            bound.chord = chord;
        }
        Ok(())
    }

    /// Whether the next key is waited for.
    pub(super) fn listens(&self) -> bool {
        self.asks.is_some()
    }

    /// Takes the key that was waited for; whether one was.
    pub(super) fn hear(&mut self, chord: &Chord) -> bool {
        let Some(Asks { place, .. }) = self.asks.take() else { return false };
        let wanted = match &chord.key {
            Key::Escape => return true,
            Key::Delete => None,
            _ if chord.is_known() => Some(chord.clone()),
            _ => {
                let refused = Some("No shortcut can have that key.".to_owned());
                self.asks = Some(Asks { place, refused });
                return true;
            }
        };
        if let Err(refused) = self.give(place, wanted) {
            self.asks = Some(Asks { place, refused: Some(refused) });
        }
        true
    }

    /// The keys that are others than at first, by the names of their shortcuts; empty of one that has none.
    pub(super) fn to_json(&self) -> BTreeMap<String, String> {
        let changed = self.bound.iter().filter(|it| it.chord.as_ref() != Some(&it.shortcut.chord));
        let named = |it: &Bound| {
            (it.shortcut.id(), it.chord.as_ref().map_or(String::new(), Chord::to_string))
        };
        changed.map(named).collect()
    }

    /// Takes over keys that were kept. What of them cannot be is left out, and said.
    pub(super) fn read(&mut self, kept: &BTreeMap<String, String>) -> Vec<String> {
        let mut problems = Vec::new();
        // First they are all free, so that two may have changed theirs for each other's.
        let place = |it: &Self, id: &str| {
            it.bound.iter().position(|it| it.shortcut.page.is_some() && it.shortcut.id() == id)
        };
        for id in kept.keys() {
            if let Some(place) = place(self, id) {
                self.bound[place].chord = None;
            }
        }
        for (id, text) in kept {
            let read = match (place(self, id), Chord::read(text)) {
                (None, _) => Err("there is no such shortcut".to_owned()),
                (Some(_), _) if text.is_empty() => Ok(()),
                (Some(place), None) => {
                    let usual = self.bound[place].shortcut.chord.clone();
                    let _ = self.give(place, Some(usual));
                    Err(format!("no keyboard has {text:?}"))
                }
                (Some(place), chord) => self.give(place, chord),
            };
            problems.extend(read.err().map(|problem| format!("{id}: {problem}")));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some shortcuts, of which the last is the same everywhere.
    fn shortcuts() -> Shortcuts {
        let mut app = App::new();
        let all = [
            Shortcut::letter(Group::Overlays, 'J', "joint axes"),
            Shortcut::letter(Group::Overlays, 'T', "trails"),
            Shortcut::key(Group::Playback, Key::Space, "play or pause"),
            Shortcut::letter(Group::View, 'Q', "close").with_ctrl().everywhere(),
        ];
        let bound = all.map(|shortcut| Bound {
            chord: Some(shortcut.chord.clone()),
            shortcut,
            system: app.register_system(|| ()),
        });
        Shortcuts { bound: bound.into(), ..Shortcuts::default() }
    }

    fn names(of: &Shortcuts) -> Vec<String> {
        let columns = of.listed();
        let rows = columns.iter().flatten().flat_map(|(_, rows)| rows);
        rows.map(|row| format!("{} {}", row.name, row.does)).collect()
    }

    fn chord(text: &str) -> Chord {
        Chord::read(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn a_key_is_given_to_another_shortcut_unless_one_has_it() {
        let mut all = shortcuts();
        let usual = ["Space play or pause", "J joint axes", "T trails", "Ctrl+Q close"];
        assert_eq!(names(&all), usual);
        assert!(!all.hear(&chord("Y")), "nobody asked");
        all.ask(0);
        assert!(all.hear(&chord("T")));
        assert!(all.asked().unwrap().starts_with("T is \"trails\"."), "{:?}", all.asked());
        assert!(all.hear(&chord("Ctrl+Y")));
        assert_eq!((all.asked(), names(&all)[1].as_str()), (None, "Ctrl+Y joint axes"));
        all.ask(1);
        all.hear(&chord("Delete"));
        all.ask(2);
        all.hear(&chord("Esc"));
        assert_eq!(
            names(&all),
            ["Space play or pause", "Ctrl+Y joint axes", " trails", "Ctrl+Q close"]
        );
        // What is everywhere stays: it has no place.
        let columns = all.listed();
        assert!(columns[1][0].1.iter().all(|row| row.place.is_none()));
        let mut again = shortcuts();
        assert_eq!(again.read(&all.to_json()), Vec::<String>::new());
        assert_eq!(names(&again), names(&all));
        again.ask(0);
        again.reset();
        assert_eq!(again.asked(), None);
        assert!(names(&again) == usual && !again.has_other_keys());
    }

    #[test]
    fn no_press_does_two_things() {
        let mut all = shortcuts();
        all.ask(0);
        // A named key is the same with Ctrl, and Ctrl and C copies.
        for (key, says) in [("Ctrl+Space", "Space is \"play or pause\"."), ("Ctrl+C", "Ctrl+C is")]
        {
            assert!(all.hear(&chord(key)));
            assert!(all.asked().unwrap().starts_with(says), "{:?}", all.asked());
        }
        assert!(!all.has_other_keys());
        // One's own key may be had with Ctrl.
        all.ask(2);
        all.hear(&chord("Ctrl+Space"));
        assert_eq!((all.asked(), names(&all)[0].as_str()), (None, "Ctrl+Space play or pause"));
        let kept = [("trails".to_owned(), "Ctrl+X".to_owned())];
        assert_eq!(all.read(&kept.into()).len(), 1);
    }

    #[test]
    fn keys_that_were_kept_and_cannot_be_are_left_out_and_said() {
        let kept = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(id, key)| ((*id).to_owned(), (*key).to_owned())).collect()
        };
        let mut all = shortcuts();
        let problems =
            all.read(&kept(&[("flight", "F"), ("joint-axes", "Hyper+J"), ("close", "C")]));
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(!all.has_other_keys());
        // Two have each other's.
        assert!(all.read(&kept(&[("joint-axes", "T"), ("trails", "J")])).is_empty());
        assert_eq!(names(&all)[1..3], ["T joint axes", "J trails"]);
        // Two have the same: the second one has none.
        let mut all = shortcuts();
        assert_eq!(all.read(&kept(&[("joint-axes", "Y"), ("trails", "Y")])).len(), 1);
        assert_eq!(names(&all)[1..3], ["Y joint axes", " trails"]);
    }
}
