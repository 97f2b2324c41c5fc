//! A network of dense layers on a device: forward and backward pass of a minibatch.

use super::control::Control;
use crate::device::kernels::DENSE;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::network::{Activation, DenseLayer, DenseTower, Network};

/// Rows and columns of what a block computes, and its threads, as `device/kernels/dense.cu` has them.
const TILE: u32 = 64;
const THREADS: u32 = 256;

/// Rows whose gradient is summed by itself, at least, and such chunks of a minibatch, at most. Both are fixed, so that sums
/// over rows are always formed in the same order.
const LEAST_CHUNK: usize = 128;
const MOST_CHUNKS: usize = 128;

/// Rows of a chunk in minibatches of `n` rows.
fn chunk_rows(n: usize) -> usize {
    n.div_ceil(MOST_CHUNKS).max(LEAST_CHUNK)
}

/// A layer with the buffers that its outputs go to.
#[derive(Clone, Debug)]
struct Layer {
    shape: DenseLayer,
    /// Outputs, shape (n, n_outputs).
    y: BufferId,
    /// What the slope of the nonlinearity follows from, of the same shape; mostly `y`.
    kept: BufferId,
}

impl Layer {
    fn new(
        device: &mut dyn ProgramBackend,
        shape: DenseLayer,
        most_rows: usize,
    ) -> Result<Self, DeviceError> {
        let n = most_rows * shape.n_outputs;
        let y = device.allocate(n)?;
        let kept =
            if shape.activation == Some(Activation::Gelu) { device.allocate(n)? } else { y };
        Ok(Self { shape, y, kept })
    }

    /// The number of its nonlinearity in `device/kernels/activation.cuh`.
    fn activation(&self) -> u32 {
        self.shape.activation.map_or(0, |it| it as u32 + 1)
    }
}

#[derive(Clone, Debug)]
struct Tower {
    layers: Vec<Layer>,
    head: DenseLayer,
    first_input: u32,
    first_output: u32,
}

/// Rows of numbers, `stride` from one to the next, the first of them at a place of a buffer.
#[derive(Clone, Copy)]
struct Rows {
    buffer: BufferId,
    at: u32,
    stride: u32,
}

/// The network with its kernels and buffers for minibatches of up to so many rows.
#[derive(Clone, Debug)]
pub(super) struct DeviceNetwork {
    forward: KernelId,
    backward: KernelId,
    gradient: KernelId,
    towers: Vec<Tower>,
    /// What it sees, shape (n, input_dim).
    pub(super) input: BufferId,
    pub(super) input_dim: usize,
    /// Shape (n, n_outputs).
    pub(super) outputs: BufferId,
    pub(super) n_outputs: u32,
    /// The gradient of the loss by `outputs`, of the same shape.
    pub(super) output_gradient: BufferId,
    /// Gradients by what layers give; they take turns.
    turns: [BufferId; 2],
    /// Gradients by weights of each chunk of rows, shape (chunks, n_weights).
    pub(super) partials: BufferId,
    pub(super) n_weights: usize,
}

impl DeviceNetwork {
    /// With both passes. Fails on networks with other layers than dense ones.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        network: &Network,
        most_rows: usize,
    ) -> Result<Self, LearnError> {
        Self::with_room(device, network, (most_rows, most_rows))
    }

    /// With room for the forward pass alone. Fails as [`new`](Self::new).
    pub(super) fn forward_only(
        device: &mut dyn ProgramBackend,
        network: &Network,
        most_rows: usize,
    ) -> Result<Self, LearnError> {
        Self::with_room(device, network, (most_rows, 0))
    }

    /// With room for that many rows in the forward pass, and in the backward pass.
    fn with_room(
        device: &mut dyn ProgramBackend,
        network: &Network,
        (most_rows, most_backward): (usize, usize),
    ) -> Result<Self, LearnError> {
        let towers = network.dense_towers().map_err(|what| LearnError::NotOnDevice {
            what,
            remedy: "leave that out, or train it with device: \"cpu\"",
        })?;
        let widest = towers.iter().flat_map(|it| &it.layers).map(|it| it.n_inputs).max();
        let n_turn = most_backward * widest.unwrap_or(0);
        let n_chunks = most_backward.div_ceil(chunk_rows(most_backward));
        let tower = |tower: DenseTower| -> Result<Tower, LearnError> {
            let DenseTower { mut layers, first_input, first_output } = tower;
            let head = layers.pop().ok_or(LearnError::NotOnDevice {
                what: "a network without layers",
                remedy: "give it some",
            })?;
            let layers = layers.into_iter().map(|it| Layer::new(device, it, most_rows));
            let layers = layers.collect::<Result<_, _>>()?;
            let (first_input, first_output) = (first_input as u32, first_output as u32);
            Ok(Tower { layers, head, first_input, first_output })
        };
        let towers = towers.into_iter().map(tower).collect::<Result<_, _>>()?;
        let n_outputs = network.n_outputs;
        Ok(Self {
            forward: device.load_source(&DENSE, "dense_forward")?,
            backward: device.load_source(&DENSE, "dense_backward")?,
            gradient: device.load_source(&DENSE, "dense_gradient")?,
            towers,
            input: device.allocate(most_rows * network.input_dim)?,
            input_dim: network.input_dim,
            outputs: device.allocate(most_rows * n_outputs)?,
            n_outputs: n_outputs as u32,
            output_gradient: device.allocate(most_backward * n_outputs)?,
            turns: [device.allocate(n_turn)?, device.allocate(n_turn)?],
            partials: device.allocate(n_chunks * network.n_weights)?,
            n_weights: network.n_weights,
        })
    }

    /// The outputs for the first `n` rows of the input.
    pub(super) fn forward(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        weights: BufferId,
        n: usize,
    ) -> Result<(), DeviceError> {
        for tower in &self.towers {
            let mut x = self.input_of(tower);
            for layer in &tower.layers {
                let y = rows_of(layer.y, &layer.shape);
                let to = (y, layer.kept, layer.activation());
                self.layer_forward(device, (control, weights, n), &layer.shape, x, to)?;
                x = y;
            }
            let to = (self.outputs_of(tower, self.outputs), self.outputs, 0);
            self.layer_forward(device, (control, weights, n), &tower.head, x, to)?;
        }
        Ok(())
    }

    fn layer_forward(
        &self,
        device: &mut dyn ProgramBackend,
        (control, weights, n): (Control, BufferId, usize),
        layer: &DenseLayer,
        x: Rows,
        (y, kept, activation): (Rows, BufferId, u32),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let arguments = [
            Buffer(control.buffer),
            Buffer(x.buffer),
            Buffer(weights),
            Buffer(y.buffer),
            Buffer(kept),
            Count(x.at),
            Count(x.stride),
            Count(layer.weight_at as u32),
            Count(layer.bias_at as u32),
            Count(y.at),
            Count(y.stride),
            Count(n as u32),
            Count(layer.n_inputs as u32),
            Count(layer.n_outputs as u32),
            Count(activation),
        ];
        device.launch_grid(self.forward, tiles(layer.n_outputs, n), &arguments)
    }

    /// The gradient by the weights of each chunk of the first `n` rows, from that by the outputs, after
    /// [`forward`](Self::forward). Returns how many chunks there are.
    pub(super) fn backward(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        weights: BufferId,
        n: usize,
    ) -> Result<usize, DeviceError> {
        let chunk_rows = chunk_rows(n);
        for tower in &self.towers {
            let mut dy = self.outputs_of(tower, self.output_gradient);
            let (mut layer, mut turn) = (&tower.head, 0);
            for below in tower.layers.iter().rev() {
                let x = rows_of(below.y, &below.shape);
                self.layer_gradient(device, (control, n, chunk_rows), layer, dy, x)?;
                let dx = rows_of(self.turns[turn], &below.shape);
                self.layer_backward(device, (control, weights, n), (layer, below), dy, dx.buffer)?;
                (dy, layer, turn) = (dx, &below.shape, 1 - turn);
            }
            let x = self.input_of(tower);
            self.layer_gradient(device, (control, n, chunk_rows), layer, dy, x)?;
        }
        Ok(n.div_ceil(chunk_rows))
    }

    /// The gradient by what the nonlinearity `below` a layer acts on, from that by what the layer's own does.
    fn layer_backward(
        &self,
        device: &mut dyn ProgramBackend,
        (control, weights, n): (Control, BufferId, usize),
        (layer, below): (&DenseLayer, &Layer),
        dy: Rows,
        dx: BufferId,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let arguments = [
            Buffer(control.buffer),
            Buffer(dy.buffer),
            Buffer(weights),
            Buffer(below.kept),
            Buffer(dx),
            Count(dy.at),
            Count(dy.stride),
            Count(layer.weight_at as u32),
            Count(n as u32),
            Count(layer.n_inputs as u32),
            Count(layer.n_outputs as u32),
            Count(below.activation()),
        ];
        device.launch_grid(self.backward, tiles(layer.n_inputs, n), &arguments)
    }

    fn layer_gradient(
        &self,
        device: &mut dyn ProgramBackend,
        (control, n, chunk_rows): (Control, usize, usize),
        layer: &DenseLayer,
        dy: Rows,
        x: Rows,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let arguments = [
            Buffer(control.buffer),
            Buffer(dy.buffer),
            Buffer(x.buffer),
            Buffer(self.partials),
            Count(dy.at),
            Count(dy.stride),
            Count(x.at),
            Count(x.stride),
            Count(layer.weight_at as u32),
            Count(layer.bias_at as u32),
            Count(n as u32),
            Count(layer.n_inputs as u32),
            Count(layer.n_outputs as u32),
            Count(chunk_rows as u32),
            Count(self.n_weights as u32),
        ];
        let grid = tiles_of_each((layer.n_inputs, layer.n_outputs), n.div_ceil(chunk_rows));
        device.launch_grid(self.gradient, grid, &arguments)
    }

    fn input_of(&self, tower: &Tower) -> Rows {
        Rows { buffer: self.input, at: tower.first_input, stride: self.input_dim as u32 }
    }

    /// The columns of a tower, of the outputs or of what has their shape.
    fn outputs_of(&self, tower: &Tower, buffer: BufferId) -> Rows {
        Rows { buffer, at: tower.first_output, stride: self.n_outputs }
    }
}

/// A layer's outputs, or what has their shape.
fn rows_of(buffer: BufferId, layer: &DenseLayer) -> Rows {
    Rows { buffer, at: 0, stride: layer.n_outputs as u32 }
}

/// A block for each tile of a matrix, in one row: by its second index a grid has too few for the rows of a minibatch.
pub(super) fn tiles(n_columns: usize, n_rows: usize) -> Grid {
    tiles_of_each((n_columns, n_rows), 1)
}

/// The same for each of a number of matrices. More than can be counted are the most that can, which no device takes.
pub(super) fn tiles_of_each((n_columns, n_rows): (usize, usize), n_matrices: usize) -> Grid {
    let tiles = |n: usize| n.div_ceil(TILE as usize);
    let n = tiles(n_columns).saturating_mul(tiles(n_rows)).saturating_mul(n_matrices);
    Grid { blocks: (u32::try_from(n).unwrap_or(u32::MAX), 1), threads: THREADS }
}
