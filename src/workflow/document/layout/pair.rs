//! Matches the items of a changed list with those of the old list.

use std::collections::HashMap;

use serde_json::Value;

/// For each item of `new` the position of the item of `old` that it was, if it was one.
pub(super) fn pair(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    if let (Some(before), Some(after)) = (by_name(old), by_name(new)) {
        let mut pairs = vec![None; new.len()];
        for (name, position) in after {
            pairs[position] = before.get(&name).copied();
        }
        return pairs;
    }
    by_place(old, new)
}

/// Items at both ends that are the same are themselves; between them the first is the first.
fn by_place(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let shorter = old.len().min(new.len());
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = tail.min(shorter - head);
    let middle_end = old.len() - tail;
    let place = |index: usize| {
        let from_end = new.len() - index;
        if from_end <= tail {
            Some(old.len() - from_end)
        } else {
            Some(index).filter(|index| *index < middle_end)
        }
    };
    (0..new.len()).map(place).collect()
}

/// Positions by name, where every item has one and no two the same.
fn by_name(items: &[Value]) -> Option<HashMap<String, usize>> {
    let mut names = HashMap::new();
    for (position, item) in items.iter().enumerate() {
        if names.insert(name(item)?, position).is_some() {
            return None;
        }
    }
    Some(names)
}

/// What an item of a workflow's lists goes by: nodes, links and groups by id, ports by name.
fn name(item: &Value) -> Option<String> {
    match item {
        Value::Object(members) => {
            let (key, value) = ["id", "name"].iter().find_map(|key| members.get_key_value(*key))?;
            Some(format!("{key} {value}"))
        }
        // [id, from, slot, to, slot, type]
        Value::Array(parts) if parts.len() >= 5 => Some(parts[0].to_string()),
        _ => None,
    }
}
