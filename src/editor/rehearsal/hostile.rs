//! Files that nobody should have written: shown as far as they can be, never a panic, and left as they are.

use super::*;
use serde_json::{Value, json};

/// Opens a file, if it can be; then every node is clicked and looked at, and it is saved. Whether it was opened.
fn try_out(path: &Path) -> bool {
    let before = std::fs::read(path).unwrap();
    let mut it = Rehearsal::empty();
    if let Err(why) = it.editor.open(path) {
        assert!(!why.is_empty(), "{}: refused without a reason", path.display());
        return false;
    }
    it.settle();
    it.key(Key::Period, NONE);
    it.settle();
    let ids: Vec<String> = it.plan().nodes.iter().map(|node| node.id.clone()).take(60).collect();
    let area = it.tab().state.area().unwrap();
    for id in ids {
        it.editor.tab_mut().unwrap().show_node(&id);
        it.idle(8);
        let node = it.plan().node(&id).unwrap();
        let at = it.at(node.header_rect().center());
        assert!(area.contains(at), "{}: node {id} is shown at {at:?}", path.display());
        it.click(at);
        it.right_click(at);
        it.key(Key::Escape, NONE);
        it.click(area.min + vec2(3.0, 3.0));
        it.key(Key::Escape, NONE);
    }
    it.undo_all();
    if !it.tab().is_dirty() {
        assert_eq!(std::fs::read(path).unwrap(), before, "{}", path.display());
    }
    // Arranged, taken back, and saved with no more than the view changed.
    it.command(Command::Arrange);
    it.settle();
    it.undo_all();
    it.key(Key::S, CTRL);
    let read = |bytes: &[u8]| {
        let mut value: Value = serde_json::from_slice(bytes).unwrap_or_default();
        if let Some(extra) = value.get_mut("extra").and_then(Value::as_object_mut) {
            extra.remove("ds");
        }
        if value.get("extra") == Some(&json!({})) {
            value.as_object_mut().unwrap().remove("extra");
        }
        value
    };
    if read(&before).get("nodes").is_some() {
        assert_eq!(read(&std::fs::read(path).unwrap()), read(&before), "{}", path.display());
    }
    true
}

fn files_of(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

#[test]
fn every_shipped_workflow_is_opened_looked_at_and_saved_as_it_was() {
    let files = files_of("workflows");
    assert!(files.len() > 10);
    for file in files {
        let folder = TempDir::new().unwrap();
        let copy = folder.path().join(file.file_name().unwrap());
        std::fs::copy(&file, &copy).unwrap();
        assert!(try_out(&copy), "{}", file.display());
    }
}

fn node(id: Value, at: Value) -> Value {
    json!({"id": id, "type": "PPOTrainerNode", "pos": at, "size": [200, 100], "mode": 0,
        "inputs": [{"name": "rewards", "type": "TENSOR", "link": 1}],
        "outputs": [{"name": "loss", "type": "METRICS", "links": [1, 2]}]})
}

/// What is wrong, and the file.
fn cases() -> Vec<(&'static str, String)> {
    let of = |nodes: Value, links: Value, groups: Value, extra: Value| {
        json!({"last_node_id": 9, "last_link_id": 9, "nodes": nodes, "links": links,
            "groups": groups, "extra": extra, "version": 0.4})
        .to_string()
    };
    let two = |a: Value, b: Value| json!([node(json!(1), a), node(json!(2), b)]);
    let sane = || two(json!([0, 0]), json!([400, 0]));
    let none = || json!([]);
    let group = |bounding: Value| json!([{"title": "g", "bounding": bounding}]);
    let mut negative = sane();
    negative[0]["size"] = json!([-50, -1e300]);
    negative[1]["size"] = json!([1e300, "wide"]);
    let mut long = sane();
    long[0]["title"] = json!("x".repeat(100_000));
    long[1]["widgets_values"] = json!(["\u{202e}\u{0}\n".repeat(1000), {}, [[[]]], null]);
    let mut collapsed = sane();
    collapsed[0]["flags"] = json!({"collapsed": "yes", "pinned": 3});
    collapsed[0]["color"] = json!("#\u{1F600}");
    collapsed[0]["mode"] = json!(99);
    let around = json!({"reroutes": [
        {"id": 1, "parentId": 2, "pos": [10, 10], "linkIds": [1]},
        {"id": 2, "parentId": 1, "pos": [1e300, "x"], "linkIds": [1, 7]},
        {"id": 2, "pos": null}],
        "linkExtensions": [{"id": 1, "parentId": 1}, {"id": 7, "parentId": 99}]});
    let nested = json!([{"title": "a", "bounding": [0, 0, 900, 900], "parent": 1, "id": 1},
        {"title": "b", "bounding": [0, 0, 900, 900], "parent": 1, "id": 1},
        {"title": null, "bounding": [0, 0]}, {"title": "c"}, 7]);
    let loops = json!([[1, 1, 0, 1, 0, "METRICS"], [2, 1, 0, 2, 0, "METRICS"]]);
    let lost = json!([
        [1, 1, 0, 77, 0, "X"],
        [2, 78, 5, 2, 0, "X"],
        [1, 1, 99, 2, 99, "X"],
        [3],
        null,
        "x"
    ]);
    vec![
        (
            "positions too large",
            of(two(json!([1e300, -1e300]), json!([1e38, 0])), none(), none(), json!({})),
        ),
        (
            "positions that are none",
            of(two(json!([null, "NaN"]), json!("here")), none(), none(), json!({})),
        ),
        ("negative sizes", of(negative, none(), none(), json!({}))),
        ("texts without end", of(long, none(), none(), json!({}))),
        ("flags of other types", of(collapsed, none(), none(), json!({}))),
        ("links to missing nodes and ports", of(sane(), lost, none(), json!({}))),
        ("loops", of(sane(), loops.clone(), none(), json!({}))),
        ("reroutes in a circle", of(sane(), loops.clone(), none(), around)),
        ("groups in one another and without a place", of(sane(), none(), nested, json!({}))),
        (
            "groups as large as anything",
            of(sane(), none(), group(json!([-1e300, 0, 1e308, -5])), json!({})),
        ),
        (
            "doubled ids",
            of(
                json!([
                    node(json!(1), json!([0, 0])),
                    node(json!(1), json!([50, 50])),
                    node(json!("1"), json!([90, 0])),
                    node(json!(null), json!([0, 90]))
                ]),
                loops,
                none(),
                json!({}),
            ),
        ),
        (
            "a view from nowhere",
            of(sane(), none(), none(), json!({"ds": {"scale": 1e-300, "offset": [1e300, -1e300]}})),
        ),
        ("nothing", of(none(), none(), none(), json!({}))),
        ("no list", json!({"nodes": 5, "links": {}, "groups": "x"}).to_string()),
        ("no workflow", "[1, 2, 3]".to_owned()),
        ("no JSON", "{\"nodes\": [".to_owned()),
        (
            "another program's API",
            json!({"3": {"class_type": "KSampler", "inputs": {"model": ["4", 0]}}}).to_string(),
        ),
    ]
}

#[test]
fn bad_files_are_shown_as_far_as_they_can_be() {
    let mut failed = Vec::new();
    for (what, text) in cases() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bad.json");
        std::fs::write(&path, text).unwrap();
        let opens = !["no list", "no workflow", "no JSON"].contains(&what);
        match std::panic::catch_unwind(|| try_out(&path)) {
            Ok(opened) if opened == opens => {}
            _ => failed.push(what),
        }
    }
    assert!(failed.is_empty(), "not shown: {failed:#?}");
}

#[test]
fn another_programs_clipboard_is_refused_with_a_reason() {
    for text in [
        "",
        "hello",
        "{}",
        "{\"nodes\": 3}",
        "[[[[",
        "{\"nodes\":[{\"id\":1}],\"links\":[[1,1,0,9,0]]}",
    ] {
        let mut it = Rehearsal::of("cartpole_ppo");
        let before = it.json();
        it.clipboard = text.to_owned();
        it.key(Key::V, CTRL);
        let is_told = it.tab().error_message.is_some() || text.is_empty();
        assert!(is_told || it.json() != before, "{text:?} was dropped without a word");
        it.undo_all();
        assert_eq!(it.json(), before);
    }
}

#[test]
fn a_hundred_thousand_nodes_are_opened_and_drawn() {
    let nodes: Vec<Value> = (0..100_000)
        .map(|i| json!({"id": i, "type": "Note", "pos": [i % 400 * 250, i / 400 * 150]}))
        .collect();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("many.json");
    std::fs::write(&path, json!({"nodes": nodes, "links": [], "version": 0.4}).to_string())
        .unwrap();
    let mut it = Rehearsal::empty();
    it.editor.open(&path).unwrap();
    it.idle(3);
    assert_eq!(it.plan().nodes.len(), 100_000);
    it.move_to(pos2(700.0, 300.0));
    it.key(Key::Period, NONE);
    it.idle(3);
}
