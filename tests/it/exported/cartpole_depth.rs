use dnne::prelude::*;

fn cartpole_depth(g: &mut Workflow) {
    g.note(
        "About",
        "Balance a pole on a cart by how far away things are: two depth pictures of 64 x 64 \
         pixels, as a depth camera gives them, with its noise.\n\
         \n\
         The Camera node takes the place of the camera that the scene's task has, Frame Stack \
         shows two pictures at once, and the CNN Feature Extractor is what the agent sees them \
         through: change their settings here, no file of the scene needs to. The value sees the \
         state instead of pictures.",
    );

    g.section("Act");
    let cartpole_from_depth = g.node(1).titled("Cartpole from depth").add(IsaacGymEnv {
        env_name: "CartpolePixels".into(),
        num_envs: 128,
        ..default()
    });
    let camera = g.node(11).add(Camera {
        sees: Sees::Depth,
        near: 6.0,
        far: 10.0,
        depth_noise: 0.02,
        dropout: 0.005,
        ..default()
    });
    let first_then_every_step = g.node(2).titled("First, then every step").add(Or);
    let frame_stack = g.node(12).add(FrameStack::default());
    let cnn_feature_extractor = g.node(13).add(CnnFeatureExtractor::default());
    let ppo_agent = g.node(3).add(PpoAgent {
        hidden_sizes: vec![128],
        normalize_observations: true,
        normalize_values: true,
        separate_value: true,
        value_sees_pictures: false,
        ..default()
    });
    let push_the_cart =
        g.node(5).titled("Push the cart").add(CartpoleAction { max_push_effort: 400.0 });
    let step = g.node(4).titled("Step").add(IsaacGymStep);
    g.wire(cartpole_from_depth.sim, camera.sim_in);
    g.wire(cartpole_from_depth.observations, first_then_every_step.input.at(0));
    g.wire(step.observations, first_then_every_step.input.at(1));
    g.wire(first_then_every_step.output, frame_stack.observations_in);
    g.wire(frame_stack.observations, cnn_feature_extractor.observations);
    g.wire(cnn_feature_extractor.features, ppo_agent.observations);
    g.wire(ppo_agent.policy_output, push_the_cart.policy);
    g.wire(camera.sim, step.sim);
    g.wire(push_the_cart.actions, step.actions);

    g.section("Learn");
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 32,
        minibatch_size: 1024,
        value_coef: 1.0,
        entropy_coef: 0.0,
        learning_rate: 0.001,
        max_grad_norm: 1.0,
        checkpoint: Some(Trigger::Epochs(10)),
        bounds_coef: 0.0001,
        clip_value_loss: true,
        reward_scale: 0.1,
        total_updates: 300,
        ..default()
    });
    g.wire(ppo_trainer.training_complete, step.trigger);
    g.wire(first_then_every_step.output, ppo_trainer.states);
    g.wire(ppo_agent.policy_output, ppo_trainer.policy_outputs);
    g.wire(step.rewards, ppo_trainer.rewards);
    g.wire(step.dones, ppo_trainer.dones);
    g.wire(ppo_agent.model, ppo_trainer.model);

    g.section("Watch");
    let metrics = g.node(7).titled("Metrics").add(MetricsLogger::default());
    let console = g.node(8).titled("Console").add(ConsoleLogger::default());
    let tensor_board = g.node(9).add(TensorBoardLogger::default());
    g.wire(ppo_trainer.loss, metrics.loss_info);
    g.wire(metrics.metrics, console.loss_info);
    g.wire(metrics.metrics, tensor_board.loss_info);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = cartpole_depth;
