//! The value of every parameter: by name, else by position, else the default.

use std::collections::BTreeMap;

use super::dissolve::Origin;
use super::links::{Link, Target};
use super::{NodePlaces, Resolver};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::workflow::schema::{NodeSchema, ParamSchema, Role};
use crate::workflow::sketch::{AFTER_A_RUN, Given, SketchNode};
use crate::workflow::value::ParamValue;

/// The name of the parameter that a constant holds.
const CONSTANT_VALUE: &str = "value";

impl Resolver<'_> {
    /// All parameters of a node; a wrong one is reported and stands at its default.
    pub(super) fn params(
        &mut self,
        node: usize,
        class: &'static NodeSchema,
        fed: &[(&Link, &Origin)],
        places: &mut NodePlaces,
    ) -> BTreeMap<String, ParamValue> {
        self.report_unknown_values(node, class);
        let mut params = BTreeMap::new();
        for (index, param) in class.params.iter().enumerate() {
            let links = fed.iter();
            let link = links.into_iter().find(|(link, _)| link.target == Target::Param(param.name));
            let given = match link {
                Some((link, origin)) => self.linked(node, param, link, origin),
                None => written(&self.sketch.nodes[node], class, index).cloned(),
            };
            if let Some(given) = &given {
                let name = || param.name.to_owned();
                places.given.insert(name(), given.value.clone());
                places.fields.extend(given.place.map(|place| (name(), place)));
            }
            if let Some(reason) = param.ignored {
                // Of what is lent the borrower knows more.
                if !param.is_lent {
                    self.note_ignored(node, param, given.as_ref(), reason);
                }
                continue;
            }
            let mut value = param.param_type.default_value();
            if let Some(given) = given {
                match param.param_type.read(&given.value) {
                    Ok(read) => value = read,
                    Err(problem) => {
                        let diagnostic = Diagnostic::error(problem.code(), problem.to_string());
                        let diagnostic = diagnostic.at(given.place).field(param.name);
                        self.report(node, diagnostic.remedy(problem.remedy()));
                    }
                }
            }
            params.insert(param.name.to_owned(), value);
        }
        params
    }

    /// The value of a constant that is linked to a parameter.
    fn linked(
        &mut self,
        node: usize,
        param: &ParamSchema,
        link: &Link,
        origin: &Origin,
    ) -> Option<Given> {
        let from = match origin {
            Origin::Output { node, .. } => *node,
            Origin::Reported => return None,
            other => {
                // The parameter's own widget still holds a value that the author chose.
                self.report_unfed(node, param.name, link, other, true);
                let class = self.classes[node]?;
                let (index, _) = class.param(param.name)?;
                return written(&self.sketch.nodes[node], class, index).cloned();
            }
        };
        let class = self.classes[from]?;
        if class.role == Role::Constant {
            let (index, value) = class.param(CONSTANT_VALUE)?;
            let default =
                || Given { value: value.param_type.default_value().to_json(), place: None };
            let given = written(&self.sketch.nodes[from], class, index).cloned();
            return Some(given.unwrap_or_else(default));
        }
        let from = &self.sketch.nodes[from].id;
        let message = format!(
            "a parameter is fixed while a workflow runs, and node {from} ({}) is not a constant",
            class.class_type
        );
        let diagnostic = Diagnostic::error("parameter-not-constant", message).at(link.place);
        let remedy = "write the value, or link a constant node";
        self.report(node, diagnostic.field(param.name).remedy(remedy));
        None
    }

    fn note_ignored(
        &mut self,
        node: usize,
        param: &ParamSchema,
        given: Option<&Given>,
        reason: &str,
    ) {
        let default = param.param_type.default_value().to_json();
        let Some(given) = given.filter(|given| given.value != default) else {
            return;
        };
        let message = format!("the parameter has no effect: {reason}");
        let diagnostic = Diagnostic::note("ignored-parameter", message).at(given.place);
        self.report(node, diagnostic.field(param.name));
    }

    /// Values that no parameter takes, and parameters given under two names.
    fn report_unknown_values(&mut self, node: usize, class: &'static NodeSchema) {
        let at = &self.sketch.nodes[node];
        let mut seen = Vec::new();
        for (name, given) in &at.named {
            let Some((_, param)) = class.param(name) else {
                if class.input(name).is_none() {
                    let message = format!("{} has no such parameter", class.class_type);
                    let diagnostic = Diagnostic::warning("unknown-parameter", message);
                    let remedy = did_you_mean(name, &class.field_names());
                    self.report(node, diagnostic.at(given.place).field(name).remedy(remedy));
                }
                continue;
            };
            if seen.contains(&param.name) {
                let message = format!("{} is given under two names", param.name);
                let diagnostic = Diagnostic::warning("doubly-set", message).at(given.place);
                self.report(node, diagnostic.field(name).remedy("keep one of them"));
            }
            seen.push(param.name);
        }
        if let Some(extra) = at.widgets.get(class.params.len())
            && !is_after_a_run(&at.widgets, class.params.len())
        {
            let (has, knows) = (at.widgets.len(), class.params.len());
            let message =
                format!("the file gives {has} values by position; this version knows {knows}");
            let diagnostic = Diagnostic::warning("unknown-parameter", message).at(extra.place);
            let field = format!("widgets_values/{knows}");
            let remedy = "check the parameters of this node and save the workflow again";
            self.report(node, diagnostic.field(field).remedy(remedy));
        }
    }
}

/// Whether the one value at a place past the parameters is what ComfyUI writes behind a number: what becomes of it
/// after a run, which means nothing here.
fn is_after_a_run(widgets: &[Given], place: usize) -> bool {
    let is_word =
        |given: &Given| given.value.as_str().is_some_and(|word| AFTER_A_RUN.contains(&word));
    place > 0
        && widgets.len() == place + 1
        && widgets[place - 1].value.is_number()
        && widgets.last().is_some_and(is_word)
}

/// What a file gives for a parameter: by canonical name, by another name, or by position.
pub(in crate::workflow) fn written<'s>(
    node: &'s SketchNode,
    class: &NodeSchema,
    index: usize,
) -> Option<&'s Given> {
    let param = &class.params[index];
    let by_name = |wanted: &str| {
        let named = node.named.iter().find(|(name, _)| name == wanted);
        named.map(|(_, given)| given)
    };
    std::iter::once(&param.name)
        .chain(param.aliases)
        .find_map(|name| by_name(name))
        .or_else(|| node.widgets.get(index))
}
