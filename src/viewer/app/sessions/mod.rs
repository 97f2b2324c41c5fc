//! Sessions are opened from the start page and closed by going back to it, one at a time.

mod dropped;

use super::super::host::{Host, ReadySession};
use super::super::window_options::WindowOptions;
use super::live::{Live, Watched};
use super::meter::Meter;
use super::stage::OnShow;
use crate::editor::{Asked, Desk, Request, Scenes};
use crate::session::broadcast;
use crate::ui::{Chosen, Edited, Group, Page, Preferences, Shortcut, StartPage, bind};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy::winit::{EventLoopProxyWrapper, WinitUserEvent};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Between two looks for Ctrl-C.
const INTERRUPTION: Duration = Duration::from_millis(200);

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
    thread: JoinHandle<Result<Option<PathBuf>, String>>,
}

impl Sessions {
    /// Gives an app a start page that opens sessions.
    pub(super) fn attach(app: &mut App, host: Arc<dyn Host>) -> Self {
        let sessions = Self { host, running: Arc::default() };
        app.insert_resource(sessions.clone())
            .init_resource::<StartPage>()
            .init_resource::<After>()
            .add_systems(Update, note_what_follows)
            .add_systems(OnEnter(Page::Start), come_back)
            .add_systems(Update, (edit, obey).run_if(in_state(Page::Start)))
            .add_systems(
                Update,
                (collect, choose, train, go_on).chain().run_if(not(in_state(Page::Watch))),
            )
            .add_systems(Update, obey.run_if(in_state(Page::Edit)));
        let (editing, of_host) = (sessions.host.clone(), sessions.host.clone());
        let scenes: Scenes = Arc::new(move |path| of_host.scenes(path));
        let preferences = app.world().resource::<Preferences>();
        let desk = Desk::new(Arc::new(editing.kinds()), scenes, preferences);
        app.insert_resource(desk);
        sessions.wake_for_interruption(app);
        let back =
            Shortcut::letter(Group::View, 'W', "start page; a training is saved").with_ctrl();
        bind(app, back, |desk: Res<Desk>, mut next: ResMut<NextState<Page>>| {
            next.set(if desk.returns() { Page::Edit } else { Page::Start });
        });
        sessions
    }

    /// Ctrl-C is looked for in every picture; where nothing moves there is none, and one has to be asked for.
    fn wake_for_interruption(&self, app: &App) {
        let Some(window) = app.world().get_resource::<EventLoopProxyWrapper>() else { return };
        // Not the wrapper: that cannot be cloned.
        let (window, host) = (Deref::deref(window).clone(), Arc::downgrade(&self.host));
        std::thread::spawn(move || {
            while let Some(host) = host.upgrade() {
                if host.interrupted() && window.send_event(WinitUserEvent::WakeUp).is_err() {
                    return;
                }
                drop(host);
                std::thread::sleep(INTERRUPTION);
            }
        });
    }

    /// Starts a session on its thread. What is returned puts it on show.
    pub(super) fn begin(
        &self,
        ReadySession { show, work }: ReadySession,
    ) -> impl FnOnce(&mut World) + 'static {
        let (session_side, spectator) = broadcast(show.n_envs);
        let failure = Arc::new(Mutex::new(None));
        let live = Live::new(spectator, &show, failure.clone());
        let work = move || {
            work(session_side).inspect_err(|error| {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
            })
        };
        // Named, or it would bear the name of the window's thread that starts it, in profilers and lists of threads.
        let thread = Builder::new().name("session".to_owned()).spawn(work);
        let thread = thread.expect("the system has no thread left");
        *self.running() = Some(Running { title: show.title.clone(), thread });
        move |world| enter(world, live, show)
    }

    /// Waits for the session that runs, if one does, and tells the host what came of it.
    pub(super) fn end(&self, meter: &Meter) {
        let running = self.running().take();
        if let Some(running) = running {
            self.host.closed(result_of(running).map(|_| ()), meter.read());
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a session on show.
pub(super) fn enter(world: &mut World, live: Live, show: WindowOptions) {
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
    state: Res<State<Page>>,
    mut page: ResMut<StartPage>,
    mut desk: ResMut<Desk>,
    mut commands: Commands,
) {
    let Some(Chosen(path)) = chosen.read().last() else { return };
    if sessions.running().is_some() {
        return;
    }
    let opened = match sessions.host.open(path) {
        Ok(opened) => opened,
        Err(problem) if *state.get() == Page::Edit => {
            desk.editor.tell("It cannot be opened", problem);
            return;
        }
        Err(problem) => {
            page.problem = Some(problem);
            return;
        }
    };
    open(&sessions, opened, &mut commands);
    desk.step_aside(*state.get() == Page::Edit);
    page.problem = None;
}

/// What is to be begun when the training that runs is saved.
#[derive(Resource, Default)]
struct After {
    follows: Option<Follows>,
    /// The folder of the run that ended last, if it was a training.
    run: Option<PathBuf>,
}

/// A training that follows another, of the workflow that has this number in the editor.
struct Follows {
    number: Option<usize>,
    /// What is set anew in the run, which goes on; none where another is begun.
    settings: Option<Vec<String>>,
}

fn note_what_follows(mut asked: MessageReader<Asked>, desk: Res<Desk>, mut after: ResMut<After>) {
    for Asked(request) in asked.read() {
        let settings = match request {
            Request::GoOn(settings) => Some(settings.clone()),
            Request::TrainAnew => None,
            // Somebody thought better of it.
            Request::Stop | Request::Train => {
                after.follows = None;
                continue;
            }
            _ => continue,
        };
        after.run = None;
        after.follows = Some(Follows { number: desk.editor.number(), settings });
    }
}

/// Begins what is to follow a training, once that is saved.
fn go_on(
    sessions: Res<Sessions>,
    mut after: ResMut<After>,
    mut desk: ResMut<Desk>,
    mut commands: Commands,
) {
    if sessions.running().is_some() || after.follows.is_none() {
        return;
    }
    let (Some(follows), run) = (after.follows.take(), after.run.take()) else { return };
    // Why there is none was said, or another workflow came to the front meanwhile.
    let Some(run) = run.filter(|_| follows.number == desk.editor.number()) else { return };
    let Some(tab) = desk.editor.tab() else { return };
    let Some(graph) = tab.sound() else { return };
    let opened = match &follows.settings {
        Some(settings) => sessions.host.go_on(&run, settings),
        None => sessions.host.train(tab.name(), tab.path(), tab.document().clone()),
    };
    match opened {
        Ok(opened) => {
            open(&sessions, opened, &mut commands);
            desk.begin(graph);
        }
        Err(problem) => desk.editor.tell("It cannot go on", problem),
    }
}

/// The workflow that is open in the editor is trained, and its canvas stays beside the view.
fn train(
    mut asked: MessageReader<Asked>,
    sessions: Res<Sessions>,
    mut desk: ResMut<Desk>,
    mut commands: Commands,
) {
    if !asked.read().any(|Asked(request)| *request == Request::Train) {
        return;
    }
    let is_free = sessions.running().is_none();
    let Some(tab) = desk.editor.tab().filter(|_| is_free) else { return };
    // The editor asks for it once the last edit was checked: what is found is of the document as it is.
    let Some(graph) = tab.sound() else { return };
    let opened = sessions.host.train(tab.name(), tab.path(), tab.document().clone());
    match opened {
        Ok(opened) => {
            open(&sessions, opened, &mut commands);
            desk.begin(graph);
        }
        Err(problem) => desk.editor.tell("It cannot be trained", problem),
    }
}

/// Opens what was chosen to be edited.
fn edit(
    mut edited: MessageReader<Edited>,
    mut desk: ResMut<Desk>,
    mut page: ResMut<StartPage>,
    mut next: ResMut<NextState<Page>>,
) {
    for Edited(path) in edited.read() {
        let opened = match path {
            Some(path) => desk.editor.open(path),
            None => {
                desk.editor.open_new();
                Ok(())
            }
        };
        match opened {
            Ok(()) => {
                page.problem = None;
                next.set(Page::Edit);
            }
            Err(problem) => page.problem = Some(problem),
        }
    }
}

/// Lets a session run, and the window show it.
fn open(sessions: &Sessions, opened: ReadySession, commands: &mut Commands) {
    let enter = sessions.begin(opened);
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
    page.shelves = sessions.host.start_lists();
    match sessions.host.templates() {
        Ok(templates) => page.templates = templates,
        Err(problem) => page.problem = Some(problem),
    }
}

/// Removes a session that has ended.
fn collect(
    sessions: Res<Sessions>,
    meter: Option<Res<Meter>>,
    state: Res<State<Page>>,
    mut page: ResMut<StartPage>,
    mut desk: ResMut<Desk>,
    mut after: ResMut<After>,
) {
    let ended = sessions.running().take_if(|running| running.thread.is_finished());
    let Some(running) = ended else { return };
    let title = running.title.clone();
    let result = result_of(running);
    after.run = result.clone().ok().flatten();
    page.problem = result.as_ref().err().map(|error| format!("{title}: {error}"));
    desk.run.set(None, false, false);
    if let Some(problem) = page.problem.as_ref().filter(|_| *state.get() == Page::Edit) {
        desk.editor.tell("The training failed", problem.clone());
    }
    page.busy_with = None;
    page.shelves = sessions.host.start_lists();
    sessions.host.closed(result.map(|_| ()), meter.map(|meter| meter.read()).unwrap_or_default());
}

/// Ctrl-C closes the window.
fn obey(sessions: Res<Sessions>, mut exit: MessageWriter<AppExit>) {
    if sessions.host.interrupted() {
        exit.write(AppExit::Success);
    }
}

/// The result of a session, and the folder of the run that it trained.
fn result_of(running: Running) -> Result<Option<PathBuf>, String> {
    let panicked = |_| Err("the session failed; the terminal shows the error".to_owned());
    running.thread.join().unwrap_or_else(panicked)
}
