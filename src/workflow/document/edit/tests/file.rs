//! Files on disk, and the way from the API form.

use super::*;
use crate::workflow::{CanvasView, FileError, OnDisk, Overwrite, WorkflowFile};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_that_was_not_edited_is_saved_as_it_was() {
    let folder = folder();
    let path = folder.path().join("a.json");
    std::fs::write(&path, format!("\u{feff}{ARMS}\n\n")).unwrap();
    let before = std::fs::read(&path).unwrap();
    let (mut file, document, _) = WorkflowFile::open(&path);
    file.save(&document.unwrap(), Overwrite::No).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(names(&folder), ["a.json"]);
}

#[test]
fn a_file_that_others_changed_is_not_replaced_unless_told_so() {
    let folder = folder();
    let path = folder.path().join("a.json");
    std::fs::write(&path, ARMS).unwrap();
    let (mut file, document, _) = WorkflowFile::open(&path);
    let document = document.unwrap();
    assert_eq!(file.on_disk(), OnDisk::Same);
    // At once: on a coarse clock the time is the same, and only the bytes differ.
    std::fs::write(&path, LABELS).unwrap();
    assert!(matches!(file.save(&document, Overwrite::No), Err(FileError::Changed { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LABELS);
    file.save(&document, Overwrite::Yes).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ARMS);
    assert_eq!(file.on_disk(), OnDisk::Same);
    // Written again with the same bytes: nothing of others is lost.
    std::fs::write(&path, ARMS).unwrap();
    file.save(&document, Overwrite::No).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.on_disk(), OnDisk::Gone);
    file.save(&document, Overwrite::No).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ARMS);
}

#[test]
fn a_change_is_noticed_by_its_time_and_a_touch_is_none() {
    let folder = folder();
    let path = folder.path().join("a.json");
    std::fs::write(&path, ARMS).unwrap();
    let (file, _, _) = WorkflowFile::open(&path);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let touch =
        || std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    touch();
    assert_eq!(file.on_disk(), OnDisk::Same);
    std::fs::write(&path, LABELS).unwrap();
    touch();
    assert_eq!(file.on_disk(), OnDisk::Changed);
}

#[test]
fn saving_under_another_name_spares_what_is_there() {
    let folder = folder();
    let path = folder.path().join("b.json");
    let mut file = WorkflowFile::new(&path);
    assert_eq!(file.on_disk(), OnDisk::New);
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(file.on_disk(), OnDisk::Foreign);
    let saved = file.save(&document(ARMS), Overwrite::No);
    assert!(matches!(saved, Err(FileError::Foreign { .. })), "{saved:?}");
    file.save(&document(ARMS), Overwrite::Yes).unwrap();
    file.save(&document(LABELS), Overwrite::No).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LABELS);
}

#[test]
fn what_was_autosaved_is_found_after_a_crash_and_gone_after_a_save() {
    let folder = folder();
    let path = folder.path().join("a.json");
    std::fs::write(&path, ARMS).unwrap();
    let (file, document, _) = WorkflowFile::open(&path);
    let mut history = History::new(document.unwrap());
    assert!(file.autosaved().is_none());
    apply(&mut history, Edit::RemoveNodes { nodes: ids(&["4"]), bridge: true });
    file.autosave(history.document()).unwrap();
    assert_eq!(names(&folder), [".a.json.autosave", "a.json"]);
    drop((file, history));
    let (mut file, _, _) = WorkflowFile::open(&path);
    let found = file.autosaved().unwrap();
    assert!(!found.is_older_than_file);
    assert_eq!(found.document.canvas().nodes.len(), 4);
    file.save(&found.document, Overwrite::No).unwrap();
    assert_eq!(names(&folder), ["a.json"]);
    assert!(file.autosaved().is_none());
    // What is the same as the file, or is no workflow, is nothing to offer.
    file.autosave(&found.document).unwrap();
    assert!(file.autosaved().is_none());
    std::fs::write(file.autosave_path(), "{\"nodes\": [").unwrap();
    assert!(file.autosaved().is_none());
    file.discard_autosave().unwrap();
    file.discard_autosave().unwrap();
    assert_eq!(names(&folder), ["a.json"]);
}

#[test]
fn what_cannot_be_written_is_told_and_nothing_is_lost() {
    let folder = folder();
    let nowhere = folder.path().join("no/folder/a.json");
    let mut file = WorkflowFile::new(&nowhere);
    let error = file.save(&document(ARMS), Overwrite::No).unwrap_err();
    assert!(matches!(error, FileError::Write(_)) && error.to_string().contains("a.json"));
    let path = folder.path().join("a.json");
    std::fs::write(&path, LABELS).unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let (mut file, read, _) = WorkflowFile::open(&path);
    file.autosave(&read.unwrap()).unwrap();
    let error = file.save(&document(ARMS), Overwrite::Yes).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LABELS);
    assert_eq!(names(&folder).len(), 2, "what was autosaved is still there");
    let (file, none, diagnostics) = WorkflowFile::open(&nowhere);
    assert!(
        none.is_none() && diagnostics[0].code == "cannot-read" && file.on_disk() == OnDisk::New
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_stays_a_link() {
    let folder = folder();
    let (path, link) = (folder.path().join("a.json"), folder.path().join("link.json"));
    std::fs::write(&path, LABELS).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (mut file, _, _) = WorkflowFile::open(&link);
    file.save(&document(ARMS), Overwrite::No).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ARMS);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn the_view_is_saved_and_is_no_edit() {
    let view = CanvasView { scale: 1.5, offset: [10.0, -20.5] };
    for text in [ARMS, LABELS, OBJECTS] {
        let seen = document(text).with_view(view);
        assert_eq!(seen.canvas().view, Some(view));
        assert_eq!(document(text).canvas().nodes, seen.canvas().nodes);
        assert_eq!(document(&seen.to_text()).canvas().view, Some(view));
    }
    let same = document(ARMS).canvas().view.unwrap();
    assert_eq!(document(ARMS).with_view(same).to_text(), ARMS);
    let odd = CanvasView { scale: f64::NAN, offset: [0.0; 2] };
    assert_eq!(document(ARMS).with_view(odd).to_text(), ARMS);
}

#[test]
fn the_api_form_becomes_nodes_with_places_and_the_same_wires_and_values() {
    let api = r#"{
        "_about": "kept",
        "3": {"class_type": "Move", "_meta": {"title": "Mine"}, "vendor": 1,
              "inputs": {"observations": ["10", 0], "go": ["5", 0], "gain": 2.5, "what": "x"}},
        "10": {"class_type": "Join", "inputs": {"input_a": ["1", 0], "input_1": ["3", 0], "input_e": ["1", 0]}},
        "1": {"class_type": "World", "inputs": {"n": 8}},
        "5": {"class_type": "Learn", "inputs": {"state": ["3", 0], "rate": ["seven", 0]}},
        "seven": {"class_type": "Strange", "inputs": {"value": 3, "deep": [[1]]}}
    }"#;
    let ui = document(api);
    assert_eq!(faults(&ui), Vec::<String>::new());
    let mut found = wires(&ui);
    found.sort();
    let expected = [
        "1.0 > 10.0",
        "1.0 > 10.3",
        "10.0 > 3.0",
        "3.0 > 10.1",
        "3.0 > 5.0",
        "5.0 > 3.1",
        "seven.0 > 5.1",
    ];
    assert_eq!(found, expected);
    let mover = node(&ui, "3");
    assert_eq!((&mover["title"], &mover["vendor"]), (&"Mine".into(), &1.into()));
    assert_eq!(mover["widgets_values"][0], 2.5);
    assert_eq!(mover["widgets_values_named"]["gain"], 2.5);
    assert_eq!(mover["widgets_values_named"]["what"], "x");
    assert_eq!(node(&ui, "1")["widgets_values_named"]["count"], 8);
    assert_eq!(node(&ui, "seven")["widgets_values"]["value"], 3);
    assert_eq!(ui.root()["_about"], "kept");
    // No node lies on another, and what is fed stands right of what feeds it.
    let nodes = ui.canvas().nodes;
    for (i, a) in nodes.iter().enumerate() {
        for b in &nodes[i + 1..] {
            let apart = |axis: usize| {
                a.at[axis] + a.size[axis] < b.at[axis] || b.at[axis] + b.size[axis] < a.at[axis]
            };
            assert!(apart(0) || apart(1), "{} lies on {}", a.id, b.id);
        }
    }
    let left = |id: &str| nodes.iter().find(|node| node.id == id).unwrap().at[0];
    assert!(left("1") < left("10"));
    // The new file reads back as what it is.
    let again = document(&ui.to_text());
    assert_eq!(again.root(), ui.root());
    assert_eq!(again.to_text(), ui.to_text());
}

#[test]
fn places_and_sizes_that_make_no_sense_are_drawn_where_they_are_seen() {
    let odd = r#"{"nodes": [
        {"id": 1, "type": "A", "pos": [1e999, 0]},
        {"id": 2, "type": "A", "pos": "here", "size": [-5, 1e300]},
        {"id": 2, "type": "Double"}, 7, {"type": "NoId"}],
        "groups": [null, {"bounding": [1]}], "links": [[1, 1, 0, 9, 0, "T"], "x"]}"#
        .replace("1e999", "null");
    let canvas = document(&odd).canvas();
    assert_eq!(canvas.nodes.len(), 2);
    assert!(
        canvas.nodes.iter().all(|node| node.at.iter().chain(&node.size).all(|x| x.is_finite()))
    );
    assert_eq!(canvas.nodes[1].size[0], 0.0);
    assert_eq!((canvas.groups.len(), canvas.links.len()), (2, 0));
}
