//! DNNE's labels: wires without a line. One label of a name takes a wire in, all others of the name give it out.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Reader;
use super::edit::label_of;
use super::ui::identifier;
use crate::diagnostic::Diagnostic;
use crate::workflow::sketch::{End, Sketch};

/// A label: its name, and whether it takes the wire in.
type Label = (String, bool);

/// Has every wire out of a label come from where the wire into the label of that name comes from; afterwards
/// there are no labels. A name that no label takes a wire in for, and one that several do, are reported.
pub(super) fn dissolve(root: &Map<String, Value>, sketch: &mut Sketch, reader: &mut Reader) {
    let values = root.get("nodes").and_then(Value::as_array).into_iter().flatten();
    let by_id: HashMap<String, Label> = values
        .filter_map(|node| {
            let (name, takes) = label_of(node)?;
            Some((node.get("id").and_then(identifier)?, (name.to_owned(), takes)))
        })
        .collect();
    if by_id.is_empty() {
        return;
    }
    let labels: Vec<Option<&Label>> = sketch.nodes.iter().map(|node| by_id.get(&node.id)).collect();
    let mut sources: HashMap<&str, (Option<usize>, End)> = HashMap::new();
    for link in &sketch.links {
        let Some((name, true)) = labels[link.to] else { continue };
        let source = (link.from, link.output.clone());
        if sources.insert(name, source).is_some() {
            let message = format!("two wires lead into labels of the name {name:?}");
            let diagnostic = Diagnostic::error("doubly-fed", message)
                .remedy("rename one of the labels, or remove one of the wires");
            reader.diagnostics.push(sketch.nodes[link.to].blame(diagnostic.at(link.place)));
        }
    }
    let mut links = std::mem::take(&mut sketch.links);
    links.retain(|link| labels[link.to].is_none());
    for link in &mut links {
        // A label may be fed by another; with as many steps as there are labels all ways have ended but circles.
        for _ in 0..=by_id.len() {
            let Some((name, _)) = link.from.and_then(|from| labels[from]) else { break };
            match sources.get(name.as_str()) {
                Some((from, output)) => (link.from, link.output) = (*from, output.clone()),
                None => {
                    let message = format!("no wire leads into a label of the name {name:?}");
                    let diagnostic = Diagnostic::error("unfed-label", message)
                        .remedy("lead a wire into a label of this name");
                    let node = &sketch.nodes[link.to];
                    reader.diagnostics.push(node.blame(diagnostic.at(link.place)));
                    link.from = None;
                }
            }
        }
        if link.from.is_some_and(|from| labels[from].is_some()) {
            let diagnostic = Diagnostic::error("unfed-label", "labels feed each other in a circle")
                .remedy("lead a wire from a node into one of them");
            let node = &sketch.nodes[link.to];
            reader.diagnostics.push(node.blame(diagnostic.at(link.place)));
            link.from = None;
        }
    }
    // The others move up.
    let mut place = Vec::with_capacity(labels.len());
    let mut n = 0;
    for label in &labels {
        place.push(n);
        n += usize::from(label.is_none());
    }
    for link in &mut links {
        link.to = place[link.to];
        link.from = link.from.map(|from| place[from]);
    }
    let mut is_label = labels.iter().map(|label| label.is_some()).collect::<Vec<_>>().into_iter();
    sketch.nodes.retain(|_| !is_label.next().unwrap_or(false));
    sketch.links = links;
}
