use dnne::prelude::*;

fn cartpole_distilled(g: &mut Workflow) {
    g.note(
        "About",
        "A policy that sees the state teaches one that sees pictures.\n\
         \n\
         Train the teacher first: dnne train workflows/cartpole_ppo.json. The student acts; what \
         the teacher would have done in the same states, which it sees by the names of the task's \
         critic_observations, is what the student learns, from the newest rollout and the nine \
         before it (DAgger). Rewards have no part in it; they are what the metrics tell. Weights \
         of any run may be the teacher, if its actions are the same and the task shows what it \
         sees.",
    );

    g.section("Act");
    let cartpole_from_pixels = g.node(1).titled("Cartpole from pixels").add(IsaacGymEnv {
        env_name: "CartpolePixels".into(),
        num_envs: 128,
        ..default()
    });
    let first_then_every_step = g.node(2).titled("First, then every step").add(Or);
    let student = g.node(3).titled("Student").add(PpoAgent {
        hidden_sizes: vec![128],
        init_log_std: -1.5,
        normalize_observations: true,
        separate_value: true,
        log_std: LogStd::Fixed,
        value_sees_pictures: false,
        ..default()
    });
    let push_the_cart =
        g.node(5).titled("Push the cart").add(CartpoleAction { max_push_effort: 400.0 });
    let step = g.node(4).titled("Step").add(IsaacGymStep);
    g.wire(cartpole_from_pixels.observations, first_then_every_step.input.at(0));
    g.wire(step.observations, first_then_every_step.input.at(1));
    g.wire(first_then_every_step.output, student.observations);
    g.wire(student.policy_output, push_the_cart.policy);
    g.wire(cartpole_from_pixels.sim, step.sim);
    g.wire(push_the_cart.actions, step.actions);

    g.section("Learn");
    let distillation_trainer = g.node(6).add(DistillationTrainer {
        teacher: "runs/cartpole_ppo".into(),
        horizon_length: 32,
        total_updates: 60,
        checkpoint: Some(Trigger::Epochs(10)),
        checkpoint_keep: 2,
        ..default()
    });
    g.wire(distillation_trainer.training_complete, step.trigger);
    g.wire(first_then_every_step.output, distillation_trainer.states);
    g.wire(student.policy_output, distillation_trainer.policy_outputs);
    g.wire(step.rewards, distillation_trainer.rewards);
    g.wire(step.dones, distillation_trainer.dones);
    g.wire(student.model, distillation_trainer.model);

    g.section("Watch");
    let metrics = g.node(7).titled("Metrics").add(MetricsLogger::default());
    let console = g.node(8).titled("Console").add(ConsoleLogger::default());
    let tensor_board = g.node(9).add(TensorBoardLogger::default());
    g.wire(distillation_trainer.loss, metrics.loss_info);
    g.wire(metrics.metrics, console.loss_info);
    g.wire(metrics.metrics, tensor_board.loss_info);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = cartpole_distilled;
