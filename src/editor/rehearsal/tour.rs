//! The tour, by the mouse.

use super::*;

/// Five cards, each beside what it speaks of; the editor is used meanwhile, and who has seen it is not shown it again.
#[test]
fn a_newcomer_is_shown_around() {
    let mut it = Rehearsal::of("cartpole_ppo");
    it.editor.habits.saw_tour = false;
    it.command(Command::Tour);
    it.idle(2);
    assert!(it.editor.is_touring());
    pictures::compare("tour_first", &mut it);
    // What is under the card does not feel the mouse.
    let card = it.text("1 of 5") - vec2(0.0, 30.0);
    let area = it.tab().state.area().unwrap();
    let hits = |at: &Pos2| {
        let tab = it.tab();
        tab.plan().hit(tab.camera.to_canvas(area, *at), tab.camera.zoom) != Hit::Nothing
    };
    let places = (0..200).map(|i| card + vec2((i % 20) as f32 * 10.0, (i / 20) as f32 * -8.0));
    let under = places.into_iter().find(hits).expect("something lies under the card");
    it.move_to(under);
    it.idle(2);
    assert_eq!(it.tab().state.hover(), Hit::Nothing, "{under:?}");
    let next = it.text("Next");
    it.click(next);
    it.text("2 of 5");
    pictures::compare("tour_settings", &mut it);
    let back = it.text("Back");
    it.click(back);
    it.text("1 of 5");
    // The canvas is there meanwhile.
    it.click(it.header("Push the cart"));
    assert_eq!(it.tab().selection.nodes.len(), 1);
    for step in 2..=5 {
        let next = it.text("Next");
        it.click(next);
        it.text(&format!("{step} of 5"));
    }
    let done = it.text("Done");
    it.click(done);
    assert!(!it.editor.is_touring() && it.editor.habits.saw_tour);
    // It begins again when it is asked for, and can be left.
    it.editor.habits.saw_tour = false;
    it.command(Command::Tour);
    it.idle(2);
    let skip = it.text("Skip the tour");
    it.click(skip);
    assert!(!it.editor.is_touring() && it.editor.habits.saw_tour);
}
