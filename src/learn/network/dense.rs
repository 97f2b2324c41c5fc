//! Networks of nothing but dense layers, as plain numbers.

use super::layer::Layer;
use super::matrix::Affine;
use super::{Activation, Network};

/// A dense layer: where its weights are, and the nonlinearity after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::learn) struct DenseLayer {
    /// In the flat array, shape (outputs, inputs).
    pub(in crate::learn) weight_at: usize,
    /// In the flat array, shape (outputs,).
    pub(in crate::learn) bias_at: usize,
    pub(in crate::learn) n_inputs: usize,
    pub(in crate::learn) n_outputs: usize,
    /// None of the last layer.
    pub(in crate::learn) activation: Option<Activation>,
}

/// Dense layers from columns of the input to some of the outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::learn) struct DenseTower {
    /// The last gives outputs of the network.
    pub(in crate::learn) layers: Vec<DenseLayer>,
    /// The first column of the network's input that it sees.
    pub(in crate::learn) first_input: usize,
    /// The first column of the network's outputs that it gives.
    pub(in crate::learn) first_output: usize,
}

impl DenseLayer {
    fn new(affine: &Affine, activation: Option<Activation>) -> Self {
        Self {
            weight_at: affine.weight.start,
            bias_at: affine.bias.start,
            n_inputs: affine.inputs,
            n_outputs: affine.outputs.size,
            activation,
        }
    }
}

impl Network {
    /// The towers; or what there is besides dense layers, in words.
    pub(in crate::learn) fn dense_towers(&self) -> Result<Vec<DenseTower>, &'static str> {
        if !self.encoders.is_empty() {
            return Err("a policy with encoders of pictures");
        }
        let layer = |layer: &Layer| match layer {
            Layer::Linear(linear) => Ok(DenseLayer::new(&linear.affine, Some(linear.activation))),
            Layer::Recurrent(_) => Err("a policy with a recurrent layer"),
            Layer::Own(_) => Err("a policy with layers of a program's own"),
        };
        let towers = self.towers.iter().map(|tower| {
            let mut layers = tower.layers.iter().map(layer).collect::<Result<Vec<_>, _>>()?;
            layers.push(DenseLayer::new(&tower.head, None));
            let (first_input, first_output) = (tower.first_input, tower.first_output);
            Ok(DenseTower { layers, first_input, first_output })
        });
        towers.collect()
    }
}
