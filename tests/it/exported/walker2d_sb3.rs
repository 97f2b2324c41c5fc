use dnne::prelude::*;

fn walker2d_sb3(g: &mut Workflow) {
    let environment =
        g.node(1).add(IsaacGymEnv { env_name: "Walker2d".into(), num_envs: 1, ..default() });
    let or = g.node(2).add(Or);
    let ppo_agent = g.node(3).add(PpoAgent {
        activation: Activation::Tanh,
        normalize_observations: true,
        separate_value: true,
        clip_observations: 10.0,
        observe_at: ObserveAt::Step,
        ..default()
    });
    let environment_step = g.node(4).add(IsaacGymStep);
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 512,
        epochs: 20,
        clip_param: 0.1,
        value_coef: 0.871923,
        entropy_coef: 0.000585045,
        learning_rate: 5.05041e-5,
        max_grad_norm: 1.0,
        total_updates: 1953,
        normalize_rewards: true,
        normalize_by_minibatch: true,
        adam_epsilon: 1e-5,
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
pub(super) const BUILD: fn(&mut Workflow) = walker2d_sb3;
