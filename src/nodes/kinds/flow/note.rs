//! `Note`: words for the reader.

use crate::nodes::NodeKind;
use crate::workflow::{NodeSchema, ParamSchema, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "Note",
    aliases: &["MarkdownNote", "NoteNode"],
    title: "Note",
    category: "layout",
    doc: "A note to the reader of the canvas.",
    role: Role::Comment,
    params: &[ParamSchema::text("text", "", "What it says.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::dissolved(&SCHEMA);
