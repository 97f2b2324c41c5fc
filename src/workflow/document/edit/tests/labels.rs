//! Labels, copies and pasting.

use serde_json::json;

use super::*;

#[test]
fn a_wire_becomes_labels_and_labels_become_wires() {
    let mut history = history(ARMS);
    let made = apply(&mut history, Edit::LinkToLabels { link: "11".into(), name: None });
    assert_eq!(made.nodes, ["10", "11"]);
    let takes = node(history.document(), "10");
    let expected = json!({"labelName": "Join.output", "labelDirection": "output", "sourceNodeId": 2,
        "sourceSlotIndex": 0, "sourceSlotName": "output", "sourceSlotType": "TENSOR"});
    assert_eq!(takes["properties"], expected);
    let gives = node(history.document(), "11");
    assert_eq!(gives["properties"]["targetNodeId"], 4);
    assert_eq!(gives["properties"]["connectedToLabel"], "Join.output");
    let labels: Vec<_> =
        history.document().canvas().nodes.into_iter().filter_map(|node| node.label).collect();
    assert_eq!(labels.iter().map(|label| label.is_source).collect::<Vec<_>>(), [true, false]);
    apply(&mut history, Edit::RenameLabels { name: "Join.output".into(), to: "state".into() });
    assert_eq!(node(history.document(), "11")["properties"]["connectedToLabel"], "state");
    apply(&mut history, Edit::LabelsToLinks { name: "state".into() });
    let mut before = wires(&document(ARMS));
    let mut after = wires(history.document());
    before.sort();
    after.sort();
    assert_eq!(before, after);
}

#[test]
fn several_wires_of_an_output_share_a_label() {
    let mut history = history(ARMS);
    let label = |link: &str| Edit::LinkToLabels { link: link.into(), name: Some("seen".into()) };
    assert_eq!(apply(&mut history, label("12")).nodes.len(), 2);
    assert_eq!(apply(&mut history, label("16")).nodes.len(), 1);
    let all = [label("12"), label("10")];
    assert_eq!(
        refused(LABELS, Edit::LinkToLabels { link: "7".into(), name: Some("start".into()) }),
        EditError::LabelTaken { name: "start".into() }
    );
    let error = history.apply(&registry(), &all[1]).unwrap_err();
    assert_eq!(error, EditError::LabelTaken { name: "seen".into() });
    apply(&mut history, Edit::LabelsToLinks { name: "seen".into() });
    assert_eq!(wires(history.document()).len(), 6);
}

#[test]
fn labels_of_a_file_become_wires() {
    let mut history = history(LABELS);
    apply(&mut history, Edit::LabelsToLinks { name: "start".into() });
    assert_eq!(wires(history.document()), ["2.0 > 3.0", "1.0 > 2.0"]);
    assert_eq!(history.document().canvas().nodes.len(), 4);
    let error = refused(LABELS, Edit::LabelsToLinks { name: "stop".into() });
    assert_eq!(error, EditError::UnknownLabel { name: "stop".into() });
    let error = refused(LABELS, Edit::RenameLabels { name: "stop".into(), to: "go".into() });
    assert_eq!(error, EditError::UnknownLabel { name: "stop".into() });
}

fn copied(text: &str, nodes: &[&str], groups: &[usize]) -> Fragment {
    let copied = Fragment::copy(&document(text), &ids(nodes), groups).unwrap();
    let read = Fragment::parse(&copied.to_json()).unwrap();
    assert_eq!(read, copied, "it comes through the clipboard as it is");
    copied
}

#[test]
fn copies_get_new_ids_and_the_wires_between_them() {
    let fragment = copied(ARMS, &["2", "4", "9"], &[0]);
    for (connections, outer) in [(false, 0), (true, 2)] {
        let mut history = history(ARMS);
        let paste = Edit::Paste { fragment: fragment.clone(), at: [0.0, 0.0], connections };
        let made = apply(&mut history, paste);
        assert_eq!(made.nodes, ["10", "11", "12"]);
        assert_eq!((made.links.len(), made.groups), (4 + outer, vec![1]));
        let document = history.document();
        let all = wires(document);
        assert!(
            all.contains(&"10.0 > 12.0".to_owned()) && all.contains(&"10.0 > 11.1".to_owned()),
            "{all:?}"
        );
        assert_eq!(all.contains(&"1.0 > 11.0".to_owned()), connections);
        assert_eq!(all.contains(&"7.0 > 12.1".to_owned()), connections);
        // The group is furthest left and up; all else lies to it as it did.
        assert_eq!(document.root()["groups"][1]["bounding"], json!([0, 0, 800, 400]));
        assert_eq!(document.root()["groups"][1]["id"], 2);
        assert_eq!(node(document, "11")["pos"], json!([28.75, 246.25]));
        assert_eq!(node(document, "12")["vendor"], json!({"keep": [1, 2.5, {"deep": null}]}));
        apply(&mut history, Edit::RemoveNodes { nodes: made.nodes, bridge: false });
        apply(&mut history, Edit::RemoveGroup { group: 1 });
        assert_eq!(wires(history.document()), wires(&super::document(ARMS)));
    }
}

#[test]
fn copies_go_into_other_files() {
    let fragment = copied(OBJECTS, &["1", "3"], &[]);
    let mut history = history(LABELS);
    apply(&mut history, Edit::Paste { fragment, at: [5.0, 5.0], connections: true });
    assert!(wires(history.document()).contains(&"7.0 > 8.0".to_owned()));
    let fragment = copied(LABELS, &["1", "5", "6", "2"], &[]);
    let mut history = super::history(OBJECTS);
    let made = apply(&mut history, Edit::Paste { fragment, at: [5.0, 5.0], connections: false });
    let source = node(history.document(), &made.nodes[2]);
    assert_eq!(source["properties"]["sourceNodeId"].to_string(), made.nodes[0]);
}

#[test]
fn a_duplicate_is_fed_by_what_feeds_the_original_if_wanted() {
    for (connections, expected) in [(false, 6), (true, 8)] {
        let mut history = history(ARMS);
        let duplicate = Edit::Duplicate { nodes: ids(&["9"]), by: [20.0, 30.5], connections };
        let made = apply(&mut history, duplicate);
        assert_eq!(node(history.document(), &made.nodes[0])["pos"], json!([1332.5, 36.75]));
        assert_eq!(wires(history.document()).len(), expected);
    }
}

#[test]
fn the_clipboard_may_hold_anything() {
    for (text, said) in [
        ("", "it is no JSON"),
        ("hello", "it is no JSON"),
        ("[]", "it holds no nodes"),
        ("{\"nodes\": 3}", "it holds no nodes"),
        ("{\"nodes\": [3]}", "is no object"),
        ("{\"nodes\": [{\"type\": \"A\"}]}", "has no id"),
        ("{\"nodes\": [{\"id\": 1}]}", "has no type"),
        (
            "{\"nodes\": [{\"id\": 1, \"type\": \"A\"}, {\"id\": \"1\", \"type\": \"A\"}]}",
            "the same id",
        ),
    ] {
        let error = Fragment::parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    // Ports, links and places that make no sense are left out.
    let odd = "{\"nodes\": [{\"id\": \"a\", \"type\": \"What\", \"pos\": \"here\", \"inputs\": 5}], \
               \"links\": [1, [1, 2], [1, \"a\", 0, \"a\", 99, 0], [2, \"a\", 0, \"b\", 0, 0]], \
               \"groups\": [{\"bounding\": null}]}";
    let fragment = Fragment::parse(odd).unwrap();
    let mut history = history("{\"nodes\": []}");
    history.apply(&registry(), &Edit::Paste { fragment, at: [0.0; 2], connections: true }).unwrap();
    assert_eq!(wires(history.document()), Vec::<String>::new());
}
