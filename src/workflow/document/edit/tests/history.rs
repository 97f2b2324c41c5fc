//! Steps, gestures, and whether there is something to save.

use super::*;

fn to(x: f64) -> Edit {
    Edit::MoveNodes { to: vec![("2".into(), [x, 0.0]), ("4".into(), [x, 100.0])] }
}

fn do_it(history: &mut History, edit: &Edit) {
    history.apply(&registry(), edit).unwrap();
}

#[test]
fn a_drag_is_one_step_with_one_change_a_value() {
    let mut history = history(ARMS);
    history.begin("drag");
    (1..=100).for_each(|x| do_it(&mut history, &to(f64::from(x))));
    assert!(history.in_gesture() && history.is_dirty());
    assert_eq!(history.can_undo(), Some("drag"));
    history.end();
    let steps: Vec<_> = history.steps().map(|(name, changes)| (name, changes.len())).collect();
    assert_eq!(steps, [("drag", 4)]);
    let after = history.document().to_text();
    assert_eq!(history.undo(), Some("drag"));
    assert_eq!(history.document().to_text(), ARMS);
    assert_eq!(history.redo(), Some("drag"));
    assert_eq!(history.document().to_text(), after);
}

#[test]
fn a_drag_back_to_the_start_is_no_step() {
    let mut history = history(ARMS);
    let home = vec![("2".into(), [468.75, 166.25])];
    history.begin("drag");
    do_it(&mut history, &Edit::MoveNodes { to: vec![("2".into(), [9.0, 9.0])] });
    do_it(&mut history, &Edit::MoveNodes { to: home });
    history.end();
    assert_eq!(history.steps().count(), 0);
    assert!(!history.is_dirty() && history.document().to_text() == ARMS);
}

#[test]
fn a_cancelled_gesture_leaves_nothing() {
    let mut history = history(ARMS);
    history.begin("drag");
    do_it(&mut history, &to(5.0));
    do_it(&mut history, &Edit::RemoveNodes { nodes: ids(&["4"]), bridge: true });
    history.cancel();
    assert_eq!(history.document().to_text(), ARMS);
    assert!(history.can_undo().is_none() && history.can_redo().is_none() && !history.is_dirty());
}

#[test]
fn values_set_around_each_other_keep_their_order() {
    let mut history = history(ARMS);
    history.begin("mixed");
    let collapse = |collapsed| Edit::Collapse { nodes: ids(&["9"]), collapsed };
    for edit in [collapse(true), to(1.0), collapse(false), to(2.0), collapse(true)] {
        do_it(&mut history, &edit);
    }
    history.end();
    let after = history.document().to_text();
    history.undo();
    assert_eq!(history.document().to_text(), ARMS);
    history.redo();
    assert_eq!(history.document().to_text(), after);
}

#[test]
fn what_was_taken_back_is_forgotten_with_the_next_edit() {
    let mut history = history(ARMS);
    do_it(&mut history, &to(1.0));
    do_it(&mut history, &to(2.0));
    history.undo();
    assert_eq!(history.can_redo(), Some("move nodes"));
    // An edit that is refused, or changes nothing, forgets nothing.
    assert!(history.apply(&registry(), &Edit::RemoveGroup { group: 9 }).is_err());
    do_it(&mut history, &to(1.0));
    assert!(history.can_redo().is_some());
    do_it(&mut history, &to(3.0));
    assert!(history.can_redo().is_none() && history.redo().is_none());
    assert_eq!(history.steps().count(), 2);
}

#[test]
fn there_is_something_to_save_where_the_document_is_not_the_saved_one() {
    let mut history = history(ARMS);
    assert!(!history.is_dirty());
    do_it(&mut history, &to(1.0));
    assert!(history.is_dirty());
    history.mark_saved();
    assert!(!history.is_dirty());
    history.undo();
    assert!(history.is_dirty(), "the file holds what was taken back");
    history.redo();
    assert!(!history.is_dirty());
    history.undo();
    do_it(&mut history, &to(7.0));
    assert!(history.is_dirty());
    history.undo();
    assert!(history.is_dirty(), "no step leads to what was saved");
    history.mark_unsaved();
    assert!(history.is_dirty());
}

#[test]
fn a_saved_file_is_still_undone_to_the_letter() {
    let mut history = history(ARMS);
    do_it(
        &mut history,
        &Edit::SetParam { node: "4".into(), param: "limit".into(), value: 0.5.into() },
    );
    history.mark_saved();
    history.undo();
    // 1e-4 is again 1e-4 and not 0.0001.
    assert_eq!(history.document().to_text(), ARMS);
}
