//! What the model says of a body, its joints and its geoms, and where they are at the moment.

use super::super::live::Live;
use super::super::stage::{OnShow, Poses, Selection};
use super::Open;
use crate::model::{GeomType, Joint, JointType, Model};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{CollapsingHeader, ComboBox, Grid, ScrollArea, Ui, Window};

pub(super) fn window(
    mut contexts: EguiContexts,
    (on_show, live, poses): (Res<OnShow>, Res<Live>, Res<Poses>),
    mut open: ResMut<Open>,
    mut selection: ResMut<Selection>,
) -> Result {
    if !open.inspector {
        return Ok(());
    }
    let mut stays = true;
    let window = Window::new("Inspector").open(&mut stays).default_pos([16.0, 16.0]).fade_in(false);
    window.default_width(300.0).resizable(true).show(contexts.ctx_mut()?, |ui| {
        ScrollArea::vertical().show(ui, |ui| {
            let selection = selection.bypass_change_detection();
            show(ui, &on_show.scene.model, &live, &poses, selection);
        });
    });
    if !stays {
        open.inspector = false;
    }
    Ok(())
}

fn show(ui: &mut Ui, model: &Model, live: &Live, poses: &Poses, selection: &mut Selection) {
    let name = |body: usize| match model.bodies[body].name.as_str() {
        "" => format!("body {body}"),
        name => name.to_owned(),
    };
    let mut chosen = selection.body.filter(|&body| body < model.bodies.len());
    let text = chosen.map_or("choose a body".to_owned(), name);
    ComboBox::from_id_salt("body").selected_text(text).width(200.0).show_ui(ui, |ui| {
        for body in 0..model.bodies.len() {
            ui.selectable_value(&mut chosen, Some(body), name(body));
        }
    });
    if chosen != selection.body {
        selection.body = chosen;
    }
    let Some(body) = chosen else {
        ui.weak("Double-click a robot to choose the body under the mouse.");
        return;
    };
    let env = selection.env.unwrap_or(0);
    let what = &model.bodies[body];
    let mut rows = vec![("of its subtree", format!("{:.4} kg", what.subtreemass))];
    // The world has neither mass nor place; its geoms are rails and ground.
    if body != 0 {
        rows.insert(0, ("mass", format!("{:.4} kg", what.mass)));
        rows.push(("inertia", format!("{} kg m\u{b2}", three(what.inertia))));
        rows.push(("parent", name(what.parentid)));
    }
    if body != 0
        && let Some(pose) = poses.0.get(env).and_then(|bodies| bodies.get(body))
    {
        rows.push(("position", format!("{} m", three(pose.pos.to_array().map(f64::from)))));
        let quat = pose.quat;
        let [w, x, y, z] = [quat.w, quat.x, quat.y, quat.z];
        rows.push(("orientation", format!("{w:.3} {x:.3} {y:.3} {z:.3}")));
    }
    table(ui, "body-rows", &rows);
    for joint in model.joints.iter().filter(|joint| joint.bodyid == body) {
        let title = format!("joint {} ({})", joint.name, joint_kind(joint.jnt_type));
        CollapsingHeader::new(title).default_open(true).show(ui, |ui| {
            table(ui, &joint.name, &joint_rows(joint, live, env));
        });
    }
    let geoms = model.geoms.iter().enumerate().filter(|(_, geom)| geom.bodyid == body);
    for (index, geom) in geoms {
        let kind = geom_kind(geom.geom_type);
        let title = format!("geom {} ({kind})", geom.name);
        CollapsingHeader::new(title).id_salt(("geom", index)).show(ui, |ui| {
            let rows = [
                ("size", format!("{} m", three(geom.size))),
                ("place on the body", format!("{} m", three(geom.pos))),
                ("friction", three(geom.friction)),
                ("contact dimensions", geom.condim.to_string()),
                ("contype, conaffinity", format!("{}, {}", geom.contype, geom.conaffinity)),
            ];
            table(ui, &title_of(index), &rows);
        });
    }
}

fn title_of(index: usize) -> String {
    format!("geom-rows-{index}")
}

fn joint_rows(joint: &Joint, live: &Live, env: usize) -> Vec<(&'static str, String)> {
    let is_scalar = matches!(joint.jnt_type, JointType::Hinge | JointType::Slide);
    let unit = if joint.jnt_type == JointType::Hinge { "rad" } else { "m" };
    let mut rows = Vec::new();
    if is_scalar {
        rows.push(("axis", three(joint.axis)));
        rows.push(match joint.limited {
            true => ("range", format!("{:.3} to {:.3} {unit}", joint.range[0], joint.range[1])),
            false => ("range", "no limits".to_owned()),
        });
        let of = |values: &[f32], at: usize| values.get(at).copied().unwrap_or(0.0);
        if let Some(snapshot) = live.envs.get(env) {
            rows.push(("position", format!("{:+.4} {unit}", of(&snapshot.qpos, joint.qposadr))));
            rows.push(("velocity", format!("{:+.4} {unit}/s", of(&snapshot.qvel, joint.dofadr))));
        }
    }
    rows.push(("stiffness", format!("{}", joint.stiffness)));
    rows
}

fn table(ui: &mut Ui, id: &str, rows: &[(&str, String)]) {
    Grid::new(id).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for (name, value) in rows {
            ui.weak(*name);
            ui.monospace(value);
            ui.end_row();
        }
    });
}

fn three(v: [f64; 3]) -> String {
    v.map(|part| format!("{part:.4}")).join(" ")
}

fn joint_kind(kind: JointType) -> &'static str {
    match kind {
        JointType::Free => "free",
        JointType::Ball => "ball",
        JointType::Slide => "slide",
        JointType::Hinge => "hinge",
    }
}

fn geom_kind(kind: GeomType) -> &'static str {
    match kind {
        GeomType::Plane => "plane",
        GeomType::HeightField => "height field",
        GeomType::Sphere => "sphere",
        GeomType::Capsule => "capsule",
        GeomType::Ellipsoid => "ellipsoid",
        GeomType::Cylinder => "cylinder",
        GeomType::Box => "box",
        GeomType::Mesh => "mesh",
    }
}
