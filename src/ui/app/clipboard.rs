//! Texts to and from the clipboard of the desktop: Ctrl and C, X or V.

use arboard::{Clipboard, Error};
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContext, EguiOutput, EguiPostUpdateSet, EguiPreUpdateSet, egui};

/// Texts larger than this are not pasted [bytes].
const LARGEST: usize = 16 << 20;

/// The desktop's clipboard, once it was asked for, or why there is none.
#[derive(Default)]
struct Desktop(Option<Result<Clipboard, String>>);

pub(super) fn plugin(app: &mut App) {
    app.insert_non_send(Desktop::default())
        .add_systems(
            PreUpdate,
            tell.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(PostUpdate, copy.after(EguiPostUpdateSet::ProcessOutput));
}

impl Desktop {
    /// The clipboard. That there is none is said once.
    fn clipboard(&mut self) -> Option<&mut Clipboard> {
        let opened = self.0.get_or_insert_with(|| {
            let opened = Clipboard::new().map_err(|error| error.to_string());
            if let Err(error) = &opened {
                eprintln!("warning: nothing can be copied: the desktop has no clipboard: {error}");
            }
            opened
        });
        opened.as_mut().ok()
    }
}

/// What a key means for texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    Copy,
    Cut,
    Paste,
}

impl Meant {
    /// By the letter on the key, with Ctrl held; on a Mac with the command key.
    fn of(key: &Key) -> Option<Self> {
        let Key::Character(letter) = key else { return None };
        match letter.to_lowercase().as_str() {
            "c" => Some(Self::Copy),
            "x" => Some(Self::Cut),
            "v" => Some(Self::Paste),
            _ => None,
        }
    }
}

/// Tells panels of these keys, which come as events of their own.
fn tell(
    mut inputs: MessageReader<KeyboardInput>,
    mut losses: MessageReader<KeyboardFocusLost>,
    contexts: Query<Entity, With<EguiContext>>,
    mut events: MessageWriter<EguiInputEvent>,
    mut is_held: Local<bool>,
    mut desktop: NonSendMut<Desktop>,
) {
    let modifier = if cfg!(target_os = "macos") { Key::Super } else { Key::Control };
    for input in inputs.read() {
        let is_down = input.state == ButtonState::Pressed;
        if input.logical_key == modifier {
            *is_held = is_down;
            continue;
        }
        let Some(meant) = Meant::of(&input.logical_key).filter(|_| is_down && *is_held) else {
            continue;
        };
        let event = match meant {
            Meant::Copy => egui::Event::Copy,
            Meant::Cut => egui::Event::Cut,
            Meant::Paste => {
                let Some(read) = desktop.clipboard().map(Clipboard::get_text) else { continue };
                match pasted(read) {
                    Ok(Some(text)) => egui::Event::Paste(text),
                    Ok(None) => continue,
                    Err(why) => {
                        eprintln!("warning: nothing was pasted: {why}");
                        continue;
                    }
                }
            }
        };
        for context in &contexts {
            events.write(EguiInputEvent { context, event: event.clone() });
        }
    }
    // That the key was let go is told to another window.
    if losses.read().count() > 0 {
        *is_held = false;
    }
}

/// What is pasted of what was read; none where the clipboard has no text, and otherwise why it cannot be.
fn pasted(read: Result<String, Error>) -> Result<Option<String>, String> {
    match read {
        Ok(text) if text.len() > LARGEST => {
            let [has, most] = [text.len().div_ceil(1 << 20), LARGEST >> 20];
            Err(format!("the text has {has} MiB, and {most} MiB is the most"))
        }
        Ok(text) => Ok(Some(text)),
        Err(Error::ContentNotAvailable) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Hands on what panels have copied.
fn copy(outputs: Query<&EguiOutput>, mut desktop: NonSendMut<Desktop>) {
    for command in outputs.iter().flat_map(|output| &output.platform_output.commands) {
        if let egui::OutputCommand::CopyText(text) = command
            && !text.is_empty()
            && let Some(clipboard) = desktop.clipboard()
            && let Err(error) = clipboard.set_text(text.clone())
        {
            eprintln!("warning: a text could not be copied: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_known_in_capitals_too() {
        let of = |text: &str| Meant::of(&Key::Character(text.into()));
        assert_eq!(
            [of("c"), of("X"), of("V"), of("b")],
            [Some(Meant::Copy), Some(Meant::Cut), Some(Meant::Paste), None]
        );
        assert_eq!(Meant::of(&Key::Space), None);
    }

    #[test]
    fn what_cannot_be_pasted_is_said_unless_there_is_no_text() {
        assert_eq!(pasted(Ok("x".to_owned())), Ok(Some("x".to_owned())));
        assert_eq!(pasted(Err(Error::ContentNotAvailable)), Ok(None));
        assert!(pasted(Err(Error::ClipboardOccupied)).is_err());
        let error = pasted(Ok("x".repeat(LARGEST + 1))).unwrap_err();
        assert!(error.contains("17 MiB") && error.contains("16 MiB"), "{error}");
    }
}
