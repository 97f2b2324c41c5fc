//! The inputs and outputs of a node.

use super::{Flow, PortPlan};
use crate::workflow::{CanvasNode, NodeSchema, Port, PortSchema};
use bevy_egui::egui::Pos2;
use std::collections::HashSet;

/// Inputs as the file lists them, then those of the kind that it does not list.
pub(super) fn inputs(node: &CanvasNode, schema: Option<&'static NodeSchema>) -> Vec<PortPlan> {
    let listed = node.inputs.iter().enumerate().filter(|(_, input)| !input.is_param);
    let mut known = HashSet::new();
    let mut ports: Vec<PortPlan> = listed
        .map(|(slot, input)| {
            let found = schema.and_then(|schema| schema.input(&input.name));
            known.extend(found.as_ref().map(|(_, name)| name.clone()));
            let found = found.map(|(port, _)| port);
            PortPlan {
                flow: Flow::of(&input.name, &input.port_type),
                name: input.name.clone(),
                port: Port::Slot(slot),
                port_type: input.port_type.clone(),
                at: Pos2::ZERO,
                is_wired: input.link.is_some(),
                doc: found.map_or("", |port| port.doc),
                is_required: found.is_some_and(|port| !port.optional && !port.variadic),
            }
        })
        .collect();
    let of_kind = schema.map_or(&[][..], |schema| schema.inputs);
    for port in of_kind.iter().filter(|port| !port.variadic && !known.contains(port.name)) {
        ports.push(unlisted(port, !port.optional));
    }
    ports
}

pub(super) fn outputs(node: &CanvasNode, schema: Option<&'static NodeSchema>) -> Vec<PortPlan> {
    let of_kind = schema.map_or(&[][..], |schema| schema.outputs);
    let mut known = HashSet::new();
    let mut ports: Vec<PortPlan> = (node.outputs.iter().enumerate())
        .map(|(slot, output)| {
            let found = schema.and_then(|schema| schema.output(&output.name));
            known.extend(found);
            PortPlan {
                flow: Flow::of(&output.name, &output.port_type),
                name: output.name.clone(),
                port: Port::Slot(slot),
                port_type: output.port_type.clone(),
                at: Pos2::ZERO,
                is_wired: !output.links.is_empty(),
                doc: found.map_or("", |i| of_kind[i].doc),
                is_required: false,
            }
        })
        .collect();
    for (i, port) in of_kind.iter().enumerate() {
        if !known.contains(&i) {
            ports.push(unlisted(port, false));
        }
    }
    ports
}

fn unlisted(port: &PortSchema, is_required: bool) -> PortPlan {
    let port_type = port.port_type.name().to_owned();
    PortPlan {
        flow: Flow::of(port.name, &port_type),
        name: port.name.to_owned(),
        port: Port::Name(port.name.to_owned()),
        port_type,
        at: Pos2::ZERO,
        is_wired: false,
        doc: port.doc,
        is_required,
    }
}
