//! What somebody probably meant.

/// The candidate that `name` was probably meant to be, if one is close enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Half of the letters right is where suggestions stop being guesses in the dark.
    const CLOSE_ENOUGH: f64 = 0.5;
    let plain = |s: &str| -> String {
        s.chars().take(100).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name);
    candidates
        .into_iter()
        .map(|candidate| {
            let score = strsim::normalized_damerau_levenshtein(&wanted, &plain(candidate));
            (score, candidate)
        })
        .filter(|(score, _)| *score >= CLOSE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// "did you mean X?" where something is near, else the list of what there is.
pub fn did_you_mean(name: &str, candidates: &[&str]) -> String {
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if candidates.is_empty() => "there are none to choose from".to_owned(),
        None => format!("choose one of {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_ignores_case_and_spaces_and_refuses_strangers() {
        let names = ["PPOAgentNode", "PPOTrainerNode", "ORNode"];
        assert_eq!(nearest("ppo agent", names), Some("PPOAgentNode"));
        assert_eq!(nearest("KSampler", names), None);
    }
}
