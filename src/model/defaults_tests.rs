//! What inherits from classes of defaults, attribute by attribute of MuJoCo's own schema
//! (`tests/golden/defaults.json`).

use std::path::Path;

use serde_json::Value;

use super::dump::dump;
use super::parse_mjcf;

/// Attributes that change nothing which is simulated here, so that a model with them is one without; of a mesh and
/// a material that nothing has on, and of a site, which is not drawn, nothing is to be seen.
const WITHOUT_EFFECT: [&str; 12] = [
    "user",
    "delay",
    "actdim",
    "maxhullvert",
    "fluidshape",
    "fitscale",
    "mesh inertia",
    "mesh scale",
    "material rgba",
    "site material",
    "site rgba",
    "group",
];

fn text(table: &Value, row: &Value, given: &str, in_class: bool) -> String {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let element = word(&row[0]);
    let (place, item) = (word(&table["uses"][&element][0]), word(&table["uses"][&element][1]));
    let (default, own) = match in_class {
        true => (
            format!("<default><default class=\"c\"><{element} {given}/></default></default>"),
            "class=\"c\"",
        ),
        false => (String::new(), given),
    };
    let item = item.replace("{}", &format!("{own} {}", word(&row[3])));
    let mut text = word(&table["model"]).replace("{default}", &default);
    for name in ["asset", "world", "body", "rest"] {
        text = text.replace(&format!("{{{name}}}"), if name == place { &item } else { "" });
    }
    text
}

fn load(text: &str) -> Value {
    let (model, diagnostics) = parse_mjcf(text, Path::new(""));
    let model = model.unwrap_or_else(|| panic!("{text}: {diagnostics:#?}"));
    dump(&model)
}

#[test]
fn every_attribute_inherits_from_its_class_as_in_mujoco() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/defaults.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (mut count, mut wrong) = (0, vec![]);
    for row in table["rows"].as_array().unwrap().iter().filter(|row| row[2].is_string()) {
        let [element, attribute, value] = [0, 1, 2].map(|k| row[k].as_str().unwrap());
        let given = format!("{attribute}=\"{value}\"");
        let (class, inline) = (text(&table, row, &given, true), text(&table, row, &given, false));
        let is_same = load(&class) == load(&inline);
        if row[4] != is_same {
            wrong.push(format!("{element} {given} is not inherited as in MuJoCo"));
        }
        let (bare, _) = parse_mjcf(&text(&table, row, "", false), Path::new(""));
        let changes = bare.is_none_or(|bare| dump(&bare) != load(&inline));
        let is_idle = WITHOUT_EFFECT.contains(&attribute)
            || WITHOUT_EFFECT.contains(&format!("{element} {attribute}").as_str());
        if row[5] == true && !changes && !is_idle {
            wrong.push(format!("{element} {given} has no effect"));
        }
        count += 1;
    }
    assert!(count > 170, "{count} attributes");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
