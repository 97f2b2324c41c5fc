//! Changing one parameter of a document, for `--set NODE.PARAM=VALUE`.

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, did_you_mean, nearest};
use crate::workflow::document::{Document, Form, ui};
use crate::workflow::registry::Registry;
use crate::workflow::schema::{NodeSchema, ParamSchema, ParamType};
use crate::workflow::sketch::{End, Sketch, SketchNode};
use crate::workflow::value::ParamValue;

impl Document {
    /// Sets parameter `param` of a node, given by id, by title, or by a class name that only one
    /// node has. `text` is read by the parameter's type: `64,64`, `3e-4`, `true`, `elu`.
    pub fn set_param(
        &mut self,
        registry: &Registry,
        node: &str,
        param: &str,
        text: &str,
    ) -> Result<(), Diagnostic> {
        let (sketch, _) = self.sketch();
        let changed = set(self, registry, &sketch, (node, param, text));
        changed.map_err(|diagnostic| diagnostic.file(self.file.as_deref()))
    }

    /// The ids of all nodes of a kind, by canonical class name.
    pub fn nodes_of_class(&self, registry: &Registry, class: &str) -> Vec<String> {
        let nodes = self.sketch().0.nodes.into_iter();
        let is_meant = |name: &str| registry.find(name).is_some_and(|s| s.class_type == class);
        nodes.filter(|node| is_meant(&node.class)).map(|node| node.id).collect()
    }

    /// The type of the parameter that `NODE.PARAM` names, as [`Document::set_param_from_option`] reads it.
    pub fn param_type(
        &self,
        registry: &Registry,
        target: &str,
    ) -> Result<&'static ParamType, Diagnostic> {
        let (sketch, _) = self.sketch();
        let found = target.rsplit_once('.').ok_or_else(|| bad_override(target));
        let found =
            found.and_then(|(node, param)| find(registry, &sketch, node.trim(), param.trim()));
        let found = found.map(|(_, schema, index)| &schema.params[index].param_type);
        found.map_err(|diagnostic| diagnostic.file(self.file()))
    }

    /// As [`Document::set_param`], from the text of one option: `NODE.PARAM=VALUE`.
    pub fn set_param_from_option(
        &mut self,
        registry: &Registry,
        option: &str,
    ) -> Result<(), Diagnostic> {
        // Titles may hold dots; parameter names never do.
        let parts = option
            .split_once('=')
            .and_then(|(target, value)| Some((target.rsplit_once('.')?, value)));
        let Some(((node, param), value)) = parts else {
            return Err(bad_override(option).file(self.file()));
        };
        self.set_param(registry, node.trim(), param.trim(), value.trim())
    }
}

impl Document {
    /// The id of the node and the parameter that `NODE.PARAM=VALUE` sets, where it names any.
    pub fn option_target(
        &self,
        registry: &Registry,
        option: &str,
    ) -> Option<(String, &'static str)> {
        let (target, _) = option.split_once('=')?;
        let (node, param) = target.rsplit_once('.')?;
        let (sketch, _) = self.sketch();
        let (position, schema, index) = find(registry, &sketch, node.trim(), param.trim()).ok()?;
        Some((sketch.nodes[position].id.clone(), schema.params[index].name))
    }
}

fn bad_override(option: &str) -> Diagnostic {
    let message = format!("{option:?} does not say which parameter to set");
    Diagnostic::error("bad-override", message)
        .remedy("write NODE.PARAM=VALUE, such as PPOTrainerNode.gamma=0.98")
}

/// The node that `wanted` names, its kind, and which of the kind's parameters is called `param`.
fn find(
    registry: &Registry,
    sketch: &Sketch,
    wanted: &str,
    param: &str,
) -> Result<(usize, &'static NodeSchema, usize), Diagnostic> {
    let position = find_node(sketch, registry, wanted)?;
    let node = &sketch.nodes[position];
    let schema = registry.find(&node.class).ok_or_else(|| {
        let message = format!("no node is called {:?}", node.class);
        node.blame(Diagnostic::error("unknown-class", message).at(node.class_place))
    })?;
    let (index, _) = schema.param(param).ok_or_else(|| {
        let names: Vec<_> = schema.params.iter().map(|p| p.name).collect();
        let message = format!("{} has no parameter {param:?}", schema.class_type);
        let diagnostic = Diagnostic::error("unknown-parameter", message);
        node.blame(diagnostic.field(param).remedy(did_you_mean(param, &names)))
    })?;
    Ok((position, schema, index))
}

fn set(
    document: &mut Document,
    registry: &Registry,
    sketch: &Sketch,
    (wanted, param, text): (&str, &str, &str),
) -> Result<(), Diagnostic> {
    let (position, schema, index) = find(registry, sketch, wanted, param)?;
    let (node, param_schema) = (&sketch.nodes[position], &schema.params[index]);
    let read = param_schema.param_type.read(&Value::from(text));
    let value = read.map_err(|problem| {
        let diagnostic = Diagnostic::error(problem.code(), problem.to_string());
        node.blame(diagnostic.field(param_schema.name).remedy(problem.remedy()))
    })?;
    match document.form {
        Form::Api => set_api(&mut document.root, &node.id, param_schema, &value),
        Form::Ui => {
            refuse_linked(sketch, position, param_schema)?;
            set_ui(&mut document.root, &node.id, schema, index, &value);
        }
    }
    Ok(())
}

/// The position of the node that `wanted` names.
fn find_node(sketch: &Sketch, registry: &Registry, wanted: &str) -> Result<usize, Diagnostic> {
    let class = registry.find(wanted).map(|s| s.class_type);
    let by_id = |n: &SketchNode| n.id == wanted;
    let by_title = |n: &SketchNode| n.title.as_deref() == Some(wanted);
    let by_class = |n: &SketchNode| {
        n.class == wanted
            || class.is_some() && registry.find(&n.class).map(|s| s.class_type) == class
    };
    let matches: [&dyn Fn(&SketchNode) -> bool; 3] = [&by_id, &by_title, &by_class];
    for matches in matches {
        let nodes = sketch.nodes.iter().enumerate();
        let found: Vec<_> = nodes.filter(|(_, n)| matches(n)).collect();
        match found.as_slice() {
            [] => {}
            [(position, _)] => return Ok(*position),
            several => {
                let ids: Vec<_> = several.iter().map(|(_, n)| n.id.as_str()).collect();
                let message = format!("{wanted:?} names {} nodes", several.len());
                return Err(Diagnostic::error("ambiguous-node", message)
                    .remedy(format!("name one by its id: {}", ids.join(", "))));
            }
        }
    }
    let nodes = sketch.nodes.iter();
    let names = nodes.flat_map(|n| [Some(n.class.as_str()), n.title.as_deref()]);
    let remedy = match nearest(wanted, names.flatten()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "name a node by its id, its title or its class".to_owned(),
    };
    let message = format!("no node of this workflow is called {wanted:?}");
    Err(Diagnostic::error("unknown-node", message).remedy(remedy))
}

/// A value set beside a link would silently lose to it.
fn refuse_linked(sketch: &Sketch, position: usize, param: &ParamSchema) -> Result<(), Diagnostic> {
    let names_param = |end: &End| matches!(end, End::Name(name) if name == param.name || param.aliases.contains(&name.as_str()));
    let mut links = sketch.links.iter();
    let Some(link) = links.find(|l| l.to == position && names_param(&l.input)) else {
        return Ok(());
    };
    let from = link.from.map_or("?", |i| sketch.nodes[i].id.as_str());
    let message = format!("the parameter is fed by node {from}");
    let diagnostic = Diagnostic::error("linked-parameter", message).at(link.place);
    let diagnostic = diagnostic.field(param.name);
    Err(sketch.nodes[position].blame(diagnostic.remedy(format!("set node {from} instead"))))
}

fn set_api(root: &mut Map<String, Value>, id: &str, param: &ParamSchema, value: &ParamValue) {
    let Some(Value::Object(body)) = root.get_mut(id) else {
        return;
    };
    let inputs = body.entry("inputs").or_insert(Value::Null);
    if !inputs.is_object() {
        *inputs = Value::Object(Map::new());
    }
    let Value::Object(inputs) = inputs else {
        return;
    };
    set_by_name(inputs, param, value);
}

fn set_ui(
    root: &mut Map<String, Value>,
    id: &str,
    schema: &NodeSchema,
    index: usize,
    value: &ParamValue,
) {
    let Some(Value::Array(nodes)) = root.get_mut("nodes") else {
        return;
    };
    let has_id = |node: &&mut Value| node.get("id").and_then(ui::identifier).as_deref() == Some(id);
    let Some(Value::Object(body)) = nodes.iter_mut().find(has_id) else {
        return;
    };
    // Values by name win over those by position, so both are set.
    if let Some(Value::Object(values)) = body.get_mut("widgets_values_named") {
        set_by_name(values, &schema.params[index], value);
        if !body.contains_key("widgets_values") {
            return;
        }
    }
    let param = &schema.params[index];
    let by_input = ui::widget_names(body)
        .map(|names| names.iter().position(|name| name.is_some_and(|it| param.is_called(it))));
    if by_input == Some(None) {
        // The list has no place for it.
        let named = body.entry("widgets_values_named").or_insert_with(|| Map::new().into());
        if let Value::Object(values) = named {
            set_by_name(values, param, value);
        }
        return;
    }
    let index = by_input.flatten().unwrap_or(index);
    let widgets = body.entry("widgets_values").or_insert(Value::Null);
    match widgets {
        Value::Object(values) => set_by_name(values, param, value),
        other => {
            if !other.is_array() {
                *other = Value::Array(Vec::new());
            }
            let Value::Array(values) = other else { return };
            // Positions before this one must hold something: what they meant by being absent.
            for param in schema.params.iter().take(index + 1).skip(values.len()) {
                values.push(param.param_type.default_value().to_json());
            }
            values[index] = spelled_like(value, &values[index]);
        }
    }
}

/// Under the name that the file uses; the canonical one would stand beside it.
fn set_by_name(values: &mut Map<String, Value>, param: &ParamSchema, value: &ParamValue) {
    let names = std::iter::once(&param.name).chain(param.aliases);
    let key = names.copied().find(|name| values.contains_key(*name));
    let slot = values.entry(key.unwrap_or(param.name)).or_insert(Value::Null);
    *slot = spelled_like(value, slot);
}

/// The value as JSON, a list as "64,64" where the file wrote its lists so.
fn spelled_like(value: &ParamValue, before: &Value) -> Value {
    match (value, before) {
        (ParamValue::IntList(items), Value::String(_)) => {
            let items: Vec<_> = items.iter().map(i64::to_string).collect();
            Value::from(items.join(","))
        }
        _ => value.to_json(),
    }
}
