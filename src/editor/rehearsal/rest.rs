//! At rest the window draws nothing, and it is woken when something happens.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pictures until none is wanted any more.
fn come_to_rest(it: &mut Rehearsal, what: &str) {
    let start = Instant::now();
    loop {
        it.picture(Vec::new());
        if it.wants > Duration::from_secs(60) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "no rest after {what}: {:?}", it.wants);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn at_rest_nothing_is_drawn_whatever_is_open() {
    let mut it = Rehearsal::of("cartpole_ppo");
    come_to_rest(&mut it, "opening");
    let header = it.header("PPO Trainer");
    let cases: [(&str, &dyn Fn(&mut Rehearsal)); 8] = [
        ("a tooltip", &|it| it.move_to(header)),
        ("a selection", &|it| it.click(header)),
        ("an edit", &|it| it.key(Key::ArrowRight, NONE)),
        ("a menu", &|it| it.right_click(header)),
        ("the palette, which has a cursor", &|it| {
            it.key(Key::Escape, NONE);
            it.key(Key::Tab, NONE);
        }),
        ("the list of shortcuts", &|it| {
            it.key(Key::Escape, NONE);
            it.key(Key::F1, NONE);
        }),
        ("the code", &|it| {
            it.key(Key::Escape, NONE);
            it.key(Key::K, CTRL);
        }),
        ("the export dialogue", &|it| it.key(Key::E, CTRL)),
    ];
    for (what, doing) in cases {
        doing(&mut it);
        come_to_rest(&mut it, what);
        // The mouse wakes it.
        it.picture(vec![Event::PointerMoved(it.mouse + vec2(1.0, 0.0))]);
        assert!(it.wants < Duration::from_millis(40), "{what}: {:?}", it.wants);
        it.picture(vec![Event::PointerMoved(it.mouse)]);
    }
}

#[test]
fn what_was_edited_is_kept_and_its_check_is_shown_without_a_hand_on_the_mouse() {
    let mut it = Rehearsal::of("cartpole_ppo");
    it.click(it.header("PPO Trainer"));
    come_to_rest(&mut it, "a click");
    let n_woken = Arc::new(AtomicUsize::new(0));
    let woken = n_woken.clone();
    it.ctx.set_request_repaint_callback(move |wish| {
        if wish.delay.is_zero() {
            woken.fetch_add(1, Ordering::SeqCst);
        }
    });
    let registry = Kinds::builtin();
    let edit = crate::workflow::Edit::RemoveNodes {
        nodes: it.tab().selection.nodes.iter().cloned().collect(),
        bridge: false,
    };
    it.editor.tab_mut().unwrap().edit(registry.registry(), &edit).unwrap();
    it.picture(Vec::new());
    // Soon it is to be kept beside the file.
    assert!(it.wants < Duration::from_millis(600), "{:?}", it.wants);
    // The check has ended: another picture is asked for, from its thread.
    let start = Instant::now();
    while n_woken.load(Ordering::SeqCst) == 0 {
        assert!(start.elapsed() < PATIENCE, "nobody was woken by the check");
        std::thread::sleep(Duration::from_millis(2));
    }
    it.settle();
    come_to_rest(&mut it, "an edit");
    let mut next = Rehearsal::empty();
    next.editor.open(it.tab().path().unwrap()).unwrap();
    assert!(next.tab().found.is_some(), "the work is kept beside the file");
}
