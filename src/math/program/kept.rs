//! Sizes of programs against those that are kept in `tests/golden/`.

use super::{LaneProgram, count};
use serde_json::{Map, Value};

/// Operations of each stage, and what blocks, loops and calls hand on.
fn sizes(program: &LaneProgram) -> Map<String, Value> {
    let mut sizes = Map::new();
    let mut handed_on = 0;
    for count in count(program) {
        sizes.insert(count.stage.to_owned(), count.operations.into());
        handed_on += count.handed_on;
    }
    sizes.insert("handed on".to_owned(), handed_on.into());
    sizes
}

/// Fails if a stage of one of these programs, of which there are `least`, has grown by more than 2 %, or if there are
/// others than are kept. With `DNNE_KEEP_COUNTS=1` it keeps them instead.
pub fn check_sizes(
    file: &str,
    least: usize,
    programs: impl Iterator<Item = (String, LaneProgram)>,
) {
    let found: Map<String, Value> =
        programs.map(|(name, program)| (name, sizes(&program).into())).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = folder.join(format!("{file}.json"));
    if std::env::var_os("DNNE_KEEP_COUNTS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        return;
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let kept = kept.as_object().unwrap();
    assert!(kept.len() >= least && kept.keys().eq(found.keys()), "{:?}", found.keys());
    for (scene, sizes) in kept {
        let sizes = sizes.as_object().unwrap();
        assert!(sizes.keys().eq(found[scene].as_object().unwrap().keys()), "stages of {scene}");
        for (stage, kept) in sizes {
            let (kept, now) = (kept.as_f64().unwrap(), found[scene][stage].as_f64().unwrap());
            // A little is the way of things, and the file may follow it.
            assert!(now <= 1.02 * kept, "{scene}, {stage}: {now}, were {kept}");
        }
    }
}
