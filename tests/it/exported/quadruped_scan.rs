use dnne::prelude::*;

fn quadruped_scan(g: &mut Workflow) {
    let environment = g.node(1).add(IsaacGymEnv {
        env_name: "QuadrupedScan".into(),
        num_envs: 1024,
        ..default()
    });
    let or = g.node(2).add(Or);
    let ppo_agent = g.node(3).add(PpoAgent {
        hidden_sizes: vec![256, 128, 64],
        init_log_std: -0.5,
        normalize_observations: true,
        normalize_values: true,
        ..default()
    });
    let environment_step = g.node(4).add(IsaacGymStep);
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 24,
        epochs: 5,
        minibatch_size: 6144,
        value_coef: 1.0,
        entropy_coef: 0.0,
        max_grad_norm: 1.0,
        bounds_coef: 0.0001,
        clip_value_loss: true,
        reward_scale: 0.5,
        schedule: Schedule::Adaptive { kl_threshold: 0.008 },
        total_updates: 600,
        ..default()
    });
    let metrics_logger = g.node(7).add(MetricsLogger::default());
    let checkpoint_saver = g.node(8).add(CheckpointSaver::default());
    g.wire(environment.observations, or.input.at(0));
    g.wire(environment_step.observations, or.input.at(1));
    g.wire(or.output, ppo_agent.observations);
    g.wire(environment.sim, environment_step.sim);
    g.wire(ppo_agent.policy_output, environment_step.actions);
    g.wire(ppo_trainer.training_complete, environment_step.trigger);
    g.wire(or.output, ppo_trainer.states);
    g.wire(ppo_agent.policy_output, ppo_trainer.policy_outputs);
    g.wire(environment_step.rewards, ppo_trainer.rewards);
    g.wire(environment_step.dones, ppo_trainer.dones);
    g.wire(ppo_agent.model, ppo_trainer.model);
    g.wire(ppo_trainer.loss, metrics_logger.loss_info);
    g.wire(ppo_agent.model, checkpoint_saver.model);
    g.wire(ppo_trainer.loss, checkpoint_saver.loss_info);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = quadruped_scan;
