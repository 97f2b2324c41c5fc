//! The Rust program that a workflow is, beside its canvas; each shows what the mouse is on in the other.

use super::canvas::Hit;
use super::look;
use super::tab::Tab;
use crate::export::{self, Code, ProgramSource, WorkflowPart};
use bevy_egui::egui::text::{LayoutJob, TextFormat};
use bevy_egui::egui::{self, Color32, Rect, Sense, Stroke, pos2, vec2};
use std::collections::HashSet;

const LINE: f32 = 16.5;
const SIZE: f32 = 11.5;

/// What the panel keeps.
#[derive(Default)]
pub(crate) struct Panel {
    /// The text, and the state of the document that it is of.
    code: Option<(u64, String, Code)>,
    /// The part under the mouse.
    pointed: Option<WorkflowPart>,
}

impl Panel {
    /// What on the canvas is meant by the text under the mouse.
    pub(crate) fn pointed(&self, tab: &Tab) -> Option<Hit> {
        let plan = tab.plan();
        match self.pointed.as_ref()? {
            WorkflowPart::Node(node) => Some(Hit::Body(plan.position(node)?)),
            WorkflowPart::Setting(node, name) => {
                let i = plan.position(node)?;
                let mut settings = plan.nodes[i].settings.iter();
                let k = settings.position(|setting| setting.param.name == *name);
                Some(k.map_or(Hit::Body(i), |k| Hit::Setting(i, k)))
            }
            WorkflowPart::Wire(node, input) => {
                let i = plan.position(node)?;
                let k = plan.nodes[i].inputs.iter().position(|port| port.name == *input)?;
                Some(Hit::Input(i, k))
            }
        }
    }

    /// Shows the text; a node whose text was clicked is returned.
    pub(crate) fn show(&mut self, ui: &mut egui::Ui, area: Rect, tab: &Tab) -> Option<String> {
        let colours = look::colours(ui.ctx());
        ui.painter().rect_filled(area, 0.0, colours.inset);
        ui.painter().vline(area.left(), area.y_range(), Stroke::new(1.0, colours.line));
        self.write(tab);
        self.pointed = None;
        let head = Rect::from_min_size(area.min, vec2(area.width(), 30.0));
        ui.painter().rect_filled(head, 0.0, colours.panel);
        let at = head.left_center() + vec2(14.0, 0.0);
        let font = look::strong(12.5);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, "main.rs", font, colours.text);
        let body = Rect::from_min_max(head.left_bottom(), area.max);
        let Some((revision, _, code)) = &self.code else {
            let text = "The code appears once the workflow is sound.";
            let at = body.left_top() + vec2(14.0, 14.0);
            let font = look::regular(12.0);
            ui.painter().text(at, egui::Align2::LEFT_TOP, text, font, colours.text3);
            return None;
        };
        if *revision != tab.revision() {
            let at = head.right_center() - vec2(12.0, 0.0);
            let text = "as of the last sound state";
            let font = look::regular(11.0);
            ui.painter().text(at, egui::Align2::RIGHT_CENTER, text, font, colours.text3);
        }
        let lit = lit(tab);
        let mut pointed = None;
        let mut clicked = None;
        super::parts::within(ui, "code", body, |ui| {
            egui::ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
                (pointed, clicked) = lines(ui, code, &lit);
            });
        });
        self.pointed = pointed;
        clicked
    }

    fn write(&mut self, tab: &Tab) {
        let Some(graph) = tab.findings.graph.as_ref() else { return };
        let revision = tab.findings.revision;
        let is_there =
            self.code.as_ref().is_some_and(|(of, name, _)| *of == revision && name == tab.name());
        // A graph of an earlier state has no drawing any more.
        if is_there || revision != tab.revision() {
            return;
        }
        let code = export::code(&ProgramSource {
            name: tab.name(),
            graph,
            drawing: tab.canvas(),
            modules: &[],
            main: "",
            heading: &[],
            copies: &[],
        });
        self.code = Some((revision, tab.name().to_owned(), code));
    }
}

/// The parts that the canvas has selected or under the mouse.
fn lit(tab: &Tab) -> HashSet<(String, Option<String>)> {
    let plan = tab.plan();
    let mut lit: HashSet<(String, Option<String>)> =
        tab.selection.nodes.iter().map(|id| (id.clone(), None)).collect();
    match tab.state.hover() {
        Hit::Wire(i) => {
            if let Some(wire) = plan.wires.get(i)
                && let (node, Some(k)) = wire.to
            {
                let node = &plan.nodes[node];
                lit.insert((node.id.clone(), Some(node.inputs[k].name.clone())));
            }
        }
        Hit::Setting(i, k) | Hit::Field(i, k) => {
            let node = &plan.nodes[i];
            lit.insert((node.id.clone(), Some(node.settings[k].param.name.to_owned())));
        }
        hit => {
            if let Some(i) = hit.node() {
                lit.insert((plan.nodes[i].id.clone(), None));
            }
        }
    }
    lit
}

/// Draws all lines; the part under the mouse, and the node of one that was clicked.
fn lines(
    ui: &mut egui::Ui,
    code: &Code,
    lit: &HashSet<(String, Option<String>)>,
) -> (Option<WorkflowPart>, Option<String>) {
    let colours = look::colours(ui.ctx());
    let font = look::mono(SIZE);
    let width = ui.fonts_mut(|fonts| fonts.glyph_width(&font, 'm'));
    let longest = code.text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let n_lines = code.text.lines().count();
    let gutter = 34.0;
    let size = vec2(gutter + longest as f32 * width + 20.0, n_lines as f32 * LINE + 20.0);
    let (rect, response) = ui.allocate_exact_size(size.max(ui.available_size()), Sense::click());
    let mut start = 0;
    let under = response.hover_pos();
    let (mut pointed, mut clicked) = (None, None);
    for (i, line) in code.text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let top = rect.top() + 8.0 + i as f32 * LINE;
        let row = Rect::from_min_max(
            pos2(rect.left(), top),
            pos2(rect.right().max(ui.clip_rect().right()), top + LINE),
        );
        let of_line = |part: &export::Mark| part.range.start < end && part.range.end > start;
        let marks: Vec<&export::Mark> = code.marks.iter().filter(|mark| of_line(mark)).collect();
        if marks.iter().any(|mark| is_lit(&mark.part, lit)) {
            ui.painter().rect_filled(row, 0.0, colours.select);
        }
        if under.is_some_and(|at| row.contains(at)) {
            // The narrowest part is meant: a setting rather than its node.
            let at = under.map_or(0.0, |at| at.x - rect.left() - gutter);
            let column = (at / width).max(0.0) as usize;
            let byte = start + line.char_indices().nth(column).map_or(line.len(), |(i, _)| i);
            let within = marks.iter().filter(|mark| mark.range.contains(&byte));
            let narrowest = within.min_by_key(|mark| mark.range.len());
            let first = narrowest.or(marks.first());
            pointed = first.map(|mark| mark.part.clone());
            if response.clicked() {
                clicked = pointed.as_ref().map(|part| node_of(part).to_owned());
            }
        }
        if ui.is_rect_visible(row) {
            let at = pos2(rect.left() + 26.0, row.center().y);
            let number = (i + 1).to_string();
            let small = look::mono(10.0);
            ui.painter().text(at, egui::Align2::RIGHT_CENTER, number, small, colours.edge);
            let galley = ui.painter().layout_job(coloured(line.trim_end(), colours));
            let at = pos2(rect.left() + gutter, row.center().y - galley.size().y * 0.5);
            ui.painter().galley(at, galley, colours.text);
        }
        start = end;
    }
    (pointed, clicked)
}

fn node_of(part: &WorkflowPart) -> &str {
    match part {
        WorkflowPart::Node(node) | WorkflowPart::Setting(node, _) | WorkflowPart::Wire(node, _) => {
            node
        }
    }
}

fn is_lit(part: &WorkflowPart, lit: &HashSet<(String, Option<String>)>) -> bool {
    let has = |node: &String, field: Option<&str>| {
        lit.contains(&(node.clone(), field.map(str::to_owned)))
    };
    match part {
        WorkflowPart::Node(node) => has(node, None),
        WorkflowPart::Setting(node, name) => has(node, Some(name)),
        WorkflowPart::Wire(node, input) => has(node, Some(input)),
    }
}

/// A line of Rust in the colours of its words.
fn coloured(line: &str, colours: &look::Colours) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut add = |text: &str, colour: Color32| {
        job.append(text, 0.0, TextFormat::simple(look::mono(SIZE), colour));
    };
    if line.trim_start().starts_with("//") {
        add(line, colours.text3);
        return job;
    }
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if first == '"' {
            string_length(rest)
        } else if is_word(first) {
            rest.find(|c| !is_word(c) && c != '.').unwrap_or(rest.len())
        } else {
            rest.find(|c: char| is_word(c) || c == '"').unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(length.max(first.len_utf8()));
        let colour = match first {
            '"' => colours.flows[4],
            '0'..='9' => colours.data,
            _ if ["use", "fn", "let", "mut", "pub", "true", "false"].contains(&word) => {
                colours.flows[2]
            }
            c if c.is_uppercase() => colours.flows[0],
            c if is_word(c) => colours.text,
            _ => colours.text2,
        };
        add(word, colour);
        rest = after;
    }
    job
}

/// How long the string literal is with which a text begins.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}
