//! Parameters of a policy that apply to its trainer.

use crate::diagnostic::Diagnostic;
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::Role;

/// Hands what a policy lends to its trainer, where that is given none of the name, and says so; where it is, what the
/// policy says has no effect.
pub(super) fn lend(wiring: &mut Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let is_trainer = |i: &usize| wiring.graph.nodes[*i].class.role == Role::Trainer;
    let trainers: Vec<usize> = (0..wiring.graph.nodes.len()).filter(is_trainer).collect();
    for trainer in trainers {
        let Some(policy) = wiring.graph.policy_of(trainer) else { continue };
        let class = wiring.graph.nodes[policy].class;
        for param in class.params.iter().filter(|param| param.is_lent) {
            diagnostics.extend(lend_one(wiring, (policy, trainer), param.name));
        }
    }
}

fn lend_one(
    wiring: &mut Wiring,
    (policy, trainer): (usize, usize),
    name: &str,
) -> Option<Diagnostic> {
    let lent = wiring.given(policy, name)?.clone();
    let (_, default) = wiring.graph.nodes[policy].class.param(name)?;
    let is_default = lent == default.param_type.default_value().to_json();
    let borrower = &wiring.graph.nodes[trainer];
    let (id, title) = (borrower.id.clone(), borrower.title.clone());
    let own = wiring.given(trainer, name).cloned();
    let Some((_, own_param)) = borrower.class.param(name) else {
        let message = format!("it has no effect: node {id} ({title:?}) has no {name}");
        let found = Diagnostic::warning("idle-setting", message).remedy("remove it");
        return (!is_default).then(|| wiring.blame(policy, name, found));
    };
    let found = match own {
        // Files that DNNE saves give all parameters.
        Some(own) if own == lent || is_default => return None,
        Some(own) => {
            let message = format!("it has no effect: {own} of node {id} ({title:?}) counts");
            Diagnostic::warning("idle-setting", message).remedy("set it there")
        }
        None => match own_param.param_type.read(&lent) {
            // What it would have been anyway is not worth a word.
            Ok(value) if borrower.params.get(own_param.name) == Some(&value) => return None,
            Ok(value) => {
                let borrower = &mut wiring.graph.nodes[trainer];
                borrower.params.insert(own_param.name.to_owned(), value);
                let message = format!("it counts for node {id} ({title:?}), which gives none");
                Diagnostic::note("lent-setting", message)
                    .remedy("set it there to make the file say so")
            }
            Err(problem) => {
                Diagnostic::error(problem.code(), problem.to_string()).remedy(problem.remedy())
            }
        },
    };
    Some(wiring.blame(policy, name, found))
}
