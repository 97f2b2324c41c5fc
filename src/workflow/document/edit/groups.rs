//! Groups: frames with a title.

use serde_json::{Map, Value};

use super::board::{Board, finite, largest, number, read_numbers};
use super::change::TreePath;
use super::error::EditError;
use crate::workflow::document::ui::identifier;

/// The colour of ComfyUI's groups.
const COLOR: &str = "#3f789e";
const FONT_SIZE: u64 = 24;

/// Left, top, width and height.
pub(super) type Rectangle = [f64; 4];

/// Whether the middle of a rectangle lies in another.
fn holds(outer: Rectangle, [left, top, width, height]: Rectangle) -> bool {
    let within = |x: f64, from: f64, length: f64| x >= from && x <= from + length;
    within(left + width / 2.0, outer[0], outer[2]) && within(top + height / 2.0, outer[1], outer[3])
}

/// Whether a rectangle lies in another whole.
fn holds_whole(outer: Rectangle, [left, top, width, height]: Rectangle) -> bool {
    let [right, bottom] = [outer[0] + outer[2], outer[1] + outer[3]];
    left >= outer[0] && top >= outer[1] && left + width <= right && top + height <= bottom
}

impl Board<'_> {
    fn groups(&self) -> &[Value] {
        self.tree.root().get("groups").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn group(&self, group: usize) -> Result<TreePath, EditError> {
        match self.groups().get(group) {
            Some(Value::Object(_)) => Ok(TreePath::root().key("groups").item(group)),
            _ => Err(EditError::UnknownGroup { group }),
        }
    }

    /// A new id for a group; none where the file's groups have none.
    pub(super) fn next_group_id(&mut self) -> Result<Option<i64>, EditError> {
        let groups = self.groups();
        if !groups.is_empty() && groups.iter().all(|group| group.get("id").is_none()) {
            return Ok(None);
        }
        let used = largest(groups.iter().filter_map(|group| group.get("id")));
        self.next_id(used, "last_group_id", "lastGroupId").map(Some)
    }

    pub(super) fn add_group(
        &mut self,
        title: &str,
        bounding: Rectangle,
        color: Option<&str>,
    ) -> Result<(), EditError> {
        finite("the frame of the group", &bounding)?;
        let groups = self.list(&TreePath::root(), "groups")?;
        let mut body = Map::new();
        if let Some(id) = self.next_group_id()? {
            body.insert("id".into(), id.into());
        }
        body.insert("title".into(), title.into());
        body.insert("bounding".into(), bounding.map(number).to_vec().into());
        body.insert("color".into(), color.unwrap_or(COLOR).into());
        body.insert("font_size".into(), FONT_SIZE.into());
        body.insert("flags".into(), Map::new().into());
        let position = self.tree.push(&groups, body);
        self.made.groups.push(position);
        Ok(())
    }

    pub(super) fn remove_group(&mut self, group: usize) -> Result<(), EditError> {
        self.group(group)?;
        self.tree.remove_item(&TreePath::root().key("groups"), group);
        Ok(())
    }

    pub(super) fn resize_group(
        &mut self,
        group: usize,
        bounding: Rectangle,
    ) -> Result<(), EditError> {
        finite("the frame of the group", &bounding)?;
        let group = self.group(group)?;
        self.set_numbers(&group, "bounding", &bounding);
        Ok(())
    }

    pub(super) fn rename_group(&mut self, group: usize, title: &str) -> Result<(), EditError> {
        let group = self.group(group)?;
        self.tree.set(&group, "title", title);
        Ok(())
    }

    pub(super) fn colour_group(
        &mut self,
        group: usize,
        color: Option<&str>,
    ) -> Result<(), EditError> {
        let group = self.group(group)?;
        self.set_or_remove(&group, "color", color);
        Ok(())
    }

    pub(super) fn move_group(
        &mut self,
        group: usize,
        by: [f64; 2],
        contents: bool,
    ) -> Result<(), EditError> {
        finite("the way of the group", &by)?;
        let path = self.group(group)?;
        let frame: Option<Rectangle> = self.numbers(&path, "bounding");
        let frame = frame.ok_or_else(|| EditError::BadFile {
            pointer: path.key("bounding").to_string(),
            expected: "list of four numbers",
        })?;
        if contents {
            self.move_contents(group, frame, by)?;
        }
        let [left, top, width, height] = frame;
        let moved = [left + by[0], top + by[1], width, height];
        finite("the frame of the group", &moved)?;
        self.set_numbers(&path, "bounding", &moved);
        Ok(())
    }

    fn move_contents(
        &mut self,
        group: usize,
        frame: Rectangle,
        by: [f64; 2],
    ) -> Result<(), EditError> {
        let mut to = Vec::new();
        for node in self.nodes() {
            let at: Option<[f64; 2]> = node.get("pos").and_then(read_numbers);
            let size: Option<[f64; 2]> = node.get("size").and_then(read_numbers);
            let (Some(id), Some([x, y])) = (node.get("id").and_then(identifier), at) else {
                continue;
            };
            let [width, height] = size.unwrap_or_default();
            if holds(frame, [x, y, width, height]) {
                to.push((id, [x + by[0], y + by[1]]));
            }
        }
        self.move_nodes(&to)?;
        for (id, [x, y]) in self.reroutes_at() {
            if holds(frame, [x, y, 0.0, 0.0]) {
                self.move_reroute(&id, [x + by[0], y + by[1]])?;
            }
        }
        for other in (0..self.groups().len()).filter(|other| *other != group) {
            let Ok(path) = self.group(other) else { continue };
            let Some(inner) = self.numbers::<4>(&path, "bounding") else { continue };
            // Of two frames that are the same neither lies in the other.
            if holds_whole(frame, inner) && inner != frame {
                let [left, top, width, height] = inner;
                self.resize_group(other, [left + by[0], top + by[1], width, height])?;
            }
        }
        Ok(())
    }
}
