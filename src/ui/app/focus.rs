//! The keyboard is for shortcuts, unless somebody writes a number. On the start page it goes from button to button.

use super::Page;
use super::aside::view_has_keys;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiInput, EguiPreUpdateSet, egui};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        PreUpdate,
        keep_tab
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass)
            .run_if(in_state(Page::Watch).and_then(view_has_keys)),
    );
}

/// Tab shows and hides the panel; to egui it would mean the next button, which would then have all keys.
fn keep_tab(mut inputs: Query<&mut EguiInput>) {
    let is_tab =
        |event: &egui::Event| matches!(event, egui::Event::Key { key: egui::Key::Tab, .. });
    for mut input in &mut inputs {
        if input.events.iter().any(is_tab) {
            input.events.retain(|event| !is_tab(event));
        }
    }
}

/// Takes the keyboard from whatever has it and cannot be written into.
pub(super) fn release(mut contexts: EguiContexts) -> Result {
    let ctx = contexts.ctx_mut()?;
    let holder = ctx.memory(|memory| memory.focused());
    if let Some(holder) = holder.filter(|_| !ctx.text_edit_focused()) {
        ctx.memory_mut(|memory| memory.surrender_focus(holder));
    }
    Ok(())
}
