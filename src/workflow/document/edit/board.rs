//! The document under an edit: finding things in it, and new ids.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::change::{DocumentChange, Recorder, TreePath};
use super::command::{Edit, Made};
use super::error::EditError;
use super::links::Link;
use crate::workflow::document::ui::is_id;
use crate::workflow::registry::Registry;
use crate::workflow::schema::NodeSchema;
use crate::workflow::value::integer;

/// A document in the UI form that is being edited.
pub(super) struct Board<'a> {
    pub(super) tree: Recorder<'a>,
    pub(super) registry: &'a Registry,
    pub(super) made: Made,
    /// The links, read once and kept as they change: in large files reading is what takes time.
    pub(super) links_read: RefCell<Option<Rc<Vec<Link>>>>,
}

/// An id as files write it: a number where it is one.
pub(in crate::workflow::document) fn id_value(text: &str) -> Value {
    match text.parse::<i64>() {
        // "007" is another id than 7.
        Ok(number) if number.to_string() == text => Value::from(number),
        _ => Value::from(text),
    }
}

/// The inputs or outputs that the file lists for a node.
pub(super) fn slots<'v>(node: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    node.get(key).and_then(Value::as_array).into_iter().flatten()
}

impl<'a> Board<'a> {
    pub(super) fn new(root: &'a mut Map<String, Value>, registry: &'a Registry) -> Self {
        let links_read = RefCell::new(None);
        Self { tree: Recorder::new(root), registry, made: Made::default(), links_read }
    }

    /// What was made and changed.
    pub(super) fn finish(self) -> (Made, Vec<DocumentChange>) {
        #[cfg(test)]
        if let Some(kept) = self.links_read.borrow().as_deref() {
            assert_eq!(
                *kept,
                super::links::links_of(self.tree.root()),
                "what is kept is what is there"
            );
        }
        (self.made, self.tree.finish())
    }

    /// Takes everything back.
    pub(super) fn roll_back(self) {
        self.tree.roll_back();
    }

    /// Does an edit, or a part of it before an error.
    pub(super) fn run(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::All(edits) => edits.iter().try_for_each(|edit| self.run(edit)),
            Edit::AddNode(node) => self.add_node(node).map(drop),
            Edit::RemoveNodes { nodes, bridge } => self.remove_nodes(nodes, *bridge),
            Edit::MoveNodes { to } => self.move_nodes(to),
            Edit::ResizeNode { node, size } => self.resize_node(node, *size),
            Edit::Collapse { nodes, collapsed } => self.set_flag(nodes, "collapsed", *collapsed),
            Edit::Pin { nodes, pinned } => self.set_flag(nodes, "pinned", *pinned),
            Edit::RenameNode { node, title } => self.rename_node(node, title),
            Edit::ColourNodes { nodes, color, bgcolor } => {
                self.colour_nodes(nodes, color.as_deref(), bgcolor.as_deref())
            }
            Edit::SetMode { nodes, mode } => self.set_mode(nodes, *mode),
            Edit::Connect { from, to } => self.connect(from, to),
            Edit::DisconnectInput(input) => self.disconnect_input(input),
            Edit::DisconnectOutput(output) => self.disconnect_output(output),
            Edit::RemoveLinks { links } => self.remove_links(links),
            Edit::MoveOutput { from, to } => self.move_output(from, to),
            Edit::MoveLink { link, to } => self.move_link(link, to),
            Edit::InsertNode { link, node } => {
                let id = self.add_node(node)?;
                self.insert_into(link, &id)
            }
            Edit::InsertExisting { link, node } => self.insert_into(link, node),
            Edit::SetParam { node, param, value } => self.set_param(node, param, value),
            Edit::ParamToInput { node, param } => self.param_to_input(node, param).map(drop),
            Edit::InputToParam { node, param } => self.input_to_param(node, param),
            Edit::AddGroup { title, bounding, color } => {
                self.add_group(title, *bounding, color.as_deref())
            }
            Edit::RemoveGroup { group } => self.remove_group(*group),
            Edit::MoveGroup { group, by, contents } => self.move_group(*group, *by, *contents),
            Edit::ResizeGroup { group, bounding } => self.resize_group(*group, *bounding),
            Edit::RenameGroup { group, title } => self.rename_group(*group, title),
            Edit::ColourGroup { group, color } => self.colour_group(*group, color.as_deref()),
            Edit::AddReroute { link, position, at } => self.add_reroute(link, *position, *at),
            Edit::MoveReroute { reroute, to } => self.move_reroute(reroute, *to),
            Edit::RemoveReroute { reroute } => self.remove_reroute(reroute),
            Edit::LinkToLabels { link, name } => self.link_to_labels(link, name.as_deref()),
            Edit::LabelsToLinks { name } => self.labels_to_links(name),
            Edit::RenameLabels { name, to } => self.rename_labels(name, to),
            Edit::Paste { fragment, at, connections } => self.paste(fragment, *at, *connections),
            Edit::Duplicate { nodes, by, connections } => self.duplicate(nodes, *by, *connections),
        }
    }

    /// The nodes as the file lists them.
    pub(super) fn nodes(&self) -> &[Value] {
        self.tree.root().get("nodes").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Where a node stands.
    pub(super) fn node(&self, id: &str) -> Result<TreePath, EditError> {
        let is_it = |node: &Value| node.get("id").is_some_and(|value| is_id(value, id));
        match self.nodes().iter().position(is_it) {
            Some(index) => Ok(TreePath::root().key("nodes").item(index)),
            None => Err(EditError::UnknownNode { node: id.to_owned() }),
        }
    }

    /// The value of a node or of a part of it; null where there is none.
    pub(super) fn value(&self, path: &TreePath) -> &Value {
        self.tree.get(path).unwrap_or(&Value::Null)
    }

    /// The id of the node at `path`, as the file writes it.
    pub(super) fn id_at(&self, path: &TreePath) -> Value {
        self.value(&path.key("id")).clone()
    }

    /// The kind of the node at `path`, if it is known.
    pub(super) fn schema(&self, path: &TreePath) -> Option<&'static NodeSchema> {
        self.registry.find(self.value(&path.key("type")).as_str()?)
    }

    /// Where the list `key` of the object at `holder` is, which is made where there is none.
    pub(super) fn list(&mut self, holder: &TreePath, key: &str) -> Result<TreePath, EditError> {
        let path = holder.key(key);
        match self.value(&path) {
            Value::Array(_) => {}
            Value::Null => self.tree.set(holder, key, Vec::<Value>::new()),
            _ => return Err(EditError::BadFile { pointer: path.to_string(), expected: "list" }),
        }
        Ok(path)
    }

    /// Where the object `key` of the object at `holder` is, which is made where there is none.
    pub(super) fn object(&mut self, holder: &TreePath, key: &str) -> Result<TreePath, EditError> {
        let path = holder.key(key);
        match self.value(&path) {
            Value::Object(_) => {}
            Value::Null => self.tree.set(holder, key, Map::new()),
            _ => return Err(EditError::BadFile { pointer: path.to_string(), expected: "object" }),
        }
        Ok(path)
    }

    /// A new id for a node.
    pub(super) fn next_node_id(&mut self) -> Result<i64, EditError> {
        let used = largest(self.nodes().iter().filter_map(|node| node.get("id")));
        self.next_id(used, "last_node_id", "lastNodeId")
    }

    /// A new id beside `used`; the two counters, of which a file has one or none, count it.
    pub(super) fn next_id(
        &mut self,
        used: i64,
        counter: &str,
        counter_of_state: &str,
    ) -> Result<i64, EditError> {
        let places =
            [(TreePath::root(), counter), (TreePath::root().key("state"), counter_of_state)];
        let counted = places.each_ref().map(|(holder, key)| {
            self.tree.get(&holder.key(key)).map(|value| integer(value).unwrap_or(0))
        });
        let last = counted.iter().flatten().fold(used, |last, counted| last.max(*counted));
        let id = last.checked_add(1).ok_or(EditError::NoIdLeft)?;
        for ((holder, key), counted) in places.iter().zip(counted) {
            if counted.is_some() {
                self.tree.set(holder, key, id);
            }
        }
        Ok(id)
    }

    /// Sets a place, a size or a rectangle in the form that the file has: a list, or an object by position.
    pub(super) fn set_numbers(&mut self, holder: &TreePath, key: &str, numbers: &[f64]) {
        let path = holder.key(key);
        // A number that is the same keeps its spelling and its decimals.
        let same = |index: usize, x: f64, board: &Self| {
            let step = match board.value(&path) {
                Value::Object(_) => path.key(&index.to_string()),
                _ => path.item(index),
            };
            board
                .value(&step)
                .as_f64()
                .is_some_and(|old| old == x || number(x).as_f64() == Some(old))
        };
        let new: Vec<_> = numbers.iter().map(|x| number(*x)).collect();
        match self.value(&path) {
            Value::Array(items) if items.len() >= numbers.len() => {
                for (index, new) in new.into_iter().enumerate() {
                    if !same(index, numbers[index], self) {
                        self.tree.set_item(&path, index, new);
                    }
                }
            }
            Value::Object(members) if members.contains_key("0") => {
                for (index, new) in new.into_iter().enumerate() {
                    if !same(index, numbers[index], self) {
                        self.tree.set(&path, &index.to_string(), new);
                    }
                }
            }
            _ => self.tree.set(holder, key, new),
        }
    }

    /// The numbers of a place, a size or a rectangle; none where it is not `N` finite numbers.
    pub(super) fn numbers<const N: usize>(&self, holder: &TreePath, key: &str) -> Option<[f64; N]> {
        read_numbers(self.value(&holder.key(key)))
    }
}

/// `N` finite numbers, from a list or from an object by position.
pub(in crate::workflow::document) fn read_numbers<const N: usize>(
    value: &Value,
) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for (index, number) in numbers.iter_mut().enumerate() {
        let item = match value {
            Value::Array(items) => items.get(index),
            Value::Object(members) => members.get(&index.to_string()),
            _ => None,
        };
        *number = item?.as_f64().filter(|x| x.is_finite())?;
    }
    Some(numbers)
}

/// A number as a person would write it: three decimals at most, and none where there are none.
pub(super) fn number(x: f64) -> Value {
    /// Up to 2^53 every whole number is exact.
    const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;
    let rounded = (x * 1000.0).round() / 1000.0;
    let x = if rounded.is_finite() { rounded } else { x };
    if x.fract() == 0.0 && x.abs() <= LARGEST_WHOLE {
        Value::from(x as i64)
    } else {
        Value::from(x)
    }
}

/// Refuses what is infinite or not a number.
pub(super) fn finite(what: &'static str, numbers: &[f64]) -> Result<(), EditError> {
    match numbers.iter().all(|x| x.is_finite()) {
        true => Ok(()),
        false => Err(EditError::NotFinite { what }),
    }
}

/// The largest of the ids that are numbers; 0 where there is none.
pub(super) fn largest<'v>(ids: impl Iterator<Item = &'v Value>) -> i64 {
    ids.filter_map(integer).max().unwrap_or(0).max(0)
}
