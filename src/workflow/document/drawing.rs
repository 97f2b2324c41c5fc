//! What a drawing says beside its graph: groups, and notes to the reader.

use super::{Document, ui};
use serde_json::Value;

/// A group of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnGroup {
    /// Its title.
    pub title: String,
    /// x, y, width and height [pixels].
    pub bounds: [f64; 4],
}

/// Where a node of a drawing stands.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnNode {
    /// Its id.
    pub id: String,
    /// Its class name, as the document has it.
    pub class: String,
    /// Its title, if the document gives one.
    pub title: Option<String>,
    /// The middle of its upper edge, x and y [pixels].
    pub place: [f64; 2],
    /// The position in [`Drawing::groups`] of the smallest group that it stands in.
    pub group: Option<usize>,
    /// The text of its first value: what a note says.
    pub text: Option<String>,
}

/// What a drawing says beside its graph. The API form has none of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    /// In the order of the document.
    pub groups: Vec<DrawnGroup>,
    /// All nodes, in the order of the document.
    pub nodes: Vec<DrawnNode>,
}

impl Document {
    /// Groups and places, as far as they can be read.
    pub fn drawing(&self) -> Drawing {
        let list = |key: &str| self.root.get(key).and_then(Value::as_array).into_iter().flatten();
        let groups: Vec<DrawnGroup> = list("groups").filter_map(group).collect();
        let nodes = list("nodes").filter_map(|value| node(value, &groups)).collect();
        Drawing { groups, nodes }
    }
}

fn group(value: &Value) -> Option<DrawnGroup> {
    let bounds = numbers(value.get("bounding")?)?;
    let title = value.get("title").and_then(Value::as_str).unwrap_or("Group");
    Some(DrawnGroup { title: title.to_owned(), bounds })
}

fn node(value: &Value, groups: &[DrawnGroup]) -> Option<DrawnNode> {
    let id = ui::identifier(value.get("id")?)?;
    let class = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = value.get("title").and_then(Value::as_str).filter(|title| !title.is_empty());
    let [x, y] = value.get("pos").and_then(numbers).unwrap_or_default();
    let [width, _] = value.get("size").and_then(numbers).unwrap_or_default();
    let place = [x + width / 2.0, y];
    let around = groups.iter().enumerate().filter(|(_, group)| group.holds(place));
    let smallest = around.min_by(|(_, a), (_, b)| a.area().total_cmp(&b.area()));
    let values = value.get("widgets_values");
    let first = values.and_then(|values| match values {
        Value::Array(values) => values.first(),
        Value::Object(values) => values.values().next(),
        _ => None,
    });
    Some(DrawnNode {
        id,
        class,
        title: title.map(str::to_owned),
        place,
        group: smallest.map(|(position, _)| position),
        text: first.and_then(Value::as_str).map(str::to_owned),
    })
}

impl DrawnGroup {
    fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let [left, top, width, height] = self.bounds;
        (left..=left + width).contains(&x) && (top..=top + height).contains(&y)
    }

    fn area(&self) -> f64 {
        self.bounds[2] * self.bounds[3]
    }
}

/// Numbers of a list, or of an object of lists that count: positions come as `{"0": x, "1": y}` too.
fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for (i, number) in numbers.iter_mut().enumerate() {
        let part = match value {
            Value::Array(items) => items.get(i),
            Value::Object(items) => items.get(&i.to_string()),
            _ => None,
        };
        *number = part?.as_f64()?;
    }
    Some(numbers)
}
