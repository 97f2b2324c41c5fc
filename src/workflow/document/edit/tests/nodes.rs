//! Nodes and groups.

use serde_json::json;

use super::*;

#[test]
fn a_new_node_has_the_ports_and_settings_of_its_kind() {
    let mut history = history(ARMS);
    let new = NodeToAdd {
        class: "MoveNode".into(),
        at: [10.0, 20.12345],
        title: Some("Zwei".into()),
        params: vec![("gain".into(), json!(2.5)), ("shape".into(), json!([8, 8]))],
        ..NodeToAdd::default()
    };
    let made = apply(&mut history, Edit::AddNode(new));
    assert_eq!(made.nodes, ["10"]);
    let node = node(history.document(), "10");
    assert_eq!(history.document().root()["last_node_id"], 10);
    assert_eq!((&node["type"], &node["title"]), (&json!("Move"), &json!("Zwei")));
    assert_eq!(node["pos"], json!([10, 20.123]));
    assert_eq!(node["order"], 5);
    assert_eq!(node["inputs"][1], json!({"name": "go", "type": "SYNC", "shape": 7, "link": null}));
    assert_eq!(node["outputs"][0], json!({"name": "seen", "type": "TENSOR", "links": []}));
    // By position alone, as this file has them.
    assert_eq!(node["widgets_values"], json!([2.5, "8,8", 0.5, false, "elu"]));
    assert_eq!(node.get("widgets_values_named"), None);
}

#[test]
fn new_nodes_give_their_values_in_the_form_of_the_file() {
    let add = || Edit::AddNode(NodeToAdd { class: "Learn".into(), ..NodeToAdd::default() });
    let by_name = json!({"rate": 3e-4});
    for (text, values, named) in [
        (ARMS, json!([3e-4]), None),
        (OBJECTS, by_name.clone(), None),
        ("{\"nodes\": []}", json!([3e-4]), Some(by_name)),
    ] {
        let mut history = history(text);
        let made = apply(&mut history, add());
        let node = node(history.document(), &made.nodes[0]);
        assert_eq!(node["widgets_values"], values);
        assert_eq!(node.get("widgets_values_named"), named.as_ref());
    }
}

#[test]
fn removed_nodes_take_their_wires_along() {
    let mut history = history(ARMS);
    apply(&mut history, Edit::RemoveNodes { nodes: ids(&["9", "7"]), bridge: false });
    assert_eq!(wires(history.document()), ["1.0 > 2.0", "2.0 > 4.0", "4.0 > 2.1"]);
    let mover = node(history.document(), "4");
    assert_eq!(
        (&mover["inputs"][1]["link"], &mover["outputs"][0]["links"]),
        (&json!(null), &json!([12]))
    );
    // Reroutes of removed links are gone; the one that another link shares stays.
    let extra = &history.document().root()["extra"];
    let reroutes: Vec<_> = extra["reroutes"].as_array().unwrap().iter().map(|r| &r["id"]).collect();
    assert_eq!(reroutes, [3, 4]);
    assert_eq!(extra["reroutes"][0]["linkIds"], json!([12]));
    assert_eq!(extra["linkExtensions"], json!([{"id": 12, "parentId": 4}]));
}

#[test]
fn what_fed_a_removed_node_feeds_what_it_fed_where_types_fit() {
    let bridged = |nodes: &[&str]| {
        let mut history = history(ARMS);
        apply(&mut history, Edit::RemoveNodes { nodes: ids(nodes), bridge: true });
        wires(history.document())
    };
    assert_eq!(bridged(&["2"]), ["4.0 > 9.0", "9.0 > 4.1", "7.0 > 9.1", "1.0 > 4.0"]);
    // Its trigger is no tensor: only the state goes through.
    let through = ["1.0 > 2.0", "7.0 > 9.1", "2.0 > 2.1", "2.0 > 9.0"];
    assert_eq!(bridged(&["4"]), through);
    // One after the other through both.
    assert_eq!(bridged(&["2", "4"]), ["7.0 > 9.1", "1.0 > 9.0"]);
    // A constant at a parameter is not what flows through a node, and a tensor is no trigger.
    assert_eq!(bridged(&["9"]), ["1.0 > 2.0", "2.0 > 4.0", "4.0 > 2.1"]);
}

#[test]
fn moving_a_node_changes_the_line_of_its_place_alone() {
    let text = include_str!("../../../../../workflows/cartpole_ppo.json");
    let moved = edited(text, Edit::MoveNodes { to: vec![("3".into(), [484.5, 120.0])] });
    let expected = text.replace("\"pos\": [483, 120]", "\"pos\": [484.5, 120]");
    assert_eq!(moved, expected);
    // Where it is already.
    assert_eq!(
        edited(ARMS, Edit::MoveNodes { to: vec![("1".into(), [-33.161251068115234, -10.0])] }),
        ARMS
    );
    let moved = edited(OBJECTS, Edit::MoveNodes { to: vec![("1".into(), [41.0, 40.0])] });
    assert_eq!(moved, OBJECTS.replacen("\"0\": 40,", "\"0\": 41,", 1));
}

#[test]
fn looks_of_nodes_are_set_and_taken_away() {
    let two = || ids(&["2", "9"]);
    let collapse = |collapsed| Edit::Collapse { nodes: two(), collapsed };
    let color = |c: Option<&str>| Edit::ColourNodes {
        nodes: two(),
        color: c.map(str::to_owned),
        bgcolor: None,
    };
    let mode = |mode| Edit::SetMode { nodes: two(), mode };
    let title = |title: &str| Edit::RenameNode { node: "9".into(), title: title.into() };
    let pin = |pinned| Edit::Pin { nodes: ids(&["7"]), pinned };
    for (edits, key, of_2, of_9) in [
        (vec![collapse(true)], "flags", json!({"collapsed": true}), json!({"collapsed": true})),
        (vec![collapse(false)], "flags", json!({}), json!({})),
        (vec![color(Some("#123"))], "color", json!("#123"), json!("#123")),
        (vec![color(Some("#123")), color(None)], "color", json!(null), json!(null)),
        (vec![mode(NodeMode::Muted)], "mode", json!(2), json!(2)),
        (vec![mode(NodeMode::Bypassed)], "mode", json!(4), json!(4)),
        (vec![mode(NodeMode::Active)], "mode", json!(0), json!(0)),
        (vec![title("Neu")], "title", json!(null), json!("Neu")),
        (vec![title("Neu"), title("")], "title", json!(null), json!(null)),
        (vec![pin(false)], "flags", json!({"collapsed": true}), json!({})),
    ] {
        let mut history = history(ARMS);
        edits.into_iter().for_each(|edit| drop(apply(&mut history, edit)));
        let value = |id: &str| node(history.document(), id)[key].clone();
        assert_eq!((value("2"), value("9")), (of_2, of_9), "{key}");
    }
    let resized = edited(ARMS, Edit::ResizeNode { node: "7".into(), size: [300.0, -5.0] });
    assert_eq!(resized, ARMS.replace("[210,58]", "[300,0]"));
}

#[test]
fn groups_come_change_and_go() {
    let mut history = history(ARMS);
    let frame = [0.0, 0.0, 10.5, 10.0];
    let add = Edit::AddGroup { title: "New".into(), bounding: frame, color: None };
    assert_eq!(apply(&mut history, add).groups, [1]);
    for edit in [
        Edit::RenameGroup { group: 1, title: "Newer".into() },
        Edit::ColourGroup { group: 1, color: Some("#111".into()) },
        Edit::ResizeGroup { group: 1, bounding: [1.0, 2.0, 3.0, 4.0] },
    ] {
        apply(&mut history, edit);
    }
    let group = &history.document().root()["groups"][1];
    let expected = json!({"id": 2, "title": "Newer", "bounding": [1, 2, 3, 4], "color": "#111",
        "font_size": 24, "flags": {}});
    assert_eq!(*group, expected);
    apply(&mut history, Edit::RemoveGroup { group: 1 });
    assert_eq!(history.document().to_text(), ARMS);
    // Groups without ids stay without.
    let add = Edit::AddGroup { title: "New".into(), bounding: frame, color: None };
    assert!(edited(OBJECTS, add).contains("{\"title\": \"New\", \"bounding\": [0, 0, 10.5, 10]"));
}

#[test]
fn a_group_moves_with_what_lies_in_it_or_alone() {
    let moved = |contents| {
        let mut history = history(ARMS);
        let inner = [500.0, 0.0, 20.0, 20.0];
        apply(&mut history, Edit::AddGroup { title: "In".into(), bounding: inner, color: None });
        apply(&mut history, Edit::MoveGroup { group: 0, by: [10.0, -5.5], contents });
        let document = history.document().clone();
        let at = |id: &str| node(&document, id)["pos"].clone();
        let frame = |group: usize| document.root()["groups"][group]["bounding"].clone();
        let reroute = document.root()["extra"]["reroutes"][3]["pos"].clone();
        (at("2"), at("9"), frame(0), frame(1), reroute)
    };
    let (frame, outside) = (json!([450, -85.5, 800, 400]), json!([1312.5, 6.25]));
    let inside = (json!([468.75, 166.25]), json!([500, 0, 20, 20]), json!([442.375, 90.0]));
    assert_eq!(moved(false), (inside.0, outside.clone(), frame.clone(), inside.1, inside.2));
    let along = (json!([478.75, 160.75]), json!([510, -5.5, 20, 20]), json!([452.375, 84.5]));
    assert_eq!(moved(true), (along.0, outside, frame, along.1, along.2));
}

#[test]
fn what_cannot_be_done_is_refused_and_named() {
    let at = |at| Edit::MoveNodes { to: vec![("1".into(), [0.0, 0.0]), ("2".into(), at)] };
    let new = |class: &str| NodeToAdd { class: class.into(), ..NodeToAdd::default() };
    for (edit, said) in [
        (at([f64::NAN, 0.0]), "the place of the node is not finite"),
        (at([0.0, f64::INFINITY]), "the place of the node is not finite"),
        (Edit::RemoveNodes { nodes: ids(&["1", "77"]), bridge: true }, "there is no node \"77\""),
        (Edit::AddNode(new("Mover")), "did you mean \"Move\"?"),
        (Edit::RemoveGroup { group: 1 }, "there is no group 1"),
        (
            Edit::All(vec![Edit::RemoveGroup { group: 0 }, Edit::RemoveGroup { group: 0 }]),
            "no group 0",
        ),
        (Edit::MoveGroup { group: 0, by: [f64::NAN, 0.0], contents: true }, "not finite"),
    ] {
        let error = refused(ARMS, edit).to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn ids_that_are_used_up_are_no_panic() {
    let full = ARMS.replace("\"last_node_id\":9", "\"last_node_id\":9223372036854775807");
    let add = Edit::AddNode(NodeToAdd { class: "Learn".into(), ..NodeToAdd::default() });
    assert_eq!(refused(&full, add), EditError::NoIdLeft);
    let odd = "{\"nodes\": [], \"links\": 3, \"groups\": {}}";
    let bad = |pointer: &str| EditError::BadFile { pointer: pointer.into(), expected: "list" };
    let add = Edit::AddGroup { title: String::new(), bounding: [0.0; 4], color: None };
    assert_eq!(refused(odd, add), bad("/groups"));
}

#[test]
fn only_the_ui_form_is_edited() {
    let api = "{\"1\": {\"class_type\": \"Learn\", \"inputs\": {}}}";
    let (document, _) = Document::parse(api.as_bytes(), None);
    let mut history = History::new(document.unwrap());
    let edit = Edit::RemoveNodes { nodes: ids(&["1"]), bridge: false };
    assert_eq!(history.apply(&registry(), &edit), Err(EditError::ApiForm));
}
