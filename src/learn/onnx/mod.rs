//! Policies as ONNX models, for other programs: [`Policy::to_onnx`](super::Policy::to_onnx).

mod encoder;
mod graph;
mod policy;
