//! A policy as an ONNX model.
//!
//! The messages are those of onnx.proto (<https://github.com/onnx/onnx>, ONNX IR version 8), as far as
//! policies need them.

use prost::Message;

use crate::learn::network::{Activation, SELU_ALPHA, SELU_LAMBDA};

/// `ModelProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, tag = "1")]
    pub(super) ir_version: i64,
    #[prost(string, tag = "2")]
    pub(super) producer_name: String,
    #[prost(string, tag = "3")]
    pub(super) producer_version: String,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    pub(super) opset_import: Vec<OperatorSet>,
}

/// `OperatorSetIdProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSet {
    #[prost(string, tag = "1")]
    pub(super) domain: String,
    #[prost(int64, tag = "2")]
    pub(super) version: i64,
}

/// `GraphProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<Node>,
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<Initializer>,
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    pub(super) output: Vec<ValueInfo>,
}

/// `NodeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<Attribute>,
}

/// `AttributeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(float, tag = "2")]
    pub(super) f: f32,
    #[prost(int64, tag = "3")]
    pub(super) i: i64,
    #[prost(int64, repeated, tag = "8")]
    pub(super) ints: Vec<i64>,
    /// 1 says that the value is `f`, 2 that it is `i`, 7 that it is `ints`.
    #[prost(int32, tag = "20")]
    pub(super) r#type: i32,
}

/// `TensorProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Initializer {
    #[prost(int64, repeated, tag = "1")]
    pub(super) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub(super) float_data: Vec<f32>,
    #[prost(int64, repeated, tag = "7")]
    pub(super) int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub(super) name: String,
}

/// `ValueInfoProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfo {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) r#type: Option<Type>,
}

/// `TypeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Type {
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<TensorType>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(super) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShape>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<Dimension>,
}

/// `TensorShapeProto.Dimension`: a number, or a name where any number will do.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(int64, optional, tag = "1")]
    pub(super) dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(super) dim_param: Option<String>,
}

/// `TensorProto.FLOAT` and `TensorProto.INT64`.
const FLOAT: i32 = 1;
const INT64: i32 = 7;
/// `AttributeProto.FLOAT`, `AttributeProto.INT` and `AttributeProto.INTS`.
const ATTRIBUTE_FLOAT: i32 = 1;
const ATTRIBUTE_INT: i32 = 2;
const ATTRIBUTE_INTS: i32 = 7;

/// Puts a graph together, one operation after the other.
pub(super) struct GraphBuilder {
    graph: GraphProto,
    /// The value that the next operation reads.
    last: String,
}

impl GraphBuilder {
    /// A graph that reads nothing yet.
    pub(super) fn new(name: &str) -> Self {
        let graph = GraphProto { name: name.to_owned(), ..GraphProto::default() };
        Self { graph, last: String::new() }
    }

    /// Adds an input, shape (batch, dim), which does not become the last value.
    pub(super) fn add_input(&mut self, name: &str, dim: usize) {
        self.graph.input.push(rows_of(name, &[dim]));
    }

    /// Adds an input, shape (batch, ...shape), which becomes the last value.
    pub(super) fn read_array(&mut self, name: &str, shape: &[usize]) {
        self.graph.input.push(rows_of(name, shape));
        name.clone_into(&mut self.last);
    }

    /// Gives the last value the shape (batch, ...shape).
    pub(super) fn reshape(&mut self, shape: &[usize], output: &str) {
        let constant = format!("{output}.shape");
        // 0 is the extent as it is.
        let extents: Vec<i64> = std::iter::once(0).chain(shape.iter().map(|&n| n as i64)).collect();
        let last = self.last();
        self.apply_to("Reshape", &[&last, &constant], &[], vec![], output);
        self.graph.initializer.push(Initializer {
            dims: vec![extents.len() as i64],
            data_type: INT64,
            int64_data: extents,
            name: constant,
            ..Initializer::default()
        });
    }

    /// Adds an input, shape (batch, dim), which becomes the last value.
    pub(super) fn read_input(&mut self, name: &str, dim: usize) {
        self.add_input(name, dim);
        name.clone_into(&mut self.last);
    }

    /// Puts the columns of `values` beside each other.
    pub(super) fn concat(&mut self, values: &[&str], output: &str) {
        self.apply_to("Concat", values, &[], vec![int("axis", 1)], output);
    }

    /// The name of the last value.
    pub(super) fn last(&self) -> String {
        self.last.clone()
    }

    /// Adds `operation` on the last value and on constants, whose result is called `output`.
    pub(super) fn apply(
        &mut self,
        operation: &str,
        constants: &[(&str, &[usize], &[f32])],
        attribute: Vec<Attribute>,
        output: &str,
    ) {
        let last = self.last();
        self.apply_to(operation, &[&last], constants, attribute, output);
    }

    /// Adds `operation` on `values` and on constants. Its result is called `output`, and becomes the
    /// last value.
    pub(super) fn apply_to(
        &mut self,
        operation: &str,
        values: &[&str],
        constants: &[(&str, &[usize], &[f32])],
        attribute: Vec<Attribute>,
        output: &str,
    ) {
        output.clone_into(&mut self.last);
        let mut input: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        for (name, shape, data) in constants {
            input.push((*name).to_owned());
            self.graph.initializer.push(Initializer {
                dims: shape.iter().map(|&extent| extent as i64).collect(),
                data_type: FLOAT,
                float_data: data.to_vec(),
                name: (*name).to_owned(),
                ..Initializer::default()
            });
        }
        self.graph.node.push(Node {
            input,
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: operation.to_owned(),
            attribute,
        });
    }

    /// Adds the nonlinearity, whose result is called `output`.
    pub(super) fn activate(&mut self, activation: Activation, output: &str) {
        let (operation, attributes) = match activation {
            Activation::Elu => ("Elu", vec![float("alpha", 1.0)]),
            Activation::Relu => ("Relu", vec![]),
            Activation::Tanh => ("Tanh", vec![]),
            Activation::Selu => {
                ("Selu", vec![float("alpha", SELU_ALPHA), float("gamma", SELU_LAMBDA)])
            }
            Activation::Sigmoid => ("Sigmoid", vec![]),
            Activation::Softplus => ("Softplus", vec![]),
            Activation::Gelu => return self.gelu(output),
        };
        self.apply(operation, &[], attributes, output);
    }

    /// x (1 + erf(x / sqrt 2)) / 2; operator set 17 has no gelu of its own.
    fn gelu(&mut self, output: &str) {
        let x = self.last();
        let name = |part: &str| format!("{output}.{part}");
        for (operation, number, part) in [
            ("Mul", Some(std::f32::consts::FRAC_1_SQRT_2), "narrowed"),
            ("Erf", None, "erf"),
            ("Add", Some(1.0), "shifted"),
            ("Mul", Some(0.5), "share"),
        ] {
            let constant = name(&format!("{part}.constant"));
            let constants =
                number.iter().map(|n| (constant.as_str(), &[][..], std::slice::from_ref(n)));
            self.apply(operation, &constants.collect::<Vec<_>>(), vec![], &name(part));
        }
        self.apply_to("Mul", &[&x, &name("share")], &[], vec![], output);
    }

    /// Adds x w^T + b, with x the last value and w of shape (outputs, inputs).
    pub(super) fn affine(&mut self, name: &str, w: &[f32], b: &[f32], output: &str) {
        let last = self.last();
        self.affine_of(&last, name, (w, b), output);
    }

    /// Adds x w^T + b, with w of shape (outputs, inputs).
    pub(super) fn affine_of(
        &mut self,
        x: &str,
        name: &str,
        (w, b): (&[f32], &[f32]),
        output: &str,
    ) {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let shape = [b.len(), w.len() / b.len()];
        let constants: [(&str, &[usize], &[f32]); 2] =
            [(&weight, &shape, w), (&bias, &shape[..1], b)];
        self.apply_to("Gemm", &[x], &constants, vec![int("transB", 1)], output);
    }

    /// The bytes of the model with these outputs, each of shape (batch, dim).
    pub(super) fn finish(mut self, outputs: &[(&str, usize)]) -> Vec<u8> {
        self.graph.output = outputs.iter().map(|(name, dim)| rows_of(name, &[*dim])).collect();
        let model = Model {
            ir_version: 8,
            producer_name: "dnne".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet { domain: String::new(), version: 17 }],
        };
        model.encode_to_vec()
    }
}

fn float(name: &str, f: f32) -> Attribute {
    let name = name.to_owned();
    Attribute { name, f, r#type: ATTRIBUTE_FLOAT, ..Attribute::default() }
}

pub(super) fn int(name: &str, i: i64) -> Attribute {
    let name = name.to_owned();
    Attribute { name, i, r#type: ATTRIBUTE_INT, ..Attribute::default() }
}

pub(super) fn ints(name: &str, ints: &[usize]) -> Attribute {
    let (name, ints) = (name.to_owned(), ints.iter().map(|&n| n as i64).collect());
    Attribute { name, ints, r#type: ATTRIBUTE_INTS, ..Attribute::default() }
}

/// A value of shape (batch, ...shape), for any batch.
fn rows_of(name: &str, shape: &[usize]) -> ValueInfo {
    let batch = Dimension { dim_param: Some("batch".to_owned()), dim_value: None };
    let extent = |&n: &usize| Dimension { dim_value: Some(n as i64), dim_param: None };
    let shape =
        Some(TensorShape { dim: [batch].into_iter().chain(shape.iter().map(extent)).collect() });
    let tensor_type = Some(TensorType { elem_type: FLOAT, shape });
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type }) }
}
