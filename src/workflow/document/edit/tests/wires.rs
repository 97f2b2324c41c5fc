//! Links, reroutes, and nodes put into wires.

use serde_json::json;

use super::*;

fn connect(from: PortRef, to: PortRef) -> Edit {
    Edit::Connect { from, to }
}

#[test]
fn connecting_replaces_what_fed_the_input() {
    let mut history = history(ARMS);
    let made =
        apply(&mut history, connect(PortRef::new("1", "start"), PortRef::new("4", "observations")));
    assert_eq!(made.links, ["22"]);
    let document = history.document();
    assert_eq!(wires(document).last().unwrap(), "1.0 > 4.0");
    assert!(!wires(document).contains(&"2.0 > 4.0".to_owned()));
    assert_eq!(document.root()["last_link_id"], 22);
    assert_eq!(node(document, "2")["outputs"][0]["links"], json!([]));
    assert_eq!(node(document, "1")["outputs"][0]["links"], json!([10, 22]));
    assert_eq!(document.root()["links"][5], json!([22, 1, 0, 4, 0, "TENSOR"]));
}

#[test]
fn the_same_wire_again_is_no_step() {
    let mut history = history(ARMS);
    apply(&mut history, connect(PortRef::new("2", 0), PortRef::new("4", 0)));
    assert_eq!(history.document().to_text(), ARMS);
    assert!(!history.is_dirty());
}

#[test]
fn ports_that_the_kind_has_and_the_file_does_not_list_are_added() {
    let mut history = history(ARMS);
    apply(&mut history, connect(PortRef::new("1", "start"), PortRef::new("2", "input_4")));
    let inputs = &node(history.document(), "2")["inputs"];
    assert_eq!(inputs[2], json!({"name": "input_e", "type": "*", "shape": 7, "link": 22}));
    // A parameter gets an input as it is connected.
    apply(&mut history, connect(PortRef::new("7", "value"), PortRef::new("4", "limit")));
    let inputs = &node(history.document(), "4")["inputs"];
    let limit = json!({"name": "limit", "type": "FLOAT", "widget": {"name": "limit"}, "link": 23});
    assert_eq!(inputs[3], limit);
    // A node without lists of ports: the wire that it has is still the same.
    let mut history = super::history(LABELS);
    assert_eq!(wires(history.document())[0], "2.0 > 3.0");
    apply(&mut history, connect(PortRef::new("3", "ready"), PortRef::new("2", "go")));
    apply(&mut history, connect(PortRef::new("1", "start"), PortRef::new("3", "state")));
    assert_eq!(wires(history.document())[2..], ["3.0 > 2.1", "1.0 > 3.0"]);
    assert_eq!(wires(history.document()).len(), 4);
}

#[test]
fn links_are_objects_where_the_others_are() {
    let text = edited(OBJECTS, connect(PortRef::new("1", 0), PortRef::new("5", 0)));
    let line = "{\"id\": 8, \"origin_id\": 1, \"origin_slot\": 0, \"target_id\": 5, \"target_slot\": 0, \
                \"type\": \"TENSOR\"}";
    let (gone, new) = changed_lines(OBJECTS, &text);
    assert!(new.contains(&line), "{new:#?}");
    assert!(
        text.contains("\"lastLinkId\": 8") && gone.iter().any(|line| line.contains("\"id\": 6"))
    );
    // Its only reroute went with the link that was replaced.
    assert!(text.contains("\"reroutes\": []"));
}

#[test]
fn wires_are_taken_away() {
    for (edit, left) in [
        (Edit::DisconnectInput(PortRef::new("4", "go")), "14"),
        (Edit::DisconnectOutput(PortRef::new("4", "seen")), "12 16"),
        (Edit::RemoveLinks { links: ids(&["10", "21"]) }, "10 21"),
    ] {
        let text = edited(ARMS, edit.clone());
        let all = ["10", "11", "12", "16", "14", "21"].iter();
        let expected: Vec<_> = all.filter(|id| !left.split(' ').any(|gone| gone == **id)).collect();
        let links = document(&text).canvas().links;
        assert!(links.iter().map(|link| &link.id).eq(expected), "{edit:?}");
    }
    // What is not connected is no step.
    assert_eq!(edited(ARMS, Edit::DisconnectInput(PortRef::new("4", "gain"))), ARMS);
}

#[test]
fn wires_led_elsewhere_keep_id_and_reroutes() {
    let mut history = history(ARMS);
    let (from, to) = (PortRef::new("4", "seen"), PortRef::new("1", "start"));
    apply(&mut history, Edit::MoveOutput { from, to });
    apply(&mut history, Edit::MoveLink { link: "12".into(), to: PortRef::new("2", "input_c") });
    let links = history.document().canvas().links;
    let moved: Vec<_> = links.iter().filter(|link| !link.reroutes.is_empty()).collect();
    assert_eq!(moved.iter().map(|link| link.id.as_str()).collect::<Vec<_>>(), ["12", "16", "14"]);
    assert_eq!((moved[0].from.clone(), moved[0].to.clone()), (("1".into(), 0), ("2".into(), 2)));
    assert_eq!(moved[0].reroutes, ["3", "4"]);
    assert_eq!(node(history.document(), "4")["outputs"][0]["links"], json!([]));
}

#[test]
fn a_node_is_put_into_a_wire() {
    let new = |class: &str| NodeToAdd { class: class.into(), ..NodeToAdd::default() };
    let mut history = history(ARMS);
    let made = apply(&mut history, Edit::InsertNode { link: "16".into(), node: new("Move") });
    assert_eq!((made.nodes, made.links), (ids(&["10"]), ids(&["22"])));
    let all = wires(history.document());
    assert!(all.contains(&"4.0 > 10.0".to_owned()) && all.contains(&"10.0 > 9.0".to_owned()));
    assert_eq!(all.len(), 7);
    // One that is there gives up what fed the input that it takes.
    let mut history = super::history(ARMS);
    apply(&mut history, Edit::InsertExisting { link: "16".into(), node: "2".into() });
    let all = ["2.0 > 4.0", "4.0 > 2.1", "4.0 > 2.0", "9.0 > 4.1", "7.0 > 9.1", "2.0 > 9.0"];
    assert_eq!(wires(history.document()), all);
    for (link, node) in [("16", "7"), ("16", "4"), ("14", "1")] {
        let edit = Edit::InsertExisting { link: link.into(), node: node.into() };
        assert_eq!(refused(ARMS, edit), EditError::DoesNotSuit { node: node.into() });
    }
    let edit = Edit::InsertNode { link: "16".into(), node: new("Number") };
    assert_eq!(refused(ARMS, edit), EditError::DoesNotSuit { node: "10".into() });
}

#[test]
fn reroutes_join_the_chain_of_their_wire() {
    let chain = |history: &History, link: &str| {
        let links = history.document().canvas().links;
        links.into_iter().find(|l| l.id == link).unwrap().reroutes
    };
    let add =
        |link: &str, position| Edit::AddReroute { link: link.into(), position, at: [1.0, 2.0] };
    for (link, position, of_12, of_16) in [
        ("12", 0, "5 3 4", "5 3"),
        ("12", 1, "3 5 4", "3"),
        ("12", 9, "3 4 5", "3"),
        ("16", 1, "3 4", "3 5"),
    ] {
        let mut history = history(ARMS);
        assert_eq!(apply(&mut history, add(link, position)).reroutes, ["5"]);
        assert_eq!(chain(&history, "12").join(" "), of_12);
        assert_eq!(chain(&history, "16").join(" "), of_16);
        apply(&mut history, Edit::MoveReroute { reroute: "5".into(), to: [7.0, 8.0] });
        let at = history.document().canvas().reroutes.into_iter().find(|r| r.id == "5").unwrap().at;
        assert_eq!(at, [7.0, 8.0]);
        apply(&mut history, Edit::RemoveReroute { reroute: "3".into() });
        assert_eq!(chain(&history, "12").join(" "), of_12.replace("3 ", ""));
    }
    let mut history = history(OBJECTS);
    apply(&mut history, add("7", 0));
    apply(&mut history, add("6", 0));
    assert_eq!(
        (chain(&history, "7").join(" "), chain(&history, "6").join(" ")),
        ("2".into(), "3 1".into())
    );
    assert_eq!(history.document().root()["state"]["lastRerouteId"], 3);
    // The first of a file without any.
    let mut history = super::history(LABELS);
    apply(&mut history, add("7", 0));
    assert_eq!(chain(&history, "7"), ["1"]);
}

#[test]
fn circles_of_reroutes_have_an_end() {
    let circle = ARMS.replace("{\"id\":2,\"pos\"", "{\"id\":2,\"parentId\":1,\"pos\"");
    assert_ne!(circle, ARMS);
    let mut history = history(&circle);
    assert_eq!(document(&circle).canvas().links[4].reroutes, ["2", "1"]);
    apply(&mut history, Edit::RemoveReroute { reroute: "1".into() });
    apply(&mut history, Edit::RemoveLinks { links: ids(&["14"]) });
}

#[test]
fn ports_and_wires_that_are_not_there_are_named() {
    let wire = |from: PortRef, to: PortRef| refused(ARMS, connect(from, to)).to_string();
    let input = PortRef::new("4", "state");
    for (said, expected) in [
        (
            wire(PortRef::new("1", "begin"), input.clone()),
            "node 1 has no output \"begin\"; it has start",
        ),
        (wire(PortRef::new("1", 3), input.clone()), "node 1 has no output in slot 3"),
        (wire(PortRef::new("12", 0), input.clone()), "there is no node \"12\""),
        (wire(PortRef::new("1", 0), PortRef::new("4", "stat")), "did you mean \"state\"?"),
        (wire(PortRef::new("1", 0), PortRef::new("1", 0)), "node 1 has no input in slot 0"),
        (
            refused(ARMS, Edit::RemoveLinks { links: ids(&["10", "5"]) }).to_string(),
            "no link \"5\"",
        ),
        (
            refused(ARMS, Edit::RemoveReroute { reroute: "9".into() }).to_string(),
            "no reroute \"9\"",
        ),
    ] {
        assert!(said.contains(expected), "{said}");
    }
}
