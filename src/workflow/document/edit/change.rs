//! One change of one value, and its exact inverse.

use serde_json::{Map, Value};

/// One step from a value to a value in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TreeStep {
    /// To the member of an object.
    Key(String),
    /// To the item of a list.
    Item(usize),
}

/// Path of a value in a document, from the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TreePath(Vec<TreeStep>);

impl TreePath {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `key` of the object that stands here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(TreeStep::Key(key.to_owned()))
    }

    /// The item `index` of the list that stands here.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(TreeStep::Item(index))
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[TreeStep] {
        &self.0
    }

    /// Where the values stand that this one lies in, the root left out.
    pub(super) fn around(&self) -> impl Iterator<Item = Self> {
        (1..self.0.len()).map(|n| Self(self.0[..n].to_vec()))
    }

    fn with(&self, step: TreeStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

/// As a JSON pointer, such as `/nodes/2/pos`.
impl std::fmt::Display for TreePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            TreeStep::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
            TreeStep::Item(index) => write!(f, "/{index}"),
        })
    }
}

/// One value set, added or removed.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChange {
    /// The object or list that holds the value.
    pub holder: TreePath,
    /// Which of its members or items.
    pub step: TreeStep,
    /// Where the member stands among the members of its object. Of an item it is the index.
    pub position: usize,
    /// The value before; none where there was none.
    pub old: Option<Value>,
    /// The value after; none where there is none.
    pub new: Option<Value>,
}

impl DocumentChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let Self { old, new, .. } = self.clone();
        Self { old: new, new: old, ..self.clone() }
    }

    /// Makes the change; false where the tree is not the one that the change was made for.
    pub(super) fn apply(&self, root: &mut Map<String, Value>) -> bool {
        let done = match (&self.step, holder(root, &self.holder)) {
            (TreeStep::Key(key), Some(Holder::Object(members))) => {
                self.apply_to_member(key, members)
            }
            (TreeStep::Item(index), Some(Holder::List(items))) => self.apply_to_item(*index, items),
            _ => None,
        };
        done.is_some()
    }

    fn apply_to_member(&self, key: &str, members: &mut Map<String, Value>) -> Option<()> {
        match (&self.old, &self.new) {
            (Some(_), Some(new)) => *members.get_mut(key)? = new.clone(),
            (None, Some(new)) => {
                if members.contains_key(key) || self.position > members.len() {
                    return None;
                }
                members.shift_insert(self.position, key.to_owned(), new.clone());
            }
            (Some(_), None) => {
                members.shift_remove(key)?;
            }
            (None, None) => {}
        }
        Some(())
    }

    fn apply_to_item(&self, index: usize, items: &mut Vec<Value>) -> Option<()> {
        match (&self.old, &self.new) {
            (Some(_), Some(new)) => *items.get_mut(index)? = new.clone(),
            (None, Some(new)) => {
                if index > items.len() {
                    return None;
                }
                items.insert(index, new.clone());
            }
            (Some(_), None) => {
                if index >= items.len() {
                    return None;
                }
                items.remove(index);
            }
            (None, None) => {}
        }
        Some(())
    }

    /// Whether the change leaves every path as it was: it sets a value and neither adds nor removes one.
    pub(super) fn only_sets(&self) -> bool {
        self.old.is_some() && self.new.is_some()
    }

    /// Where the value stands.
    pub(super) fn path(&self) -> TreePath {
        self.holder.with(self.step.clone())
    }
}

enum Holder<'a> {
    Object(&'a mut Map<String, Value>),
    List(&'a mut Vec<Value>),
}

fn holder<'a>(root: &'a mut Map<String, Value>, path: &TreePath) -> Option<Holder<'a>> {
    let mut holder = Holder::Object(root);
    for step in path.steps() {
        let value = match (step, holder) {
            (TreeStep::Key(key), Holder::Object(members)) => members.get_mut(key)?,
            (TreeStep::Item(index), Holder::List(items)) => items.get_mut(*index)?,
            _ => return None,
        };
        holder = match value {
            Value::Object(members) => Holder::Object(members),
            Value::Array(items) => Holder::List(items),
            _ => return None,
        };
    }
    Some(holder)
}

/// The value at `path`, of which the root has none.
pub(super) fn value_at<'a>(root: &'a Map<String, Value>, path: &TreePath) -> Option<&'a Value> {
    let (first, rest) = path.steps().split_first()?;
    let TreeStep::Key(first) = first else { return None };
    rest.iter().try_fold(root.get(first)?, |value, step| match step {
        TreeStep::Key(key) => value.as_object()?.get(key),
        TreeStep::Item(index) => value.as_array()?.get(*index),
    })
}

/// Changes a tree and notes each change.
pub(super) struct Recorder<'a> {
    root: &'a mut Map<String, Value>,
    changes: Vec<DocumentChange>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(root: &'a mut Map<String, Value>) -> Self {
        Self { root, changes: Vec::new() }
    }

    /// The tree as it now is.
    pub(super) fn root(&self) -> &Map<String, Value> {
        self.root
    }

    pub(super) fn get(&self, path: &TreePath) -> Option<&Value> {
        value_at(self.root, path)
    }

    /// The changes, in the order in which they were made.
    pub(super) fn finish(self) -> Vec<DocumentChange> {
        self.changes
    }

    /// Takes everything back.
    pub(super) fn roll_back(self) {
        for change in self.changes.iter().rev() {
            change.inverse().apply(self.root);
        }
    }

    /// Sets a member of an object, or adds it behind the others. Nothing happens where it is so already.
    pub(super) fn set(&mut self, holder: &TreePath, key: &str, new: impl Into<Value>) {
        let new = new.into();
        let Some((position, old)) = self.member(holder, key) else {
            return;
        };
        if old.as_ref() != Some(&new) {
            let step = TreeStep::Key(key.to_owned());
            self.make(DocumentChange {
                holder: holder.clone(),
                step,
                position,
                old,
                new: Some(new),
            });
        }
    }

    /// Removes a member of an object, if it is there.
    pub(super) fn remove(&mut self, holder: &TreePath, key: &str) {
        if let Some((position, Some(old))) = self.member(holder, key) {
            let step = TreeStep::Key(key.to_owned());
            self.make(DocumentChange {
                holder: holder.clone(),
                step,
                position,
                old: Some(old),
                new: None,
            });
        }
    }

    /// Sets an item of a list.
    pub(super) fn set_item(&mut self, list: &TreePath, index: usize, new: impl Into<Value>) {
        let (old, new) = (self.get(&list.item(index)).cloned(), new.into());
        if old.is_some() && old.as_ref() != Some(&new) {
            self.make_item(list, index, old, Some(new));
        }
    }

    /// Puts an item into a list before the one at `index`.
    pub(super) fn insert(&mut self, list: &TreePath, index: usize, new: impl Into<Value>) {
        self.make_item(list, index, None, Some(new.into()));
    }

    /// Puts an item behind the others of a list, and says where it stands.
    pub(super) fn push(&mut self, list: &TreePath, new: impl Into<Value>) -> usize {
        let index = self.get(list).and_then(Value::as_array).map_or(0, Vec::len);
        self.insert(list, index, new);
        index
    }

    /// Takes an item out of a list.
    pub(super) fn remove_item(&mut self, list: &TreePath, index: usize) {
        let old = self.get(&list.item(index)).cloned();
        if old.is_some() {
            self.make_item(list, index, old, None);
        }
    }

    fn make_item(&mut self, list: &TreePath, index: usize, old: Option<Value>, new: Option<Value>) {
        let step = TreeStep::Item(index);
        self.make(DocumentChange { holder: list.clone(), step, position: index, old, new });
    }

    /// Where a member stands, or would stand, and what it is; none where there is no object.
    fn member(&self, holder: &TreePath, key: &str) -> Option<(usize, Option<Value>)> {
        let members = match holder.steps() {
            [] => &*self.root,
            _ => self.get(holder)?.as_object()?,
        };
        let position = members.keys().position(|k| k == key).unwrap_or(members.len());
        Some((position, members.get(key).cloned()))
    }

    fn make(&mut self, change: DocumentChange) {
        if change.apply(self.root) {
            self.changes.push(change);
        }
    }
}
