//! The report on weights that one network has taken from another.

use super::kind::NodeError;
use crate::learn::{CopiedPart, Mismatch, Policy, StateDict, TensorTransfer};

/// Takes what fits out of saved weights, and says line by line what was taken and what was not. Fails if
/// no layer fits: statistics and deviations alone are of no use. `source` names the weights.
pub fn transfer(
    policy: &mut Policy,
    saved: &StateDict,
    mismatch: Mismatch,
    source: &str,
) -> Result<Vec<String>, NodeError> {
    let transfers = policy.transfer(saved, mismatch)?;
    let n_taken = transfers.iter().filter(|transfer| transfer.copied != CopiedPart::None).count();
    let mut lines = vec![format!("{n_taken} of {} tensors taken from {source}", transfers.len())];
    lines.extend(table(&transfers));
    let is_weight = |name: &str| name.rsplit('.').next().is_some_and(|it| it.starts_with("weight"));
    let is_any_layer = |it: &TensorTransfer| it.copied != CopiedPart::None && is_weight(&it.name);
    if !transfers.iter().any(is_any_layer) {
        let message = format!("no layer of it fits this network:\n{}", lines.join("\n"));
        return Err(NodeError::Field { field: "model", message });
    }
    Ok(lines)
}

fn table(transfers: &[TensorTransfer]) -> Vec<String> {
    let shape =
        |shape: &Option<Vec<usize>>| shape.as_ref().map_or("-".into(), |s| format!("{s:?}"));
    let copied =
        |transfer: &TensorTransfer| match (transfer.copied, &transfer.here, &transfer.saved) {
            (CopiedPart::Whole, ..) => "taken",
            (CopiedPart::Overlap, ..) => "taken where they overlap",
            (CopiedPart::None, None, _) => "not taken: not in this network",
            (CopiedPart::None, _, None) => "keeps its start: not saved",
            (CopiedPart::None, here, saved) if here == saved => {
                "keeps its start: its layer differs"
            }
            (CopiedPart::None, ..) => "keeps its start: the shapes differ",
        };
    let heading = ["tensor", "here", "saved", ""].map(str::to_owned);
    let row = |transfer: &TensorTransfer| {
        let what = copied(transfer).to_owned();
        [transfer.name.clone(), shape(&transfer.here), shape(&transfer.saved), what]
    };
    let rows: Vec<[String; 4]> = [heading].into_iter().chain(transfers.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [a, b, c] = [0, 1, 2].map(width);
    let line = |[name, here, saved, what]: &[String; 4]| {
        format!("  {name:a$}  {here:b$}  {saved:c$}  {what}").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::PolicyConfig;
    use crate::space::{ActionSpace, Device, ObservationSpace};

    fn policy(obs_dim: usize, width: usize) -> Policy {
        let space = ActionSpace::Continuous(1);
        let config = PolicyConfig::new(ObservationSpace::vector(obs_dim), space);
        let config = PolicyConfig { hidden_sizes: vec![width, width], ..config };
        Policy::new(config, Device::detect()).unwrap()
    }

    #[test]
    fn every_tensor_has_a_line() {
        let saved = policy(3, 8).state().unwrap();
        let lines = transfer(&mut policy(4, 8), &saved, Mismatch::Skip, "a.safetensors").unwrap();
        assert_eq!(lines[0], "7 of 9 tensors taken from a.safetensors");
        let of = |name: &str| lines.iter().find(|line| line.contains(name)).unwrap();
        assert!(
            of("trunk.0.weight").ends_with("[8, 4]  [8, 3]  keeps its start: the shapes differ")
        );
        assert!(of("trunk.0.bias").ends_with("keeps its start: its layer differs"));
        assert!(of("mu.weight").ends_with("taken"));
    }

    #[test]
    fn a_network_that_nothing_fits_is_an_error() {
        // Deviations fit, and no layer.
        let mut saved = StateDict::new();
        saved.insert_f32("other.weight", &[1], vec![0.0]);
        saved.insert_f32("log_std", &[1], vec![0.0]);
        let said =
            transfer(&mut policy(4, 8), &saved, Mismatch::Skip, "a").unwrap_err().to_string();
        assert!(said.contains("no layer of it fits") && said.contains("other"), "{said}");
        assert!(said.contains("1 of 10 tensors taken"), "{said}");
    }
}
