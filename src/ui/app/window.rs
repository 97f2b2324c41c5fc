//! The app that draws, with a window or without.

use super::super::UiError;
use super::{Calm, Preferences, Quality, display, fit};
use bevy::app::{PluginGroupBuilder, TerminalCtrlCHandlerPlugin};
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::settings::{Backends, WgpuSettings};
use bevy::tasks::block_on;
use bevy::window::{ExitCondition, PresentMode, WindowResolution};
use bevy::winit::{UpdateMode, WinitPlugin, WinitSettings};
use std::time::Duration;

/// Pictures per second while the window is in the background.
const BACKGROUND_FPS: f64 = 10.0;

/// Pictures per second of the panels alone, but for what a mouse or a key brings about: the processor is
/// wanted elsewhere.
const PANELS_FPS: f64 = 20.0;

/// Pictures per second of a canvas in motion, of one that waits for something, and of either in the background.
const CANVAS_FPS: f64 = 60.0;
const WAITING_FPS: f64 = 10.0;
/// A canvas on which nothing moves is not drawn, but for what it is woken by.
const RESTING: Duration = Duration::from_secs(24 * 3600);

/// An app that renders into images, updated by hand.
pub(crate) fn offscreen() -> Result<App, UiError> {
    offscreen_with(None)
}

/// The same with a window that nobody sees, for what asks it for its size and the mouse.
pub(crate) fn offscreen_with(window: Option<Window>) -> Result<App, UiError> {
    // Films are to be fine, whatever draws them.
    require_adapter()?;
    let exit_condition = ExitCondition::DontExit;
    let window = WindowPlugin { primary_window: window, exit_condition, ..default() };
    let render = RenderPlugin {
        // The first picture must not lack what is still being compiled.
        synchronous_pipeline_compilation: true,
        ..render()
    };
    let plugins = plugins().set(window).set(render);
    let mut app = App::new();
    app.init_resource::<Quality>();
    app.add_plugins(plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>());
    Ok(app)
}

/// Ends the preparations of an app that is updated by hand.
pub(crate) fn make_ready(app: &mut App) {
    while app.plugins_state() == bevy::app::PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
}

/// An app with a window.
pub(crate) fn windowed(
    title: &str,
    pace: WinitSettings,
    preferences: Preferences,
) -> Result<App, UiError> {
    let _connection = display::require()?;
    let quality = match require_adapter()? {
        wgpu::DeviceType::Cpu => Quality::Draft,
        _ => Quality::Fine,
    };
    let [width, height] = fit::wanted(&preferences);
    let mut resolution = WindowResolution::default();
    resolution.set(width, height);
    let window = Window {
        title: title.to_owned(),
        resolution,
        present_mode: PresentMode::AutoVsync,
        ..default()
    };
    let mut app = App::new();
    app.insert_resource(quality);
    app.add_plugins(plugins().set(WindowPlugin { primary_window: Some(window), ..default() }));
    app.insert_resource(pace).insert_resource(preferences);
    Ok(app)
}

/// How often a window draws that has its 3D view on or off, or a canvas that stands alone.
pub(crate) fn pace(max_fps: Option<f64>, renders: bool, canvas: Option<Calm>) -> WinitSettings {
    if let Some(calm) = canvas {
        return pace_of_canvas(calm);
    }
    let every = |fps: f64, is_prompt: bool| UpdateMode::Reactive {
        wait: Duration::from_secs_f64(1.0 / fps),
        react_to_device_events: is_prompt,
        // What these tell is seen in the next picture anyway, and that one was drawn is such an event, too.
        react_to_user_events: false,
        react_to_window_events: false,
    };
    let limit = max_fps.unwrap_or(f64::INFINITY);
    WinitSettings {
        focused_mode: match (max_fps, renders) {
            (None, true) => UpdateMode::Continuous,
            (Some(fps), true) => every(fps, false),
            (_, false) => every(limit.min(PANELS_FPS), max_fps.is_none()),
        },
        unfocused_mode: every(limit.min(BACKGROUND_FPS), false),
    }
}

/// A canvas is drawn for what happens to it: the mouse and keys, and what it is woken for (`request_repaint`).
fn pace_of_canvas(calm: Calm) -> WinitSettings {
    let mode = |fps: f64, is_focused: bool| UpdateMode::Reactive {
        wait: match calm {
            Calm::Moving => Duration::from_secs_f64(1.0 / fps),
            Calm::Waiting => Duration::from_secs_f64(1.0 / WAITING_FPS),
            Calm::Resting => RESTING,
        },
        // Those of the mouse on other windows, too.
        react_to_device_events: is_focused,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    WinitSettings { focused_mode: mode(CANVAS_FPS, true), unfocused_mode: mode(WAITING_FPS, false) }
}

/// Ctrl-C belongs to the session.
fn plugins() -> PluginGroupBuilder {
    DefaultPlugins.build().disable::<TerminalCtrlCHandlerPlugin>().set(render())
}

fn render() -> RenderPlugin {
    let settings = WgpuSettings { backends: Some(backends()), ..default() };
    RenderPlugin { render_creation: settings.into(), ..default() }
}

/// Vulkan, Metal or DirectX, unless WGPU_BACKEND says otherwise. OpenGL is not asked: it lacks what
/// the renderer needs.
fn backends() -> Backends {
    Backends::from_env().unwrap_or(Backends::PRIMARY)
}

/// Bevy's renderer panics where there is nothing to render with, so that is asked first.
pub(crate) fn require_adapter() -> Result<wgpu::DeviceType, UiError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends = backends();
    let instance = wgpu::Instance::new(descriptor);
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    adapter
        .map(|adapter| adapter.get_info().device_type)
        .map_err(|error| UiError::NoAdapter(error.to_string()))
}
