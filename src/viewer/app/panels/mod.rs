//! The panel beside the 3D view, the timeline below it, and windows over it.

mod corner;
mod curves;
mod environment;
mod inspector;
mod look;
mod preferences;
mod settings;
mod shares;
mod status;
mod timeline;

use super::super::show::Kind;
use super::camera::View;
use super::live::{Curves, Live, Playback, Watched};
use super::overlay::{Overlays, Tints};
use super::stage::{Layout, OnShow, Rig, Selection};
use crate::ui::{
    Aside, DrawPanels, DrawView, Group, Help, MUTED, Page, Shortcut, StartPage, Theme, bind,
    section,
};
use bevy::camera::{CameraOutputMode, Viewport};
use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use egui::Color32;
use preferences::PanelWidth;
use status::Switches;

/// Width at the start [points].
const WIDTH: f32 = 340.0;
/// What is always left to the 3D view [pixels].
const LEAST_VIEW: u32 = 64;

/// What is open beside and over the 3D view.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub panel: bool,
    pub timeline: bool,
    pub inspector: bool,
    /// The adjustable settings of a training.
    pub settings: bool,
}

impl Default for Open {
    fn default() -> Self {
        Self { panel: true, timeline: false, inspector: false, settings: false }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<curves::Choice>()
        .init_resource::<settings::Moved>()
        .add_plugins(preferences::plugin)
        .add_systems(
            EguiPrimaryContextPass,
            (panel, inspector::window, settings::window)
                .chain()
                .in_set(DrawPanels)
                .in_set(DrawView)
                .run_if(in_state(Page::Watch)),
        )
        .add_systems(PostUpdate, switch_view)
        .add_systems(OnExit(Page::Watch), forget);
    bind_keys(app);
}

fn bind_keys(app: &mut App) {
    let letter = |letter, does| Shortcut::letter(Group::View, letter, does);
    type Flag = fn(&mut Open) -> &mut bool;
    let flags: [(Shortcut, Flag); 4] = [
        (Shortcut::key(Group::View, Key::Tab, "Tab", "panel on or off"), |open| &mut open.panel),
        (letter('H', "timeline of the last seconds"), |open| &mut open.timeline),
        (letter('K', "inspector of bodies, joints, geoms"), |open| &mut open.inspector),
        (letter('A', "settings of a training"), |open| &mut open.settings),
    ];
    for (shortcut, flag) in flags {
        bind(app, shortcut, move |mut open: ResMut<Open>| {
            let flag = flag(&mut open);
            *flag = !*flag;
        });
    }
}

/// What the panels switch, which other features hold.
#[derive(SystemParam)]
struct Held<'w> {
    playback: ResMut<'w, Playback>,
    view: ResMut<'w, View>,
    overlays: ResMut<'w, Overlays>,
    tints: ResMut<'w, Tints>,
    open: ResMut<'w, Open>,
    help: ResMut<'w, Help>,
    theme: ResMut<'w, Theme>,
    start: Option<Res<'w, StartPage>>,
    next: ResMut<'w, NextState<Page>>,
}

impl Held<'_> {
    fn now(&self) -> Switches {
        Switches {
            playback: self.playback.clone(),
            view: *self.view,
            overlays: *self.overlays,
            tints: *self.tints,
            open: self.open.clone(),
            help: *self.help,
            theme: *self.theme,
            leaves: self.start.as_ref().map(|_| false),
        }
    }

    /// Takes over what was switched; what was not is not changed.
    fn take(&mut self, switches: Switches) {
        self.playback.set_if_neq(switches.playback);
        self.view.set_if_neq(switches.view);
        self.overlays.set_if_neq(switches.overlays);
        self.tints.set_if_neq(switches.tints);
        self.open.set_if_neq(switches.open);
        self.help.set_if_neq(switches.help);
        self.theme.set_if_neq(switches.theme);
        if switches.leaves == Some(true) {
            self.next.set(Page::Start);
        }
    }
}

/// Another session has other numbers; how a person likes the window stays.
fn forget(
    mut choice: ResMut<curves::Choice>,
    mut moved: ResMut<settings::Moved>,
    mut open: ResMut<Open>,
) {
    choice.forget();
    moved.forget();
    (open.inspector, open.settings) = (false, false);
}

fn panel(
    mut contexts: EguiContexts,
    (watched, mut live, curves): (Res<Watched>, ResMut<Live>, Res<Curves>),
    (mut on_show, layout): (ResMut<OnShow>, Res<Layout>),
    (mut held, selection): (Held, Res<Selection>),
    mut choice: ResMut<curves::Choice>,
    mut kept_width: ResMut<PanelWidth>,
    (mut cameras, mut clear): (Query<&mut Camera, With<Rig>>, ResMut<ClearColor>),
    (windows, time): (Query<&Window, With<PrimaryWindow>>, Res<Time<Real>>),
    aside: Res<Aside>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let mut switches = held.now();
    // A picture begins in the panels' colour, so that they need not be filled: for software that is much.
    let style = ctx.style_of(ctx.theme());
    let [r, g, b, _] = style.visuals.panel_fill.to_array();
    clear.0 = Color::srgb_u8(r, g, b);
    let frame = egui::Frame::side_top_panel(&style).fill(Color32::TRANSPARENT);
    let mut room = ctx.viewport_rect();
    room.min += egui::vec2(aside.left.min(room.width()), aside.top);
    room.max.y -= aside.bottom;
    let layer = egui::UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(room);
    let mut root = egui::Ui::new(ctx.clone(), "root".into(), layer);
    if aside.left > 0.0 {
        // Beside the canvas they look as it does.
        crate::ui::look::apply(&mut root);
    }
    let (mut width, mut height) = (0.0, 0.0);
    if switches.open.panel {
        let side = egui::Panel::right("side").frame(frame);
        let side = side.resizable(true).default_size(kept_width.0);
        let shown = side.show(&mut root, |ui| {
            let (now, selected) = (&mut switches, selection.env);
            if watched.0.kind == Kind::Looking {
                look::side(ui, &watched.0, &mut live, selected, now);
                return;
            }
            status::show(ui, &watched.0, (&mut live, &curves), now, selected, &mut on_show);
            ui.separator();
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                if curves.n_rows > 0 {
                    let is_training = watched.0.kind == Kind::Training;
                    section(ui, "Curves").default_open(is_training).show(ui, |ui| {
                        curves::show(ui, &curves, &mut choice, &watched.0.title);
                    });
                    shares::reward_terms(ui, &curves, watched.0.kind);
                }
                if watched.0.kind == Kind::Training {
                    shares::stages(ui, &curves);
                }
                section(ui, "Environment").show(ui, |ui| {
                    environment::show(ui, &on_show.scene, &live, selection.env);
                });
            });
        });
        width = shown.response.rect.width();
        kept_width.0 = width;
    }
    if switches.open.timeline {
        let bottom = egui::Panel::bottom("timeline").frame(frame).resizable(false);
        let shown = bottom.show(&mut root, |ui| {
            let dt = on_show.scene.task.dt;
            timeline::show(ui, &live, &mut switches.playback, selection.env, dt);
        });
        height = shown.response.rect.height();
    }
    if watched.0.kind == Kind::Looking {
        let bottom = egui::Panel::bottom("bar").frame(frame).resizable(false);
        let shown = bottom.show(&mut root, |ui| {
            let playback = &mut switches.playback;
            look::bar(ui, &on_show.scene, &mut live, playback, selection.env);
        });
        height += shown.response.rect.height();
    }
    let view = root.available_rect_before_wrap();
    if watched.0.kind == Kind::Looking {
        look::notes(ctx, view, &live, &mut switches.overlays, time.elapsed_secs_f64());
    }
    if switches.view.renders {
        corner::show(&root, view, &layout, &live, switches.tints.0);
    } else {
        let goes_on = match watched.0.kind {
            Kind::Training => "the training goes on as fast as it can",
            Kind::Playing { .. } => "the policy plays on",
            Kind::Looking => "everything goes on",
        };
        let note = format!("3D view off, {goes_on}. R brings it back");
        let note = egui::RichText::new(note).color(MUTED);
        root.put(view, egui::Label::new(note).selectable(false));
    }
    held.take(switches);
    if let (Ok(window), Ok(mut camera)) = (windows.single(), cameras.single_mut()) {
        let size = window.physical_size();
        let pixels = |points: f32| (points * window.scale_factor()) as u32;
        let left = |whole: u32, before: f32, after: f32| {
            let least = LEAST_VIEW.min(whole).max(1);
            let before = pixels(before).min(whole.saturating_sub(least));
            (before, whole.saturating_sub(before + pixels(after)).max(least))
        };
        let (x, across) = left(size.x, aside.left, width);
        let (y, down) = left(size.y, aside.top, height + aside.bottom);
        let (place, size) = (UVec2::new(x, y), UVec2::new(across, down));
        let is_there = |v: &Viewport| (v.physical_position, v.physical_size) == (place, size);
        if !camera.viewport.as_ref().is_some_and(is_there) {
            camera.viewport =
                Some(Viewport { physical_position: place, physical_size: size, ..default() });
        }
    }
    Ok(())
}

/// Without its camera the 3D view costs nothing.
fn switch_view(view: Option<Res<View>>, mut cameras: Query<&mut Camera, With<Rig>>) {
    let Some(view) = view else { return };
    for mut camera in &mut cameras {
        if camera.is_active != view.renders {
            camera.is_active = view.renders;
        }
        if !matches!(camera.output_mode, CameraOutputMode::Skip) {
            camera.output_mode = CameraOutputMode::Skip;
        }
    }
}
