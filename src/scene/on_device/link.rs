//! A device, with the memory and the kernels of one batch of environments.

use super::fetched::Fetched;
use super::fields::Fields;
use super::memory::bytes_on_device;
use super::wait::{Tell, assembling};
use crate::device::{
    Argument, BufferId, DeviceError, KERNEL, KernelId, Layout, ProgramBackend, Row, to_ptx_in,
};
use crate::math::program::{LaneProgram, count};
use crate::scene::library::Scene;
use crate::scene::trace::{Manner, TaskTraceError, trace_tick_as, trace_view};
use crate::space::ObservationStream;
use std::ops::Range;
use std::sync::Arc;

/// The programs by which episodes begin, with the memory for those that begin at once.
pub(super) struct Begin {
    pub kernel: KernelId,
    pub program: LaneProgram,
    /// Rows of `out` with observations, and the one that says whether all are finite.
    n_rows: usize,
    pub given: BufferId,
    pub out: BufferId,
    /// Bits of the numbers of the environments.
    pub chosen: BufferId,
}

/// A device, and what lies on it.
pub(super) struct Link {
    pub backend: Box<dyn ProgramBackend>,
    tell: Tell,
    pub n: usize,
    pub fields: Arc<Fields>,
    pub numbers: BufferId,
    ticks: Vec<(Manner, KernelId)>,
    pub begin: Begin,
    /// Other buffers.
    others: Vec<BufferId>,
    /// What environments keep, as it was read after the last step; none if nobody asked yet.
    mirror: Option<Vec<f32>>,
    /// What they have beside it, if it was read after a step without the host.
    pub fetched: Option<Fetched>,
}

/// What episodes show that have begun.
pub(super) struct Begun {
    /// Rows of `n` numbers, one after the other.
    pub rows: Vec<f32>,
    pub n: usize,
}

impl Begun {
    /// Numbers of the row of an array, by its place.
    pub fn row(&self, place: usize) -> &[f32] {
        &self.rows[place * self.n..(place + 1) * self.n]
    }
}

impl Link {
    /// Memory for `n` environments of a scene, all numbers 0.
    pub fn new(
        scene: &Scene,
        n: usize,
        fields: Arc<Fields>,
        mut backend: Box<dyn ProgramBackend>,
        tell: Tell,
    ) -> Result<Self, LinkError> {
        let needed = bytes_on_device(scene).of(n);
        if let Some(free) = backend.free_bytes().filter(|&free| free < needed) {
            // Before anything is assembled for it.
            return Err(DeviceError::OutOfMemory { bytes: needed, free }.into());
        }
        let begin = Begin::new(scene, n, &fields, (backend.as_mut(), &tell))?;
        let numbers = backend.allocate(fields.n_rows * n)?;
        let (others, mirror, fetched) = (vec![], None, None);
        Ok(Self {
            backend,
            tell,
            n,
            fields,
            numbers,
            ticks: vec![],
            begin,
            others,
            mirror,
            fetched,
        })
    }

    /// Memory for `n` numbers more, all 0.
    pub fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        let buffer = self.backend.allocate(n)?;
        self.others.push(buffer);
        Ok(buffer)
    }

    /// A buffer with these numbers.
    pub fn hold(&mut self, numbers: &[f32]) -> Result<BufferId, DeviceError> {
        let buffer = self.allocate(numbers.len())?;
        self.backend.write(buffer, 0, numbers)?;
        Ok(buffer)
    }

    /// The first `n` numbers of a buffer.
    pub fn numbers_of(&mut self, from: BufferId, n: usize) -> Result<Vec<f32>, DeviceError> {
        let mut numbers = vec![0.0; n];
        self.backend.read(from, 0, &mut numbers)?;
        Ok(numbers)
    }

    /// What was read is no longer so.
    pub fn forget(&mut self) {
        (self.mirror, self.fetched) = (None, None);
    }

    /// See [`ProgramBackend::notes`].
    pub fn take_notes(&mut self) -> Vec<String> {
        self.backend.notes()
    }

    /// Writes rows, of `n` numbers each.
    pub fn write(&mut self, first_row: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.mirror = None;
        self.backend.write(self.numbers, first_row * self.n, numbers)
    }

    /// Writes a number of one environment.
    pub fn write_one(&mut self, row: usize, env: usize, number: f32) -> Result<(), DeviceError> {
        self.mirror = None;
        self.backend.write(self.numbers, row * self.n + env, &[number])
    }

    pub fn read(&mut self, rows: Range<usize>, to: &mut Vec<f32>) -> Result<(), DeviceError> {
        to.resize(rows.len() * self.n, 0.0);
        self.backend.read(self.numbers, rows.start * self.n, to)
    }

    /// What environments keep.
    pub fn mirror(&mut self) -> Result<&[f32], DeviceError> {
        let mut numbers = self.mirror.take().unwrap_or_default();
        if numbers.is_empty() {
            self.read(self.fields.kept.clone(), &mut numbers)?;
        }
        Ok(self.mirror.insert(numbers))
    }

    /// Takes all environments through a policy step.
    pub fn tick(&mut self, scene: &Scene, manner: Manner) -> Result<(), LinkError> {
        self.mirror = None;
        let kernel = self.prepare(scene, manner)?;
        let (numbers, n) = (Argument::Buffer(self.numbers), self.n as u32);
        Ok(self.backend.launch(kernel, n, &[numbers, numbers, Argument::Count(n)])?)
    }

    /// The kernel of a policy step, loaded where it is not yet.
    pub fn prepare(&mut self, scene: &Scene, manner: Manner) -> Result<KernelId, LinkError> {
        if let Some((_, kernel)) = self.ticks.iter().find(|(known, _)| *known == manner) {
            return Ok(*kernel);
        }
        let program = trace_tick_as::<f32>(scene, manner)?;
        let row = |cell| self.fields.row(cell).map(Row::Own);
        let layout = Layout {
            inputs: self.fields.rows_in(&program),
            outputs: program.outputs.iter().map(|(cell, _)| row(cell)).collect(),
        };
        let what = match manner.pulls {
            true => format!("the step of {} with forces from outside", scene.name),
            false => format!("the step of {}", scene.name),
        };
        let kernel = load((self.backend.as_mut(), &self.tell), &what, &program, &layout)?;
        self.ticks.push((manner, kernel));
        Ok(kernel)
    }

    /// Begins episodes of some environments: `number` says what each of them, by its place in `chosen`, has for an input.
    pub fn begin(
        &mut self,
        chosen: &[usize],
        number: impl Fn(usize, &'static str, usize) -> f32,
    ) -> Result<Begun, DeviceError> {
        self.mirror = None;
        let (n, begin, backend) = (chosen.len(), &self.begin, &mut self.backend);
        let cells = begin.program.inputs.iter();
        let given: Vec<f32> = cells
            .flat_map(|cell| (0..n).map(|place| number(place, cell.array, cell.index as usize)))
            .collect();
        backend.write(begin.given, 0, &given)?;
        let bits: Vec<f32> = chosen.iter().map(|&env| f32::from_bits(env as u32)).collect();
        backend.write(begin.chosen, 0, &bits)?;
        let buffer = Argument::Buffer;
        let arguments = [
            buffer(begin.given),
            buffer(begin.out),
            buffer(self.numbers),
            buffer(begin.chosen),
            Argument::Count(n as u32),
            Argument::Count(self.n as u32),
        ];
        backend.launch(begin.kernel, n as u32, &arguments)?;
        let mut rows = vec![0.0; begin.n_rows * n];
        backend.read(begin.out, 0, &mut rows)?;
        Ok(Begun { rows, n })
    }

    /// Makes room for other fields, of which those that were there before come first.
    pub fn grow(&mut self, fields: Arc<Fields>) -> Result<(), DeviceError> {
        let mut numbers = vec![];
        self.read(0..self.fields.n_rows, &mut numbers)?;
        let grown = self.backend.allocate(fields.n_rows * self.n)?;
        self.backend.write(grown, 0, &numbers)?;
        self.backend.free(self.numbers)?;
        (self.numbers, self.fields) = (grown, fields);
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let own = [self.numbers, self.begin.given, self.begin.out, self.begin.chosen];
        for buffer in own.into_iter().chain(self.others.drain(..)) {
            // Who shares the device goes on; a device that fails has told it.
            let _ = self.backend.free(buffer);
        }
    }
}

impl Begin {
    fn new(
        scene: &Scene,
        n: usize,
        fields: &Fields,
        (backend, tell): (&mut dyn ProgramBackend, &Tell),
    ) -> Result<Self, LinkError> {
        let program = trace_view::<f32>(scene)?;
        let n_seen = fields.rows(ObservationStream::OBSERVATIONS).len() as u32;
        let n_rows =
            n_seen as usize + fields.rows(ObservationStream::CRITIC_OBSERVATIONS).len() + 1;
        let outputs = program.outputs.iter().map(|(cell, _)| match cell.array {
            ObservationStream::OBSERVATIONS => Some(Row::Own(cell.index)),
            ObservationStream::CRITIC_OBSERVATIONS => Some(Row::Own(n_seen + cell.index)),
            "fit" => Some(Row::Own(n_rows as u32 - 1)),
            _ => fields.row(cell).map(Row::Kept),
        });
        let layout = Layout {
            inputs: (0..program.inputs.len() as u32).collect(),
            outputs: outputs.collect(),
        };
        let what = format!("the beginning of an episode of {}", scene.name);
        let kernel = load((backend, tell), &what, &program, &layout)?;
        let given = backend.allocate(program.inputs.len() * n)?;
        let out = backend.allocate(n_rows * n)?;
        let chosen = backend.allocate(n)?;
        Ok(Self { kernel, program, n_rows, given, out, chosen })
    }
}

/// Loads the kernel of a program; who waits is told where it has to be assembled first.
fn load(
    (backend, tell): (&mut dyn ProgramBackend, &Tell),
    what: &str,
    program: &LaneProgram,
    layout: &Layout,
) -> Result<KernelId, DeviceError> {
    let text = to_ptx_in(program, layout);
    if !backend.is_assembled(&text) {
        let n_operations = count(program).iter().map(|stage| stage.operations).sum();
        tell(&assembling(what, &backend.name(), n_operations));
    }
    backend.load(&text, KERNEL)
}

/// Why a device has no environments of a scene, or steps them no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error(transparent)]
    Refused(#[from] TaskTraceError),
    #[error(transparent)]
    Device(#[from] DeviceError),
}
