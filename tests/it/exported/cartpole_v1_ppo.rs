use dnne::prelude::*;

fn cartpole_v1_ppo(g: &mut Workflow) {
    let cart_pole_v1 = g.node(1).titled("CartPole-v1").add(IsaacGymEnv {
        env_name: "CartpoleV1".into(),
        num_envs: 8,
        ..default()
    });
    let first_then_every_step = g.node(2).titled("First, then every step").add(Or);
    let ppo_agent = g.node(3).add(PpoAgent {
        activation: Activation::Tanh,
        action_space: ActionSpace::Discrete,
        ..default()
    });
    let step = g.node(4).titled("Step").add(IsaacGymStep);
    let ppo_trainer = g.node(5).add(PpoTrainer {
        horizon_length: 32,
        epochs: 20,
        minibatch_size: 256,
        gamma: 0.98,
        lam: 0.8,
        entropy_coef: 0.0,
        learning_rate: 0.001,
        schedule: Schedule::Linear,
        total_updates: 391,
        ..default()
    });
    let metrics = g.node(6).titled("Metrics").add(MetricsLogger { interval: 10 });
    let console = g.node(7).titled("Console").add(ConsoleLogger::default());
    g.wire(cart_pole_v1.observations, first_then_every_step.input.at(0));
    g.wire(step.observations, first_then_every_step.input.at(1));
    g.wire(first_then_every_step.output, ppo_agent.observations);
    g.wire(cart_pole_v1.sim, step.sim);
    g.wire(ppo_agent.policy_output, step.actions);
    g.wire(ppo_trainer.training_complete, step.trigger);
    g.wire(first_then_every_step.output, ppo_trainer.states);
    g.wire(ppo_agent.policy_output, ppo_trainer.policy_outputs);
    g.wire(step.rewards, ppo_trainer.rewards);
    g.wire(step.dones, ppo_trainer.dones);
    g.wire(ppo_agent.model, ppo_trainer.model);
    g.wire(ppo_trainer.loss, metrics.loss_info);
    g.wire(metrics.metrics, console.loss_info);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = cartpole_v1_ppo;
