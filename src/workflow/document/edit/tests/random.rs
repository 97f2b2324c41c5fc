//! Thousands of random edits: what was done is taken back to the letter, and no state has a wire in the air.

use serde_json::{Value, json};

use super::*;
use crate::workflow::Canvas;

/// Sequences in a usual run; the whole proof takes 10,000.
const SEQUENCES: u64 = 500;
const SETTING: &str = "DNNE_EDIT_SEQUENCES";
const LONGEST: u64 = 12;

/// A generator of pseudo-random numbers (xorshift64*), so that a seed gives the same edits everywhere.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn roll(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n.max(1)
    }

    fn coin(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn one<'v, T>(&mut self, items: &'v [T]) -> Option<&'v T> {
        items.get(self.roll(items.len() as u64) as usize)
    }

    fn place(&mut self) -> [f64; 2] {
        [self.roll(4000) as f64 / 4.0 - 300.0, self.roll(3000) as f64 / 3.0]
    }

    /// The id of a node, seldom one that is not there.
    fn node(&mut self, canvas: &Canvas) -> String {
        let node = self.one(&canvas.nodes).map(|node| node.id.clone());
        if self.roll(40) == 0 { "999999".to_owned() } else { node.unwrap_or_default() }
    }

    fn nodes(&mut self, canvas: &Canvas) -> Vec<String> {
        (0..1 + self.roll(3)).map(|_| self.node(canvas)).collect()
    }

    fn link(&mut self, canvas: &Canvas) -> String {
        self.one(&canvas.links).map(|link| link.id.clone()).unwrap_or_default()
    }

    fn port(&mut self, canvas: &Canvas, is_input: bool) -> PortRef {
        let id = self.node(canvas);
        let node = canvas.nodes.iter().find(|node| node.id == id);
        let names: Vec<String> = match node {
            Some(node) if is_input => node.inputs.iter().map(|input| input.name.clone()).collect(),
            Some(node) => node.outputs.iter().map(|output| output.name.clone()).collect(),
            None => Vec::new(),
        };
        let known = if is_input {
            ["state", "go", "input_c", "input_d", "gain", "rate"]
        } else {
            ["start", "seen", "done", "ready", "output", "value"]
        };
        match (self.roll(5), self.one(&names)) {
            (0, _) | (_, None) => PortRef::new(id, *self.one(&known).unwrap()),
            (1, _) => PortRef::new(id, self.roll(5) as usize),
            (_, Some(name)) => PortRef::new(id, name.as_str()),
        }
    }

    fn new_node(&mut self) -> NodeToAdd {
        let class = *self
            .one(&["World", "Join", "MoveNode", "Learn", "Number", "Note", "Nothing"])
            .unwrap();
        let title = self.coin().then(|| "Neuer Knoten é".to_owned());
        NodeToAdd { class: class.to_owned(), at: self.place(), title, ..NodeToAdd::default() }
    }

    fn value(&mut self) -> Value {
        let values = [
            json!(0.25),
            json!(3),
            json!("64,32"),
            json!([8, 16]),
            json!(true),
            json!("a\n\"é\""),
            Value::Null,
        ];
        self.one(&values).unwrap().clone()
    }

    fn edit(&mut self, document: &Document) -> Edit {
        let canvas = &document.canvas();
        let edit = self.any_edit(document, canvas);
        let without_ids = |edit: &Edit| match edit {
            Edit::RemoveLinks { links } => links[0].is_empty(),
            Edit::MoveLink { link, .. } | Edit::InsertNode { link, .. } => link.is_empty(),
            Edit::InsertExisting { link, .. } | Edit::AddReroute { link, .. } => link.is_empty(),
            Edit::MoveReroute { reroute, .. } | Edit::RemoveReroute { reroute } => {
                reroute.is_empty()
            }
            Edit::LabelsToLinks { name } | Edit::RenameLabels { name, .. } => name.is_empty(),
            _ => false,
        };
        if without_ids(&edit) { Edit::AddNode(self.new_node()) } else { edit }
    }

    fn any_edit(&mut self, document: &Document, canvas: &Canvas) -> Edit {
        let group = self.roll(canvas.groups.len() as u64) as usize;
        let reroute = self.one(&canvas.reroutes).map(|r| r.id.clone()).unwrap_or_default();
        let labels: Vec<_> = canvas.nodes.iter().filter_map(|node| node.label.as_ref()).collect();
        let label = self.one(&labels).map(|label| label.name.clone()).unwrap_or_default();
        let param =
            || ["gain", "shape", "limit", "kind", "rate", "value", "count", "n", "text", "no"];
        let param = (*self.one(&param()).unwrap()).to_owned();
        let color = self.coin().then(|| "#235".to_owned());
        let node = self.node(canvas);
        // A parameter that the node has, mostly.
        let class =
            canvas.nodes.iter().find(|other| other.id == node).map(|node| node.class.clone());
        let registry = registry();
        let schema = class.and_then(|class| registry.find(&class));
        let own: Vec<_> =
            schema.into_iter().flat_map(|schema| schema.params).map(|p| p.name).collect();
        let param = match self.one(&own) {
            Some(own) if self.roll(8) > 0 => (*own).to_owned(),
            _ => param,
        };
        match self.roll(34) {
            0 => Edit::AddNode(self.new_node()),
            1 | 2 => Edit::RemoveNodes { nodes: self.nodes(canvas), bridge: self.coin() },
            3 => Edit::MoveNodes { to: vec![(node, self.place())] },
            4 => Edit::ResizeNode { node, size: self.place() },
            5 => Edit::Collapse { nodes: self.nodes(canvas), collapsed: self.coin() },
            6 => Edit::Pin { nodes: self.nodes(canvas), pinned: self.coin() },
            7 => Edit::RenameNode {
                node,
                title: if self.coin() { String::new() } else { "T".into() },
            },
            8 => Edit::ColourNodes { nodes: self.nodes(canvas), bgcolor: color.clone(), color },
            9 => {
                let modes = [NodeMode::Active, NodeMode::Muted, NodeMode::Bypassed];
                Edit::SetMode { nodes: self.nodes(canvas), mode: *self.one(&modes).unwrap() }
            }
            10..=13 => {
                Edit::Connect { from: self.port(canvas, false), to: self.port(canvas, true) }
            }
            14 => Edit::DisconnectInput(self.port(canvas, true)),
            15 => Edit::DisconnectOutput(self.port(canvas, false)),
            16 => Edit::RemoveLinks { links: vec![self.link(canvas)] },
            17 => Edit::MoveOutput { from: self.port(canvas, false), to: self.port(canvas, false) },
            18 => Edit::MoveLink { link: self.link(canvas), to: self.port(canvas, true) },
            19 => Edit::InsertNode { link: self.link(canvas), node: self.new_node() },
            20 => Edit::InsertExisting { link: self.link(canvas), node },
            21 | 22 => Edit::SetParam { node, param, value: self.value() },
            23 => Edit::ParamToInput { node, param },
            24 => Edit::InputToParam { node, param },
            25 => {
                let [[x, y], [width, height]] = [self.place(), self.place()];
                Edit::AddGroup { title: "G".into(), bounding: [x, y, width, height], color }
            }
            26 => match self.roll(3) {
                0 => Edit::RemoveGroup { group },
                1 => Edit::RenameGroup { group, title: "é".into() },
                _ => Edit::ColourGroup { group, color },
            },
            27 => Edit::MoveGroup { group, by: self.place(), contents: self.coin() },
            28 => Edit::ResizeGroup { group, bounding: [0.0, 0.0, 500.25, 1e9] },
            29 => {
                let (link, position) = (self.link(canvas), self.roll(3) as usize);
                Edit::AddReroute { link, position, at: self.place() }
            }
            30 => match self.coin() {
                true => Edit::MoveReroute { reroute, to: self.place() },
                false => Edit::RemoveReroute { reroute },
            },
            31 => match self.roll(3) {
                0 => Edit::LabelsToLinks { name: label },
                1 => Edit::RenameLabels { name: label, to: "other".into() },
                _ => Edit::LinkToLabels { link: self.link(canvas), name: color },
            },
            32 => {
                let nodes = self.nodes(canvas);
                let fragment = Fragment::copy(document, &nodes, &[group]).unwrap();
                Edit::Paste { fragment, at: self.place(), connections: self.coin() }
            }
            _ => {
                let nodes = self.nodes(canvas);
                let all = Edit::Duplicate { nodes, by: self.place(), connections: self.coin() };
                if self.coin() { all } else { Edit::All(vec![all, self.edit(document)]) }
            }
        }
    }
}

/// Every workflow that is shipped, in the UI form.
fn shipped() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn sequences() -> u64 {
    std::env::var(SETTING).ok().and_then(|n| n.parse().ok()).unwrap_or(SEQUENCES)
}

/// The tree as text, with its keys in their order.
fn text_of(root: &serde_json::Map<String, Value>) -> String {
    Value::Object(root.clone()).to_string()
}

/// Does random edits, some in gestures, and gives the texts between the steps.
fn play(dice: &mut Dice, history: &mut History, registry: &Registry) -> (Vec<String>, usize) {
    let mut texts = vec![history.document().to_text()];
    let mut refused = 0;
    for _ in 0..1 + dice.roll(LONGEST) {
        let before = history.document().to_text();
        let in_gesture = dice.roll(4) == 0;
        if in_gesture {
            history.begin("gesture");
        }
        for _ in 0..if in_gesture { 1 + dice.roll(4) } else { 1 } {
            let edit = dice.edit(history.document());
            let between = history.document().root().clone();
            if let Err(error) = history.apply(registry, &edit) {
                refused += 1;
                let same = text_of(&between) == text_of(history.document().root());
                assert!(same, "{edit:?} is refused, and leaves something: {error}");
                continue;
            }
            let faults = faults(history.document());
            assert_eq!(faults, Vec::<String>::new(), "after {edit:?} on\n{}", text_of(&between));
        }
        if in_gesture && dice.roll(5) == 0 {
            history.cancel();
            assert_eq!(history.document().to_text(), before, "after a gesture is cancelled");
            continue;
        }
        history.end();
        if history.steps().count() == texts.len() {
            texts.push(history.document().to_text());
        } else {
            assert_eq!(history.steps().count() + 1, texts.len(), "an edit is one step at most");
        }
    }
    (texts, refused)
}

#[test]
fn whatever_is_done_is_taken_back_and_done_again_to_the_letter() {
    let registry = registry();
    let mut files = shipped();
    files.extend([ARMS, OBJECTS, LABELS, DNNE_UI, DNNE_API].map(str::to_owned));
    assert!(files.len() > 10);
    let documents: Vec<_> = files.iter().map(|file| document(file)).collect();
    let (mut n_steps, mut n_refused) = (0, 0);
    for seed in 0..sequences() {
        let mut dice = Dice::new(seed + 1);
        let mut history = History::new(documents[seed as usize % documents.len()].clone());
        let (texts, refused) = play(&mut dice, &mut history, &registry);
        n_steps += texts.len() - 1;
        n_refused += refused;
        for text in texts.iter().rev().skip(1) {
            assert!(history.undo().is_some());
            assert_eq!(history.document().to_text(), *text, "undo, seed {seed}");
        }
        assert!(history.undo().is_none() && !history.is_dirty());
        for text in texts.iter().skip(1) {
            assert!(history.redo().is_some());
            assert_eq!(history.document().to_text(), *text, "redo, seed {seed}");
        }
        assert!(history.redo().is_none());
    }
    // Edits that are all refused would prove nothing.
    assert!(
        n_steps > n_refused && n_steps as u64 > sequences(),
        "{n_steps} done, {n_refused} refused"
    );
}

/// What is drawn of the nodes that an edit touched, worked out by itself, is what is drawn of the whole.
#[test]
fn a_canvas_that_follows_the_edits_is_the_one_that_is_worked_out_anew() {
    let registry = registry();
    let files = [ARMS, OBJECTS, LABELS, DNNE_UI, DNNE_API];
    let (mut n_followed, mut n_anew) = (0, 0);
    for seed in 0..sequences() {
        let mut dice = Dice::new(seed + 7);
        let mut history = History::new(document(files[seed as usize % files.len()]));
        let mut canvas = history.document().canvas();
        let mut values = history.document().param_values(&registry);
        for _ in 0..2 * LONGEST {
            match dice.roll(6) {
                0 => drop(history.undo()),
                1 => drop(history.redo()),
                _ => {
                    let edit = dice.edit(history.document());
                    let _ = history.apply(&registry, &edit);
                }
            }
            let document = history.document().clone();
            let follows = match history.take_touched() {
                Touched::Everything => false,
                Touched::Nodes(nodes) => nodes.into_iter().all(|node| {
                    let found = document.param_values_of(&registry, node);
                    let is_drawn = document.redraw_node(&mut canvas, node);
                    let Some((id, found)) = found.filter(|_| is_drawn) else { return false };
                    match found {
                        Some(found) => drop(values.insert(id, found)),
                        None => drop(values.remove(&id)),
                    }
                    true
                }),
            };
            if follows {
                n_followed += 1;
                assert_eq!(canvas, document.canvas(), "seed {seed}");
                assert_eq!(values, document.param_values(&registry), "seed {seed}");
            } else {
                n_anew += 1;
                canvas = document.canvas();
                values = document.param_values(&registry);
            }
        }
    }
    assert!(n_followed as u64 > 2 * sequences() && n_anew > 0, "{n_followed} {n_anew}");
}
