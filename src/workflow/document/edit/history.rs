//! A document, and all that was done to it.

use super::board::Board;
use super::change::DocumentChange;
use super::command::{Edit, Made};
use super::error::EditError;
use super::gesture::Gesture;
use super::touched::Touched;
use crate::workflow::document::{Document, Form};
use crate::workflow::registry::Registry;

/// What one undo takes back.
#[derive(Debug, Clone, PartialEq)]
struct Done {
    name: &'static str,
    changes: Vec<DocumentChange>,
}

/// A document with everything that was done to it and everything that was taken back, without limit.
///
/// A gesture, such as one drag of the mouse, is one step: what is applied between [`begin`](Self::begin) and
/// [`end`](Self::end) is undone in one.
#[derive(Debug, Clone)]
pub struct History {
    document: Document,
    undo: Vec<Done>,
    redo: Vec<Done>,
    gesture: Option<Gesture>,
    /// How many steps the saved document is away from the one read; none where no undo leads there.
    saved: Option<usize>,
    touched: Touched,
}

impl History {
    /// Nothing done yet, and nothing to save.
    pub fn new(document: Document) -> Self {
        let (undo, redo, touched) = (Vec::new(), Vec::new(), Touched::default());
        Self { document, undo, redo, gesture: None, saved: Some(0), touched }
    }

    /// The document as it now is.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What was changed since this was asked last.
    pub fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// Gives the document up.
    pub fn into_document(self) -> Document {
        self.document
    }

    /// Does an edit. What was taken back before can then no longer be done again.
    ///
    /// An edit that changes nothing leaves no step.
    ///
    /// # Errors
    /// Where it cannot be done; the document is then as it was.
    pub fn apply(&mut self, registry: &Registry, edit: &Edit) -> Result<Made, EditError> {
        if self.document.form() != Form::Ui {
            return Err(EditError::ApiForm);
        }
        let mut board = Board::new(self.document.root_mut(), registry);
        let changes = match board.run(edit) {
            Ok(()) => board.finish(),
            Err(error) => {
                board.roll_back();
                return Err(error);
            }
        };
        let (made, changes) = changes;
        if changes.is_empty() {
            return Ok(made);
        }
        self.document.forget_places();
        changes.iter().for_each(|change| self.touched.note(change));
        self.forget_redo();
        match &mut self.gesture {
            Some(gesture) => changes.into_iter().for_each(|change| gesture.add(change)),
            None => self.undo.push(Done { name: edit.name(), changes }),
        }
        Ok(made)
    }

    /// Begins a gesture. One that was begun before ends.
    pub fn begin(&mut self, name: &'static str) {
        self.end();
        self.gesture = Some(Gesture::new(name));
    }

    /// Ends the gesture: all that was applied since it began is one step.
    pub fn end(&mut self) {
        let Some(gesture) = self.gesture.take() else { return };
        let (name, changes) = gesture.finish();
        if !changes.is_empty() {
            self.undo.push(Done { name, changes });
        }
    }

    /// Ends the gesture and takes back what was applied since it began; nothing of it can be done again.
    pub fn cancel(&mut self) {
        if let Some(gesture) = self.gesture.take() {
            self.take_back(&gesture.finish().1);
        }
    }

    /// Whether a gesture has begun and not ended.
    pub fn in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// Takes the last step back, and says what it was; none where there is none.
    pub fn undo(&mut self) -> Option<&'static str> {
        self.end();
        let done = self.undo.pop()?;
        self.take_back(&done.changes);
        let name = done.name;
        self.redo.push(done);
        Some(name)
    }

    /// Does again what was taken back last, and says what it was; none where there is none.
    pub fn redo(&mut self) -> Option<&'static str> {
        self.end();
        let done = self.redo.pop()?;
        for change in &done.changes {
            let fits = change.apply(self.document.root_mut());
            debug_assert!(fits, "the document is the one that the change was made for");
            self.touched.note(change);
        }
        let name = done.name;
        self.undo.push(done);
        Some(name)
    }

    /// What [`undo`](Self::undo) would take back.
    pub fn can_undo(&self) -> Option<&'static str> {
        let gesture = self.gesture.as_ref().filter(|gesture| gesture.has_changes());
        gesture.map(Gesture::name).or_else(|| Some(self.undo.last()?.name))
    }

    /// What [`redo`](Self::redo) would do again.
    pub fn can_redo(&self) -> Option<&'static str> {
        self.redo.last().map(|done| done.name)
    }

    /// The changes of the steps done so far, the oldest first, with what each step is called.
    pub fn steps(&self) -> impl Iterator<Item = (&'static str, &[DocumentChange])> {
        self.undo.iter().map(|done| (done.name, done.changes.as_slice()))
    }

    /// Notes that the document is saved as it now is.
    pub fn mark_saved(&mut self) {
        self.end();
        self.saved = Some(self.undo.len());
    }

    /// Notes that the document is saved nowhere as it now is, as after it was recovered from a crash.
    pub fn mark_unsaved(&mut self) {
        self.saved = None;
    }

    /// Whether the document differs from the one that was read or last saved.
    pub fn is_dirty(&self) -> bool {
        let in_gesture = self.gesture.as_ref().is_some_and(Gesture::has_changes);
        in_gesture || self.saved != Some(self.undo.len())
    }

    fn take_back(&mut self, changes: &[DocumentChange]) {
        for change in changes.iter().rev() {
            let fits = change.inverse().apply(self.document.root_mut());
            debug_assert!(fits, "the document is the one that the change was made for");
            self.touched.note(change);
        }
    }

    fn forget_redo(&mut self) {
        self.redo.clear();
        // What was saved was only to be reached by doing again what is now forgotten.
        if self.saved.is_some_and(|saved| saved > self.undo.len()) {
            self.saved = None;
        }
    }
}
