use dnne::prelude::*;

fn humanoid_ppo(g: &mut Workflow) {
    let environment =
        g.node(1).add(IsaacGymEnv { env_name: "Humanoid".into(), num_envs: 4096, ..default() });
    let or = g.node(2).add(Or);
    let ppo_agent = g.node(3).add(PpoAgent {
        hidden_sizes: vec![400, 200, 100],
        normalize_observations: true,
        normalize_values: true,
        hidden_gain: 0.577,
        policy_gain: 0.577,
        value_gain: 0.577,
        ..default()
    });
    let humanoid_action = g.node(5).add(HumanoidAction::default());
    let environment_step = g.node(4).add(IsaacGymStep);
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 32,
        epochs: 5,
        minibatch_size: 32768,
        value_coef: 2.0,
        entropy_coef: 0.0,
        learning_rate: 0.0005,
        max_grad_norm: 1.0,
        bounds_coef: 0.0001,
        clip_value_loss: true,
        reward_scale: 0.01,
        schedule: Schedule::Adaptive { kl_threshold: 0.008 },
        total_updates: 1000,
        ..default()
    });
    let metrics_logger = g.node(7).add(MetricsLogger::default());
    let checkpoint_saver = g.node(8).add(CheckpointSaver::default());
    g.wire(environment.observations, or.input.at(0));
    g.wire(environment_step.observations, or.input.at(1));
    g.wire(or.output, ppo_agent.observations);
    g.wire(ppo_agent.policy_output, humanoid_action.policy);
    g.wire(environment.sim, environment_step.sim);
    g.wire(humanoid_action.actions, environment_step.actions);
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
pub(super) const BUILD: fn(&mut Workflow) = humanoid_ppo;
