//! What steps without the host ask of a device, and who cannot have them.

use super::tests::library;
use super::there_tests::{BY_CHOICE, BY_MOTOR, on};
use crate::device::kernels::{KernelSource, host};
use crate::device::{
    Argument, BufferId, DeviceError, Emulator, Grid, KernelId, ProgramBackend, Shared,
};
use crate::scene::trace::tests::{everything, of_one_model};
use crate::scene::{ActionUnits, ActionsThere, Environments, SceneError, Terms, needs_host};
use crate::space::Device;
use std::sync::{Arc, Mutex};

/// What a device did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Done {
    launches: usize,
    copies: usize,
    allocated: usize,
    freed: usize,
}

/// The emulator, which counts what it does, and is lost after some launches.
struct Counting {
    emulator: Emulator,
    done: Arc<Mutex<Done>>,
    n_left: usize,
}

impl Counting {
    fn count(&self, what: fn(&mut Done) -> &mut usize) -> Result<(), DeviceError> {
        let mut done = self.done.lock().unwrap();
        *what(&mut done) += 1;
        let said = "the GPU has fallen off the bus".to_owned();
        (done.launches <= self.n_left)
            .then_some(())
            .ok_or(DeviceError::Driver { doing: "launch", said })
    }
}

impl ProgramBackend for Counting {
    fn name(&self) -> String {
        "cuda:0".to_owned()
    }
    fn load(&mut self, ptx: &str, kernel: &str) -> Result<KernelId, DeviceError> {
        self.emulator.load(ptx, kernel)
    }
    fn load_source(
        &mut self,
        source: &KernelSource,
        kernel: &str,
    ) -> Result<KernelId, DeviceError> {
        self.emulator.load_source(source, kernel)
    }
    fn allocate(&mut self, n: usize) -> Result<BufferId, DeviceError> {
        self.count(|it| &mut it.allocated)?;
        self.emulator.allocate(n)
    }
    fn free(&mut self, buffer: BufferId) -> Result<(), DeviceError> {
        self.count(|it| &mut it.freed)?;
        self.emulator.free(buffer)
    }
    fn write(&mut self, to: BufferId, at: usize, numbers: &[f32]) -> Result<(), DeviceError> {
        self.count(|it| &mut it.copies)?;
        self.emulator.write(to, at, numbers)
    }
    fn read(&mut self, from: BufferId, at: usize, numbers: &mut [f32]) -> Result<(), DeviceError> {
        self.count(|it| &mut it.copies)?;
        self.emulator.read(from, at, numbers)
    }
    fn launch_grid(
        &mut self,
        kernel: KernelId,
        grid: Grid,
        arguments: &[Argument],
    ) -> Result<(), DeviceError> {
        self.count(|it| &mut it.launches)?;
        self.emulator.launch_grid(kernel, grid, arguments)
    }
}

#[test]
fn a_step_there_copies_nothing() {
    let Some(emulator) = host::emulator() else { return };
    let scene = library().load("cartpole").unwrap();
    let done = Arc::<Mutex<Done>>::default();
    let counting = Counting { emulator, done: done.clone(), n_left: usize::MAX };
    let mut device = Shared::new(Box::new(counting));
    let mut environments = on(&device, &scene, 40, 0.5).unwrap();
    let values = device.allocate(40).unwrap();
    let (units, limit, scale) = (ActionUnits::Policy, None, 1.0);
    let actions = ActionsThere { values, units, limit, scale };
    let mut taken = |step: &mut dyn FnMut(&mut Environments)| {
        *done.lock().unwrap() = Done::default();
        step(&mut environments);
        *done.lock().unwrap()
    };
    taken(&mut |it| it.step_there(actions).unwrap());
    let expected = Done { launches: 5, ..Done::default() };
    for _ in 0..100 {
        assert_eq!(taken(&mut |it| it.step_there(actions).unwrap()), expected);
        let none = taken(&mut |it| {
            it.there().unwrap();
        });
        assert_eq!(none, Done::default());
    }
    let changed = taken(&mut |it| {
        it.set_difficulty(0.75);
        it.step_there(actions).unwrap();
    });
    assert_eq!(changed, Done { copies: 1, ..expected });
    let summed = taken(&mut |it| assert!(it.sums().unwrap().episodes > 0));
    assert_eq!(summed, Done { launches: 1, copies: 1, ..Done::default() });
    let cleared = taken(&mut |it| it.clear_sums().unwrap());
    assert_eq!(cleared, Done { launches: 1, ..Done::default() });
}

#[test]
fn memory_is_given_back_to_who_shares_the_device() {
    let Some(emulator) = host::emulator() else { return };
    let scene = of_one_model("Euler", 1, BY_MOTOR);
    let done = Arc::<Mutex<Done>>::default();
    let counting = Counting { emulator, done: done.clone(), n_left: usize::MAX };
    let device = Shared::new(Box::new(counting));
    let mut environments = on(&device, &scene, 3, 0.5).unwrap();
    environments.there().unwrap();
    environments.push(1, 1, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    drop(environments);
    let Done { allocated, freed, .. } = *done.lock().unwrap();
    assert!(allocated == freed && freed > 10, "{allocated} {freed}");
}

#[test]
fn a_device_that_is_lost_is_an_error_of_the_step_there() {
    let Some(emulator) = host::emulator() else { return };
    let scene = library().load("cartpole").unwrap();
    let done = Arc::<Mutex<Done>>::default();
    // One begins the episodes, and a step is five.
    let counting = Counting { emulator, done, n_left: 8 };
    let mut device = Shared::new(Box::new(counting));
    let mut environments = on(&device, &scene, 3, 0.5).unwrap();
    let values = device.allocate(3).unwrap();
    let (units, limit, scale) = (ActionUnits::Policy, None, 1.0);
    let actions = ActionsThere { values, units, limit, scale };
    environments.step_there(actions).unwrap();
    assert!(environments.snapshot(1).is_some() && environments.try_state().is_ok());
    let said = environments.step_there(actions).unwrap_err().to_string();
    assert!(said.contains("fallen off the bus"), "{said}");
    assert!(environments.snapshot(1).is_none() && environments.try_state().is_err());
    assert!(environments.sums().is_err() && environments.clear_sums().is_err());
    // What nobody could be told the next step says.
    environments.end_episode(1);
    assert!(environments.there().is_err());
}

#[test]
fn who_needs_the_host_is_told_why() {
    let cartpole = library().load("cartpole").unwrap();
    let terms = Terms::new().reward("zero", |_| 0.0);
    for (scene, why) in [
        (cartpole.clone(), None),
        (library().load("ant").unwrap(), None),
        (of_one_model("Euler", 1, BY_CHOICE), None),
        (everything("Euler", 1, BY_MOTOR), Some("parameters of the model that are randomised")),
        (library().load("cartpole_pixels").unwrap(), Some("observations that are not f32")),
        (library().load("quadruped").unwrap(), Some("parts that are simulated on the CPU only")),
        (cartpole.with_terms(&terms).unwrap(), Some("parts that are simulated on the CPU only")),
    ] {
        assert_eq!(needs_host(&scene), why, "{}", scene.name);
    }
    let here = Environments::new(&cartpole, 2, 1, Device::detect()).unwrap();
    assert!(matches!(here.sums(), Err(SceneError::OnCpu)));
    let Some(emulator) = host::emulator() else { return };
    let mut device = Shared::new(Box::new(emulator));
    let values = device.allocate(2).unwrap();
    let (units, limit, scale) = (ActionUnits::Effort, None, 1.0);
    let actions = ActionsThere { values, units, limit, scale };
    let mut randomised = on(&device, &everything("Euler", 1, BY_MOTOR), 2, 0.5).unwrap();
    let said = randomised.step_there(actions).unwrap_err().to_string();
    assert!(said.contains("everything") && said.contains("randomised"), "{said}");
    let mut choices = on(&device, &of_one_model("Euler", 1, BY_CHOICE), 2, 0.5).unwrap();
    assert!(matches!(choices.step_there(actions), Err(SceneError::Choices { .. })));
    // Nor can a device without kernels.
    let mut plain = Environments::new(&cartpole, 2, 1, Device::Emulate).unwrap();
    let said = plain.there().unwrap_err().to_string();
    assert!(said.contains("C++ compiler"), "{said}");
}
