//! The real window, on an X server without a screen, under the keys and the mouse of xdotool. The same things
//! are done more closely, and looked at, in `viewer/app/rehearsal/`.

use crate::skips::skip;
use crate::support::{dnne, finish, metrics, output, succeed, workflow};
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Software draws slowly, and other tests run beside this one.
const PATIENCE: Duration = Duration::from_secs(120);
/// What does not change for so long stands still.
const STILL: Duration = Duration::from_secs(4);

/// An X server of one's own.
struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    /// None where what it takes is not installed, which is then said.
    fn open() -> Option<Self> {
        Self::open_with(&[])
    }

    fn open_with(more: &[&str]) -> Option<Self> {
        let mut xdotool = Command::new("xdotool");
        let xdotool = xdotool.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(finish);
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let (Ok(_), Ok(mut server)) = (xdotool, server) else {
            skip("window", "Xvfb and xdotool are needed for a window without a screen");
            return None;
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Some(Self { server, display: format!(":{}", number.trim()) })
    }

    fn xdotool(&self, command: &str) -> String {
        let mut xdotool = Command::new("xdotool");
        let output = output(xdotool.args(command.split(' ')).env("DISPLAY", &self.display));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A program with a window.
struct Shown<'a> {
    screen: &'a Screen,
    program: RefCell<Child>,
    window: String,
    /// What it writes; a pipe that nobody reads would make it wait.
    log: PathBuf,
}

impl<'a> Shown<'a> {
    /// Waits for the window; none where there is nothing to render with, which is then said.
    fn start(screen: &'a Screen, folder: &Path, args: &[&str], title: &str) -> Option<Self> {
        let path = folder.join("said");
        let log = File::create(&path).unwrap();
        let program = dnne(folder, args)
            .env("DISPLAY", &screen.display)
            .env("XDG_CONFIG_HOME", folder.join("settings"))
            .env("LP_NUM_THREADS", "1")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let program = RefCell::new(program.unwrap());
        let mut shown = Self { screen, program, window: String::new(), log: path };
        let start = Instant::now();
        while shown.window.is_empty() {
            if let Some(status) = shown.program.borrow_mut().try_wait().unwrap() {
                let said = shown.said();
                assert!(said.contains("no graphics adapter was found"), "{status}: {said}");
                skip("graphics", &said);
                return None;
            }
            assert!(start.elapsed() < PATIENCE, "no window with the title {title}");
            std::thread::sleep(Duration::from_millis(100));
            shown.window = shown.find(title);
        }
        shown.take_focus();
        Some(shown)
    }

    fn find(&self, title: &str) -> String {
        let found = self.screen.xdotool(&format!("search --onlyvisible --name ^{title}"));
        found.lines().next().unwrap_or_default().to_owned()
    }

    /// Keys go to the window; there is nobody who would manage that.
    fn take_focus(&self) {
        let focus = format!("windowfocus {}", self.window);
        self.until("the keyboard", || {
            self.screen.xdotool(&focus);
            self.screen.xdotool("getwindowfocus") == self.window
        });
    }

    fn key(&self, keys: &str) {
        self.take_focus();
        self.type_on(keys);
    }

    fn type_on(&self, keys: &str) {
        self.screen.xdotool(&format!("key --delay 60 {keys}"));
        std::thread::sleep(Duration::from_millis(250));
    }

    fn mouse(&self, commands: &[&str]) {
        for command in commands {
            self.screen.xdotool(command);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn until(&self, what: &str, has_come: impl Fn() -> bool) {
        let start = Instant::now();
        while !has_come() {
            let ended = self.program.borrow_mut().try_wait().unwrap();
            assert!(ended.is_none(), "ended ({ended:?}) before {what}: {}", self.said());
            assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Closes the window by its key, and gives what the program wrote.
    fn close(self) -> String {
        self.take_focus();
        let start = Instant::now();
        loop {
            // Without a look at who has the keyboard: the window may be closing.
            self.type_on("ctrl+q");
            // A busy machine is given time, and not a second key for what the first one will do.
            let asked = Instant::now();
            while asked.elapsed() < PATIENCE / 6 {
                if let Some(status) = self.program.borrow_mut().try_wait().unwrap() {
                    let said = self.said();
                    assert_eq!(status.code(), Some(0), "{said}");
                    assert!(!said.contains("panicked"), "{said}");
                    return said;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(start.elapsed() < PATIENCE, "it does not close");
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        let program = self.program.get_mut();
        let _ = program.kill();
        let _ = program.wait();
    }
}

fn n_rows(run: &Path) -> usize {
    let text = std::fs::read(run.join("metrics.jsonl")).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count()
}

/// Waits until no row of metrics comes any more, and gives their number.
fn when_still(shown: &Shown, run: &Path) -> usize {
    let last = RefCell::new((n_rows(run), Instant::now()));
    shown.until("the training stands still", || {
        let mut last = last.borrow_mut();
        let now = n_rows(run);
        if now != last.0 {
            *last = (now, Instant::now());
        }
        last.1.elapsed() > STILL
    });
    last.into_inner().0
}

#[test]
fn a_person_watches_a_training_and_closes_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let Some(screen) = Screen::open() else { return };
    let run: PathBuf = folder.path().join("runs/mine");
    let path = workflow("cartpole_ppo");
    let args = ["watch", &path, "--out", "runs/mine", "--fps", "10", "--envs", "4"];
    let endless = ["--set", "PPOTrainerNode.total_updates=100000000"];
    let args = [&args[..], &endless].concat();
    let Some(shown) = Shown::start(&screen, folder.path(), &args, "cartpole_ppo") else { return };
    shown.until("the first updates", || n_rows(&run) > 2);

    shown.key("space");
    let paused = when_still(&shown, &run);
    // Sixteen steps are an update.
    shown.until("an update by single steps", || {
        shown.key("Right");
        n_rows(&run) > paused
    });
    assert_eq!(when_still(&shown, &run), paused + 1);

    shown.mouse(&["mousemove 400 400", "click --repeat 2 --delay 80 1"]);
    shown.mouse(&["keydown ctrl", "mousedown 3", "mousemove 500 300", "mouseup 3", "keyup ctrl"]);
    shown.mouse(&["mousedown 1", "mousemove 300 350", "mouseup 1", "click 4", "click 5"]);
    shown.key("j c t F1 F1 h Left Left minus equal r r");
    for size in ["900 600", "400 300", "1280 720"] {
        screen.xdotool(&format!("windowsize {} {size}", shown.window));
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(when_still(&shown, &run), paused + 1);
    shown.key("space");
    shown.until("the training goes on", || n_rows(&run) > paused + 3);
    let said = shown.close();
    assert!(said.contains("the window's closing") && said.contains("window: "), "{said}");

    // The run is whole, and goes on.
    let n = n_rows(&run);
    let more = (n + 2).to_string();
    let resume = ["train", "--resume", "runs/mine", "--updates", &more, "--quiet"];
    succeed(folder.path(), &resume);
    let updates: Vec<u64> =
        metrics(&run).iter().map(|row| row["update"].as_u64().unwrap()).collect();
    assert_eq!(updates, (1..=n as u64 + 2).collect::<Vec<_>>());

    // From the start page, where it is the only entry: folders that are here are taken in the place of others.
    for name in ["assets", "scenes", "workflows"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    let Some(mut shown) = Shown::start(&screen, folder.path(), &[], "DNNE") else { return };
    shown.until("the run is played", || {
        shown.mouse(&["mousemove 640 150", "click 1"]);
        !shown.find("mine").is_empty()
    });
    shown.window = shown.find("mine");
    shown.key("space Right d d bracketright k p");
    // Back, and to the same again, in the same window.
    for _ in 0..2 {
        shown.key("ctrl+w");
        shown.until("the start page", || shown.find("DNNE") == shown.window);
        shown.until("the run is played again", || {
            shown.mouse(&["mousemove 640 150", "click 1"]);
            shown.find("mine") == shown.window
        });
    }
    shown.close();
}

#[test]
fn a_window_without_its_3d_view_draws_no_more_often_than_it_is_told() {
    const FPS: u64 = 2;
    let folder = tempfile::tempdir().unwrap();
    let Some(screen) = Screen::open() else { return };
    let path = workflow("cartpole_ppo");
    let args = ["watch", &path, "--no-3d", "--fps", &FPS.to_string()];
    let args = [&args[..], &["--set", "PPOTrainerNode.total_updates=100000000"]].concat();
    let start = Instant::now();
    let Some(shown) = Shown::start(&screen, folder.path(), &args, "cartpole_ppo") else { return };
    std::thread::sleep(STILL);
    let said = shown.close();
    let pictures = said.split("window: ").nth(1).and_then(|rest| rest.split(' ').next());
    let pictures: u64 = pictures.unwrap().parse().unwrap();
    // The first ones come as the window is made, whatever the limit.
    let most = FPS * start.elapsed().as_secs() + 15;
    assert!(pictures <= most, "{pictures} pictures, at most {most} are expected: {said}");
}

/// Where an X server does not let the window in, that is said.
#[test]
fn a_window_that_the_screen_refuses_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    // As `xauth` writes it: of any machine and any display, a cookie.
    let name = b"MIT-MAGIC-COOKIE-1";
    let words = [&[0xff, 0xff, 0, 0, 0, 0, 0, name.len() as u8], &name[..], &[0, 16], &[7; 16]];
    std::fs::write(&key, words.concat()).unwrap();
    let Some(screen) = Screen::open_with(&["-auth", &key.to_string_lossy()]) else { return };
    let none = folder.path().join("none");
    std::fs::write(&none, "").unwrap();
    let path = workflow("cartpole_ppo");
    let mut refused = dnne(folder.path(), &["watch", &path, "--updates", "1"]);
    refused.env("DISPLAY", &screen.display).env("XAUTHORITY", &none);
    let output = output(&mut refused);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let display = &screen.display;
    let expected =
        format!("DISPLAY is {display}, but its X server does not answer or does not let us in");
    assert!(said.contains(&expected) && !said.contains("panicked"), "{said}");
}
