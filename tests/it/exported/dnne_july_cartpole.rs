use dnne::prelude::*;

fn dnne_july_cartpole(g: &mut Workflow) {
    let environment = g.node(1).add(IsaacGymEnv { num_envs: 1, ..default() });
    let or = g.node(2).add(Or);
    let ppo_agent = g.node(3).add(PpoAgent { output_size: 1, ..default() });
    let cartpole_action = g.node(5).add(CartpoleAction::default());
    let environment_step = g.node(4).add(IsaacGymStep);
    let ppo_trainer = g.node(6).add(PpoTrainer::default());
    g.wire(environment.observations, or.input.at(0));
    g.wire(environment_step.observations, or.input.at(1));
    g.wire(or.output, ppo_agent.observations);
    g.wire(ppo_agent.policy_output, cartpole_action.policy);
    g.wire(environment.sim, environment_step.sim);
    g.wire(cartpole_action.actions, environment_step.actions);
    g.wire(ppo_trainer.training_complete, environment_step.trigger);
    g.wire(or.output, ppo_trainer.states);
    g.wire(ppo_agent.policy_output, ppo_trainer.policy_outputs);
    g.wire(environment_step.rewards, ppo_trainer.rewards);
    g.wire(environment_step.dones, ppo_trainer.dones);
    g.wire(ppo_agent.model, ppo_trainer.model);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = dnne_july_cartpole;
