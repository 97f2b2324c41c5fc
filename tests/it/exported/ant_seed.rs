use dnne::prelude::*;

fn ant_seed(g: &mut Workflow) {
    let environment =
        g.node(1).add(IsaacGymEnv { env_name: "Ant".into(), num_envs: 16, ..default() });
    let or = g.node(2).add(Or);
    let ppo_agent = g.node(3).add(PpoAgent { hidden_sizes: vec![256, 256, 128], ..default() });
    let ant_action = g.node(5).add(AntAction::default());
    let environment_step = g.node(4).add(IsaacGymStep);
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 2048,
        minibatch_size: 256,
        reward_scale: 0.01,
        ..default()
    });
    let metrics_logger = g.node(7).add(MetricsLogger::default());
    let checkpoint_saver = g.node(8).add(CheckpointSaver::default());
    g.wire(environment.observations, or.input.at(0));
    g.wire(environment_step.observations, or.input.at(1));
    g.wire(or.output, ppo_agent.observations);
    g.wire(ppo_agent.policy_output, ant_action.policy);
    g.wire(environment.sim, environment_step.sim);
    g.wire(ant_action.actions, environment_step.actions);
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
pub(super) const BUILD: fn(&mut Workflow) = ant_seed;
