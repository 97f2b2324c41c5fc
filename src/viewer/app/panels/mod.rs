//! The panel beside the 3D view, the timeline below it, and windows over it.

mod corner;
mod curves;
mod environment;
mod focus;
mod help;
mod inspector;
mod parts;
mod preferences;
mod settings;
mod shares;
mod status;
mod timeline;

use super::super::show::Kind;
use super::camera::View;
use super::graphics::Quality;
use super::keys::{Group, Shortcut, bind};
use super::live::{Curves, Live, Playback, Watched};
use super::overlay::{Overlays, Tints};
use super::stage::{Layout, OnShow, Rig, Selection};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraOutputMode, Viewport};
use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy::render::render_resource::BlendState;
use bevy::window::PrimaryWindow;
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};
use egui::{CollapsingHeader, Color32};
use preferences::PanelWidth;
use status::Switches;

pub(super) use parts::set_colours;
pub(super) use preferences::LayoutFile;

/// Width at the start [points].
const WIDTH: f32 = 340.0;
/// For what is looked at, what is beside it, and things of several kinds.
const ACCENT: Color32 = Color32::from_rgb(237, 148, 51);
const MUTED: Color32 = Color32::from_rgb(130, 136, 145);
/// Lines of plots behind what they show, on either background.
const GRID: Color32 = Color32::from_rgba_premultiplied(45, 47, 50, 90);
const PALETTE: [Color32; 8] = [
    Color32::from_rgb(41, 120, 181),
    Color32::from_rgb(237, 148, 51),
    Color32::from_rgb(92, 158, 92),
    Color32::from_rgb(178, 92, 148),
    Color32::from_rgb(214, 80, 60),
    Color32::from_rgb(110, 190, 200),
    Color32::from_rgb(200, 180, 60),
    Color32::from_rgb(130, 136, 145),
];
/// What is always left to the 3D view [pixels].
const LEAST_VIEW: u32 = 64;

/// What is open beside and over the 3D view.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub panel: bool,
    pub timeline: bool,
    pub help: bool,
    pub inspector: bool,
    /// The adjustable settings of a training.
    pub settings: bool,
    /// Whether panels are light.
    pub light: bool,
}

impl Default for Open {
    fn default() -> Self {
        let [timeline, help, inspector, settings, light] = [false; 5];
        Self { panel: true, timeline, help, inspector, settings, light }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .init_resource::<curves::Choice>()
        .init_resource::<settings::Moved>()
        .add_plugins((preferences::plugin, focus::plugin))
        .add_systems(PreStartup, set_up)
        .add_systems(
            EguiPrimaryContextPass,
            (panel, inspector::window, settings::window, help::window, focus::release).chain(),
        )
        .add_systems(PostUpdate, switch_view);
    bind_keys(app);
}

fn bind_keys(app: &mut App) {
    let letter = |letter, does| Shortcut::letter(Group::View, letter, does);
    let key = |key, name, does| Shortcut::key(Group::View, key, name, does);
    type Flag = fn(&mut Open) -> &mut bool;
    let flags: [(Shortcut, Flag); 6] = [
        (key(Key::Tab, "Tab", "panel on or off"), |open| &mut open.panel),
        (letter('H', "timeline of the last seconds"), |open| &mut open.timeline),
        (letter('K', "inspector of bodies, joints, geoms"), |open| &mut open.inspector),
        (letter('A', "settings of a training"), |open| &mut open.settings),
        (letter('L', "light or dark panels"), |open| &mut open.light),
        (key(Key::F1, "F1", "this list"), |open| &mut open.help),
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
}

impl Held<'_> {
    fn now(&self) -> Switches {
        Switches {
            playback: self.playback.clone(),
            view: *self.view,
            overlays: *self.overlays,
            tints: *self.tints,
            open: self.open.clone(),
        }
    }

    /// Takes over what was switched; what was not is not changed.
    fn take(&mut self, switches: Switches) {
        self.playback.set_if_neq(switches.playback);
        self.view.set_if_neq(switches.view);
        self.overlays.set_if_neq(switches.overlays);
        self.tints.set_if_neq(switches.tints);
        self.open.set_if_neq(switches.open);
    }
}

/// The panels have a camera of their own. It draws over what the view's camera has drawn, into the same
/// texture, and brings both to the window at once.
fn set_up(mut commands: Commands, mut settings: ResMut<EguiGlobalSettings>, quality: Res<Quality>) {
    settings.auto_create_primary_context = false;
    commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        // As the view's camera, or the texture would be another. What egui draws has its own smooth edges
        // and comes after all samples have been put together, so they need not be filled again.
        quality.msaa(),
        Camera {
            order: 1,
            msaa_writeback: MsaaWriteback::Off,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::REPLACE),
                clear_color: ClearColorConfig::None,
            },
            ..default()
        },
    ));
}

fn panel(
    mut contexts: EguiContexts,
    (watched, mut live, curves): (Res<Watched>, ResMut<Live>, Res<Curves>),
    (mut on_show, layout): (ResMut<OnShow>, Res<Layout>),
    (mut held, selection): (Held, Res<Selection>),
    mut choice: ResMut<curves::Choice>,
    mut kept_width: ResMut<PanelWidth>,
    (mut cameras, mut clear): (Query<&mut Camera, With<Rig>>, ResMut<ClearColor>),
    windows: Query<&Window, With<PrimaryWindow>>,
    mut has_colours: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !std::mem::replace(&mut *has_colours, true) {
        parts::set_colours(ctx);
    }
    let mut switches = held.now();
    let theme = if switches.open.light { egui::Theme::Light } else { egui::Theme::Dark };
    ctx.set_theme(theme);
    // A picture begins in the panels' colour, so that they need not be filled: for software that is much.
    let style = ctx.style_of(theme);
    let [r, g, b, _] = style.visuals.panel_fill.to_array();
    clear.0 = Color::srgb_u8(r, g, b);
    let frame = egui::Frame::side_top_panel(&style).fill(Color32::TRANSPARENT);
    let layer =
        egui::UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = egui::Ui::new(ctx.clone(), "root".into(), layer);
    let (mut width, mut height) = (0.0, 0.0);
    if switches.open.panel {
        let side = egui::Panel::right("side").frame(frame);
        let side = side.resizable(true).default_size(kept_width.0);
        let shown = side.show(&mut root, |ui| {
            let (now, selected) = (&mut switches, selection.env);
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
    let view = root.available_rect_before_wrap();
    if switches.view.renders {
        corner::show(&root, view, &layout, &live, switches.tints.0);
    } else {
        let goes_on = match watched.0.kind {
            Kind::Training => "the training goes on as fast as it can",
            Kind::Playing { .. } => "the policy plays on",
        };
        let note = format!("3D view off, {goes_on}. R brings it back");
        let note = egui::RichText::new(note).color(MUTED);
        root.put(view, egui::Label::new(note).selectable(false));
    }
    held.take(switches);
    if let (Ok(window), Ok(mut camera)) = (windows.single(), cameras.single_mut()) {
        let size = window.physical_size();
        let left = |whole: u32, panel: f32| {
            let panel = (panel * window.scale_factor()) as u32;
            whole.saturating_sub(panel).max(LEAST_VIEW.min(whole)).max(1)
        };
        let viewport = UVec2::new(left(size.x, width), left(size.y, height));
        if camera.viewport.as_ref().map(|v| v.physical_size) != Some(viewport) {
            camera.viewport = Some(Viewport { physical_size: viewport, ..default() });
        }
    }
    Ok(())
}

fn section(ui: &egui::Ui, title: &str) -> CollapsingHeader {
    let font = egui::TextStyle::Body.resolve(ui.style());
    CollapsingHeader::new(egui::RichText::new(title).font(font).strong()).default_open(true)
}

/// Without its camera the 3D view costs nothing, and the panels begin with an empty picture.
fn switch_view(
    view: Res<View>,
    mut views: Query<&mut Camera, With<Rig>>,
    mut panels: Query<&mut Camera, (With<PrimaryEguiContext>, Without<Rig>)>,
) {
    for mut camera in &mut views {
        if camera.is_active != view.renders {
            camera.is_active = view.renders;
        }
        if !matches!(camera.output_mode, CameraOutputMode::Skip) {
            camera.output_mode = CameraOutputMode::Skip;
        }
    }
    for mut camera in &mut panels {
        camera.clear_color = match view.renders {
            true => ClearColorConfig::None,
            false => ClearColorConfig::Default,
        };
    }
}
