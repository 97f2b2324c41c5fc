//! Every gesture of the mouse that ComfyUI's and DNNE's users have in their hands.

use super::*;

const TRAINER: &str = "PPO Trainer";
const MIDDLE: PointerButton = PointerButton::Middle;

/// A bend in the wire of the rewards; where it is on the screen.
fn bent(it: &mut Rehearsal) -> Pos2 {
    let wire = it.wire("Step", TRAINER);
    let at = it.on_wire(wire);
    it.with(ALT, |it| it.click(at));
    assert_eq!(it.plan().reroutes.len(), 1);
    it.at(it.plan().reroutes[0].at)
}

const ROWS: &[Row] = &[
    ("double-click on nothing: the palette", |it| {
        let at = it.nowhere();
        it.double_click(at);
        it.write("reward sh");
        it.key(Key::Enter, NONE);
        assert_eq!(it.selected().len(), 1);
        let id = it.tab().selection.nodes.first().unwrap().clone();
        let node = it.plan().node(&id).unwrap();
        assert_eq!(node.schema.unwrap().class_type, "RewardShaper");
        assert!(it.at(node.rect.min).distance(at) < 3.0);
    }),
    ("a wire dropped on nothing: the palette of what fits, and it lands wired", |it| {
        let before = it.links();
        it.drag(it.output("Step", "rewards"), it.nowhere());
        it.write("shaper");
        it.key(Key::Enter, NONE);
        let new: Vec<String> = it.links().into_iter().filter(|it| !before.contains(it)).collect();
        assert_eq!(new.len(), 1, "{new:?}");
        assert!(new[0].starts_with("Step.rewards > "), "{new:?}");
    }),
    ("a kind dragged out of the library", |it| {
        let n = it.plan().nodes.len();
        let at = it.nowhere();
        it.drag(pos2(90.0, 130.0), at);
        assert_eq!(it.plan().nodes.len(), n + 1);
        let node = it.plan().nodes.last().unwrap();
        assert!(it.at(node.rect.min).distance(at - vec2(20.0, 14.0)) < 3.0);
    }),
    ("double-click on titles of node and group: rename", |it| {
        it.double_click(it.header(TRAINER));
        it.write("Teacher");
        it.key(Key::Enter, NONE);
        assert_eq!(it.selected(), ["Teacher"]);
        it.key(Key::G, CTRL);
        it.key(Key::Enter, NONE);
        let rect = it.plan().groups.last().unwrap().rect;
        it.double_click(it.at(rect.min + vec2(20.0, 8.0)));
        it.write("School");
        it.key(Key::Enter, NONE);
        assert_eq!(it.plan().groups.last().unwrap().title, "School");
    }),
    ("Alt on a wire: a bend, dragged at once", |it| {
        let wire = it.wire("Step", TRAINER);
        let (at, to) = (it.on_wire(wire), it.nowhere());
        it.with(ALT, |it| it.drag(at, to));
        assert_eq!(it.plan().reroutes.len(), 1);
        assert!(it.at(it.plan().reroutes[0].at).distance(to) < 3.0);
    }),
    ("Alt+right-click on a bend takes it away", |it| {
        let links = it.links();
        let at = bent(it);
        it.with(ALT, |it| it.right_click(at));
        assert!(it.plan().reroutes.is_empty());
        assert_eq!(it.links(), links);
    }),
    ("Delete takes a bend away", |it| {
        let links = it.links();
        let at = bent(it);
        it.click(at);
        it.key(Key::Delete, NONE);
        assert!(it.plan().reroutes.is_empty());
        assert_eq!(it.links(), links);
    }),
    ("click on a wire's middle: its menu", |it| {
        let n = it.links().len();
        let free = (0..it.plan().wires.len()).find(|&i| {
            let middle = it.plan().wires[i].middle();
            it.plan().hit(middle, it.tab().camera.zoom) == Hit::Wire(i)
        });
        let at = it.at(it.plan().wires[free.unwrap()].middle());
        it.click(at);
        assert!(egui::Popup::is_any_open(&it.ctx));
        it.idle(2);
        it.click(it.text("remove"));
        assert_eq!(it.links().len(), n - 1);
    }),
    ("Shift+drag out of a wire and a bend: another wire", |it| {
        let at = bent(it);
        let (rewards, n) = (it.plan().wires[it.wire("Step", TRAINER)].from, it.links().len());
        let reroute = it.at(it.plan().reroutes[0].at);
        let wire =
            it.place(|hit| matches!(hit, Hit::Wire(i) if it.plan().wires[i].from == rewards));
        for from in [reroute, wire] {
            it.with(SHIFT, |it| it.press(PointerButton::Primary, from, it.nowhere()));
            assert!(it.tab().state.draws_wire_from(rewards), "{at:?}");
            it.key(Key::Escape, NONE);
            it.button(PointerButton::Primary, false);
            assert_eq!(it.links().len(), n);
        }
    }),
    ("Shift+drag an output moves all its wires", |it| {
        let n = it.links().iter().filter(|it| it.starts_with("PPO Agent.policy_output")).count();
        assert!(n > 1);
        it.with(ALT, |it| it.drag(it.header("PPO Agent"), it.nowhere()));
        let copy = it.plan().nodes.last().unwrap();
        let to = it.at(copy.outputs[0].at);
        let copy = copy.id.clone();
        let from = it.node("PPO Agent").outputs[0].at;
        it.with(SHIFT, |it| it.drag(it.at(from), to));
        let moved = it.plan().wires.iter();
        let moved = moved.filter(|wire| it.plan().nodes[wire.from.0].id == copy).count();
        assert_eq!(moved, n);
    }),
    ("Ctrl+Alt+click on a port breaks its wires", |it| {
        let n = it.links().len();
        it.with(CTRL_ALT, |it| it.click(it.input(TRAINER, "rewards")));
        assert_eq!(it.links().len(), n - 1);
        it.with(CTRL_ALT, |it| it.click(it.output("PPO Agent", "policy_output")));
        assert_eq!(it.links().len(), n - 3);
    }),
    ("a wired input dragged away: elsewhere, or off", |it| {
        let n = it.links().len();
        it.drag(it.input("Push the cart", "policy"), it.nowhere());
        assert_eq!(it.links().len(), n - 1);
        it.key(Key::Z, CTRL);
        // From one input to another of the same node.
        let before = it.links();
        let or = it.wire("Cartpole", "First, then every step");
        let (node, port) = (it.plan().wires[or].to.0, it.plan().wires[or].to.1.unwrap());
        let from = it.at(it.plan().nodes[node].inputs[port].at);
        let to = it.at(it.plan().nodes[node].inputs[2].at);
        it.drag(from, to);
        assert_eq!(it.links().len(), before.len());
        assert!(it.links().iter().any(|it| it.ends_with("First, then every step.input_c")));
    }),
    ("Alt+drag a node: a copy", |it| {
        let before = it.node(TRAINER).rect;
        let (from, to) = (it.header(TRAINER), it.nowhere());
        it.with(ALT, |it| it.drag(from, to));
        let all: Vec<_> = it.plan().nodes.iter().filter(|node| node.title == TRAINER).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].rect, before);
        assert!(it.at(all[1].rect.min).distance(it.at(before.min) + (to - from)) < 3.0);
    }),
    ("drag on nothing pans and the wheel zooms; or selects, and the wheel pans", |it| {
        let start = it.tab().camera;
        let at = it.nowhere();
        it.drag(at, at + vec2(30.0, 20.0));
        assert_eq!(it.tab().camera.offset, start.offset + vec2(30.0, 20.0));
        it.move_to(at);
        it.wheel(1.0, NONE);
        assert!(it.tab().camera.zoom > 1.05 * start.zoom);
        it.editor.habits.selects = true;
        it.key(Key::Period, NONE);
        it.settle();
        let camera = it.tab().camera;
        let rect = it.node("Push the cart").rect;
        it.drag(it.nowhere(), it.at(rect.center()));
        assert_eq!(it.tab().camera, camera);
        assert!(!it.tab().selection.is_empty());
        it.move_to(at);
        it.wheel(1.0, NONE);
        assert_eq!(it.tab().camera.zoom, camera.zoom);
        assert!(it.tab().camera.offset.y > camera.offset.y + 5.0);
        it.wheel(1.0, CTRL);
        assert!(it.tab().camera.zoom > 1.05 * camera.zoom);
    }),
    ("Ctrl+drag selects what a box touches", |it| {
        let rect = it.node("Push the cart").rect;
        let (from, to) = (it.at(rect.left_bottom() + vec2(-12.0, 12.0)), it.at(rect.center()));
        it.with(CTRL, |it| it.drag(from, to));
        assert_eq!(it.selected(), ["Push the cart"]);
    }),
    ("Space+drag and middle drag pan, also over nodes", |it| {
        let before = (it.json(), it.tab().camera.offset);
        let at = it.header(TRAINER);
        it.drag_of(MIDDLE, at, at + vec2(-40.0, 10.0));
        let space = |pressed| Event::Key {
            key: Key::Space,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: NONE,
        };
        it.picture(vec![space(true)]);
        let at = it.header(TRAINER);
        it.drag(at, at + vec2(-20.0, 0.0));
        it.picture(vec![space(false)]);
        assert_eq!(it.tab().camera.offset, before.1 + vec2(-60.0, 10.0));
        assert_eq!(it.json(), before.0);
    }),
    ("Shift+click and Ctrl+click select more", |it| {
        it.click(it.header(TRAINER));
        it.with(SHIFT, |it| it.click(it.header("Step")));
        it.with(CTRL, |it| it.click(it.header("PPO Agent")));
        assert_eq!(it.selected(), ["PPO Agent", TRAINER, "Step"]);
        it.with(SHIFT, |it| it.click(it.header("Step")));
        assert_eq!(it.selected(), ["PPO Agent", TRAINER]);
    }),
    ("Shift while dragging: on the grid", |it| {
        let from = it.header(TRAINER);
        it.drag(from, from + vec2(-7.0, 3.0));
        let from = it.header(TRAINER);
        it.with(SHIFT, |it| it.drag(from, from + vec2(-17.0, 13.0)));
        let at = it.node(TRAINER).rect.min;
        assert_eq!((at.x.rem_euclid(10.0), at.y.rem_euclid(10.0)), (0.0, 0.0), "{at:?}");
    }),
    ("a node without wires dropped on a wire goes into it", |it| {
        let at = it.nowhere();
        it.double_click(at);
        it.write("reroute");
        it.key(Key::Enter, NONE);
        let node = it.plan().nodes.last().unwrap();
        let (id, from) = (node.id.clone(), it.at(node.rect.center()));
        let onto = it.on_wire(it.wire("Step", TRAINER));
        it.drag(from, onto);
        let ends =
            it.plan().wires.iter().filter(|wire| {
                [wire.from.0, wire.to.0].iter().any(|&i| it.plan().nodes[i].id == id)
            });
        assert_eq!(ends.count(), 2);
    }),
    ("a number is dragged as one step, and written", |it| {
        let name = "minibatch_size";
        let before = it.value(TRAINER, name);
        it.click(it.header(TRAINER));
        it.key(Key::F, NONE);
        it.settle();
        let at = it.field(TRAINER, name);
        it.drag(at, at + vec2(12.0, 0.0));
        assert_ne!(it.value(TRAINER, name), before);
        it.key(Key::Z, CTRL);
        assert_eq!(it.value(TRAINER, name), before);
        it.click(it.field(TRAINER, name));
        it.write("4096");
        it.key(Key::Enter, NONE);
        assert_eq!(it.value(TRAINER, name), Some(serde_json::Value::from(4096)));
    }),
    ("a group takes along what lies in it; with Alt its frame goes alone", |it| {
        it.click(it.header(TRAINER));
        it.key(Key::G, CTRL);
        it.key(Key::Enter, NONE);
        let last = it.plan().groups.len() - 1;
        let title = |it: &Rehearsal| it.place(|hit| hit == Hit::GroupTitle(last));
        let before = (it.node(TRAINER).rect.min, it.plan().groups.last().unwrap().rect.min);
        let at = title(it);
        it.drag(at, at + vec2(-30.0, 0.0));
        let after = (it.node(TRAINER).rect.min, it.plan().groups.last().unwrap().rect.min);
        assert!(after.0.x < before.0.x - 20.0);
        assert!((after.0 - before.0 - (after.1 - before.1)).length() < 1e-3);
        let at = title(it);
        it.with(ALT, |it| it.drag(at, at + vec2(0.0, -20.0)));
        assert_eq!(it.node(TRAINER).rect.min, after.0);
        assert!(it.plan().groups.last().unwrap().rect.top() < after.1.y);
    }),
    ("the corner of a node makes it wider", |it| {
        let before = it.node(TRAINER).rect;
        let corner = it.at(before.max) - vec2(3.0, 3.0);
        it.drag(corner, corner + vec2(60.0, 0.0));
        assert!(it.node(TRAINER).rect.width() > before.width() + 50.0);
    }),
];

#[test]
fn every_gesture_of_the_mouse_does_what_people_are_used_to() {
    play(ROWS);
}
