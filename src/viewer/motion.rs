//! A recorded motion of environments.

use crate::scene::{Scene, Snapshot};

/// Some environments of a scene over some time.
#[derive(Clone, Debug)]
pub struct Motion {
    /// The scene of the environments.
    pub scene: Scene,
    /// Each environment at the start and after each policy step, shape (n_steps + 1, n_envs).
    pub steps: Vec<Vec<Snapshot>>,
}

impl Motion {
    /// Number of environments.
    pub fn n_envs(&self) -> usize {
        self.steps.first().map_or(0, Vec::len)
    }

    /// From the start to the last step \[s\].
    pub fn duration_secs(&self) -> f64 {
        self.steps.len().saturating_sub(1) as f64 * self.scene.task.dt
    }

    /// The step before a time \[s\], the step after it, and how far the time lies between them, in 0..=1.
    pub fn moment(&self, time_secs: f64) -> (usize, usize, f32) {
        let last = self.steps.len().saturating_sub(1);
        let at = (time_secs / self.scene.task.dt).clamp(0.0, last as f64);
        // Times that are meant to be those of steps miss them by rounding.
        let near = at.round();
        let at = if (at - near).abs() < 1e-6 { near } else { at };
        let before = (at as usize).min(last);
        (before, (before + 1).min(last), (at - before as f64) as f32)
    }
}
