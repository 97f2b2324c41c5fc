//! Over the view: what is drawn over it, and what is wrong.

use super::super::super::live::Live;
use super::super::super::overlay::Overlays;
use super::{BAD, GOOD, of_theme};
use crate::diagnostic::Diagnostic;
use crate::ui::toggle;
use bevy_egui::egui::{
    Align2, Area, Context, CornerRadius, Frame, Id, Label, Margin, Order, Rect, RichText, Stroke,
    Ui, vec2,
};

/// From the view's edges [points].
const MARGIN: f32 = 12.0;
const WIDTH: f32 = 460.0;
/// Findings that are listed.
const MOST: usize = 5;
/// How long it is said that a scene was loaded anew [s].
const NEWS_SECS: f64 = 2.5;

/// `now_secs` is the time of the window's clock.
pub(in crate::viewer::app::panels) fn show(
    ctx: &Context,
    view: Rect,
    live: &Live,
    overlays: &mut Overlays,
    now_secs: f64,
) {
    let at = |id: &str| Area::new(Id::new(id)).order(Order::Middle).fade_in(false).constrain(false);
    let corner = view.left_top() + vec2(MARGIN, MARGIN);
    at("draw over the view").fixed_pos(corner).show(ctx, |ui| {
        ui.horizontal(|ui| draws(ui, overlays));
    });
    let corner = view.right_bottom() - vec2(MARGIN, MARGIN);
    let area = at("what is wrong").pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner);
    let look = live.look();
    let is_new = live.reloaded_secs().is_some_and(|then| now_secs - then < NEWS_SECS);
    let width = WIDTH.min(view.width() - 2.0 * MARGIN).max(120.0);
    if look.trouble.is_none() && look.problems.is_empty() && !is_new {
        return;
    }
    area.show(ctx, |ui| {
        ui.set_max_width(width);
        if let Some(trouble) = &look.trouble {
            boxed(ui, BAD, |ui| stuck(ui, live, trouble));
        }
        match look.problems.is_empty() {
            false => boxed(ui, BAD, |ui| problems(ui, &look.problems)),
            true if is_new => boxed(ui, GOOD, |ui| drop(ui.label("Loaded again"))),
            true => {}
        }
    });
}

fn draws(ui: &mut Ui, overlays: &mut Overlays) {
    let draws = [
        (&mut overlays.contacts, "Contacts", "C: contacts and their forces"),
        (&mut overlays.inertia, "Inertia", "I: inertia boxes"),
        (&mut overlays.joints, "Joints", "J: axes of joints"),
        (&mut overlays.frames, "Frames", "E: frames of bodies"),
        (&mut overlays.masses, "Mass", "M: centre of mass"),
        (&mut overlays.trails, "Trails", "T"),
        (&mut overlays.colliders, "Colliders", "G: colliders (Rapier's shapes)"),
    ];
    for (is_on, name, does) in draws {
        toggle(ui, is_on, name).on_hover_text(does);
    }
}

/// On the panels' ground, with an edge in a colour.
fn boxed(ui: &mut Ui, colour: [bevy_egui::egui::Color32; 2], content: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(ui.visuals().panel_fill)
        .stroke(Stroke::new(1.5, of_theme(ui, colour)))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, content);
}

fn stuck(ui: &mut Ui, live: &Live, trouble: &str) {
    ui.label(RichText::new("It has come apart").strong().color(of_theme(ui, BAD)));
    ui.add(Label::new(trouble).wrap());
    if ui.button("Reset").clicked() {
        live.reset(None);
    }
}

/// What is wrong with the files, each with its place and what to do about it.
fn problems(ui: &mut Ui, problems: &[Diagnostic]) {
    for problem in problems.iter().take(MOST) {
        let place = place(problem);
        if !place.is_empty() {
            ui.label(RichText::new(place).strong().color(of_theme(ui, BAD)));
        }
        let element = problem.element.as_ref().map_or(String::new(), |it| format!("{it}: "));
        ui.add(Label::new(format!("{element}{}", problem.message)).wrap());
        if !problem.remedy.is_empty() {
            ui.add(Label::new(RichText::new(&problem.remedy).weak()).wrap());
        }
        ui.add_space(4.0);
    }
    if problems.len() > MOST {
        ui.weak(format!("and {} more; `dnne check` lists them all", problems.len() - MOST));
    }
    ui.weak("The last good state stays. Save the file again when it is mended.");
}

/// Such as `robot.xml, line 6`: the folder is known.
fn place(problem: &Diagnostic) -> String {
    let file = problem.file.as_deref().unwrap_or_default();
    let name = std::path::Path::new(file).file_name().unwrap_or_default().to_string_lossy();
    match problem.span {
        Some(span) if !name.is_empty() => format!("{name}, line {}", span.start.line),
        _ => name.into_owned(),
    }
}
