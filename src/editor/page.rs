//! The editor as a page of the window: whole while nothing runs, beside the view of what it began.

use super::bar::{STATUS, TOP};
use super::desk::{Editor, Habits, Request, Scenes};
use super::differences::Differences;
use super::keymap::Keymap;
use super::look;
use super::run::RunView;
use crate::nodes::Kinds;
use crate::ui::{Aside, DrawPanels, KeepPreferences, Page, Preferences};
use crate::workflow::Graph;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// The names among the preferences.
const HABITS: &str = "editor";
const KEYS: &str = "editor_keys";
const SPLIT: &str = "editor_split";
/// Widths of the part between canvas and view by which they are resized [points].
const SPLITTER: f32 = 6.0;
/// What is always left to either.
const LEAST: f32 = 200.0;

/// All that is open, and what runs.
#[derive(Resource)]
pub(crate) struct Desk {
    pub editor: Editor,
    pub run: RunView,
    /// The keys that the preferences have.
    kept_keys: Keymap,
    begun: Option<Begun>,
    returns: bool,
    pub split: Split,
    /// Whether keys and the last click were for the canvas.
    has_focus: bool,
}

/// A training that was begun here: its canvas stands beside its view.
pub(crate) struct Begun {
    /// What it began with.
    pub graph: Arc<Graph>,
    /// Of the open workflow that it is, the number (`Editor::number`).
    pub number: Option<usize>,
}

/// How canvas and view share the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Split {
    pub shown: Shown,
    /// Of the window's width, for the canvas.
    pub share: f32,
}

/// What is shown while something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shown {
    Canvas,
    Both,
    View,
}

impl Default for Split {
    fn default() -> Self {
        Self { shown: Shown::Both, share: 0.56 }
    }
}

/// What the editor asks of the program around it.
#[derive(Message, Clone, Debug, PartialEq)]
pub(crate) struct Asked(pub Request);

impl Desk {
    /// With nothing open.
    pub(crate) fn new(kinds: Arc<Kinds>, scenes: Scenes, preferences: &Preferences) -> Self {
        let shelter = dirs::data_dir().map(|folder| folder.join("dnne/unsaved"));
        let habits = preferences.get::<Habits>(HABITS).unwrap_or_default();
        let mut editor = Editor::new(kinds, scenes, habits, shelter);
        let (keymap, problems) =
            preferences.get::<Value>(KEYS).map(|keys| Keymap::read(&keys)).unwrap_or_default();
        editor.keymap = keymap.clone();
        let problems: Vec<String> = match preferences.problem() {
            Some(problem) => vec![problem.to_owned()],
            None => problems.iter().map(|problem| format!("{KEYS}, {problem}")).collect(),
        };
        if !problems.is_empty() {
            let text = format!("Left out as it cannot be read:\n\n{}", problems.join("\n"));
            editor.tell("Preferences", text);
        }
        Self {
            editor,
            kept_keys: keymap,
            run: RunView::default(),
            begun: None,
            returns: false,
            split: preferences.get(SPLIT).unwrap_or_default(),
            has_focus: true,
        }
    }

    /// The workflow in front is trained from here on, by this graph.
    pub(crate) fn begin(&mut self, graph: Arc<Graph>) {
        self.begun = Some(Begun { graph, number: self.editor.number() });
        self.returns = true;
    }

    /// Something is watched that was not begun here; whether the editor is gone back to after it.
    pub(crate) fn step_aside(&mut self, returns: bool) {
        self.returns = returns;
    }

    /// What was watched is left. Returns what was begun here, if it was that.
    pub(crate) fn end(&mut self) -> Option<Begun> {
        self.run.live = None;
        self.run.differences = Differences::default();
        self.begun.take()
    }

    pub(crate) fn begun(&self) -> Option<&Begun> {
        self.begun.as_ref()
    }

    /// Whether the editor is gone back to from what is watched.
    pub(crate) fn returns(&self) -> bool {
        self.returns
    }

    /// How wide the canvas is in a window.
    fn width(&self, whole: f32) -> f32 {
        match self.split.shown {
            Shown::Canvas => whole,
            Shown::View => 0.0,
            Shown::Both => {
                (whole * self.split.share).clamp(LEAST.min(whole), (whole - LEAST).max(0.0))
            }
        }
    }
}

/// The page, in an app that has a [`Desk`].
pub(crate) fn plugin(app: &mut App) {
    let is_up = resource_exists::<Desk>.and_then(not(in_state(Page::Start)));
    app.add_message::<Asked>()
        .add_systems(OnEnter(Page::Edit), enter)
        .add_systems(OnEnter(Page::Watch), see_all)
        .add_systems(OnEnter(Page::Start), |mut aside: ResMut<Aside>| *aside = Aside::default())
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(DrawPanels).run_if(is_up).before(crate::ui::DrawView),
        )
        .add_systems(Last, keep.in_set(KeepPreferences).run_if(resource_exists::<Desk>))
        .add_systems(Update, keep_keys.run_if(resource_exists::<Desk>))
        .add_systems(
            Last,
            save_all.run_if(on_message::<AppExit>.and_then(resource_exists::<Desk>)),
        );
}

fn enter(mut aside: ResMut<Aside>) {
    *aside = Aside { has_keys: true, ..Aside::default() };
}

/// The canvas has less room from now on.
fn see_all(desk: Option<ResMut<Desk>>) {
    if let Some(mut desk) = desk.filter(|desk| desk.begun.is_some()) {
        desk.editor.see_all();
    }
}

fn show(
    mut contexts: EguiContexts,
    mut desk: ResMut<Desk>,
    page: Res<State<Page>>,
    mut aside: ResMut<Aside>,
    mut asked: MessageWriter<Asked>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    let desk = &mut *desk;
    let whole = ctx.viewport_rect();
    let is_beside = *page.get() == Page::Watch;
    if is_beside && desk.begun.is_none() {
        aside.set_if_neq(Aside::default());
        return Ok(());
    }
    let width = if is_beside { desk.width(whole.width()) } else { whole.width() };
    focus(&ctx, desk, whole, width, is_beside);
    let layer = egui::UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(whole);
    let mut ui = egui::Ui::new(ctx.clone(), "editor".into(), layer);
    let (mut run, has_focus) = (std::mem::take(&mut desk.run), desk.has_focus);
    run.shown = is_beside.then_some(desk.split.shown);
    for request in desk.editor.show(&mut ui, &run, width, has_focus) {
        // It is done before the next picture.
        ctx.request_repaint();
        match request {
            Request::Arrange(shown) => desk.split.shown = shown,
            other => {
                asked.write(Asked(other));
            }
        }
    }
    desk.run = run;
    if is_beside && desk.split.shown == Shown::Both {
        splitter(&mut ui, desk, whole, width);
    }
    let taken = if is_beside {
        Aside { left: width, top: TOP, bottom: STATUS, has_keys: desk.has_focus }
    } else {
        Aside { has_keys: true, ..Aside::default() }
    };
    aside.set_if_neq(taken);
    Ok(())
}

/// The keys are for the side that was clicked last.
fn focus(ctx: &egui::Context, desk: &mut Desk, whole: egui::Rect, width: f32, is_beside: bool) {
    if !is_beside || desk.split.shown == Shown::Canvas {
        desk.has_focus = true;
        return;
    }
    if desk.split.shown == Shown::View {
        desk.has_focus = false;
    }
    let (pressed, at, other_side) = ctx.input(|input| {
        let pressed = input.pointer.any_pressed();
        (pressed, input.pointer.interact_pos(), input.key_pressed(egui::Key::F6))
    });
    if let Some(at) = at.filter(|_| pressed)
        && at.y > whole.top() + TOP
        && at.y < whole.bottom() - STATUS
    {
        desk.has_focus = at.x < whole.left() + width;
    }
    if other_side {
        desk.has_focus = !desk.has_focus;
    }
}

/// The part between canvas and view, which is dragged; and a frame around the side that has the keys.
fn splitter(ui: &mut egui::Ui, desk: &mut Desk, whole: egui::Rect, width: f32) {
    let colours = look::colours(ui.ctx());
    let (top, bottom) = (whole.top() + TOP, whole.bottom() - STATUS);
    let x = whole.left() + width;
    let handle = egui::Rect::from_min_max(
        egui::pos2(x - SPLITTER * 0.5, top),
        egui::pos2(x + SPLITTER * 0.5, bottom),
    );
    let id = egui::Id::new("editor splitter");
    let response = ui.interact(handle, id, egui::Sense::drag());
    if response.dragged() {
        desk.split.share = (width + response.drag_delta().x) / whole.width().max(1.0);
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    let colour = if response.hovered() { colours.edge } else { colours.line };
    ui.painter().vline(x, top..=bottom, egui::Stroke::new(1.0, colour));
    let pane = match desk.has_focus {
        true => egui::Rect::from_min_max(egui::pos2(whole.left(), top), egui::pos2(x, bottom)),
        false => egui::Rect::from_min_max(egui::pos2(x, top), egui::pos2(whole.right(), bottom)),
    };
    let frame = egui::Stroke::new(1.5, colours.accent);
    ui.painter().rect_stroke(pane, 0.0, frame, egui::StrokeKind::Inside);
}

/// Keys that were changed are kept at once.
fn keep_keys(mut desk: ResMut<Desk>, mut preferences: ResMut<Preferences>) {
    if desk.editor.keymap != desk.kept_keys {
        desk.kept_keys = desk.editor.keymap.clone();
        preferences.set(KEYS, desk.kept_keys.to_json());
        preferences.write();
    }
}

fn keep(desk: Res<Desk>, mut preferences: ResMut<Preferences>) {
    preferences.set(HABITS, &desk.editor.habits);
    preferences.set(SPLIT, desk.split);
}

/// What is not saved is found beside its file the next time.
fn save_all(mut desk: ResMut<Desk>) {
    desk.editor.autosave();
}
