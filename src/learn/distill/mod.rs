//! Distillation of a policy into another: a student acts, a teacher says what it would have done, and the student
//! learns to do that in the states that it comes to itself (DAgger; Ross et al., 2011).

mod config;
mod learner;
mod lesson;
mod loss;
mod teacher;
mod update;

pub use config::DistillationConfig;
pub use learner::Distillation;
pub use teacher::Teacher;
