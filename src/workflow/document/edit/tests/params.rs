//! Parameters.

use serde_json::json;

use super::*;

fn set(node: &str, param: &str, value: Value) -> Edit {
    Edit::SetParam { node: node.into(), param: param.into(), value }
}

#[test]
fn a_value_is_set_where_the_file_has_it() {
    let limit = edited(ARMS, set("4", "limit", json!(0.002)));
    assert_eq!(limit, ARMS.replace("[0.50,\"64,64\",1e-4,true]", "[0.50,\"64,64\",0.002,true]"));
    let shape = edited(ARMS, set("4", "shape", json!([8, 9])));
    assert_eq!(shape, ARMS.replace("\"64,64\"", "\"8,9\""));
    // Those before it get the default, which is what they had.
    let kind = edited(ARMS, set("4", "kind", json!("relu")));
    assert_eq!(kind, ARMS.replace("1e-4,true]", "1e-4,true,\"relu\"]"));
    // By name, under the name that the file uses.
    let gain = edited(OBJECTS, set("3", "gain", json!(0.2)));
    assert_eq!(gain, OBJECTS.replace("0.10", "0.2"));
    let count = edited(&OBJECTS.replace("\"count\"", "\"n\""), set("1", "count", json!(3)));
    assert!(count.contains("\"n\": 3,"));
    let new = edited(OBJECTS, set("3", "kind", json!("relu")));
    assert_eq!(new, OBJECTS.replace("{\"gain\": 0.10}", "{\"gain\": 0.10, \"kind\": \"relu\"}"));
    let unknown = edited(OBJECTS, set("1", "from elsewhere", json!(1)));
    assert!(unknown.contains("\"from elsewhere\": 1}"));
}

#[test]
fn a_node_without_values_gets_a_list_of_them() {
    let text = edited(LABELS, set("2", "shape", json!("8,8")));
    assert_eq!(node(&document(&text), "2")["widgets_values"], json!([1.0, "8,8"]));
    assert!(text.contains(
        "\"color\": \"#232\",\r\n   \"widgets_values\": [\r\n    1.0,\r\n    \"8,8\"\r\n   ]"
    ));
}

#[test]
fn values_by_name_beside_positions_are_set_in_both() {
    let add = Edit::AddNode(NodeToAdd { class: "Move".into(), ..NodeToAdd::default() });
    let mut history = History::new(Document::empty());
    apply(&mut history, add);
    let before = history.document().to_text();
    apply(&mut history, set("1", "limit", json!(0.25)));
    let node = node(history.document(), "1");
    assert_eq!(
        (&node["widgets_values"][2], &node["widgets_values_named"]["limit"]),
        (&json!(0.25), &json!(0.25))
    );
    let after = history.document().to_text();
    let (gone, new) = changed_lines(&before, &after);
    assert_eq!(new[1], "\"limit\": 0.25,");
    assert_eq!((gone.len(), new.len()), (2, 2));
}

#[test]
fn the_same_number_keeps_its_spelling() {
    for (param, same) in [("gain", 0.5), ("limit", 1e-4)] {
        assert_eq!(edited(ARMS, set("4", param, json!(same))), ARMS);
    }
    assert_eq!(edited(ARMS, set("1", "count", json!(1.0))), ARMS);
}

#[test]
fn a_parameter_becomes_an_input_and_back() {
    let to_input = |param: &str| Edit::ParamToInput { node: "4".into(), param: param.into() };
    let to_param = |param: &str| Edit::InputToParam { node: "4".into(), param: param.into() };
    assert_eq!(edited(ARMS, to_input("gain")), ARMS, "it is one");
    assert_eq!(edited(ARMS, to_param("kind")), ARMS, "it is none");
    let mut history = history(ARMS);
    apply(&mut history, to_input("shape"));
    apply(
        &mut history,
        Edit::Connect { from: PortRef::new("7", 0), to: PortRef::new("4", "shape") },
    );
    assert_eq!(history.document().root()["links"][6][4], 3);
    // Taking the one before it away moves it forward, and its wire with it.
    apply(&mut history, to_param("gain"));
    assert_eq!(history.document().root()["links"][6][4], 2);
    assert_eq!(wires(history.document()).last().unwrap(), "7.0 > 4.2");
    apply(&mut history, to_param("shape"));
    assert_eq!(wires(history.document()).len(), 6);
    assert_eq!(node(history.document(), "4")["inputs"].as_array().unwrap().len(), 2);
}

#[test]
fn an_input_for_a_parameter_leaves_the_wires_of_a_node_without_lists_as_they_are() {
    let mut history = history(LABELS);
    apply(&mut history, Edit::ParamToInput { node: "3".into(), param: "rate".into() });
    assert_eq!(wires(history.document())[0], "2.0 > 3.0");
    assert_eq!(node(history.document(), "3")["inputs"][1]["name"], "rate");
}

#[test]
fn parameters_that_are_fed_or_unknown_are_refused() {
    let linked = refused(ARMS, set("9", "rate", json!(1)));
    let (node, param, from) = ("9".into(), "rate".into(), "7".into());
    assert_eq!(linked, EditError::LinkedParam { node, param, from });
    for edit in [
        set("9", "rat", json!(1)),
        Edit::ParamToInput { node: "9".into(), param: "rat".into() },
        Edit::InputToParam { node: "9".into(), param: "rat".into() },
    ] {
        let said = refused(ARMS, edit).to_string();
        assert!(said.contains("no parameter \"rat\"; did you mean \"rate\"?"), "{said}");
    }
    let said = refused(LABELS, set("5", "x", json!(1))).to_string();
    assert!(said.contains("its class is not known"), "{said}");
}
