//! Messages about unknown names.

use super::ExpressionError;
use super::syntax::Syntax;

/// The index of a name among known ones, or an error that suggests the nearest.
pub(super) fn position<'n>(
    mut names: impl Iterator<Item = &'n str> + Clone,
    kind: &str,
    name: &str,
    syntax: &Syntax,
) -> Result<usize, ExpressionError> {
    let known = names.clone();
    names.position(|known| known == name).ok_or_else(|| unknown(kind, name, known, syntax))
}

pub(super) fn unknown<'n>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    syntax: &Syntax,
) -> ExpressionError {
    let known: Vec<&str> = known.filter(|name| !name.is_empty()).collect();
    let nearest = (known.iter())
        .map(|candidate| (strsim::jaro_winkler(candidate, name), *candidate))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let error = ExpressionError::new(syntax.span.clone(), format!("unknown {kind} `{name}`"));
    match nearest {
        Some((_, nearest)) => error.remedy(format!("did you mean `{nearest}`?")),
        None if known.is_empty() => error.remedy(format!("the scene has no {kind} with a name")),
        None => error.remedy(format!("known: {}", known.join(", "))),
    }
}
