//! Parameters: set, and turned into inputs and back.

use serde_json::{Map, Value};

use super::board::{Board, slots};
use super::change::TreePath;
use super::error::EditError;
use super::ports::{name_of, param_slot};
use crate::diagnostic::did_you_mean;
use crate::workflow::document::ui::widget_names;
use crate::workflow::schema::{NodeSchema, ParamSchema};

/// How a file gives the values of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow::document) enum WidgetForm {
    /// A list, in the order of the kind's parameters.
    Positions,
    /// An object by name in the place of the list.
    Names,
    /// The list, and beside it an object by name, which wins.
    Both,
}

/// Values by name beside those by position.
const NAMED: &str = "widgets_values_named";
const VALUES: &str = "widgets_values";

impl WidgetForm {
    /// Gives every parameter of a new node its default.
    pub(in crate::workflow::document) fn write_defaults(
        self,
        schema: &NodeSchema,
        body: &mut Map<String, Value>,
    ) {
        if schema.params.is_empty() {
            return;
        }
        let values = || schema.params.iter().map(default_of);
        let named = || {
            let names = schema.params.iter().map(|param| param.name.to_owned());
            names.zip(values()).collect::<Map<_, _>>()
        };
        match self {
            WidgetForm::Positions => body.insert(VALUES.into(), values().collect()),
            WidgetForm::Names => body.insert(VALUES.into(), named().into()),
            WidgetForm::Both => {
                body.insert(VALUES.into(), values().collect());
                body.insert(NAMED.into(), named().into())
            }
        };
    }
}

/// The default as files write it: lists as "64,64", which ComfyUI's text fields take.
pub(in crate::workflow::document) fn default_of(param: &ParamSchema) -> Value {
    as_text(param.param_type.default_value().to_json())
}

/// A list of numbers as "64,64"; everything else as it is.
fn as_text(value: Value) -> Value {
    match &value {
        Value::Array(items) if items.iter().all(Value::is_number) => {
            let items: Vec<_> = items.iter().map(Value::to_string).collect();
            Value::from(items.join(","))
        }
        _ => value,
    }
}

impl Board<'_> {
    /// The form that new nodes of this file are to have: that of the others, or both where there are none.
    pub(super) fn widget_form(&self) -> WidgetForm {
        let has = |key: &str, is: fn(&Value) -> bool| {
            self.nodes().iter().any(|node| node.get(key).is_some_and(is))
        };
        if has(NAMED, Value::is_object) {
            WidgetForm::Both
        } else if has(VALUES, Value::is_array) {
            WidgetForm::Positions
        } else if has(VALUES, Value::is_object) {
            WidgetForm::Names
        } else {
            WidgetForm::Both
        }
    }

    pub(super) fn set_param(
        &mut self,
        id: &str,
        param: &str,
        value: &Value,
    ) -> Result<(), EditError> {
        let node = self.node(id)?;
        self.refuse_linked(id, &node, param)?;
        let mut is_set = false;
        for key in [VALUES, NAMED] {
            if self.value(&node.key(key)).is_object() {
                let name = self.name_in(&node, &node.key(key), param)?;
                self.put(&node.key(key), &name, value);
                is_set = true;
            }
        }
        let is_list = self.value(&node.key(VALUES)).is_array();
        if is_set && !is_list {
            return Ok(());
        }
        if let Some(place) = self.place_by_input(&node, param) {
            let values = node.key(VALUES);
            match place {
                Some(i) => {
                    let value = spelled_like(value, self.value(&values.item(i)));
                    self.tree.set_item(&values, i, value);
                }
                // The list has no place for it.
                None if is_set => {}
                None => {
                    let known = self.schema(&node).and_then(|schema| schema.param(param));
                    let Some((_, known)) = known else {
                        return Err(self.unknown_param(id, &node, param));
                    };
                    let mut named = self.value(&node.key(NAMED)).as_object().cloned();
                    named.get_or_insert_default().insert(known.name.to_owned(), value.clone());
                    self.tree.set(&node, NAMED, named.unwrap_or_default());
                }
            }
            return Ok(());
        }
        match self.schema(&node).and_then(|schema| Some((schema, schema.param(param)?.0))) {
            Some((schema, index)) => self.set_in_list(&node, schema, index, value),
            // By name it is set already; without its kind nobody knows its position.
            None if is_set => Ok(()),
            None => Err(self.unknown_param(id, &node, param)),
        }
    }

    /// Where the list of values has a parameter, in a file that lists an input for each value: none if it has it
    /// nowhere.
    fn place_by_input(&self, node: &TreePath, param: &str) -> Option<Option<usize>> {
        let names = widget_names(self.value(node).as_object()?)?;
        let known =
            self.schema(node).and_then(|schema| schema.param(param)).map(|(_, known)| known);
        let is_it = |name: &&str| *name == param || known.is_some_and(|it| it.is_called(name));
        Some(names.iter().position(|name| name.as_ref().is_some_and(is_it)))
    }

    fn set_in_list(
        &mut self,
        node: &TreePath,
        schema: &NodeSchema,
        index: usize,
        value: &Value,
    ) -> Result<(), EditError> {
        let values = self.list(node, VALUES)?;
        let n = self.value(&values).as_array().map_or(0, Vec::len);
        // Positions before this one must hold something: what they meant by being absent.
        for param in schema.params.iter().take(index + 1).skip(n) {
            self.tree.push(&values, default_of(param));
        }
        let value = spelled_like(value, self.value(&values.item(index)));
        self.tree.set_item(&values, index, value);
        Ok(())
    }

    fn put(&mut self, values: &TreePath, name: &str, value: &Value) {
        let value = spelled_like(value, self.value(&values.key(name)));
        self.tree.set(values, name, value);
    }

    /// The name that values by name have for a parameter: the one that is there, or the canonical one.
    fn name_in(
        &self,
        node: &TreePath,
        values: &TreePath,
        param: &str,
    ) -> Result<String, EditError> {
        let given = |name: &str| self.tree.get(&values.key(name)).is_some();
        if given(param) {
            return Ok(param.to_owned());
        }
        let Some((_, known)) = self.schema(node).and_then(|schema| schema.param(param)) else {
            let id = self.id_at(node).to_string();
            return Err(self.unknown_param(&id, node, param));
        };
        let mut names = std::iter::once(known.name).chain(known.aliases.iter().copied());
        Ok(names.find(|name| given(name)).unwrap_or(known.name).to_owned())
    }

    fn unknown_param(&self, id: &str, node: &TreePath, param: &str) -> EditError {
        let remedy = match self.schema(node) {
            Some(schema) => {
                let names: Vec<_> = schema.params.iter().map(|param| param.name).collect();
                did_you_mean(param, &names)
            }
            None => "its class is not known, so nobody knows its parameters".to_owned(),
        };
        EditError::UnknownParam { node: id.to_owned(), param: param.to_owned(), remedy }
    }

    fn refuse_linked(&self, id: &str, node: &TreePath, param: &str) -> Result<(), EditError> {
        let Some(slot) = self.slot_of_param(node, param) else { return Ok(()) };
        let links = self.links();
        let Some(link) = links.iter().find(|link| link.to == id && link.to_slot == slot) else {
            return Ok(());
        };
        let (node, param, from) = (id.to_owned(), param.to_owned(), link.from.clone());
        Err(EditError::LinkedParam { node, param, from })
    }

    /// The slot of the input that a parameter has, if it has one.
    fn slot_of_param(&self, node: &TreePath, param: &str) -> Option<usize> {
        let schema = self.schema(node);
        let names = |known: &ParamSchema, name: &str| known.is_called(name);
        let known = schema.and_then(|schema| schema.param(param)).map(|(_, known)| known);
        slots(self.value(node), "inputs").position(|input| {
            let widget = input.get("widget").map_or("", name_of);
            [name_of(input), widget].iter().any(|name| {
                !name.is_empty()
                    && (*name == param || known.is_some_and(|known| names(known, name)))
            })
        })
    }

    /// Gives a parameter an input, and says in which slot.
    pub(super) fn param_to_input(&mut self, id: &str, param: &str) -> Result<usize, EditError> {
        let node = self.node(id)?;
        if let Some(slot) = self.slot_of_param(&node, param) {
            return Ok(slot);
        }
        let Some((_, known)) = self.schema(&node).and_then(|schema| schema.param(param)) else {
            return Err(self.unknown_param(id, &node, param));
        };
        // Beside a list of one the links of the node would be in other slots.
        self.list_ports(&node, "inputs", id)?;
        let inputs = node.key("inputs");
        Ok(self.tree.push(&inputs, param_slot(known.name, &known.param_type)))
    }

    pub(super) fn input_to_param(&mut self, id: &str, param: &str) -> Result<(), EditError> {
        let node = self.node(id)?;
        let is_known = self.schema(&node).is_some_and(|schema| schema.param(param).is_some());
        let Some(slot) = self.slot_of_param(&node, param) else {
            return if is_known { Ok(()) } else { Err(self.unknown_param(id, &node, param)) };
        };
        if self.value(&node.key("inputs").item(slot)).get("widget").is_none() && !is_known {
            return Err(self.unknown_param(id, &node, param));
        }
        self.feeding(id, slot).iter().for_each(|link| self.remove_link(link));
        self.tree.remove_item(&node.key("inputs"), slot);
        self.forget_links();
        self.close_gap(&node, slot);
        Ok(())
    }
}

/// A value as the file spells it: a list as "64,64" where it writes its lists so, and the same number as it
/// stands there.
pub(in crate::workflow::document) fn spelled_like(value: &Value, before: &Value) -> Value {
    match (value, before) {
        (Value::Number(new), Value::Number(old)) if new.as_f64() == old.as_f64() => before.clone(),
        (_, Value::String(_)) => as_text(value.clone()),
        _ => value.clone(),
    }
}
