//! Terms of a task as Rust functions, for what expressions cannot say.
//!
//! A function sees one environment at a time through [`EnvView`] and returns numbers; it has no other way
//! to know anything, so that an environment's trajectory stays a function of seed, index and actions.
//!
//! ```no_run
//! # use dnne::scene::{SceneLibrary, Terms};
//! let scene = SceneLibrary::new("scenes").load("Ant")?;
//! let torso = scene.model.body_id("torso").expect("ants have one");
//! let terms = Terms::new()
//!     .observation("tilt", 1, move |env, out| out[0] = env.xmat(torso)[8].acos())
//!     .reward("hurry", move |env| env.linvel(torso)[0].powi(3))
//!     .termination("jumped", Some(-1.0), move |env| env.xpos(torso)[2] > 1.5);
//! let scene = scene.with_terms(&terms)?;
//! # Ok::<(), dnne::scene::SceneError>(())
//! ```

use super::expression::{ExpressionInputs, Source, load, sensor_source};
use crate::math::lanes::Lanes;
use crate::math::rng::Random;
use crate::model::Model;
use crate::space::{Buffer, Element, ObservationGroup, ObservationStream};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

type Numbers = Arc<dyn Fn(&EnvView<'_>, &mut [f64]) + Send + Sync>;
type Fill = Arc<dyn Fn(&EnvView<'_>, &mut Buffer, Range<usize>) + Send + Sync>;
type Start = Arc<dyn Fn(&mut EpisodeStart<'_>, &mut Random) + Send + Sync>;

/// A function of an environment, and how many numbers it gives.
#[derive(Clone)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) dim: usize,
    function: Numbers,
}

/// A stream of observations, and what writes an environment's numbers into a range of its buffer.
#[derive(Clone)]
pub(super) struct StreamFunction {
    pub(super) stream: ObservationStream,
    fill: Fill,
}

/// Where streams go: their places among the buffers of observations, those, and the row of lane 0.
pub(super) type Shown<'a> = (&'a [usize], &'a mut [Buffer], usize);

/// Observations, rewards, terminations and resets that are Rust functions. They come after those of
/// the task file; rewards are named in the metrics alike.
///
/// A function must depend on nothing but its arguments: it is called for environments in any order and
/// from several threads. Numbers that are not finite end the environment's episode.
#[derive(Clone, Default)]
pub struct Terms {
    pub(super) observations: Vec<Function>,
    pub(super) rewards: Vec<Function>,
    pub(super) terminations: Vec<(Function, Option<f64>)>,
    pub(super) streams: Vec<StreamFunction>,
    memory: Option<Function>,
    reset: Option<Start>,
}

impl Terms {
    /// No terms yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `dim` observations, named `name` or, if there are several, `name[0]`, `name[1]`, ... The function
    /// fills a slice of `dim` zeros.
    #[must_use]
    pub fn observation(
        mut self,
        name: &str,
        dim: usize,
        function: impl Fn(&EnvView<'_>, &mut [f64]) + Send + Sync + 'static,
    ) -> Self {
        let function = Arc::new(function);
        self.observations.push(Function { name: name.to_owned(), dim, function });
        self
    }

    /// A stream of observations of its own, of f32 or of bytes, beside the vector that the task file and
    /// [`observation`](Self::observation) make up. The function fills a slice of zeros, shape `shape`, slowest
    /// extent first: `|env, out: &mut [u8]|` of a picture.
    #[must_use]
    pub fn stream<T: Element>(
        mut self,
        name: &str,
        shape: &[usize],
        group: ObservationGroup,
        function: impl Fn(&EnvView<'_>, &mut [T]) + Send + Sync + 'static,
    ) -> Self {
        let fill = move |env: &EnvView<'_>, buffer: &mut Buffer, range: Range<usize>| {
            if let Some(numbers) = T::of_mut(buffer) {
                let out = &mut numbers[range];
                out.fill(T::default());
                function(env, out);
            }
        };
        let stream = ObservationStream { group, ..ObservationStream::new(name, shape, T::TYPE) };
        self.streams.push(StreamFunction { stream, fill: Arc::new(fill) });
        self
    }

    /// A term of the reward.
    #[must_use]
    pub fn reward(
        mut self,
        name: &str,
        function: impl Fn(&EnvView<'_>) -> f64 + Send + Sync + 'static,
    ) -> Self {
        let function = Arc::new(move |env: &EnvView<'_>, out: &mut [f64]| out[0] = function(env));
        self.rewards.push(Function { name: name.to_owned(), dim: 1, function });
        self
    }

    /// Ends the episode where the function says so; `reward` then replaces the step's reward.
    #[must_use]
    pub fn termination(
        mut self,
        name: &str,
        reward: Option<f64>,
        function: impl Fn(&EnvView<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        let function = Arc::new(move |env: &EnvView<'_>, out: &mut [f64]| {
            out[0] = f64::from(u8::from(function(env)));
        });
        self.terminations.push((Function { name: name.to_owned(), dim: 1, function }, reward));
        self
    }

    /// `n` numbers that each environment keeps from step to step. The function brings them up to date
    /// after each policy step, before the other terms, which read them with [`EnvView::memory`]; when an
    /// episode begins it is given zeros. Kept in single precision, and in checkpoints.
    #[must_use]
    pub fn memory(
        mut self,
        n: usize,
        function: impl Fn(&EnvView<'_>, &mut [f64]) + Send + Sync + 'static,
    ) -> Self {
        let function = Arc::new(function);
        self.memory = Some(Function { name: "memory".to_owned(), dim: n, function });
        self
    }

    /// Changes where episodes begin, after the noise of the task file.
    #[must_use]
    pub fn reset(
        mut self,
        function: impl Fn(&mut EpisodeStart<'_>, &mut Random) + Send + Sync + 'static,
    ) -> Self {
        self.reset = Some(Arc::new(function));
        self
    }

    /// Numbers that each environment keeps.
    pub(super) fn n_memory(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.dim)
    }

    /// All numbers of an environment: what it keeps, observations, rewards, terminations.
    pub(super) fn n_values(&self) -> usize {
        self.functions().map(|function| function.dim).sum()
    }

    pub(super) fn functions(&self) -> impl Iterator<Item = &Function> {
        let terminations = self.terminations.iter().map(|(function, _)| function);
        self.memory.iter().chain(&self.observations).chain(&self.rewards).chain(terminations)
    }

    pub(super) fn begin(&self, beginning: &mut EpisodeStart<'_>, random: &mut Random) {
        if let Some(reset) = &self.reset {
            reset(beginning, random);
        }
    }

    /// Evaluates all functions in some lanes, shape of `values` (n_values,). `inputs.memory` ends with
    /// what these terms kept. Streams go where they are shown.
    pub(super) fn evaluate<L: Lanes>(
        &self,
        inputs: &ExpressionInputs<'_, L>,
        lanes: &[usize],
        values: &mut [L],
        (places, buffers, first_row): Shown<'_>,
    ) {
        let mut numbers = vec![0.0; values.len()];
        let n_memory = self.n_memory();
        let kept = &inputs.memory[inputs.memory.len() - n_memory..];
        for &lane in lanes {
            numbers.fill(0.0);
            let reading = Lane { inputs, lane };
            let (memory, mut rest) = numbers.split_at_mut(n_memory);
            let of = |memory| EnvView { model: &inputs.plan.model, reading: &reading, memory };
            if let Some(update) = &self.memory {
                if inputs.stepped {
                    memory.iter_mut().zip(kept).for_each(|(to, from)| *to = from.lane(lane));
                }
                (update.function)(&of(&[]), memory);
            }
            let view = of(memory);
            for function in self.functions().skip(self.memory.iter().len()) {
                let (out, after) = rest.split_at_mut(function.dim);
                (function.function)(&view, out);
                rest = after;
            }
            for (StreamFunction { stream, fill }, &place) in self.streams.iter().zip(places) {
                let (row, size) = (first_row + lane, stream.size());
                fill(&view, &mut buffers[place], row * size..(row + 1) * size);
            }
            for (value, &number) in values.iter_mut().zip(&numbers) {
                value.set_lane(lane, number);
            }
        }
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = self.functions().map(|function| function.name.as_str());
        let streams = self.streams.iter().map(|function| function.stream.name.as_str());
        let names: Vec<&str> = functions.chain(streams).collect();
        f.debug_struct("Terms").field("names", &names).finish_non_exhaustive()
    }
}

/// One environment after a policy step, or when an episode begins. Bodies, actuators and sensors are
/// numbered as in the model (`Model::body_id` and its like); a number beyond them is a panic.
pub struct EnvView<'a> {
    model: &'a Model,
    reading: &'a dyn Reading,
    memory: &'a [f64],
}

/// A lane of a block, whatever its type.
trait Reading {
    fn read(&self, source: Source) -> f64;
    fn has_stepped(&self) -> bool;
}

struct Lane<'a, L> {
    inputs: &'a ExpressionInputs<'a, L>,
    lane: usize,
}

impl<L: Lanes> Reading for Lane<'_, L> {
    fn read(&self, source: Source) -> f64 {
        load(source, self.inputs).lane(self.lane)
    }

    fn has_stepped(&self) -> bool {
        self.inputs.stepped
    }
}

impl EnvView<'_> {
    /// The environment's model.
    pub fn model(&self) -> &Model {
        self.model
    }

    fn vector<const N: usize>(&self, source: impl Fn(usize) -> Source) -> [f64; N] {
        std::array::from_fn(|k| self.reading.read(source(k)))
    }

    /// A joint position [m or rad; quaternions], by its place in `qpos`.
    pub fn qpos(&self, place: usize) -> f64 {
        self.reading.read(Source::Qpos(place))
    }

    /// A joint velocity [m/s or rad/s], by its place in `qvel`.
    pub fn qvel(&self, place: usize) -> f64 {
        self.reading.read(Source::Qvel(place))
    }

    /// Position of a body's frame in the world \[m\].
    pub fn xpos(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::Xpos(body, k))
    }

    /// Position of a body's centre of mass in the world \[m\].
    pub fn xipos(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::Xipos(body, k))
    }

    /// Orientation of a body, w first.
    pub fn xquat(&self, body: usize) -> [f64; 4] {
        self.vector(|k| Source::Xquat(body, k))
    }

    /// Orientation of a body as a matrix, row by row: its columns are the body's axes in the world.
    pub fn xmat(&self, body: usize) -> [f64; 9] {
        self.vector(|k| Source::Axis(body, k % 3, k / 3))
    }

    /// Velocity of a body's frame in the world [m/s].
    pub fn linvel(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::LinVel(body, k))
    }

    /// Angular velocity of a body in the world [rad/s].
    pub fn angvel(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::AngVel(body, k))
    }

    /// Centre of mass of a body with all its descendants \[m\].
    pub fn subtree_com(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::SubtreeCom(body, k))
    }

    /// Sum of the contact forces on a body in the last physics step, in world axes \[N\]; zero when an
    /// episode begins.
    pub fn contact_force(&self, body: usize) -> [f64; 3] {
        self.vector(|k| Source::ContactForce(body, k))
    }

    /// Sum of the actuator forces on a dof in the last physics step [N or N m].
    pub fn joint_force(&self, dof: usize) -> f64 {
        self.reading.read(Source::JointForce(dof))
    }

    /// Force of an actuator before its gear in the last physics step [N or N m].
    pub fn actuator_force(&self, actuator: usize) -> f64 {
        self.reading.read(Source::ActuatorForce(actuator))
    }

    /// Control of an actuator.
    pub fn ctrl(&self, actuator: usize) -> f64 {
        self.reading.read(Source::Ctrl(actuator))
    }

    /// A component of this step's action after clipping; zero when an episode begins.
    pub fn action(&self, component: usize) -> f64 {
        self.reading.read(Source::Action(component))
    }

    /// A component of the action of the step before.
    pub fn previous_action(&self, component: usize) -> f64 {
        self.reading.read(Source::PreviousAction(component))
    }

    /// A component of a sensor of the model. Those of forces and accelerations belong to the last
    /// physics step, and are zero when an episode begins.
    pub fn sensor(&self, sensor: usize, component: usize) -> f64 {
        self.reading.read(sensor_source(&self.model.sensors[sensor], component))
    }

    /// Time since the episode began \[s\].
    pub fn time(&self) -> f64 {
        self.reading.read(Source::Time)
    }

    /// How hard the task is at present, from 0 to 1.
    pub fn difficulty(&self) -> f64 {
        self.reading.read(Source::Difficulty)
    }

    /// Whether a step has been taken in this episode; if not, only observations are of use.
    pub fn has_stepped(&self) -> bool {
        self.reading.has_stepped()
    }

    /// What [`Terms::memory`] keeps, brought up to date; empty for its own function, which has it as its
    /// argument.
    pub fn memory(&self) -> &[f64] {
        self.memory
    }
}

/// The first state of an episode, which a term may change.
pub struct EpisodeStart<'a> {
    /// The environment's model.
    pub model: &'a Model,
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: &'a mut [f64],
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: &'a mut [f64],
    /// How hard the task is at present, from 0 to 1.
    pub difficulty: f64,
}
