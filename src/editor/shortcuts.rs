//! The list of shortcuts: to be searched, done and changed.

use super::canvas::Icon;
use super::command::{COMMANDS, Command, Entry, Section};
use super::dialog::{Done, field, heading};
use super::keymap::{Keymap, Owner, pressed, written};
use super::look;
use super::parts::{self, Hint, Look};
use bevy_egui::egui::{self, Key, KeyboardShortcut, Modifiers, Sense, vec2};

/// Of the window, and the height of the line that says what goes on [points].
const WIDTH: f32 = 720.0;
const LINE: f32 = 30.0;

/// What the mouse does, which stays.
const MOUSE: [(&str, &str); 14] = [
    ("double-click", "add a node; on a title: rename; on a wire: insert a node"),
    ("drag", "pan; on a node: move it; on a port: wire it; on a number: change it"),
    ("wheel", "zoom; with Shift: pan"),
    ("Ctrl+drag", "select what a box touches"),
    ("Shift+click", "select more or less"),
    ("Shift, moving", "snap to the grid"),
    ("Alt+drag a node", "move a copy"),
    ("Alt+drag a group", "move the frame alone"),
    ("drop a wire on nothing", "choose what it leads to"),
    ("drag a wired input", "lead the wire elsewhere, or away"),
    ("Shift+drag an output", "move all its wires"),
    ("Alt+click a wire", "bend it there"),
    ("Ctrl+Alt+click a port", "disconnect it"),
    ("middle or Space+drag", "pan"),
];

/// The list while it is open.
#[derive(Debug, Default)]
pub(crate) struct Shortcuts {
    search: String,
    asks: Asks,
}

/// What is being changed.
#[derive(Clone, Debug, Default, PartialEq)]
enum Asks {
    #[default]
    Nothing,
    /// For the new keys of a command; the last ones were the window's, which do something there.
    Press(Command, Option<String>),
    /// Whether keys that another command has are to be this one's.
    Take { keys: Vec<KeyboardShortcut>, to: Command, from: Command },
}

impl Shortcuts {
    pub(super) fn show(&mut self, ui: &mut egui::Ui, keymap: &mut Keymap, is_new: bool) -> Done {
        ui.set_width(WIDTH);
        heading(ui, "Shortcuts");
        if let Asks::Press(command, _) = self.asks {
            self.listen(ui, keymap, command);
        } else if self.asks != Asks::Nothing
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
        {
            self.asks = Asks::Nothing;
        }
        // What is found first is done.
        let enter = field(ui, &mut self.search, "search, Enter does what is found", is_new);
        let enter = enter && self.asks == Asks::Nothing;
        ui.add_space(4.0);
        self.line(ui, keymap);
        ui.add_space(4.0);
        self.rows(ui, keymap, enter)
    }

    /// Takes the next keys that are pressed; nothing else gets them.
    fn listen(&mut self, ui: &egui::Ui, keymap: &mut Keymap, command: Command) {
        let mut heard: Option<KeyboardShortcut> = None;
        ui.input_mut(|input| {
            input.events.retain(|event| {
                let keys = match event {
                    egui::Event::Key { key, pressed: true, modifiers, .. } => {
                        Some(pressed(*key, *modifiers))
                    }
                    // The window system turns these keys into events of their own.
                    egui::Event::Copy => Some(pressed(Key::C, Modifiers::COMMAND)),
                    egui::Event::Cut => Some(pressed(Key::X, Modifiers::COMMAND)),
                    egui::Event::Paste(_) => Some(pressed(Key::V, Modifiers::COMMAND)),
                    egui::Event::Key { .. } | egui::Event::Text(_) => None,
                    _ => return true,
                };
                heard = heard.or(keys);
                false
            });
        });
        let Some(keys) = heard else { return };
        if keys == pressed(Key::Escape, Modifiers::NONE) {
            self.asks = Asks::Nothing;
        } else {
            self.want(keymap, command, vec![keys]);
        }
    }

    /// Gives a command its keys, if nobody else has them.
    fn want(&mut self, keymap: &mut Keymap, to: Command, keys: Vec<KeyboardShortcut>) {
        let owner = keys.iter().find_map(|one| Some((one, keymap.owner(one, to)?)));
        self.asks = match owner {
            None => {
                keymap.give(to, &keys);
                Asks::Nothing
            }
            Some((one, Owner::Window(does))) => {
                Asks::Press(to, Some(format!("{} {does}.", written(one))))
            }
            Some((_, Owner::Command(from))) => Asks::Take { keys, to, from },
        };
    }

    /// What goes on, in a line that is always there so that no row moves.
    fn line(&mut self, ui: &mut egui::Ui, keymap: &mut Keymap) {
        let colours = look::colours(ui.ctx());
        let asks = self.asks.clone();
        ui.allocate_ui(vec2(WIDTH, LINE), |ui| {
            ui.set_min_size(vec2(WIDTH, LINE));
            ui.horizontal_centered(|ui| match asks {
                Asks::Nothing => {
                    parts::small(ui, "Click a key to change it.", colours.text3);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if !keymap.is_usual()
                            && parts::button(ui, None, "All as they were", Look::Plain, true)
                                .clicked()
                        {
                            keymap.reset();
                        }
                    });
                }
                Asks::Press(command, error_message) => {
                    let name = command.name();
                    let text = format!(
                        "{} Press the new keys for \u{201c}{name}\u{201d}. Esc leaves it as it is.",
                        error_message.unwrap_or_default()
                    );
                    parts::small(ui, text.trim(), colours.accent);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if parts::button(ui, None, "No key", Look::Plain, true).clicked() {
                            keymap.give(command, &[]);
                            self.asks = Asks::Nothing;
                        }
                    });
                }
                Asks::Take { keys, to, from } => {
                    let keys_of: Vec<String> = keys.iter().map(written).collect();
                    let text =
                        format!("{} is \u{201c}{}\u{201d} now.", keys_of.join(", "), from.name());
                    parts::small(ui, text, colours.warning);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if parts::button(ui, None, "Cancel", Look::Plain, true).clicked() {
                            self.asks = Asks::Nothing;
                        }
                        let take = format!("Let it be \u{201c}{}\u{201d}", to.name());
                        if parts::button(ui, None, &take, Look::Primary, true).clicked() {
                            keymap.give(to, &keys);
                            self.asks = Asks::Nothing;
                        }
                    });
                }
            });
        });
    }

    fn rows(&mut self, ui: &mut egui::Ui, keymap: &mut Keymap, enter: bool) -> Done {
        let wanted = self.search.trim().to_lowercase();
        let is_found = |keys: &str, does: &str| {
            keys.to_lowercase().contains(&wanted) || does.contains(&wanted)
        };
        let (mut done, mut enter) = (Done::Not, enter);
        let scroll = egui::ScrollArea::vertical().max_height(400.0).auto_shrink([false, true]);
        scroll.show(ui, |ui| {
            ui.columns(2, |columns| {
                let mouse = MOUSE.iter().filter(|(keys, does)| is_found(keys, does));
                let mouse: Vec<_> = mouse.collect();
                if !mouse.is_empty() {
                    title(&mut columns[0], "Mouse");
                    for (keys, does) in mouse {
                        columns[0].horizontal(|ui| {
                            ui.spacing_mut().item_spacing.x = 8.0;
                            parts::key(ui, keys);
                            words(ui, does, Sense::hover());
                        });
                    }
                    columns[0].add_space(10.0);
                }
                for (column, name, section) in [
                    (0, "File", Section::File),
                    (0, "Edit", Section::Edit),
                    (1, "Nodes", Section::Nodes),
                    (1, "View", Section::View),
                    (1, "Run", Section::Run),
                ] {
                    let ui = &mut columns[column];
                    let entries = COMMANDS.iter().filter(|entry| {
                        entry.section == section
                            && is_found(&keymap.listed(entry.command), entry.name)
                    });
                    let entries: Vec<&Entry> = entries.collect();
                    if entries.is_empty() {
                        continue;
                    }
                    title(ui, name);
                    for entry in entries {
                        let is_done = self.row(ui, keymap, entry) || std::mem::take(&mut enter);
                        if is_done {
                            done = Done::Command(entry.command);
                        }
                    }
                    ui.add_space(10.0);
                }
            });
        });
        done
    }

    /// A command with its keys; whether it is to be done.
    fn row(&mut self, ui: &mut egui::Ui, keymap: &mut Keymap, entry: &Entry) -> bool {
        let command = entry.command;
        let row = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let waits = matches!(self.asks, Asks::Press(other, _) if other == command);
            let keys = match keymap.listed(command) {
                _ if waits => "press\u{2026}".to_owned(),
                keys if keys.is_empty() => "no key".to_owned(),
                keys => keys,
            };
            let chip = parts::key_button(ui, &keys, waits);
            if chip.hint("change").clicked() {
                self.asks = if waits { Asks::Nothing } else { Asks::Press(command, None) };
            }
            if keymap.is_changed(command) {
                let (rect, response) = ui.allocate_exact_size(vec2(16.0, 17.0), Sense::click());
                let colours = look::colours(ui.ctx());
                let colour = if response.hovered() { colours.text } else { colours.text3 };
                Icon::Undo.paint(ui.painter(), rect.center(), 0.65, colour);
                let usual: Vec<String> = entry.keys.iter().map(written).collect();
                let hint = match usual.is_empty() {
                    true => "back to no key".to_owned(),
                    false => format!("back to {}", usual.join(", ")),
                };
                if response.hint(hint).clicked() {
                    self.want(keymap, command, entry.keys.to_vec());
                }
            }
            words(ui, entry.name, Sense::click()).clicked()
        });
        row.inner
    }
}

fn title(ui: &mut egui::Ui, text: &str) {
    let colours = look::colours(ui.ctx());
    ui.label(egui::RichText::new(text).font(look::strong(13.0)).color(colours.text));
}

fn words(ui: &mut egui::Ui, text: &str, sense: Sense) -> egui::Response {
    let colours = look::colours(ui.ctx());
    let text = egui::RichText::new(text).font(look::regular(12.0)).color(colours.text2);
    ui.add(egui::Label::new(text).wrap().sense(sense))
}
