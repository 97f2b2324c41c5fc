//! The editor without a window: events as mouse and keyboard make them, what is then true of the document, and
//! pictures as a person sees them. There is no GPU and no clock but the one that counts the pictures.

mod commands;
mod deadlock;
mod documents;
mod film;
mod guide;
mod hostile;
mod mouse;
mod pictures;
mod rest;
mod shortcuts;
mod tour;

use super::canvas::{Hit, NodePlan, Plan, PortPlan};
use super::command::Command;
use super::desk::{Editor, Habits, Request, Scenes};
use super::look::add_fonts;
use super::raster::Raster;
use super::run::RunView;
use super::tab::Tab;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use bevy_egui::egui::{
    self, Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Theme, Vec2,
    ViewportId, epaint, pos2, vec2,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Between two pictures [s].
const FRAME: f64 = 0.04;
/// For a check in the background, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..CTRL };
const CTRL_ALT: Modifiers = Modifiers { alt: true, ..CTRL };

/// One person at one editor.
struct Rehearsal {
    ctx: Context,
    editor: Editor,
    run: RunView,
    requests: Vec<Request>,
    raster: Raster,
    size: Vec2,
    scale: f32,
    time: f64,
    held: Modifiers,
    mouse: Pos2,
    shapes: Vec<epaint::ClippedShape>,
    /// What the window system has.
    clipboard: String,
    /// What it shows, if that is kept.
    film: Option<film::Film>,
    /// After how long it wants another picture, though nothing happens.
    wants: Duration,
    /// Which modifiers the window system told of last.
    told: Modifiers,
    folder: TempDir,
}

impl Rehearsal {
    /// With nothing open.
    fn empty() -> Self {
        Self::sized(1280, 720, 1.0)
    }

    fn sized(width: usize, height: usize, scale: f32) -> Self {
        let ctx = Context::default();
        add_fonts(&ctx);
        ctx.set_theme(Theme::Dark);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes");
        let scenes: Scenes = Arc::new(move |_| SceneLibrary::new(folder));
        let kinds = Arc::new(Kinds::builtin());
        let habits = Habits { saw_tour: true, ..Habits::default() };
        let folder = TempDir::new().unwrap();
        let shelter = Some(folder.path().join("unsaved"));
        let mut rehearsal = Self {
            ctx,
            editor: Editor::new(kinds, scenes, habits, shelter),
            run: RunView::default(),
            requests: Vec::new(),
            raster: Raster::new(width, height),
            size: vec2(width as f32, height as f32) / scale,
            scale,
            time: 0.0,
            held: NONE,
            mouse: pos2(0.0, 0.0),
            shapes: Vec::new(),
            clipboard: String::new(),
            film: None,
            wants: Duration::ZERO,
            told: NONE,
            folder,
        };
        rehearsal.idle(2);
        rehearsal
    }

    /// With a copy of a shipped workflow open, all of it seen.
    fn of(name: &str) -> Self {
        let mut rehearsal = Self::empty();
        rehearsal.open_copy(&workflow(name));
        rehearsal.key(Key::Period, NONE);
        rehearsal.settle();
        rehearsal
    }

    /// Opens a copy of a file.
    fn open_copy(&mut self, file: &Path) -> PathBuf {
        let copy = self.folder.path().join(file.file_name().unwrap());
        std::fs::copy(file, &copy).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.editor.open(&copy).unwrap();
        self.settle();
        copy
    }

    /// One picture.
    fn picture(&mut self, mut events: Vec<Event>) {
        // As the window does: of what has changed.
        if std::mem::replace(&mut self.told, self.held) != self.held {
            events.insert(0, Event::ModifiersChanged(self.held));
        }
        self.time += FRAME;
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            predicted_dt: FRAME as f32,
            events,
            ..RawInput::default()
        };
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point =
            Some(self.scale);
        let (editor, run, requests) = (&mut self.editor, &self.run, &mut self.requests);
        let output =
            self.ctx.run_ui(input, |ui| requests.extend(editor.show(ui, run, f32::INFINITY, true)));
        for command in output.platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                self.clipboard = text;
            }
        }
        self.wants = output.viewport_output[&ViewportId::ROOT].repaint_delay;
        self.raster.take(&output.textures_delta);
        self.shapes = output.shapes;
        self.film();
    }

    fn idle(&mut self, pictures: usize) {
        (0..pictures).for_each(|_| self.picture(Vec::new()));
    }

    /// Until what was changed is checked, and nothing moves any more.
    fn settle(&mut self) {
        let start = Instant::now();
        self.idle(8);
        while self.editor.tab().is_some_and(|tab| tab.findings.revision != tab.revision()) {
            assert!(start.elapsed() < PATIENCE, "the check never ended");
            std::thread::sleep(Duration::from_millis(2));
            self.picture(Vec::new());
        }
        self.idle(1);
    }

    fn hold(&mut self, modifiers: Modifiers) {
        self.held = modifiers;
        self.picture(Vec::new());
    }

    fn move_to(&mut self, at: Pos2) {
        for at in self.way_to(at) {
            self.mouse = at;
            self.picture(vec![Event::PointerMoved(at)]);
        }
    }

    fn button(&mut self, button: PointerButton, pressed: bool) {
        let (pos, modifiers) = (self.mouse, self.held);
        self.picture(vec![Event::PointerButton { pos, button, pressed, modifiers }]);
    }

    fn click_of(&mut self, button: PointerButton, at: Pos2) {
        // Long after the last one, so that two are no double-click.
        self.time += 1.0;
        self.move_to(at);
        self.button(button, true);
        self.button(button, false);
        self.idle(2);
    }

    fn click(&mut self, at: Pos2) {
        self.click_of(PointerButton::Primary, at);
    }

    fn right_click(&mut self, at: Pos2) {
        self.click_of(PointerButton::Secondary, at);
    }

    fn double_click(&mut self, at: Pos2) {
        self.time += 1.0;
        self.move_to(at);
        for pressed in [true, false, true, false] {
            self.button(PointerButton::Primary, pressed);
        }
        self.idle(2);
    }

    fn drag_of(&mut self, button: PointerButton, from: Pos2, to: Pos2) {
        self.press(button, from, to);
        self.button(button, false);
        self.idle(2);
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.drag_of(PointerButton::Primary, from, to);
    }

    /// A drag that has not ended.
    fn press(&mut self, button: PointerButton, from: Pos2, to: Pos2) {
        self.time += 1.0;
        self.move_to(from);
        self.button(button, true);
        for i in 1..=8 {
            self.move_to(from + (to - from) * (i as f32 / 8.0));
        }
        self.idle(1);
    }

    /// What `doing` does, with keys held.
    fn with(&mut self, modifiers: Modifiers, doing: impl FnOnce(&mut Self)) {
        self.hold(modifiers);
        doing(self);
        self.hold(NONE);
    }

    fn key(&mut self, key: Key, modifiers: Modifiers) {
        self.hold(modifiers);
        let event =
            |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        let mut events = vec![event(true)];
        if modifiers.command {
            // The window system says these in its own way, too.
            match key {
                Key::C => events.push(Event::Copy),
                Key::X => events.push(Event::Cut),
                Key::V => events.push(Event::Paste(self.clipboard.clone())),
                _ => {}
            }
        }
        self.picture(events);
        self.picture(vec![event(false)]);
        self.hold(NONE);
        self.idle(1);
    }

    fn write(&mut self, text: &str) {
        for letter in text.chars() {
            self.picture(vec![Event::Text(letter.to_string())]);
        }
        self.idle(1);
    }

    fn wheel(&mut self, notches: f32, modifiers: Modifiers) {
        let event = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: egui::TouchPhase::Move,
            modifiers,
        };
        self.with(modifiers, |it| {
            it.picture(vec![event]);
            it.idle(8);
        });
    }

    fn tab(&self) -> &Tab {
        self.editor.tab().expect("a workflow is open")
    }

    fn plan(&self) -> &Plan {
        self.tab().plan()
    }

    fn node(&self, title: &str) -> &NodePlan {
        let found = self.plan().nodes.iter().find(|node| node.title == title);
        found.unwrap_or_else(|| panic!("no node is called {title:?}"))
    }

    /// A canvas point on the screen.
    fn at(&self, point: Pos2) -> Pos2 {
        let tab = self.tab();
        tab.camera.to_screen(tab.state.area().unwrap(), point)
    }

    /// Where a node is taken: in its header.
    fn header(&self, title: &str) -> Pos2 {
        let rect = self.node(title).header_rect();
        self.at(pos2(rect.left() + rect.width() * 0.3, rect.center().y))
    }

    fn port<'a>(ports: &'a [PortPlan], name: &str) -> &'a PortPlan {
        let found = ports.iter().find(|port| port.name == name);
        found.unwrap_or_else(|| panic!("no port is called {name:?}"))
    }

    fn input(&self, title: &str, name: &str) -> Pos2 {
        self.at(Self::port(&self.node(title).inputs, name).at)
    }

    fn output(&self, title: &str, name: &str) -> Pos2 {
        self.at(Self::port(&self.node(title).outputs, name).at)
    }

    fn field(&self, title: &str, name: &str) -> Pos2 {
        let mut settings = self.node(title).settings.iter();
        let setting = settings.find(|setting| setting.param.name == name);
        self.at(setting.unwrap_or_else(|| panic!("{name:?} is folded away")).field.center())
    }

    /// Where a text stands on the screen.
    fn text(&self, text: &str) -> Pos2 {
        let place = |clipped: &epaint::ClippedShape| match &clipped.shape {
            egui::Shape::Text(shape) if shape.galley.text() == text => {
                Some(shape.visual_bounding_rect().center())
            }
            _ => None,
        };
        let found = self.shapes.iter().find_map(place);
        found.unwrap_or_else(|| panic!("{text:?} is not to be read"))
    }

    /// A place on the screen where `is_meant` is hit, far from others.
    fn place(&self, is_meant: impl Fn(Hit) -> bool) -> Pos2 {
        let (tab, area) = (self.tab(), self.tab().state.area().unwrap());
        // The minimap and the zoom stand at the bottom.
        let room = Rect::from_min_max(area.min, area.max - vec2(0.0, 110.0)).shrink(30.0);
        let hits =
            |at: Pos2| is_meant(tab.plan().hit(tab.camera.to_canvas(area, at), tab.camera.zoom));
        let mut best = (0, None);
        for y in (room.top() as i32..room.bottom() as i32).step_by(3) {
            for x in (room.left() as i32..room.right() as i32).step_by(3) {
                let at = pos2(x as f32, y as f32);
                let around = [
                    (2.0, 0.0),
                    (-2.0, 0.0),
                    (0.0, 2.0),
                    (0.0, -2.0),
                    (30.0, 30.0),
                    (-30.0, -30.0),
                    (30.0, -30.0),
                    (-30.0, 30.0),
                ];
                let n = around.iter().filter(|(x, y)| hits(at + vec2(*x, *y))).count() + 1;
                if hits(at) && n > best.0 {
                    best = (n, Some(at));
                }
            }
        }
        best.1.expect("there is such a place")
    }

    fn nowhere(&self) -> Pos2 {
        self.place(|hit| hit == Hit::Nothing)
    }

    fn on_wire(&self, wire: usize) -> Pos2 {
        self.place(|hit| hit == Hit::Wire(wire))
    }

    /// The wires, such as `Step.rewards > PPO Trainer.rewards`.
    fn links(&self) -> Vec<String> {
        let plan = self.plan();
        let mut links: Vec<String> = plan
            .wires
            .iter()
            .map(|wire| {
                let (from, to) = (&plan.nodes[wire.from.0], &plan.nodes[wire.to.0]);
                let input = wire.to.1.map_or("?", |k| to.inputs[k].name.as_str());
                format!("{}.{} > {}.{input}", from.title, from.outputs[wire.from.1].name, to.title)
            })
            .collect();
        links.sort();
        links
    }

    fn wire(&self, from: &str, to: &str) -> usize {
        let is_meant = |i: &usize| {
            let wire = &self.plan().wires[*i];
            let (a, b) = (&self.plan().nodes[wire.from.0], &self.plan().nodes[wire.to.0]);
            a.title == from && b.title == to
        };
        (0..self.plan().wires.len()).find(is_meant).expect("there is such a wire")
    }

    /// Titles of the selected nodes, sorted.
    fn selected(&self) -> Vec<String> {
        let ids = self.tab().selection.nodes.iter();
        let mut titles: Vec<String> =
            ids.filter_map(|id| Some(self.plan().node(id)?.title.clone())).collect();
        titles.sort();
        titles
    }

    fn json(&self) -> String {
        self.tab().document().to_json()
    }

    /// The value that the file gives for a setting.
    fn value(&self, title: &str, name: &str) -> Option<serde_json::Value> {
        let settings = &self.node(title).settings;
        settings.iter().find(|it| it.param.name == name).and_then(|it| it.value.clone())
    }

    /// Takes everything back that was done to the document.
    fn undo_all(&mut self) {
        for _ in 0..100 {
            if self.tab().can_undo().is_none() {
                return;
            }
            self.key(Key::Z, CTRL);
        }
        panic!("there is no end of what can be undone");
    }

    fn command(&mut self, command: Command) {
        self.editor.command(command, &self.run);
        self.idle(2);
    }

    /// What is drawn, as red, green and blue.
    fn shoot(&mut self) -> Vec<u8> {
        let primitives = self.ctx.tessellate(self.shapes.clone(), self.scale);
        self.raster.draw(&primitives, self.scale)
    }
}

fn workflow(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows").join(format!("{name}.json"))
}

/// One row of a table: what is done, and what must then be true.
type Row = (&'static str, fn(&mut Rehearsal));

/// Plays all rows, each with a shipped workflow of its own; afterwards everything can be taken back.
fn play(rows: &[Row]) {
    let mut failed = Vec::new();
    for (name, row) in rows {
        let played = std::panic::catch_unwind(|| {
            let mut rehearsal = Rehearsal::of("cartpole_ppo");
            let before = rehearsal.json();
            row(&mut rehearsal);
            if rehearsal.editor.tabs().len() == 1 {
                rehearsal.key(Key::Escape, NONE);
                rehearsal.undo_all();
                assert_eq!(rehearsal.json(), before, "it could not be taken back");
            }
        });
        if played.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty() && !rows.is_empty(), "not done: {failed:#?}");
}
