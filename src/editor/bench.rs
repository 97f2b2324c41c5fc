//! What a large workflow costs the editor: how long it takes to open, to edit with the check, and to draw, all of it
//! on one thread and without a window.

use super::check::examine;
use super::desk::{Editor, Habits, Scenes};
use super::look::add_fonts;
use super::run::RunView;
use super::tab::Tab;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::workflow::{CanvasNode, Edit};
use bevy_egui::egui::{Context, RawInput, Rect, Vec2, pos2, vec2};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Of the window [points].
const SIZE: Vec2 = vec2(1280.0, 720.0);
/// Between two pictures [s].
const FRAME: f64 = 1.0 / 60.0;
/// Of what is done again and again the median counts.
const ROUNDS: usize = 21;

/// How long it takes [s], on one thread but for the window's own check, which comes beside the pictures.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct EditorTimes {
    /// How many nodes and links the drawing has.
    pub nodes: usize,
    pub links: usize,
    /// From the file to the first whole picture, without the check.
    pub open: f64,
    /// One check of the whole workflow.
    pub check: f64,
    /// A setting is changed, checked and put into the drawing.
    pub setting: f64,
    /// A node is moved, its wires are led anew, and all is checked.
    pub node: f64,
    /// A picture while nothing moves.
    pub rest: f64,
    /// A picture while the canvas is moved.
    pub pan: f64,
    /// A picture while it is zoomed.
    pub zoom: f64,
}

/// A drawing and how many nodes and links it has.
struct Drawing {
    json: Value,
    nodes: usize,
    links: usize,
}

/// As many copies of a drawing side by side as have `n_nodes` nodes. Only the editor's own form of a file draws.
fn copies(drawing: &str, n_nodes: usize) -> Result<Drawing, String> {
    let mut json: Value = serde_json::from_str(drawing).map_err(|error| error.to_string())?;
    let list = |name| json[name].as_array().cloned().filter(|list: &Vec<Value>| !list.is_empty());
    let (Some(nodes), Some(links)) = (list("nodes"), list("links")) else {
        return Err("it is no drawing of nodes and links".to_owned());
    };
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    let place = |node: &Value, axis: usize| node["pos"][axis].as_f64().unwrap_or(0.0);
    let step = 1 + nodes.iter().map(|node| number(&node["id"])).max().unwrap_or(0);
    let link_step = 1 + links.iter().map(|link| number(&link[0])).max().unwrap_or(0);
    let sides = [0, 1].map(|axis| {
        let end = |node| place(node, axis) + node["size"][axis].as_f64().unwrap_or(0.0);
        nodes.iter().map(end).fold(0.0, f64::max) + 100.0
    });
    let n = n_nodes.div_ceil(nodes.len()).max(1);
    let columns = (n as f64).sqrt().ceil() as usize;
    let (mut all_nodes, mut all_links) = (Vec::new(), Vec::new());
    for k in 0..n {
        let cell = [(k % columns) as f64, (k / columns) as f64];
        let (ids, link_ids) = (k as i64 * step, k as i64 * link_step);
        let link_id = |link: &Value| link.as_i64().map_or(Value::Null, |it| json!(it + link_ids));
        for mut node in nodes.iter().cloned() {
            node["id"] = json!(number(&node["id"]) + ids);
            for axis in [0, 1] {
                node["pos"][axis] = json!(place(&node, axis) + cell[axis] * sides[axis]);
            }
            for input in node["inputs"].as_array_mut().into_iter().flatten() {
                input["link"] = link_id(&input["link"]);
            }
            for output in node["outputs"].as_array_mut().into_iter().flatten() {
                output["links"]
                    .as_array_mut()
                    .into_iter()
                    .flatten()
                    .for_each(|it| *it = link_id(it));
            }
            all_nodes.push(node);
        }
        for mut link in links.iter().cloned() {
            link[0] = link_id(&link[0]);
            [1, 3].into_iter().for_each(|end| link[end] = json!(number(&link[end]) + ids));
            all_links.push(link);
        }
    }
    let (nodes, links) = (all_nodes.len(), all_links.len());
    json["last_node_id"] = json!(n as i64 * step);
    json["last_link_id"] = json!(n as i64 * link_step);
    (json["nodes"], json["links"]) = (all_nodes.into(), all_links.into());
    Ok(Drawing { json, nodes, links })
}

/// Opens, edits and draws a workflow of `n_nodes` nodes or a few more: copies of the one in a file.
pub(crate) fn measure(
    workflow: &Path,
    n_nodes: usize,
    library: &SceneLibrary,
) -> Result<EditorTimes, String> {
    let of = |error: &dyn Display| format!("{}: {error}", workflow.display());
    let text = fs::read_to_string(workflow).map_err(|error| of(&error))?;
    let drawing = copies(&text, n_nodes).map_err(|error| of(&error))?;
    let folder = tempfile::tempdir().map_err(|error| of(&error))?;
    let path = folder.path().join("large.json");
    fs::write(&path, drawing.json.to_string()).map_err(|error| of(&error))?;

    let kinds = Arc::new(Kinds::builtin());
    let registry = kinds.registry();
    let mut window = Window::new();
    let habits = Habits { saw_tour: true, ..Habits::default() };
    let scenes: Scenes = {
        let library = library.clone();
        Arc::new(move |_| library.clone())
    };
    let mut editor = Editor::new(kinds.clone(), scenes, habits, None);
    // Letters are drawn when a program starts, not when it opens a file.
    window.picture(&mut editor);
    let start = Instant::now();
    editor.open(&path)?;
    window.picture(&mut editor);
    let open = start.elapsed().as_secs_f64();

    let mut check = Vec::new();
    let (mut setting, mut node) = (Vec::new(), Vec::new());
    let Some(tab) = editor.tab_mut() else { return Err("nothing is open".to_owned()) };
    let target = environment(tab).ok_or_else(|| of(&format!("no node has {PARAM}")))?;
    let mut work = |tab: &mut Tab, edit: &Edit, times: &mut Vec<f64>| {
        let start = Instant::now();
        if tab.edit(registry, edit).is_none() {
            return Err(tab.error_message.clone().unwrap_or_default());
        }
        let findings = examine(tab.document(), tab.revision(), &kinds, library);
        check.push(findings.took.as_secs_f64());
        tab.take_findings(findings);
        tab.lay_out(&window.ctx, registry);
        times.push(start.elapsed().as_secs_f64());
        Ok(())
    };
    for round in 0..ROUNDS {
        let edit = Edit::SetParam {
            node: target.id.clone(),
            param: PARAM.to_owned(),
            value: json!(64 + round),
        };
        work(tab, &edit, &mut setting)?;
        let at = [target.at[0] + 8.0 * (round + 1) as f64, target.at[1]];
        work(tab, &Edit::MoveNodes { to: vec![(target.id.clone(), at)] }, &mut node)?;
    }
    Ok(EditorTimes {
        nodes: drawing.nodes,
        links: drawing.links,
        open,
        check: median(check),
        setting: median(setting),
        node: median(node),
        rest: window.pictures(&mut editor, |_| {}),
        pan: window.pictures(&mut editor, |tab| tab.camera.offset += vec2(3.0, 2.0)),
        zoom: window.pictures(&mut editor, |tab| tab.camera.zoom *= 1.01),
    })
}

/// The setting that is changed: an environment's number of copies.
const PARAM: &str = "num_envs";

/// A node that has it.
fn environment(tab: &Tab) -> Option<CanvasNode> {
    let has = |node: &&CanvasNode| {
        tab.kind_of(&node.id).is_some_and(|kind| kind.params.iter().any(|it| it.name == PARAM))
    };
    tab.canvas().nodes.iter().find(has).cloned()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A window that nobody sees.
struct Window {
    ctx: Context,
    time: f64,
}

impl Window {
    fn new() -> Self {
        let ctx = Context::default();
        add_fonts(&ctx);
        Self { ctx, time: 0.0 }
    }

    /// Lays out and tessellates one picture; how long that took [s].
    fn picture(&mut self, editor: &mut Editor) -> f64 {
        self.time += FRAME;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), SIZE)),
            time: Some(self.time),
            predicted_dt: FRAME as f32,
            ..RawInput::default()
        };
        let run = RunView::default();
        let start = Instant::now();
        let output = self.ctx.run_ui(input, |ui| drop(editor.show(ui, &run, f32::INFINITY, true)));
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(&meshes);
        start.elapsed().as_secs_f64()
    }

    /// The median of several, before each of which something is done to the tab in front.
    fn pictures(&mut self, editor: &mut Editor, mut change: impl FnMut(&mut Tab)) -> f64 {
        // What was done before is checked and drawn, and its letters are there.
        while editor.tab().is_some_and(|tab| !tab.is_checked()) {
            std::thread::sleep(Duration::from_millis(5));
            self.picture(editor);
        }
        for _ in 0..3 {
            self.picture(editor);
        }
        let times = (0..ROUNDS).map(|_| {
            if let Some(tab) = editor.tab_mut() {
                change(tab);
            }
            self.picture(editor)
        });
        median(times.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::Document;

    #[test]
    fn copies_are_whole_and_apart() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/cartpole_ppo.json");
        let one = std::fs::read_to_string(path).unwrap();
        let Drawing { json, nodes, links } = copies(&one, 95).unwrap();
        assert_eq!((nodes, links), (100, 150));
        let (document, diagnostics) = Document::parse(json.to_string().as_bytes(), None);
        let canvas = document.unwrap().canvas();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!((canvas.nodes.len(), canvas.links.len()), (nodes, links));
        let ids: std::collections::HashSet<_> = canvas.nodes.iter().map(|node| &node.id).collect();
        assert_eq!(ids.len(), nodes);
        // No link joins two copies: each has eleven numbers, from the highest id of the ten nodes on.
        for link in json["links"].as_array().unwrap() {
            let [from, to] = [1, 3].map(|end| link[end].as_i64().unwrap() / 11);
            assert_eq!(from, to, "{link}");
        }
        assert!(copies("{}", 10).is_err());
    }
}
