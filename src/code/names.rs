//! Rust names for the names in workflow files.

/// Words that Rust keeps for itself, and what graphs in code call the graph.
const RESERVED: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "Self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "g",
];

/// Letters of a variable, at most: of a longer title the first words count.
const LONGEST: usize = 30;

/// The type of a node kind's settings: its class name without `Node`, each word with one capital.
/// `PPOAgentNode` is `PpoAgent`, `ORNode` is `Or`.
pub fn type_name(class_type: &str) -> String {
    let stem = class_type.strip_suffix("Node").filter(|stem| !stem.is_empty());
    capitalized(stem.unwrap_or(class_type))
}

/// The variant of an enum that stands for a word: `best_metric` is `BestMetric`.
pub fn variant_name(word: &str) -> String {
    capitalized(word)
}

/// The type of a choice by its parameter's name: `action_space` is `ActionSpace`.
pub fn choice_name(param: &str) -> String {
    capitalized(param)
}

/// The field of a variant for a parameter that a word of a choice brings: `rnn_size` of `rnn` is `size`.
pub fn brought_name<'p>(choice: &str, param: &'p str) -> &'p str {
    let rest = param.strip_prefix(choice).and_then(|rest| rest.strip_prefix('_'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(param)
}

/// A variable for something with this title, in ASCII; none if the title has letters of other alphabets or
/// none at all. `First, then every step` is `first_then_every_step`, `Loop` is `loop_`.
pub fn variable_name(title: &str) -> Option<String> {
    let is_foreign = |c: char| !c.is_ascii() && c.is_alphanumeric();
    if title.chars().any(is_foreign) {
        return None;
    }
    let mut name = String::new();
    for word in words(title) {
        if !name.is_empty() && name.len() + 1 + word.len() > LONGEST {
            break;
        }
        let between = if name.is_empty() { "" } else { "_" };
        name.push_str(&format!("{between}{}", word.to_lowercase()));
    }
    name.truncate(LONGEST);
    let first = name.chars().next()?;
    Some(match first.is_ascii_digit() {
        true => format!("node_{name}"),
        false if RESERVED.contains(&name.as_str()) => format!("{name}_"),
        false => name,
    })
}

fn capitalized(name: &str) -> String {
    let word = |word: &String| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + &rest.to_lowercase()
    };
    words(name).iter().map(word).collect()
}

/// The words of a name in ASCII. They end at other characters, before a capital after a small letter, and
/// before the last capital of several that a small letter follows.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (i, &c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let is_small = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
        let is_next_small = is_small(letters.get(i + 1).copied());
        let begins = match before {
            _ if !c.is_ascii_alphanumeric() => true,
            Some(before) if c.is_ascii_uppercase() => {
                !before.is_ascii_uppercase() || (before.is_ascii_uppercase() && is_next_small)
            }
            _ => false,
        };
        if begins {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_class_names_with_one_capital_a_word() {
        for (class, name) in [
            ("PPOAgentNode", "PpoAgent"),
            ("IsaacGymEnvNode", "IsaacGymEnv"),
            ("ORNode", "Or"),
            ("TensorBoardLogger", "TensorBoardLogger"),
            ("CheckpointSaver", "CheckpointSaver"),
            ("Node", "Node"),
        ] {
            assert_eq!(type_name(class), name);
        }
        assert_eq!(variant_name("squashed_gaussian"), "SquashedGaussian");
        assert_eq!(brought_name("rnn", "rnn_size"), "size");
        assert_eq!(brought_name("schedule", "kl_threshold"), "kl_threshold");
    }

    #[test]
    fn variables_are_titles_that_rust_takes() {
        for (title, name) in [
            ("Push the cart", Some("push_the_cart")),
            ("First, then every step", Some("first_then_every_step")),
            ("PPO Agent", Some("ppo_agent")),
            ("Loop", Some("loop_")),
            ("A title of many words that goes on", Some("a_title_of_many_words_that")),
            ("G", Some("g_")),
            ("2nd", Some("node_2nd")),
            ("x\u{202e}y\n\"}; panic!()", Some("x_y_panic")),
            ("Größe", None),
            ("\u{2192}", None),
            ("", None),
        ] {
            assert_eq!(variable_name(title).as_deref(), name, "{title}");
        }
    }
}
