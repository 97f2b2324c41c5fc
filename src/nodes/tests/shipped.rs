//! The workflows that come with DNNE.

use super::*;

#[test]
fn shipped_workflows_have_nothing_to_remark_on() {
    for text in [CARTPOLE, SINGLE, CARTPOLE_V1] {
        let loaded = checked(text);
        assert_eq!(loaded.diagnostics, []);
        assert!(loaded.graph.is_some());
    }
}

#[test]
fn cartpole_trains_as_the_reference_does() {
    let graph = graph(CARTPOLE);
    let classes: Vec<_> = graph.nodes.iter().map(|n| n.class.class_type).collect();
    assert!(!classes.contains(&"Note") && classes.len() == 9);
    let float = |id: &str, name: &str| graph.node(id).unwrap().float(name).unwrap();
    let int = |id: &str, name: &str| graph.node(id).unwrap().int(name).unwrap();
    assert_eq!(int("1", "num_envs"), 512);
    assert_eq!(graph.node("3").unwrap().int_list("hidden_sizes"), Ok(vec![32, 32]));
    assert_eq!(graph.node("3").unwrap().bool("normalize_values"), Ok(true));
    assert_eq!(float("5", "max_push_effort"), 400.0);
    assert_eq!(int("6", "minibatch_size"), 8192);
    assert_eq!(float("6", "value_coef"), 2.0);
    assert_eq!(float("6", "bounds_coef"), 1e-4);
    assert_eq!(float("6", "reward_scale"), 0.1);
    assert_eq!(float("6", "max_grad_norm"), 1.0);
    assert_eq!(graph.node("6").unwrap().text("schedule").as_deref(), Ok("adaptive"));
    assert_eq!(int("6", "total_updates"), 100);
    assert_eq!(graph.node("6").unwrap().bool("checkpoint_enabled"), Ok(true));
}

#[test]
fn chosen_actions_go_straight_to_the_step() {
    let graph = graph(CARTPOLE_V1);
    let source = graph.node("4").unwrap().source("actions").unwrap();
    assert_eq!(graph.output(source).name, "policy_output");
    let trainer = graph.node("5").unwrap();
    let steps = 8 * trainer.int("horizon_length").unwrap() * trainer.int("total_updates").unwrap();
    assert!((100_000..100_256).contains(&steps));
}
