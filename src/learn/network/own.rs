//! Layers of a program's own, made of candle's operations.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Module, Result, Shape, Tensor, Var};
use candle_nn::VarBuilder;
use candle_nn::var_builder::SimpleBackend;

use super::layer::Places;
use super::part::{NamedPart, Purpose};
use crate::learn::error::LearnError;

type Shared = Arc<dyn Module + Send + Sync>;
type Build = dyn Fn(VarBuilder<'static>, usize) -> Result<(Shared, usize)> + Send + Sync;

/// Constructor of a custom layer, for policies of [`Backend::Candle`](super::Backend::Candle).
#[derive(Clone)]
pub struct OwnLayer {
    name: String,
    build: Arc<Build>,
}

impl OwnLayer {
    /// A layer that checkpoints call `trunk.NAME`, and `value_trunk.NAME` where the value has layers of its own.
    ///
    /// `build` gets its parameters from the `VarBuilder`, as f32 and with a hint of how they begin, and the
    /// number of its inputs. It gives the module and the number of its outputs. They hold no values until
    /// `build` is done. It is called once for each such layer of each network that is made, also of those
    /// that are made for a look at their names, and must ask for the same parameters each time.
    ///
    /// The module maps shape (rows, inputs) to (rows, outputs), each row for itself.
    pub fn new<M: Module + Send + Sync + 'static>(
        name: impl Into<String>,
        build: impl Fn(VarBuilder<'static>, usize) -> Result<(M, usize)> + Send + Sync + 'static,
    ) -> Self {
        let build = move |parameters: VarBuilder<'static>, n_inputs: usize| {
            let (module, n_outputs) = build(parameters, n_inputs)?;
            Ok((Arc::new(module) as Shared, n_outputs))
        };
        Self { name: name.into(), build: Arc::new(build) }
    }

    /// Its own part of the names of its parameters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An error of it.
    pub(in crate::learn) fn error(&self, message: impl Into<String>) -> LearnError {
        LearnError::OwnLayer { name: self.name.clone(), message: message.into() }
    }
}

impl fmt::Debug for OwnLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnLayer").field(&self.name).finish()
    }
}

impl PartialEq for OwnLayer {
    /// Whether they are copies of one.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.build, &other.build)
    }
}

/// Such a layer in a network.
#[derive(Clone)]
pub(in crate::learn) struct Own {
    name: String,
    module: Shared,
    n_inputs: usize,
    n_outputs: usize,
    parameters: Vec<Parameter>,
}

/// A tensor that the module computes with.
#[derive(Clone)]
struct Parameter {
    /// In the layer.
    name: String,
    var: Var,
    init: candle_nn::Init,
    /// In the flat array.
    range: Range<usize>,
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|parameter| &parameter.name);
        f.debug_struct(&self.name).field("parameters", &names.collect::<Vec<_>>()).finish()
    }
}

impl Own {
    /// One of `n_inputs` at the next `places`.
    pub(super) fn new(
        layer: &OwnLayer,
        n_inputs: usize,
        places: &mut Places,
    ) -> std::result::Result<Self, LearnError> {
        let asked = Asked::default();
        let parameters = VarBuilder::from_backend(Box::new(asked.clone()), DType::F32, Device::Cpu);
        let built = (layer.build)(parameters, n_inputs);
        let (module, n_outputs) = built.map_err(|error| layer.error(error.to_string()))?;
        if n_outputs == 0 {
            return Err(layer.error("has no outputs; it must have at least 1"));
        }
        let mut parameters = std::mem::take(&mut *asked.lock());
        for parameter in &mut parameters {
            parameter.range = places.take(parameter.var.elem_count());
        }
        Ok(Self { name: layer.name.clone(), module, n_inputs, n_outputs, parameters })
    }

    pub(in crate::learn) fn name(&self) -> &str {
        &self.name
    }

    /// Numbers of a row of its output.
    pub(super) fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    pub(super) fn n_weights(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.range.len()).sum()
    }

    pub(super) fn parts(&self, name: &str) -> Vec<NamedPart> {
        let part = |parameter: &Parameter| NamedPart {
            name: format!("{name}.{}", parameter.name),
            shape: parameter.var.dims().to_vec(),
            range: parameter.range.clone(),
            n_inputs: self.n_inputs,
            purpose: Purpose::Own(parameter.init),
        };
        self.parameters.iter().map(part).collect()
    }

    /// What it computes with, and where that lies in the flat array.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (Var, Range<usize>)> {
        self.parameters.iter().map(|parameter| (parameter.var.clone(), parameter.range.clone()))
    }

    /// Its output of `x`, shape (rows, inputs). Fails unless it is of shape (rows, outputs).
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.module.forward(x)?;
        let expected = [x.dim(0)?, self.n_outputs];
        if y.dims() != expected {
            let (name, got) = (&self.name, y.dims());
            candle_core::bail!(
                "layer `{name}`: expected an output of shape {expected:?}, got {got:?}"
            );
        }
        Ok(y)
    }
}

/// The parameters that a layer has asked for while it is built.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Parameter>>>);

impl Asked {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Parameter>> {
        // A layer that panicked while it asked has left a list that is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimpleBackend for Asked {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: candle_nn::Init,
        dtype: DType,
        device: &Device,
    ) -> Result<Tensor> {
        if dtype != DType::F32 || !device.is_cpu() || name.is_empty() {
            candle_core::bail!("parameter `{name}` must be f32, on the CPU, and have a name");
        }
        let mut all = self.lock();
        // A parameter that is asked for again is shared.
        if let Some(known) = all.iter().find(|known| known.name == name) {
            if known.var.shape() != &shape {
                candle_core::bail!("parameter `{name}` is asked for in two shapes");
            }
            return Ok(known.var.as_tensor().clone());
        }
        let var = Var::zeros(shape, dtype, device)?;
        let tensor = var.as_tensor().clone();
        all.push(Parameter { name: name.to_owned(), var, init, range: 0..0 });
        Ok(tensor)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("parameter `{name}` must be asked for with its shape");
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().iter().any(|known| known.name == name)
    }
}
