//! The texts of the built-in node kinds, for programs that want one as their own.

use super::kinds::{FILES, Kinds, PARTS};

/// A file of a built-in node kind. What it takes from the library is public, so that it compiles in another
/// program with `dnne::` in the place of `crate::`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeSource {
    /// The module's name; no other file of a kind has it.
    pub module: &'static str,
    /// The text.
    pub text: &'static str,
}

impl NodeSource {
    /// The text without its tests, which use what only the library has.
    pub fn without_tests(&self) -> &'static str {
        match self.text.split_once("\n#[cfg(test)]\n") {
            Some((text, _)) => text,
            None => self.text,
        }
    }

    /// The modules beside this one that it uses.
    fn neighbours(&self) -> impl Iterator<Item = &'static str> {
        let uses = self.without_tests().lines().filter_map(|line| line.strip_prefix("use super::"));
        uses.filter_map(|rest| rest.split([':', ';']).next())
    }
}

/// The file of a built-in kind, whose `KIND` is the kind, and after it the files that it uses; none if there is
/// no such kind.
pub fn sources(class_type: &str) -> Option<Vec<NodeSource>> {
    let builtin = Kinds::builtin_ref().registry().iter();
    let place = builtin.map(|schema| schema.class_type).position(|name| name == class_type)?;
    let mut found = vec![FILES[place]];
    let mut next = 0;
    while let Some(source) = found.get(next).copied() {
        next += 1;
        for module in source.neighbours() {
            let part = PARTS.iter().find(|part| part.module == module);
            found.extend(part.filter(|part| !found.contains(part)).copied());
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::registry;
    use std::collections::BTreeSet;

    #[test]
    fn a_kind_comes_with_the_files_that_it_uses() {
        let modules = |class| -> Vec<&str> {
            sources(class).unwrap().iter().map(|source| source.module).collect()
        };
        assert_eq!(modules("ORNode"), ["or"]);
        assert_eq!(modules("AntActionNode"), ["ant_action", "joint_action", "action_map"]);
        let files = ["ppo_trainer", "ppo_settings", "trainer_check", "ppo_check"];
        assert_eq!(modules("PPOTrainerNode"), files);
        assert_eq!(sources("Mine"), None);
    }

    #[test]
    fn every_file_is_whole_without_its_tests_and_what_is_not_public() {
        let mut used = BTreeSet::new();
        for schema in registry().iter() {
            let files = sources(schema.class_type).unwrap();
            let kind = files[0].without_tests();
            assert!(kind.contains("pub(crate) const KIND: NodeKind ="), "{}", schema.class_type);
            let by_name = kind.contains(&format!("class_type: {:?}", schema.class_type));
            assert!(by_name || files[1..].iter().any(|file| file.text.contains(schema.class_type)));
            for file in &files {
                let text = file.without_tests();
                assert!(!text.contains("cfg(test)") && text.contains("\nuse "), "{}", file.module);
                assert!(!text.contains("in crate::"), "{}", file.module);
                for neighbour in file.neighbours() {
                    assert!(files.iter().any(|it| it.module == neighbour), "{neighbour}");
                }
                used.insert(file.module);
            }
        }
        // What no kind uses need not be among the parts, and no two files have one name.
        assert!(PARTS.iter().all(|part| used.contains(part.module)));
        assert_eq!(used.len(), FILES.len() + PARTS.len());
    }
}
