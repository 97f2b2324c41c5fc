//! A broadcast of a scene that is looked at without a policy.

use super::requests::{Command, Next};
use super::{Broadcast, Frame, Pace, lock};
use crate::nodes::Progress;
use crate::session::error::SessionError;
use crate::session::preview::ScenePreview;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long nothing is done where nothing moves.
const REST: Duration = Duration::from_millis(20);

impl Broadcast {
    /// Shows how everything is before the first step. None is made until somebody wants to see it, or a window
    /// that opens slowly would come late.
    pub(in crate::session) fn begin_look(&mut self, look: &mut ScenePreview) {
        lock(&self.shared.requests).pace = Pace::OnDemand;
        self.tell(look);
    }

    /// Before a step: does what was wished for, loads what was saved, and waits until a step is wanted. False if
    /// nobody looks any more, or `interrupted` came while waiting.
    pub(in crate::session) fn attend_look(
        &mut self,
        look: &mut ScenePreview,
        interrupted: &AtomicBool,
    ) -> bool {
        loop {
            let was_stuck = look.is_stuck();
            if look.refresh() {
                self.tell(look);
            }
            match self.next(interrupted) {
                Next::Execute(commands) => {
                    commands.into_iter().for_each(|command| self.obey_in_look(command, look));
                    self.tell(look);
                }
                Next::Tick(_) if was_stuck => std::thread::sleep(REST),
                Next::Tick(pull) => {
                    self.pull_in(look.environments_mut(), pull);
                    return true;
                }
                Next::End => return false,
                Next::Wait => {}
            }
        }
    }

    fn obey_in_look(&mut self, command: Command, look: &mut ScenePreview) {
        let refuse = |message: &str| Err(SessionError::Look(message.to_owned()));
        let done = match command {
            Command::Look(command) => look.execute(command),
            Command::EndEpisode(env) => {
                look.reset(env);
                Ok(())
            }
            Command::Throw(..) => {
                refuse("nothing can be thrown here; play a run with --physics rapier")
            }
            Command::Act(_) | Command::Play(_) => refuse("there is no policy here"),
            Command::Set(..) => refuse("nothing is trained here"),
            Command::Show | Command::List | Command::WatchNodes(_) => Ok(()),
        };
        if let Err(error) = done {
            lock(&self.shared.updates).errors.push(error.to_string());
        }
    }

    /// Lets the other side know how things are, and shows them.
    fn tell(&mut self, look: &mut ScenePreview) {
        let told = look.updates();
        if told.scene.is_some() {
            // Between one model and the next nothing moves, and nobody pulls at what is gone.
            self.tick += 2;
            self.forget_pull();
        }
        let frame = self.frame_of_look(look);
        let mut updates = lock(&self.shared.updates);
        if told.scene.is_some() {
            updates.frames.clear();
        }
        let before = updates.look.take().and_then(|before| before.scene);
        let scene = told.scene.clone().or(before);
        updates.look = Some(crate::session::PreviewUpdates { scene, ..told });
        updates.frames.push_back(frame);
    }

    /// Hands over what a step brought, if a frame is wanted.
    pub(in crate::session) fn show_look(&mut self, look: &mut ScenePreview) {
        self.tick += 1;
        if look.is_stuck() {
            self.tell(look);
            return;
        }
        if self.shared.n_wanted.load(Ordering::Acquire) == 0 {
            return;
        }
        let Ok(mut updates) = self.shared.updates.try_lock() else { return };
        updates.frames.push_back(self.frame_of_look(look));
        self.one_less_wanted();
    }

    fn frame_of_look(&self, look: &ScenePreview) -> Frame {
        let n_shown = self.shared.n_shown.load(Ordering::Acquire);
        let envs = look.snapshots(n_shown.min(look.n_envs())).into();
        Frame { tick: self.tick, progress: Progress::default(), envs }
    }
}
