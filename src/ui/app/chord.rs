//! A key, with Ctrl or without.

use bevy::input::keyboard::Key;
use std::fmt;

/// What is pressed. Capitals are the letters that they are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    pub key: Key,
    pub ctrl: bool,
}

/// What is written on keys that have no letter or sign.
const NAMED: [(&str, Key); 26] = [
    ("Space", Key::Space),
    ("Tab", Key::Tab),
    ("Left", Key::ArrowLeft),
    ("Right", Key::ArrowRight),
    ("Up", Key::ArrowUp),
    ("Down", Key::ArrowDown),
    ("Esc", Key::Escape),
    ("Enter", Key::Enter),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Insert", Key::Insert),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("F1", Key::F1),
    ("F2", Key::F2),
    ("F3", Key::F3),
    ("F4", Key::F4),
    ("F5", Key::F5),
    ("F7", Key::F7),
    ("F8", Key::F8),
    ("F9", Key::F9),
    ("F10", Key::F10),
    ("F11", Key::F11),
    ("F12", Key::F12),
];

impl Chord {
    /// The sign of a key by a text on it. Capitals are the same letters, and + lies with = on one key.
    pub(super) fn sign(text: &str) -> Key {
        let sign = match text {
            "+" => "=".to_owned(),
            "_" => "-".to_owned(),
            text => text.to_lowercase(),
        };
        Key::Character(sign.into())
    }

    /// What preferences keep: `J`, `Ctrl+J`, `Space`; none of what no keyboard has.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (ctrl, name) = match text.strip_prefix("Ctrl+") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let named = NAMED.iter().find(|(known, _)| *known == name).map(|(_, key)| key.clone());
        let is_sign = name.chars().count() == 1 && !name.chars().any(char::is_whitespace);
        let sign = || is_sign.then(|| Self::sign(name));
        Some(Self { key: named.or_else(sign)?, ctrl })
    }

    /// Whether a shortcut can have it: it is read as it is written.
    pub(super) fn is_known(&self) -> bool {
        Self::read(&self.to_string()).as_ref() == Some(self)
    }

    /// Whether one press can be both.
    pub(super) fn collides(&self, other: &Self) -> bool {
        self.is_pressed(&other.key, other.ctrl) || other.is_pressed(&self.key, self.ctrl)
    }

    /// Whether it is one of panels: for texts, and for how large panels are.
    pub(super) fn is_taken(&self) -> bool {
        let Key::Character(sign) = &self.key else { return false };
        self.ctrl && ["a", "c", "v", "x", "z", "=", "-", "0"].contains(&sign.as_str())
    }

    /// Whether it is what is pressed, with Ctrl held or not. Letters and signs with Ctrl are other keys: Ctrl and C
    /// copies. Those with a name are the same, so that a step can be made while a body is pulled.
    pub(super) fn is_pressed(&self, key: &Key, ctrl: bool) -> bool {
        let is_free = match (self.ctrl, &self.key) {
            (true, _) => ctrl,
            (false, Key::Character(_)) => !ctrl,
            (false, _) => true,
        };
        is_free && self.key == *key
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl+")?;
        }
        match (&self.key, NAMED.iter().find(|(_, key)| *key == self.key)) {
            (_, Some((name, _))) => f.write_str(name),
            (Key::Character(letter), None) => f.write_str(&letter.to_uppercase()),
            (other, None) => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in ["J", "Ctrl+J", "Space", "Ctrl+Backspace", "=", "[", "F12", "\u{d6}"] {
            let chord = Chord::read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(chord.to_string(), text);
            assert!(chord.is_known());
        }
        // What lies with another sign on one key is that one.
        for (text, key) in [("+", "="), ("_", "-"), ("Ctrl++", "Ctrl+=")] {
            assert_eq!(Chord::read(text).map(|it| it.to_string()).as_deref(), Some(key));
        }
        for text in ["", "Ctrl+", "Hyper", "Alt+J", " ", "JJ"] {
            assert_eq!(Chord::read(text), None, "{text:?}");
        }
        assert!(!Chord { key: Key::Hyper, ctrl: false }.is_known());
    }

    #[test]
    fn one_press_is_not_two_chords() {
        let chord = |text: &str| Chord::read(text).unwrap();
        let collide = |a: &str, b: &str| {
            let (a, b) = (chord(a), chord(b));
            assert_eq!(a.collides(&b), b.collides(&a));
            a.collides(&b)
        };
        assert!(collide("Space", "Ctrl+Space") && collide("J", "J") && collide("Tab", "Tab"));
        assert!(!collide("J", "Ctrl+J") && !collide("J", "T") && !collide("Space", "Ctrl+Tab"));
        assert!(chord("Ctrl+C").is_taken() && chord("Ctrl+=").is_taken());
        assert!(!chord("C").is_taken() && !chord("Ctrl+J").is_taken());
    }

    #[test]
    fn letters_with_ctrl_are_other_keys_and_named_keys_are_the_same() {
        let is = |text: &str, pressed: &str, ctrl: bool| {
            let pressed = Chord::read(pressed).unwrap().key;
            Chord::read(text).unwrap().is_pressed(&pressed, ctrl)
        };
        assert!(is("C", "C", false) && !is("C", "C", true) && !is("C", "D", false));
        assert!(is("Right", "Right", true) && is("Right", "Right", false));
        assert!(is("Ctrl+Q", "Q", true) && !is("Ctrl+Q", "Q", false));
    }
}
