//! Workflows inside of what ComfyUI puts around them.
//!
//! Its server takes `{"prompt": ..., "extra_data": {"extra_pnginfo": {"workflow": ...}}}`, lists what it runs as
//! `[number, id, prompt, ...]` in `queue_running`, and what it ran as `{"<id>": {"prompt": [number, id, prompt, ...]}}`
//! (server.py and execution.py). Its front end hands on `{"workflow": ..., "output": ...}`, and pictures hold `workflow`
//! and `prompt` as texts.

use serde_json::{Map, Value};

use super::form_of;
use crate::workflow::spans::child;

/// Deeper wrappings are nobody's.
const DEEPEST: usize = 6;
/// Where a workflow may be in an object, that of the drawing first: it is what ComfyUI opens.
const KEYS: [&str; 5] = ["workflow", "prompt", "output", "extra_data", "extra_pnginfo"];
const QUEUES: [&str; 2] = ["queue_running", "queue_pending"];

/// A workflow inside of something else.
#[derive(Debug, PartialEq)]
pub(super) struct Inner {
    /// The way to it; what is written as a text has no places, and ends there.
    pub pointer: String,
    pub root: Map<String, Value>,
    /// Whether it is written as a text.
    pub is_text: bool,
}

/// All workflows in a value that is none itself.
pub(super) fn inside(value: &Value) -> Vec<Inner> {
    within(value, "", 0)
}

fn within(value: &Value, pointer: &str, depth: usize) -> Vec<Inner> {
    if depth > DEEPEST {
        return Vec::new();
    }
    let at = |step: &dyn std::fmt::Display, value: &Value| {
        found(value, &child(pointer, step), depth + 1)
    };
    match value {
        // As it is queued.
        Value::Array(items) => match items.as_slice() {
            [Value::Number(_), Value::String(_), prompt, ..] => at(&2, prompt),
            items => items.iter().enumerate().flat_map(|(i, item)| at(&i, item)).collect(),
        },
        Value::Object(members) => {
            let first = KEYS.iter().find_map(|key| {
                let found = at(key, members.get(*key)?);
                (!found.is_empty()).then_some(found)
            });
            if let Some(found) = first {
                return found;
            }
            let is_run = |value: &Value| value.get("prompt").is_some_and(Value::is_array);
            let runs = members
                .iter()
                .filter(|(key, value)| QUEUES.contains(&key.as_str()) || is_run(value));
            runs.flat_map(|(key, value)| at(key, value)).collect()
        }
        _ => Vec::new(),
    }
}

fn found(value: &Value, pointer: &str, depth: usize) -> Vec<Inner> {
    let whole = |root: &Map<String, Value>, is_text| {
        let root = root.clone();
        vec![Inner { pointer: pointer.to_owned(), root, is_text }]
    };
    match value {
        Value::Object(root) if !root.is_empty() && form_of(root).is_ok() => whole(root, false),
        Value::String(text) if text.trim_start().starts_with('{') => {
            match serde_json::from_str(text) {
                Ok(Value::Object(root)) if !root.is_empty() && form_of(&root).is_ok() => {
                    whole(&root, true)
                }
                _ => Vec::new(),
            }
        }
        other => within(other, pointer, depth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_workflow_is_found_in_whatever_is_around_it() {
        let api = json!({"1": {"class_type": "ORNode", "inputs": {}}});
        let ui = json!({"nodes": [{"id": 1, "type": "ORNode"}], "links": []});
        let queued = json!([3, "b7-e", api, {"extra_pnginfo": {"workflow": ui}}, ["1"]]);
        let text = api.to_string();
        for (value, expected) in [
            (json!({"prompt": api, "client_id": "x"}), vec!["/prompt"]),
            (
                json!({"prompt": api, "extra_data": {"extra_pnginfo": {"workflow": ui}}}),
                vec!["/prompt"],
            ),
            (
                json!({"extra_data": {"extra_pnginfo": {"workflow": ui}}}),
                vec!["/extra_data/extra_pnginfo/workflow"],
            ),
            (json!({"workflow": ui, "output": api}), vec!["/workflow"]),
            (json!({"output": api}), vec!["/output"]),
            (json!({"prompt": text, "workflow": ui}), vec!["/workflow"]),
            (json!({"prompt": text}), vec!["/prompt"]),
            (json!({"workflow": {"prompt": api}, "id": "x"}), vec!["/workflow/prompt"]),
            (json!({"b7-e": {"prompt": queued, "outputs": {}}}), vec!["/b7-e/prompt/2"]),
            (
                json!({"a/b": {"prompt": queued}, "c": {"prompt": queued}}),
                vec!["/a~1b/prompt/2", "/c/prompt/2"],
            ),
            (json!({"queue_running": [queued], "queue_pending": []}), vec!["/queue_running/0/2"]),
            (queued.clone(), vec!["/2"]),
            (json!([ui]), vec!["/0"]),
            // Nothing of the kind.
            (json!({"prompt": "a cat on a roof"}), vec![]),
            (json!({"prompt": {}}), vec![]),
            (json!({"prompt": "{\"a\": 1}"}), vec![]),
            (json!({"settings": {"nodes": []}}), vec![]),
            (json!(3), vec![]),
        ] {
            let found = inside(&value);
            let pointers: Vec<&str> = found.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{value}");
            assert!(found.iter().all(|it| !it.root.is_empty()));
        }
        let mut deep = api;
        for _ in 0..20 {
            deep = json!({"prompt": deep});
        }
        assert!(inside(&deep).is_empty());
    }
}
