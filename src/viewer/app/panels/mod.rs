//! The panel beside the 3D view, the timeline below it, and windows over it.

mod corner;
mod curves;
mod environment;
mod inspector;
mod look;
mod preferences;
pub(super) mod sees;
mod settings;
mod shares;
mod status;
mod timeline;

use super::super::window_options::SessionKind;
use super::camera::View;
use super::live::{Curves, Live, Playback, Watched};
use super::meter::Meter;
use super::overlay::{Overlays, Tints};
use super::stage::{Layout, OnShow, Poses, Restage, Rig, Selection, world_from_simulation};
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
        .init_resource::<sees::Seen>()
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
        .add_systems(Restage, |mut seen: ResMut<sees::Seen>| seen.forget())
        .add_systems(OnExit(Page::Watch), forget);
    bind_keys(app);
}

fn bind_keys(app: &mut App) {
    let letter = |letter, does| Shortcut::letter(Group::View, letter, does);
    type Flag = fn(&mut Open) -> &mut bool;
    let flags: [(Shortcut, Flag); 4] = [
        (Shortcut::key(Group::View, Key::Tab, "panel on or off"), |open| &mut open.panel),
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
    mut seen: ResMut<sees::Seen>,
    mut open: ResMut<Open>,
) {
    choice.forget();
    moved.forget();
    seen.forget();
    (open.inspector, open.settings) = (false, false);
}

fn panel(
    mut contexts: EguiContexts,
    (watched, mut live, curves): (Res<Watched>, ResMut<Live>, Res<Curves>),
    (mut on_show, layout): (ResMut<OnShow>, Res<Layout>),
    (mut held, selection): (Held, Res<Selection>),
    (mut choice, mut seen): (ResMut<curves::Choice>, ResMut<sees::Seen>),
    poses: Res<Poses>,
    mut kept_width: ResMut<PanelWidth>,
    (mut cameras, mut clear): (
        Query<(&mut Camera, &GlobalTransform), With<Rig>>,
        ResMut<ClearColor>,
    ),
    (windows, time): (Query<&Window, With<PrimaryWindow>>, Res<Time<Real>>),
    (aside, meter): (Res<Aside>, Option<Res<Meter>>),
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let pixels_per_point = ctx.pixels_per_point();
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
            let secs = time.elapsed_secs_f64();
            if watched.0.kind == SessionKind::Looking {
                let eyes = (&mut *seen, &*poses, secs);
                look::side(ui, &watched.0, &mut live, selected, now, eyes);
                return;
            }
            status::show(ui, &watched.0, (&mut live, &curves), now, selected, &mut on_show);
            ui.separator();
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                if curves.n_rows > 0 {
                    let is_training = watched.0.kind == SessionKind::Training;
                    section(ui, "Curves").default_open(is_training).show(ui, |ui| {
                        let (title, run) = (&watched.0.title, live.run());
                        curves::show(ui, &curves, &mut choice, title, run);
                    });
                    shares::reward_terms(ui, &curves, watched.0.kind);
                }
                if watched.0.kind == SessionKind::Training {
                    shares::stages(ui, &curves);
                }
                let has_eyes = !on_show.scene.model.cameras.is_empty();
                // One alone need not be chosen.
                let env = selected.or((live.envs.len() == 1).then_some(0)).filter(|_| has_eyes);
                if let Some((env, snapshot)) = env.and_then(|env| Some((env, live.envs.get(env)?)))
                {
                    section(ui, &format!("What robot {env} sees")).show(ui, |ui| {
                        let bodies = poses.0.get(env);
                        sees::show(ui, &on_show.scene, snapshot, bodies, &mut seen, secs);
                    });
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
    if watched.0.kind == SessionKind::Looking {
        let bottom = egui::Panel::bottom("bar").frame(frame).resizable(false);
        let shown = bottom.show(&mut root, |ui| {
            let playback = &mut switches.playback;
            look::bar(ui, &on_show.scene, &mut live, playback, selection.env);
        });
        height += shown.response.rect.height();
    }
    let view = root.available_rect_before_wrap();
    if watched.0.kind == SessionKind::Looking {
        look::notes(ctx, view, &live, &mut switches.overlays, time.elapsed_secs_f64());
    }
    if switches.view.renders {
        corner::show(&root, view, &layout, &live, switches.tints.0);
        let above = selection.env.filter(|_| on_show.n_envs > 1).and_then(|env| {
            let (camera, from) = cameras.single().ok()?;
            Some((env, camera.world_to_viewport(from, above(&layout, &poses, env)?).ok()?))
        });
        if let Some((env, at)) = above {
            let at = at / ctx.zoom_factor();
            corner::number(&root, view, egui::pos2(at.x, at.y), env);
        }
        let is_drawn = meter.is_none_or(|meter| meter.is_whole());
        if !live.ended && (live.envs.is_empty() || !is_drawn) {
            corner::preparing(&root, view, watched.0.kind);
        }
    } else {
        let goes_on = match watched.0.kind {
            SessionKind::Training => "the training goes on as fast as it can",
            SessionKind::Playing { .. } => "the policy plays on",
            SessionKind::Looking => "everything goes on",
        };
        let note = format!("3D view off, {goes_on}. R brings it back");
        let note = egui::RichText::new(note).color(MUTED);
        root.put(view, egui::Label::new(note).selectable(false));
    }
    held.take(switches);
    if let (Ok(window), Ok((mut camera, _))) = (windows.single(), cameras.single_mut()) {
        let size = window.physical_size();
        let pixels = |points: f32| (points * pixels_per_point) as u32;
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

/// A little above the robot of an environment, in Bevy's axes [m].
fn above(layout: &Layout, poses: &Poses, env: usize) -> Option<Vec3> {
    let (offset, bodies) = (*layout.offsets.get(env)?, poses.0.get(env)?);
    let middle = (layout.low + layout.high) / 2.0;
    let mut place = match layout.traveller {
        Some(body) => offset + bodies.get(body)?.pos,
        None => offset + middle,
    };
    // A robot that travels is about as high over its first body as its box is.
    let height = layout.high.z - layout.low.z;
    place.z = if layout.traveller.is_some() { place.z + 0.6 * height } else { layout.high.z };
    Some(world_from_simulation() * place)
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
