//! No bytes make reading, checking or writing panic.

use serde_json::json;

use super::*;

/// Reads, checks and writes; what comes back is one or the other.
fn survive(bytes: &[u8]) {
    let loaded = load_bytes(bytes, Some("x.json"), registry(), &Worlds);
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.to_string().is_empty());
    }
    assert_eq!(loaded.graph.is_none(), has_errors(&loaded.diagnostics));
    match loaded.document {
        Some(mut document) => {
            let _ = document.set_param(registry(), "6", "gamma", "0.5");
            assert!(document.to_json().ends_with("}\n"));
        }
        None => assert!(has_errors(&loaded.diagnostics)),
    }
}

#[test]
fn files_cut_off_at_any_byte_are_reported_with_a_place() {
    for text in [DNNE_UI, SINGLE] {
        let bytes = text.trim_end().as_bytes();
        for end in 0..bytes.len() {
            let (document, diagnostics) = Document::parse(&bytes[..end], None);
            assert!(document.is_none(), "{end}");
            assert!(diagnostics[0].span.is_some());
        }
    }
}

#[test]
fn any_byte_may_be_any_other() {
    let mut bytes = SINGLE.as_bytes().to_vec();
    for i in 0..bytes.len() {
        let before = bytes[i];
        for wrong in [b'"', b'{', b']', b',', b'9', b'-', 0xFF, b'\n'] {
            bytes[i] = wrong;
            survive(&bytes);
        }
        bytes[i] = before;
    }
}

/// Every place in a JSON tree, as pointers.
fn pointers(root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![(String::new(), root)];
    while let Some((pointer, value)) = todo.pop() {
        if let Some(members) = value.as_object() {
            let members = members.iter();
            todo.extend(members.map(|(k, v)| (format!("{pointer}/{}", k.replace('/', "~1")), v)));
        }
        if let Some(items) = value.as_array() {
            let items = items.iter().enumerate();
            todo.extend(items.map(|(i, v)| (format!("{pointer}/{i}"), v)));
        }
        found.push(pointer);
    }
    found
}

#[test]
fn any_value_may_be_of_any_type() {
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e30),
        json!(u64::MAX),
        json!(""),
        json!("6"),
        json!([]),
        json!([[]]),
        json!(["6", 0]),
        json!({}),
        json!({"id": 1}),
    ];
    for text in [DNNE_UI, DNNE_API] {
        let root: Value = serde_json::from_str(text).unwrap();
        for pointer in pointers(&root) {
            for value in &wrong {
                let mut changed = root.clone();
                *changed.pointer_mut(&pointer).unwrap() = value.clone();
                survive(changed.to_string().as_bytes());
            }
        }
    }
}

#[test]
fn any_part_may_be_missing_or_there_twice() {
    let root: Value = serde_json::from_str(DNNE_UI).unwrap();
    for pointer in pointers(&root).iter().filter(|p| !p.is_empty()) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let mut changed = root.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(members) => {
                members.remove(key);
            }
            Value::Array(items) => {
                let item = items[key.parse::<usize>().unwrap()].clone();
                items.push(item);
            }
            _ => {}
        }
        survive(changed.to_string().as_bytes());
    }
}

#[test]
fn depth_and_length_do_no_harm() {
    survive("[".repeat(100_000).as_bytes());
    survive("{\"a\":".repeat(100_000).as_bytes());
    survive(&vec![0xC3; 1000]);
    let long =
        format!("{{\"{}\": {{\"class_type\": \"{}\"}}}}", "k".repeat(1 << 16), "c".repeat(1 << 16));
    survive(long.as_bytes());
    // A long chain of nodes that hand on what they get, closed to a ring.
    let n = 3000;
    let chain: serde_json::Map<String, Value> = (0..n)
        .map(|i| {
            let class = if i % 2 == 0 { "Print" } else { "ORNode" };
            let input = if i % 2 == 0 { "any" } else { "input_a" };
            let before = ((i + n - 1) % n).to_string();
            let node = json!({"class_type": class, "inputs": {input: [before, 0]}});
            (i.to_string(), node)
        })
        .collect();
    survive(Value::Object(chain).to_string().as_bytes());
}
