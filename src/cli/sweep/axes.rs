//! What a sweep tries: values of parameters and seeds, and all their combinations.

use crate::nodes::Kinds;
use crate::workflow::{Document, ParamType};
use anyhow::{bail, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A parameter and its values as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    /// NODE.PARAM
    name: String,
    values: String,
}

/// A parameter and the values to try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Axis {
    /// NODE.PARAM
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seeds(pub(super) Vec<u64>);

/// More would be a mistake in writing.
const MOST_RUNS: usize = 10_000;

pub(super) fn parse_given(text: &str) -> Result<Given, String> {
    let (name, values) = text.split_once('=').ok_or("write NODE.PARAM=a,b,c")?;
    if name.trim().is_empty() {
        return Err("a name is empty; write NODE.PARAM=a,b,c".to_owned());
    }
    Ok(Given { name: name.trim().to_owned(), values: values.to_owned() })
}

impl Given {
    /// The values to try. Semicolons part them, or else commas outside of brackets, of which a list without
    /// brackets has none. Fails on a value that is empty or there twice.
    pub(super) fn axis(&self, is_list: bool) -> Result<Axis, String> {
        let text = self.values.as_str();
        let values: Vec<&str> = if text.contains(';') {
            // One list alone is written with a semicolon behind it.
            text.strip_suffix(';').unwrap_or(text).split(';').collect()
        } else if is_list && !text.contains('[') {
            vec![text]
        } else {
            outside_of_brackets(text)
        };
        let values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
        let name = &self.name;
        for (i, value) in values.iter().enumerate() {
            if value.is_empty() {
                return Err(format!("--param {name}: a value is empty; write {name}=a,b,c"));
            }
            if values[..i].iter().any(|other| plain(other) == plain(value)) {
                return Err(format!("--param {name}: the value {value} is there twice"));
            }
        }
        Ok(Axis { name: name.clone(), values })
    }
}

/// A value without what makes no difference: spaces, brackets, and how its numbers are written.
fn plain(value: &str) -> Vec<String> {
    let value = value.trim().trim_start_matches('[').trim_end_matches(']');
    let number = |part: &str| part.parse::<f64>().ok().filter(|number| number.is_finite());
    let parts = value.split(',').map(str::trim);
    parts.map(|part| number(part).map_or(part.to_owned(), |number| number.to_string())).collect()
}

/// The parts of a text between its commas, but for those within brackets.
fn outside_of_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What the options say to try. A parameter that the workflow does not have is left for the check of the runs to
/// name.
pub(super) fn axes(given: &[Given], workflow: &Path) -> anyhow::Result<Vec<Axis>> {
    let kinds = Kinds::builtin();
    let document = Document::load(workflow).0;
    let is_list = |name: &str| {
        let found = document.as_ref().and_then(|it| it.param_type(kinds.registry(), name).ok());
        matches!(found, Some(ParamType::IntList { .. }))
    };
    let target = |given: &Given| {
        document.as_ref()?.option_target(kinds.registry(), &format!("{}=", given.name))
    };
    for (i, one) in given.iter().enumerate() {
        let meant = target(one);
        let same = given[..i].iter().find(|other| meant.is_some() && target(other) == meant);
        if let Some(other) = same {
            bail!(
                "--param {} and --param {} are the same parameter; give all its values at once",
                other.name,
                one.name
            );
        }
    }
    let axes = given.iter().map(|given| given.axis(is_list(&given.name)));
    axes.collect::<Result<_, _>>().map_err(anyhow::Error::msg)
}

pub(super) fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let number = |text: &str| {
        text.trim()
            .parse::<u64>()
            .map_err(|_| format!("\"{text}\" is not a seed; write 1..5 or 1,4,7"))
    };
    if let Some((first, last)) = text.split_once("..") {
        let (first, last) = (number(first)?, number(last)?);
        if first > last || last - first >= MOST_RUNS as u64 {
            return Err(format!("seeds go from a smaller to a larger one, {MOST_RUNS} at most"));
        }
        return Ok(Seeds((first..=last).collect()));
    }
    let seeds = text.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
    let twice = (1..seeds.len()).find(|i| seeds[..*i].contains(&seeds[*i]));
    match twice {
        Some(i) => Err(format!("the seed {} is there twice", seeds[i])),
        None => Ok(Seeds(seeds)),
    }
}

/// One run of a sweep.
pub(super) struct Member {
    /// Its folder's name.
    pub(super) name: String,
    pub(super) seed: u64,
    /// A value for each axis.
    pub(super) values: Vec<String>,
}

/// All combinations, the last axis and then the seeds varying fastest.
pub(super) fn members(axes: &[Axis], seeds: &[u64]) -> anyhow::Result<Vec<Member>> {
    for (i, axis) in axes.iter().enumerate() {
        let is_new = axes[..i].iter().all(|other| other.name != axis.name);
        ensure!(is_new, "--param {} is there twice; give all its values at once", axis.name);
    }
    let counts = axes.iter().map(|axis| axis.values.len()).chain([seeds.len()]);
    let total = counts.fold(1_usize, usize::saturating_mul);
    ensure!(total <= MOST_RUNS, "{total} runs are too many; {MOST_RUNS} is the limit");
    let mut combinations = vec![Vec::new()];
    for axis in axes {
        let extend = |start: &Vec<String>| {
            let start = start.clone();
            axis.values.iter().map(move |value| [start.clone(), vec![value.clone()]].concat())
        };
        combinations = combinations.iter().flat_map(extend).collect();
    }
    let with_seeds =
        combinations.into_iter().flat_map(|values| seeds.iter().map(move |&s| (values.clone(), s)));
    let named = |(i, (values, seed))| Member { name: format!("{:04}", i + 1), seed, values };
    Ok(with_seeds.enumerate().map(named).collect())
}

/// The member's values as `train` takes them: NODE.PARAM=VALUE.
pub(super) fn overrides(axes: &[Axis], member: &Member) -> Vec<String> {
    let pairs = axes.iter().zip(&member.values);
    pairs.map(|(axis, value)| format!("{}={value}", axis.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Axis {
        parse_given(text).unwrap().axis(false).unwrap()
    }

    #[test]
    fn axes_and_seeds_are_read_or_refused() {
        let axis = |name: &str, values: &[&str]| Axis {
            name: name.to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        let read = |text: &str, is_list: bool| parse_given(text)?.axis(is_list);
        assert_eq!(read("6.gamma=0.9, 0.99", false), Ok(axis("6.gamma", &["0.9", "0.99"])));
        for (text, values) in [
            ("A.h=32,32;64", &["32,32", "64"][..]),
            ("A.h=[64,64],[32,32]", &["[64,64]", "[32,32]"]),
            ("A.h=64,64", &["64,64"]),
            ("A.h=64,64;", &["64,64"]),
            ("A.h=[64]", &["[64]"]),
        ] {
            assert_eq!(read(text, true), Ok(axis("A.h", values)), "{text}");
        }
        for text in ["6.gamma", "6.gamma=1,", "=1", "6.gamma=", "6.gamma=1;;2", "6.gamma=1,1"] {
            assert!(read(text, false).is_err(), "{text}");
        }
        // The same value in other letters.
        for text in
            ["6.gamma=0.9,0.90", "6.gamma=1,1e0", "A.h=[64,64],[64, 64]", "A.h=64,64;[64,64]"]
        {
            let said = read(text, text.starts_with('A')).unwrap_err();
            assert!(said.contains("is there twice"), "{text}: {said}");
        }
        assert_eq!(parse_seeds("3..5"), Ok(Seeds(vec![3, 4, 5])));
        assert_eq!(parse_seeds("7, 2"), Ok(Seeds(vec![7, 2])));
        for text in ["", "5..3", "a", "1..", "0..18446744073709551615", "1,1", "3,4,3"] {
            assert!(parse_seeds(text).is_err(), "{text}");
        }
    }

    /// By its node's id, its class, and another name of it.
    #[test]
    fn a_parameter_under_two_names_is_refused() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/cartpole_single.json");
        let of = |texts: &[&str]| {
            let given: Vec<Given> = texts.iter().map(|text| parse_given(text).unwrap()).collect();
            axes(&given, &file).map(|axes| axes.len()).map_err(|error| error.to_string())
        };
        assert_eq!(of(&["6.gamma=0.9,0.8", "PPOTrainerNode.lam=0.9", "nothing.x=1,2"]), Ok(3));
        for twice in [
            ["6.gamma=0.9", "PPOTrainerNode.gamma=0.8"],
            ["6.epochs=1", "6.num_epochs=2"],
            ["6.gamma=0.9", "6.gamma=0.8"],
        ] {
            let said = of(&twice).unwrap_err();
            assert!(said.contains("are the same parameter"), "{twice:?}: {said}");
        }
    }

    #[test]
    fn every_combination_is_a_member() {
        let axes = [of("a=1,2"), of("b=x,y,z")];
        let members = members(&axes, &[5, 6]).unwrap();
        assert_eq!(members.len(), 12);
        assert_eq!((members[0].name.as_str(), members[0].seed), ("0001", 5));
        assert_eq!((&members[3].values[..], members[3].seed), (&["1".into(), "y".into()][..], 6));
        assert_eq!(overrides(&axes, &members[11]), ["a=2", "b=z"]);
        // Without axes there are the seeds.
        assert_eq!(super::members(&[], &[1, 2, 3]).unwrap().len(), 3);
        let many = Axis { name: "c".to_owned(), values: vec!["1".to_owned(); 3000] };
        let other = Axis { name: "d".to_owned(), ..many.clone() };
        assert!(super::members(&[many.clone(), other], &[1]).is_err());
        let twice = [of("a=1"), of("a=2")];
        let said = super::members(&twice, &[1]).err().unwrap().to_string();
        assert!(said.contains("--param a is there twice"), "{said}");
    }
}
