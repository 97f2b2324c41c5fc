//! The start page, and sessions that are opened from it and closed by going back to it.

use super::super::super::super::host::{Host, ReadySession, SessionRunner};
use super::super::super::sessions::Sessions;
use super::super::super::window::add_window_plugins;
use super::counts::{in_a_process_of_its_own, resident_bytes};
use super::*;
use crate::editor::{Asked, Desk, Request};
use crate::nodes::Kinds;
use crate::session::{NewRun, RunFolder};
use crate::ui::{Aside, Chosen, Edited, Preferences, StartEntry, StartList, StartPage, Template};
use crate::viewer::Smoothness;
use crate::workflow::{Document, Edit, GraphNode, Role};
use bevy::window::FileDragAndDrop;
use std::path::{Path, PathBuf};

/// Trainings, in folders of their own, and what is only played.
struct Doors {
    runs: PathBuf,
    /// What was opened, and what came of it.
    opened: Mutex<Vec<PathBuf>>,
    closed: Mutex<Vec<Result<(), String>>>,
}

impl Doors {
    fn of(runs: &Path) -> Arc<Self> {
        Arc::new(Self { runs: runs.to_owned(), opened: Mutex::default(), closed: Mutex::default() })
    }

    /// A run of its own, which it alone may train.
    fn train(&self) -> SessionRunner {
        let n = self.opened.lock().unwrap().len();
        let library = scenes();
        let (seed, workflow, init_from) = (5, "{}", None);
        let (scenes, loaded) = (&[], &[]);
        let library = &library;
        let run = NewRun { workflow, seed, library, scenes, loaded, init_from, own_kinds: &[] };
        let path = self.runs.join(format!("run-{n}"));
        let folder = RunFolder::create(&path, &run).unwrap();
        Box::new(move |broadcast| {
            let play = Play::new("Cartpole", 4, SessionKind::Training);
            let mut session = play.session();
            session.keep_in(folder);
            run_to_its_end(&mut session, broadcast);
            let request = CheckpointRequest {
                node: "session".to_owned(),
                trigger: "the window's closing".to_owned(),
                best: None,
                folder: None,
                keep: None,
                model: None,
            };
            let saved = session.save_checkpoint(&request);
            saved.map(|_| Some(path)).map_err(|error| error.to_string())
        })
    }
}

/// A session goes on until nobody watches it any more.
fn run_to_its_end(session: &mut Session, mut broadcast: Broadcast) {
    let stop = AtomicBool::new(false);
    while broadcast.attend(session, &stop) {
        session.tick().unwrap();
        let reports = session.take_reports();
        broadcast.show(session, &reports);
    }
}

fn show_of(scene: &str, n_envs: usize, kind: SessionKind) -> WindowOptions {
    WindowOptions {
        scene: Scene::clone(&scenes().load(scene).unwrap()),
        n_envs,
        most_envs: n_envs,
        checkpoints: Vec::new(),
        run: None,
        title: scene.to_owned(),
        kind,
        planned: (kind == SessionKind::Training).then_some(100),
        action_mode: if kind == SessionKind::Training {
            ActionMode::Sampled
        } else {
            ActionMode::Mean
        },
        history: Vec::new(),
        interrupted: Arc::default(),
        max_fps: None,
        started: Instant::now(),
        renders: true,
        stays: true,
    }
}

impl Host for Doors {
    fn templates(&self) -> Result<Vec<Template>, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates");
        let template = |title: &str, teaches: &str, time: &str, picture: &str| Template {
            path: "ant_ppo".into(),
            title: title.to_owned(),
            teaches: teaches.to_owned(),
            time: time.to_owned(),
            picture: Some(folder.join(picture)),
        };
        Ok(vec![
            template("Cartpole", "The whole loop, node by node", "2 s", "cartpole.png"),
            template("Ant", "Running on eight motors; checkpoints", "4 min", "ant.png"),
        ])
    }

    fn start_lists(&self) -> Vec<StartList> {
        let entry = |path: &str, about: &str| StartEntry {
            path: path.into(),
            name: path.to_owned(),
            about: about.to_owned(),
            does: "train",
        };
        let workflows = [
            entry("ant_ppo", "Ant  \u{b7}  4096 environments"),
            entry("cartpole_ppo", "Cartpole  \u{b7}  1024 environments"),
        ];
        vec![
            StartList {
                title: "Workflows",
                entries: workflows.to_vec(),
                edits: true,
                ..StartList::default()
            },
            StartList {
                title: "Recent runs",
                if_empty: "There are no runs in /home/me/runs yet.".to_owned(),
                ..StartList::default()
            },
        ]
    }

    fn open(&self, path: &Path) -> Result<ReadySession, String> {
        let name = path.to_string_lossy().into_owned();
        let (show, work) = match name.as_str() {
            "cartpole_ppo" => (show_of("Cartpole", 4, SessionKind::Training), self.train()),
            "ant_ppo" => {
                let work: SessionRunner = Box::new(|broadcast| {
                    run_to_its_end(&mut Play::new("Ant", 2, PLAYING).session(), broadcast);
                    Ok(None)
                });
                (show_of("Ant", 2, PLAYING), work)
            }
            "broken" => {
                let work: SessionRunner = Box::new(|_| Err("a joint came loose".to_owned()));
                (show_of("Cartpole", 1, PLAYING), work)
            }
            run => {
                let (folder, _) = RunFolder::reopen(Path::new(run)).map_err(|e| e.to_string())?;
                let work: SessionRunner = Box::new(move |_| {
                    drop(folder);
                    Ok(None)
                });
                (show_of("Cartpole", 1, PLAYING), work)
            }
        };
        self.opened.lock().unwrap().push(path.to_owned());
        Ok(ReadySession { show, work })
    }

    fn train(&self, name: &str, _: Option<&Path>, _: Document) -> Result<ReadySession, String> {
        self.opened.lock().unwrap().push(name.into());
        Ok(ReadySession { show: show_of("Cartpole", 4, SessionKind::Training), work: self.train() })
    }

    fn go_on(&self, run: &Path, settings: &[String]) -> Result<ReadySession, String> {
        let mut opened = self.opened.lock().unwrap();
        opened.push(run.to_owned());
        opened.extend(settings.iter().map(PathBuf::from));
        let (folder, _) = RunFolder::reopen(run).map_err(|error| error.to_string())?;
        let path = run.to_owned();
        let work: SessionRunner = Box::new(move |broadcast| {
            let mut session = Play::new("Cartpole", 4, SessionKind::Training).session();
            session.keep_in(folder);
            run_to_its_end(&mut session, broadcast);
            Ok(Some(path))
        });
        Ok(ReadySession { show: show_of("Cartpole", 4, SessionKind::Training), work })
    }

    fn kinds(&self) -> Kinds {
        Kinds::builtin()
    }

    fn scenes(&self, _: Option<&Path>) -> SceneLibrary {
        scenes()
    }

    fn closed(&self, result: Result<(), String>, _: Smoothness) {
        self.closed.lock().unwrap().push(result);
    }

    fn interrupted(&self) -> bool {
        false
    }
}

/// A window on the start page.
fn started(doors: &Arc<Doors>) -> Option<Rehearsal> {
    started_of(doors, SIZE)
}

fn started_of(doors: &Arc<Doors>, size: (u32, u32)) -> Option<Rehearsal> {
    let _stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut app = hidden_of(size)?;
    add_window_plugins(&mut app);
    // Somebody who has been here before.
    let habits = serde_json::json!({"saw_tour": true});
    app.world_mut().resource_mut::<Preferences>().set("editor", habits);
    Sessions::attach(&mut app, doors.clone());
    make_ready(&mut app);
    let mut it = Rehearsal { app, _stage, stop: Arc::default(), session: None };
    it.pass(4);
    Some(it)
}

fn page(it: &Rehearsal) -> Page {
    *it.get::<State<Page>>().get()
}

fn choose(it: &mut Rehearsal, path: &Path) {
    it.app.world_mut().write_message(Chosen(path.to_owned()));
    it.pass(2);
}

fn open(it: &mut Rehearsal, path: &str) {
    choose(it, Path::new(path));
    assert_eq!(page(it), Page::Watch, "{:?}", it.get::<StartPage>().problem);
}

/// Back to the start page, until the session has ended.
fn go_back(it: &mut Rehearsal) {
    it.press_with_ctrl(KeyCode::KeyW);
    assert_eq!(page(it), Page::Start);
    it.until("the session is closed", |it| it.get::<StartPage>().busy_with.is_none());
}

/// What there is to watch, and a click on it.
#[test]
fn the_start_page_lists_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    it.looks_like("start");
    it.click(Vec2::new(590.0, 463.0));
    it.pass(2);
    assert_eq!(*doors.opened.lock().unwrap(), [PathBuf::from("cartpole_ppo")]);
    assert_eq!(page(&it), Page::Watch);
    it.until("the training is on show", |it| it.live().envs.len() == 4);
    go_back(&mut it);
    // The same page, on which the entry that was chosen is lit now.
    let page = it.get::<StartPage>();
    assert_eq!((page.shelves[0].entries.len(), page.problem.as_deref()), (2, None));
}

/// Where there is no room for all lists side by side, one is open at a time, with whole names.
#[test]
fn a_small_start_page_opens_its_lists_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started_of(&doors, (600, 480)) else { return };
    it.looks_like("start_small");
}

/// From the start page to a workflow's canvas, Train, canvas and robots side by side, and back to the canvas.
#[test]
fn a_workflow_is_trained_beside_its_canvas() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    let path = folder.path().join("cartpole.json");
    let workflow = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/cartpole_ppo.json");
    std::fs::copy(workflow, &path).unwrap();
    it.app.world_mut().write_message(Edited(Some(path.clone())));
    it.pass(4);
    assert_eq!(page(&it), Page::Edit, "{:?}", it.get::<StartPage>().problem);
    it.until("the workflow is checked", |it| {
        it.get::<Desk>().editor.tab().is_some_and(|tab| tab.findings.graph.is_some())
    });
    it.pass(4);
    it.looks_like("editor");
    // A key that would hide the panel of a view adds a node here.
    it.click(Vec2::new(640.0, 22.0));
    it.until("the training is on show", |it| page(it) == Page::Watch && it.live().envs.len() == 4);
    assert_eq!(*doors.opened.lock().unwrap(), [PathBuf::from("cartpole")]);
    it.until("its nodes are counted", |it| {
        let live = it.get::<Desk>().run.live.as_ref();
        live.is_some_and(|live| live.nodes.values().any(|node| node.n_firings > 0))
    });
    let aside = *it.get::<Aside>();
    assert!(aside.left > 200.0 && aside.left < 1080.0 && aside.has_keys, "{aside:?}");
    // Keys are for the side that was clicked last.
    let paused = it.playback().paused;
    it.press(KeyCode::Space);
    assert_eq!(it.playback().paused, paused);
    it.click(Vec2::new(aside.left + 60.0, 400.0));
    it.press(KeyCode::Space);
    assert_ne!(it.playback().paused, paused);
    it.press_with_ctrl(KeyCode::KeyW);
    assert_eq!(page(&it), Page::Edit);
    it.until("the training has ended", |it| !it.get::<Desk>().run.is_ending());
    assert_eq!(doors.closed.lock().unwrap().len(), 1);
    // Nothing of the file was touched.
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(workflow).unwrap());
}

/// An edit that what runs has not: a setting lets the run go on with it, a node begins another.
#[test]
fn a_training_that_runs_goes_on_with_what_was_edited_or_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    let path = folder.path().join("cartpole.json");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/cartpole_ppo.json"), &path)
        .unwrap();
    it.app.world_mut().write_message(Edited(Some(path)));
    it.pass(4);
    let is_checked =
        |it: &Rehearsal| it.get::<Desk>().editor.tab().is_some_and(|tab| tab.sound().is_some());
    it.until("the workflow is checked", is_checked);
    it.pass(2);
    it.click(Vec2::new(640.0, 22.0));
    it.until("the training is on show", |it| page(it) == Page::Watch && it.live().envs.len() == 4);
    let edit = |it: &mut Rehearsal, edit: Edit| {
        let kinds = Kinds::builtin();
        let mut desk = it.app.world_mut().resource_mut::<Desk>();
        desk.editor.tab_mut().unwrap().edit(kinds.registry(), &edit).unwrap();
        it.until("the edit is checked", is_checked);
        it.until("it is seen to differ", |it| it.get::<Desk>().run.differences.matters());
    };
    let agent = {
        let graph = it.get::<Desk>().editor.tab().unwrap().sound().unwrap();
        let is_agent = |node: &&GraphNode| node.class.role == Role::Policy;
        graph.nodes.iter().find(is_agent).unwrap().id.clone()
    };
    let (node, param) = (agent.clone(), "activation".to_owned());
    edit(&mut it, Edit::SetParam { node, param, value: "tanh".into() });
    let settings = vec![format!("{agent}.activation=tanh")];
    assert_eq!(it.get::<Desk>().run.differences.settings, settings);
    assert!(!it.get::<Desk>().run.differences.has_other_parts);
    it.app.world_mut().write_message(Asked(Request::GoOn(settings.clone())));
    it.until("it went on", |_| doors.opened.lock().unwrap().len() == 3);
    it.until("it is on show", |it| page(it) == Page::Watch && it.live().envs.len() == 4);
    let expected =
        [PathBuf::from("cartpole"), folder.path().join("run-1"), PathBuf::from(&settings[0])];
    assert_eq!(*doors.opened.lock().unwrap(), expected);
    it.pass(3);
    assert!(!it.get::<Desk>().run.differences.matters());
    // Without a node: no checkpoint fits that.
    let console = {
        let graph = it.get::<Desk>().editor.tab().unwrap().sound().unwrap();
        let is_console = |node: &&GraphNode| node.class.class_type == "ConsoleLogger";
        graph.nodes.iter().find(is_console).unwrap().id.clone()
    };
    edit(&mut it, Edit::RemoveNodes { nodes: vec![console], bridge: false });
    assert!(it.get::<Desk>().run.differences.has_other_parts);
    it.app.world_mut().write_message(Asked(Request::TrainAnew));
    it.until("another began", |_| doors.opened.lock().unwrap().len() == 4);
    it.until("it is on show", |it| page(it) == Page::Watch && it.live().envs.len() == 4);
    assert!(folder.path().join("run-4").is_dir());
    assert!(doors.closed.lock().unwrap().iter().all(Result::is_ok));
}

/// Dropped on the start page it is opened at once; on a session, when that has been closed.
#[test]
fn what_is_dropped_on_the_window_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    let drop_in = |it: &mut Rehearsal, path: &str| {
        let window = it.window();
        let drop = FileDragAndDrop::DroppedFile { window, path_buf: path.into() };
        it.app.world_mut().write_message(drop);
        it.pass(3);
    };
    drop_in(&mut it, "cartpole_ppo");
    assert_eq!(page(&it), Page::Watch);
    it.until("the training is on show", |it| it.live().envs.len() == 4);
    drop_in(&mut it, "ant_ppo");
    it.until("the other is on show", |it| {
        it.app.world().get_resource::<Live>().is_some_and(|live| live.envs.len() == 2)
    });
    assert_eq!(*doors.opened.lock().unwrap(), ["cartpole_ppo", "ant_ppo"].map(PathBuf::from));
    assert!(matches!(doors.closed.lock().unwrap()[..], [Ok(())]));
    drop_in(&mut it, "nowhere");
    it.until("what went wrong", |it| it.get::<StartPage>().problem.is_some());
    assert_eq!(page(&it), Page::Start);
}

/// What goes wrong, before a session begins and in it, is said where the next one is chosen.
#[test]
fn the_start_page_says_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    choose(&mut it, Path::new("nowhere"));
    assert_eq!(page(&it), Page::Start);
    let problem = it.get::<StartPage>().problem.clone().unwrap_or_default();
    assert!(problem.contains("nowhere"), "{problem}");
    open(&mut it, "broken");
    it.until("the failure is shown", |it| it.live().failure().is_some());
    go_back(&mut it);
    let problem = it.get::<StartPage>().problem.clone().unwrap_or_default();
    assert!(problem.contains("a joint came loose"), "{problem}");
    // And the next one is shown as if nothing had been.
    open(&mut it, "ant_ppo");
    assert_eq!(it.get::<StartPage>().problem, None);
    go_back(&mut it);
}

/// One window trains a run; the other, which would go on with it, is told.
#[test]
fn a_second_window_on_a_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    // As the first window has it.
    let training = doors.train();
    let run = folder.path().join("run-0");
    let Some(mut second) = started(&doors) else { return };
    choose(&mut second, &run);
    assert_eq!(page(&second), Page::Start);
    let problem = second.get::<StartPage>().problem.clone().unwrap_or_default();
    assert!(problem.contains("another process"), "{problem}");
    drop(training);
    choose(&mut second, &run);
    assert_eq!(page(&second), Page::Watch);
    go_back(&mut second);
}

/// A training, back, something that plays, back, and so on, in one window; nothing stays behind but runs that
/// are whole.
#[test]
fn sessions_that_go_leave_nothing_but_their_runs() {
    in_a_process_of_its_own(
        concat!(module_path!(), "::sessions_that_go_leave_nothing_but_their_runs"),
        come_and_go,
    );
}

fn come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let doors = Doors::of(folder.path());
    let Some(mut it) = started(&doors) else { return };
    let rounds = |it: &mut Rehearsal, n: usize| {
        for _ in 0..n {
            open(it, "cartpole_ppo");
            it.until("an update", |it| it.get::<Curves>().n_rows > 0);
            go_back(it);
            open(it, "ant_ppo");
            it.until("a frame", |it| it.live().envs.len() == 2);
            go_back(it);
        }
        it.pass(10);
        let world = it.app.world_mut();
        let n_entities = world.query::<Entity>().iter(world).count();
        let n_meshes = world.resource::<Assets<Mesh>>().len();
        let n_images = world.resource::<Assets<Image>>().len();
        ((n_entities, n_meshes, n_images), resident_bytes())
    };
    let before = rounds(&mut it, 10);
    let after = rounds(&mut it, 40);
    println!("resident memory: {:.1} MB, then {:.1} MB", before.1 / 1e6, after.1 / 1e6);
    assert_eq!(after.0, before.0);
    assert!(after.1 <= 1.05 * before.1, "{} bytes became {}", before.1, after.1);
    let closed = doors.closed.lock().unwrap();
    assert_eq!((closed.len(), closed.iter().filter(|end| end.is_err()).count()), (100, 0));
    for run in std::fs::read_dir(folder.path()).unwrap().flatten() {
        let (folder, _) = RunFolder::open(&run.path()).unwrap();
        let rows = std::fs::read_to_string(folder.metrics()).unwrap().lines().count() as u64;
        let last = CheckpointInfo::latest(&folder, &mut |error| panic!("{error}")).unwrap();
        assert!(
            rows > 0 && last.metadata.update == rows,
            "{rows} rows: {}",
            folder.path().display()
        );
    }
}
