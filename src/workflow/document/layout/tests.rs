//! What is written anew, and what stays as it was.

use serde_json::{Value, json};

use super::{write_like, write_new};

fn root(text: &str) -> serde_json::Map<String, Value> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).unwrap()
}

/// The text after a change of its tree.
fn changed(text: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value = Value::Object(root(text));
    change(&mut value);
    let Value::Object(new) = value else { panic!("the root is an object") };
    let written = write_like(text, &new);
    let read = Value::Object(root(&written));
    assert_eq!(read.to_string(), Value::Object(new).to_string(), "{written}");
    written
}

const ODD: &str = "\u{feff} {\"a\" :\t[ 1e-4,0.50 ,\n 3 ] , \"b\": {}, \"é\": \"\\u00e9\", \"x\": 1, \"x\": [ ] }\r\n\n";

#[test]
fn what_is_not_changed_is_the_same_to_the_letter() {
    for text in
        [ODD, "{}", " { } ", "{\"a\":1}", "{\n\t\"a\": {\n\t\t\"b\": [\n\t\t\t1\n\t\t]\n\t}\n}\n"]
    {
        assert_eq!(changed(text, |_| {}), text);
    }
}

#[test]
fn only_the_changed_value_is_written_anew() {
    let written = changed(ODD, |root| root["a"][1] = json!(0.75));
    assert_eq!(written, ODD.replace("0.50", "0.75"));
    let written = changed(ODD, |root| root["x"] = json!([2]));
    assert_eq!(written, ODD.replace("[ ]", "[2]"));
}

#[test]
fn members_come_and_go_with_the_spaces_of_their_neighbours() {
    let text = "{\n  \"a\": 1, \"b\": 2,\n  \"c\": 3\n}";
    let without = |key: &'static str| {
        changed(text, |root| {
            root.as_object_mut().unwrap().shift_remove(key);
        })
    };
    assert_eq!(without("a"), "{\n  \"b\": 2,\n  \"c\": 3\n}");
    assert_eq!(without("b"), "{\n  \"a\": 1,\n  \"c\": 3\n}");
    assert_eq!(without("c"), "{\n  \"a\": 1, \"b\": 2\n}");
    let with = changed(text, |root| root["d"] = json!({"e": [1, 2]}));
    assert_eq!(
        with,
        "{\n  \"a\": 1, \"b\": 2,\n  \"c\": 3,\n  \"d\": {\n    \"e\": [\n      1,\n      2\n    ]\n  }\n}"
    );
}

#[test]
fn new_items_look_like_the_items_beside_them() {
    let text = "{\n \"links\": [\n  [1, 2, 0, 3, 0, \"T\"],\n  [4, 2,  1, 3, 1, \"T\"]\n ]\n}";
    let with = changed(text, |root| {
        root["links"].as_array_mut().unwrap().push(json!([5, 9, 0, 9, 0, "T"]));
    });
    let line = "\n  [4, 2,  1, 3, 1, \"T\"]";
    assert_eq!(with, text.replace(line, &format!("{line},\n  [5, 9,  0, 9, 0, \"T\"]")));
    let without = changed(text, |root| drop(root["links"].as_array_mut().unwrap().remove(0)));
    assert_eq!(without, "{\n \"links\": [\n  [4, 2,  1, 3, 1, \"T\"]\n ]\n}");
    let none = changed(text, |root| root["links"] = json!([]));
    assert_eq!(none, "{\n \"links\": []\n}");
}

#[test]
fn what_is_in_one_line_stays_so_and_what_is_not_does_not() {
    let tight = changed("{\"a\":[1,2],\"b\":{}}", |root| root["b"] = json!({"c": [3, "é"]}));
    assert_eq!(tight, "{\"a\":[1,2],\"b\":{\"c\":[3,\"é\"]}}");
    let broken = "{\n \"a\": [\n  1\n ],\n \"b\": []\n}";
    let broken = changed(broken, |root| root["b"] = json!([{"c": 3}]));
    assert_eq!(broken, "{\n \"a\": [\n  1\n ],\n \"b\": [\n  {\n   \"c\": 3\n  }\n ]\n}");
    let mixed = changed("{\n  \"a\": [1, 2],\n  \"b\": []\n}", |root| root["b"] = json!([3, 4]));
    assert_eq!(mixed, "{\n  \"a\": [1, 2],\n  \"b\": [3, 4]\n}");
}

#[test]
fn letters_are_escaped_where_the_text_escapes_them() {
    let text = "{\"a\": \"\\u00e9\", \"b\": 1}";
    let written = changed(text, |root| root["b"] = json!("ü😀"));
    assert_eq!(written, "{\"a\": \"\\u00e9\", \"b\": \"\\u00fc\\ud83d\\ude00\"}");
}

#[test]
fn line_ends_of_windows_stay() {
    let text = "{\r\n  \"a\": [\r\n    1\r\n  ]\r\n}\r\n";
    let written = changed(text, |root| {
        root["a"].as_array_mut().unwrap().push(2.into());
        root["b"] = json!({"c": 1});
    });
    let expected =
        "{\r\n  \"a\": [\r\n    1,\r\n    2\r\n  ],\r\n  \"b\": {\r\n    \"c\": 1\r\n  }\r\n}\r\n";
    assert_eq!(written, expected);
}

#[test]
fn a_key_given_twice_stays_twice_and_the_later_one_is_set() {
    let text = "{\"x\": 1, \"y\": 2, \"x\": 3}";
    assert_eq!(changed(text, |root| root["y"] = 5.into()).matches("\"x\"").count(), 2);
    assert_eq!(changed(text, |root| root["x"] = 5.into()), "{\"x\": 1, \"x\": 5, \"y\": 2}");
}

#[test]
fn new_files_have_one_setting_a_line_and_short_values_in_one() {
    let value = json!({"nodes": [{
        "id": 1, "pos": [40, 80], "inputs": [{"name": "a", "type": "T", "link": null}],
        "properties": {"Node name for S&R": "A node with a rather long name"},
        "widgets_values": [1, "x"], "widgets_values_named": {"a": 1, "b": "x"},
    }], "links": [[1, 2, 0, 3, 0, "T"]], "extra": {}});
    let written = write_new(value.as_object().unwrap());
    let expected = r#"{
  "nodes": [
    {
      "id": 1,
      "pos": [40, 80],
      "inputs": [
        {"name": "a", "type": "T", "link": null}
      ],
      "properties": {"Node name for S&R": "A node with a rather long name"},
      "widgets_values": [1, "x"],
      "widgets_values_named": {
        "a": 1,
        "b": "x"
      }
    }
  ],
  "links": [
    [1, 2, 0, 3, 0, "T"]
  ],
  "extra": {}
}
"#;
    assert_eq!(written, expected);
}
