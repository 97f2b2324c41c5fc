//! What a shard does, and says, before its first step.

use super::{DeviceShard, Tell};
use crate::device::kernels::{KernelSource, host};
use crate::device::{Argument, BufferId, DeviceError, Emulator, Grid, KernelId, ProgramBackend};
use crate::math::lanes::{Isa, for_isa};
use crate::scene::environments::Preparation;
use crate::scene::eyes::Optics;
use crate::scene::shard::Shard;
use crate::scene::trace::tests::{everything, of_one_model};
use crate::scene::{ActionUnits, MemoryNeeds, Scene, SceneError, SceneLibrary, needs_host};
use crate::space::Device;
use std::sync::{Arc, Mutex};

fn library() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// What happened to a device, in turn.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Said(String),
    Loaded,
    Launched,
}

/// The emulator in the place of a GPU, as it is to be for a test.
#[derive(Default)]
struct Fake {
    emulator: Emulator,
    events: Arc<Mutex<Vec<Event>>>,
    /// Whether machine code of all kernels is in the cache.
    is_cached: bool,
    /// How many kernels it takes before the driver refuses one.
    n_taken: Option<usize>,
    free_bytes: Option<u64>,
    n_allocated: Arc<Mutex<usize>>,
}

impl ProgramBackend for Fake {
    fn name(&self) -> String {
        "H200".to_owned()
    }
    fn is_assembled(&self, _ptx: &str) -> bool {
        self.is_cached
    }
    fn free_bytes(&self) -> Option<u64> {
        self.free_bytes
    }
    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        let mut events = self.events.lock().unwrap();
        let n_loaded = events.iter().filter(|it| **it == Event::Loaded).count();
        if self.n_taken.is_some_and(|n| n <= n_loaded) {
            let said = "ptxas gives up".to_owned();
            return Err(DeviceError::Driver { doing: "make machine code of a kernel", said });
        }
        events.push(Event::Loaded);
        self.emulator.load(ptx, kernel)
    }
    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        *self.n_allocated.lock().unwrap() += n;
        self.emulator.allocate(n)
    }
    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.emulator.free(buffer)
    }
    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.emulator.write(to, at, numbers)
    }
    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.emulator.read(from, at, numbers)
    }
    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.emulator.load_source(source, kernel)
    }
    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.events.lock().unwrap().push(Event::Launched);
        self.emulator.launch_grid(kernel, grid, arguments)
    }
}

/// A shard on it, made ready for actions in these units; what is said is an event.
fn shard(
    scene: &Scene,
    n: usize,
    fake: Fake,
    units: Option<ActionUnits>,
) -> Result<Box<dyn Shard>, SceneError> {
    let events = fake.events.clone();
    let tell: Tell = Arc::new(move |line| events.lock().unwrap().push(Event::Said(line.into())));
    let ready = Preparation { units, tell, device: None };
    let isa = Isa::detect();
    let optics = Optics::new(scene, isa)?;
    Ok(for_isa!(isa, L => {
        let there = (Box::new(fake) as Box<dyn ProgramBackend>, &ready);
        Box::new(DeviceShard::<L>::new(scene, 0..n, (1, 0.0), &optics, there)?)
    }))
}

fn said(events: &[Event]) -> Vec<&str> {
    let lines = events.iter().filter_map(|event| match event {
        Event::Said(line) => Some(line.as_str()),
        _ => None,
    });
    lines.collect()
}

#[test]
fn kernels_are_assembled_before_the_first_step_and_people_are_told_before() {
    let scene = library().load("cartpole").unwrap();
    for is_cached in [false, true] {
        let fake = Fake { is_cached, ..Fake::default() };
        let events = fake.events.clone();
        let mut shard = shard(&scene, 3, fake, Some(ActionUnits::Policy)).unwrap();
        let before = std::mem::take(&mut *events.lock().unwrap());
        let said = said(&before);
        if is_cached {
            assert!(said.is_empty(), "{said:?}");
        } else {
            // Each line before its kernel, and the beginning of the episodes after all.
            let expected = ["the beginning of an episode of cartpole", "the step of cartpole"];
            assert_eq!(said.len(), 2);
            for (line, what) in said.iter().zip(expected) {
                let expected =
                    format!("assembling {what} for this GPU (H200), the first time only");
                assert!(line.starts_with(&expected), "{line}");
                assert!(line.contains(" operations, which may take less than a second"), "{line}");
            }
            assert!(matches!(
                &before[..],
                [Event::Said(_), Event::Loaded, Event::Said(_), Event::Loaded, Event::Launched]
            ));
        }
        assert_eq!(before.iter().filter(|it| **it == Event::Loaded).count(), 2);
        // No step loads anything, until actions come in other units.
        for _ in 0..2 {
            shard.step(&[0.0; 3], ActionUnits::Policy, 0.0).unwrap();
        }
        let stepping = std::mem::take(&mut *events.lock().unwrap());
        assert!(stepping.iter().all(|it| *it == Event::Launched), "{stepping:?}");
        shard.step(&[0.0; 3], ActionUnits::Effort, 0.0).unwrap();
        let other = std::mem::take(&mut *events.lock().unwrap());
        assert_eq!(other.iter().filter(|it| **it == Event::Loaded).count(), 1);
        // Nor does it where that is made ready.
        shard.prepare(ActionUnits::Control).unwrap();
        shard.step(&[0.0; 3], ActionUnits::Control, 0.0).unwrap();
        assert!(events.lock().unwrap().iter().filter(|it| **it == Event::Loaded).count() == 1);
    }
}

#[test]
fn a_kernel_that_the_driver_refuses_is_an_error_before_the_first_step() {
    let scene = library().load("cartpole").unwrap();
    for n_taken in [0, 1] {
        let fake = Fake { n_taken: Some(n_taken), ..Fake::default() };
        let events = fake.events.clone();
        let error = shard(&scene, 3, fake, Some(ActionUnits::Policy)).err().unwrap().to_string();
        assert!(
            error.contains("could not make machine code of a kernel: ptxas gives up"),
            "{error}"
        );
        assert!(events.lock().unwrap().iter().all(|it| *it != Event::Launched));
    }
    // Who will say later in which units actions come is told then.
    let fake = Fake { n_taken: Some(1), ..Fake::default() };
    let mut shard = shard(&scene, 3, fake, None).unwrap();
    assert!(shard.prepare(ActionUnits::Effort).unwrap_err().to_string().contains("ptxas"));
}

/// What is allocated on a device is what was said before, to the byte where programs ask for all that they are given.
#[test]
fn memory_of_a_device_is_what_was_said() {
    let Some(kernels) = host::library() else { return };
    let names = ["cartpole", "cartpole_masked", "reacher", "hopper", "ant"];
    let mut scenes = names.map(|name| library().load(name).unwrap()).to_vec();
    let by_motor = r#"Continuous([(actuator: "push", scale: 0.7)])"#;
    scenes.push(of_one_model("Euler", 1, by_motor));
    scenes.push(everything("Euler", 1, by_motor));
    for scene in scenes {
        let name = &scene.name;
        let needs = MemoryNeeds::on(&scene, Device::Emulate);
        let on_cpu = MemoryNeeds::on(&scene, Device::detect());
        for n in [1, 33] {
            let emulator = Emulator::with_library(kernels.clone());
            let fake = Fake { emulator, ..Fake::default() };
            let n_allocated = fake.n_allocated.clone();
            let mut shard = shard(&scene, n, fake, None).unwrap();
            let there = shard.there_mut().unwrap().there();
            assert_eq!(there.is_err(), needs_host(&scene).is_some(), "{name}");
            let (held, said) = (4 * *n_allocated.lock().unwrap() as u64, needs.on_device(n));
            assert!(
                held <= said && said as f64 <= 1.1 * held as f64,
                "{name}, {n}: {said}, {held}"
            );
            // The emulator's memory is the processor's; a GPU's is not.
            let on_gpu = MemoryNeeds::on(&scene, Device::Cuda(0));
            assert_eq!(needs.bytes(n), on_gpu.bytes(n) + said, "{name}");
            assert_eq!((on_gpu.on_device(n), on_cpu.on_device(n)), (said, 0));
            assert!(on_gpu.bytes(n) > on_cpu.stepping(n) + on_cpu.shown(n), "{name}");
        }
        assert!(needs.bytes(usize::MAX) > 1 << 60);
    }
}

#[test]
fn a_gpu_with_too_little_memory_is_told_before_anything_is_assembled() {
    let scene = library().load("cartpole").unwrap();
    let needed = MemoryNeeds::on(&scene, Device::Cuda(0)).on_device(3000);
    let fake = Fake { free_bytes: Some(needed - 1), ..Fake::default() };
    let (events, n_allocated) = (fake.events.clone(), fake.n_allocated.clone());
    let error = shard(&scene, 3000, fake, Some(ActionUnits::Policy)).err().unwrap().to_string();
    assert!(
        error.contains("2 MB are needed on the GPU, which has 1 MB free; use fewer"),
        "{error}"
    );
    assert!(events.lock().unwrap().is_empty() && *n_allocated.lock().unwrap() == 0);
    let fake = Fake { free_bytes: Some(needed), ..Fake::default() };
    assert!(shard(&scene, 3000, fake, None).is_ok());
}
