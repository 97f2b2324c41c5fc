//! The node kinds a workflow may use, by name.

use std::collections::HashMap;

use super::describe::{describe_node, list_nodes};
use super::schema::NodeSchema;
use crate::diagnostic::nearest;

/// A node kind that DNNE has and this version lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    /// Its `class_type`.
    pub class_type: &'static str,
    /// What to do without it.
    pub instead: &'static str,
}

/// Every node kind, looked up by class name or alias.
#[derive(Debug, Clone)]
pub struct Registry {
    schemas: Vec<&'static NodeSchema>,
    by_name: HashMap<&'static str, &'static NodeSchema>,
    absent: &'static [Absent],
}

impl Registry {
    /// A registry of `schemas`; the first of two kinds that share a name keeps it.
    pub fn new(schemas: &[&'static NodeSchema], absent: &'static [Absent]) -> Self {
        let mut registry = Self { schemas: Vec::new(), by_name: HashMap::new(), absent };
        schemas.iter().for_each(|schema| registry.add(schema));
        registry
    }

    /// Adds a node kind, under those of its names that no other has.
    pub fn add(&mut self, schema: &'static NodeSchema) {
        self.schemas.push(schema);
        for &name in std::iter::once(&schema.class_type).chain(schema.aliases) {
            self.by_name.entry(name).or_insert(schema);
        }
    }

    /// Puts a node kind in the place of the one that has its canonical name, whose other names are then free.
    /// Does nothing where there is none.
    pub fn replace(&mut self, schema: &'static NodeSchema) {
        let is_it = |other: &NodeSchema| other.class_type == schema.class_type;
        let Some(place) = self.schemas.iter().position(|other| is_it(other)) else { return };
        self.schemas[place] = schema;
        self.by_name.retain(|_, other| !is_it(other));
        for &name in std::iter::once(&schema.class_type).chain(schema.aliases) {
            self.by_name.entry(name).or_insert(schema);
        }
    }

    /// The node kind called `name`, canonical or alias.
    pub fn find(&self, name: &str) -> Option<&'static NodeSchema> {
        self.by_name.get(name).copied()
    }

    /// What is known about a node kind that this version lacks.
    pub fn absent(&self, name: &str) -> Option<Absent> {
        self.absent.iter().copied().find(|a| a.class_type == name)
    }

    /// The class name that `name` was probably meant to be.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        // Titles count too: people write what they read on the canvas.
        let names = self
            .schemas
            .iter()
            .flat_map(|s| [s.class_type, s.title].into_iter().chain(s.aliases.iter().copied()));
        let near = nearest(name, names)?;
        let schema = self
            .schemas
            .iter()
            .find(|s| s.class_type == near || s.title == near || s.aliases.contains(&near))?;
        Some(schema.class_type)
    }

    /// All node kinds, in the order in which they were listed.
    pub fn iter(&self) -> impl Iterator<Item = &'static NodeSchema> + '_ {
        self.schemas.iter().copied()
    }

    /// A table of all node kinds by category, as plain text in lines of `width` columns.
    pub fn list(&self, width: usize) -> String {
        list_nodes(&self.schemas, width)
    }

    /// Everything about one node kind, as plain text in lines of `width` columns.
    pub fn describe(&self, name: &str, width: usize) -> String {
        if let Some(schema) = self.find(name) {
            return describe_node(schema, width);
        }
        if let Some(absent) = self.absent(name) {
            let instead = absent.instead;
            return format!("{name}: this version of DNNE does not provide it; {instead}.\n");
        }
        match self.nearest(name) {
            Some(near) => format!("No node is called {name:?}; did you mean {near:?}?\n"),
            None => format!("No node is called {name:?}; `dnne nodes` lists them.\n"),
        }
    }
}
