//! Sessions are opened from the start page and closed by going back to it, one at a time.

mod dropped;

use super::super::host::{Host, Opened};
use super::super::show::Show;
use super::live::{Live, Watched};
use super::meter::Meter;
use super::stage::OnShow;
use crate::session::broadcast;
use crate::ui::{Chosen, Group, Page, Shortcut, StartPage, bind};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Of the window while nothing is watched.
pub(super) const TITLE: &str = "DNNE";

/// The host, and the session that it runs; the window's app and whoever waits for its end share them.
#[derive(Resource, Clone)]
pub(super) struct Sessions {
    host: Arc<dyn Host>,
    running: Arc<Mutex<Option<Running>>>,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(dropped::plugin);
}

struct Running {
    title: String,
    thread: JoinHandle<Result<(), String>>,
}

impl Sessions {
    /// Gives an app a start page that opens sessions.
    pub(super) fn attach(app: &mut App, host: Arc<dyn Host>) -> Self {
        let sessions = Self { host, running: Arc::default() };
        app.insert_resource(sessions.clone())
            .init_resource::<StartPage>()
            .add_systems(OnEnter(Page::Start), come_back)
            .add_systems(Update, (choose, collect, obey).run_if(in_state(Page::Start)));
        let back =
            Shortcut::letter(Group::View, 'W', "start page; a training is saved").with_ctrl();
        bind(app, back, |mut next: ResMut<NextState<Page>>| next.set(Page::Start));
        sessions
    }

    /// Starts a session on its thread. What is returned puts it on show.
    pub(super) fn begin(&self, Opened { show, work }: Opened) -> impl FnOnce(&mut World) + 'static {
        let (session_side, spectator) = broadcast(show.n_envs);
        let failure = Arc::new(Mutex::new(None));
        let live = Live::new(spectator, &show, failure.clone());
        let work = move || {
            work(session_side).inspect_err(|error| {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
            })
        };
        let thread = std::thread::spawn(work);
        *self.running() = Some(Running { title: show.title.clone(), thread });
        move |world| enter(world, live, show)
    }

    /// Waits for the session that runs, if one does, and tells the host what came of it.
    pub(super) fn end(&self, meter: &Meter) {
        let running = self.running().take();
        if let Some(running) = running {
            self.host.closed(result_of(running), meter.read());
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a session on show.
pub(super) fn enter(world: &mut World, live: Live, show: Show) {
    entitle(world, &show.title);
    world.insert_resource(OnShow { scene: show.scene.clone(), n_envs: show.n_envs });
    world.insert_resource(live);
    world.insert_resource(Watched(show));
}

fn entitle(world: &mut World, title: &str) {
    let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
    for mut window in windows.iter_mut(world) {
        title.clone_into(&mut window.title);
    }
}

fn choose(
    mut chosen: MessageReader<Chosen>,
    sessions: Res<Sessions>,
    mut page: ResMut<StartPage>,
    mut commands: Commands,
) {
    let Some(Chosen(path)) = chosen.read().last() else { return };
    if sessions.running().is_some() {
        return;
    }
    let opened = match sessions.host.open(path) {
        Ok(opened) => opened,
        Err(problem) => {
            page.problem = Some(problem);
            return;
        }
    };
    let enter = sessions.begin(opened);
    page.problem = None;
    commands.queue(move |world: &mut World| {
        enter(world);
        world.resource_mut::<NextState<Page>>().set(Page::Watch);
    });
}

/// The page is shown at once; the session that was watched may have something to save.
fn come_back(
    sessions: Res<Sessions>,
    mut page: ResMut<StartPage>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
) {
    for mut window in &mut windows {
        TITLE.clone_into(&mut window.title);
    }
    let running = sessions.running();
    page.busy_with = running.as_ref().map(|running| format!("{} is being closed", running.title));
    page.shelves = sessions.host.shelves();
}

/// Takes leave of a session that has ended.
fn collect(sessions: Res<Sessions>, meter: Option<Res<Meter>>, mut page: ResMut<StartPage>) {
    let ended = sessions.running().take_if(|running| running.thread.is_finished());
    let Some(running) = ended else { return };
    let title = running.title.clone();
    let result = result_of(running);
    page.problem = result.as_ref().err().map(|error| format!("{title}: {error}"));
    page.busy_with = None;
    page.shelves = sessions.host.shelves();
    sessions.host.closed(result, meter.map(|meter| meter.read()).unwrap_or_default());
}

/// Ctrl-C closes the window.
fn obey(sessions: Res<Sessions>, mut exit: MessageWriter<AppExit>) {
    if sessions.host.interrupted() {
        exit.write(AppExit::Success);
    }
}

fn result_of(running: Running) -> Result<(), String> {
    let panicked = |_| Err("the session came to a bad end; the terminal says where".to_owned());
    running.thread.join().unwrap_or_else(panicked)
}
