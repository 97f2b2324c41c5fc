use dnne::prelude::*;

fn cartpole_camera_nature(g: &mut Workflow) {
    g.note(
        "About",
        "Balance a pole on a cart by two colour pictures of 100 x 100 pixels, with the camera, \
         network and settings of PPO that Isaac Lab has for its Cartpole with a camera: \
         NatureCNN's convolutions over bytes less the mean of their picture, 512 units, and a \
         learning rate that follows the divergence.\n\
         \n\
         The plant, its 400 N and 500 steps are those of this scene, and its value sees the state \
         besides. Training takes long on a laptop: cartpole_pixels learns the same from less.",
    );

    g.section("Act");
    let cartpole_in_colour = g.node(1).titled("Cartpole in colour").add(IsaacGymEnv {
        env_name: "CartpolePixels".into(),
        num_envs: 512,
        ..default()
    });
    let camera = g.node(11).add(Camera { width: 100, height: 100, sees: Sees::Rgb, ..default() });
    let first_then_every_step = g.node(2).titled("First, then every step").add(Or);
    let frame_stack = g.node(12).add(FrameStack::default());
    let cnn_feature_extractor = g.node(13).add(CnnFeatureExtractor {
        preset: Preset::Custom,
        filters: vec![32, 64, 64],
        kernel_sizes: vec![8, 4, 3],
        strides: vec![4, 2, 1],
        features: 0,
        scaling: Scaling::MeanFree,
        ..default()
    });
    let ppo_agent = g.node(3).add(PpoAgent {
        hidden_sizes: vec![512],
        normalize_observations: true,
        normalize_values: true,
        separate_value: true,
        ..default()
    });
    let push_the_cart =
        g.node(5).titled("Push the cart").add(CartpoleAction { max_push_effort: 400.0 });
    let step = g.node(4).titled("Step").add(IsaacGymStep);
    g.wire(cartpole_in_colour.sim, camera.sim_in);
    g.wire(cartpole_in_colour.observations, first_then_every_step.input.at(0));
    g.wire(step.observations, first_then_every_step.input.at(1));
    g.wire(first_then_every_step.output, frame_stack.observations_in);
    g.wire(frame_stack.observations, cnn_feature_extractor.observations);
    g.wire(cnn_feature_extractor.features, ppo_agent.observations);
    g.wire(ppo_agent.policy_output, push_the_cart.policy);
    g.wire(camera.sim, step.sim);
    g.wire(push_the_cart.actions, step.actions);

    g.section("Learn");
    let ppo_trainer = g.node(6).add(PpoTrainer {
        horizon_length: 64,
        minibatch_size: 2048,
        value_coef: 2.0,
        entropy_coef: 0.0,
        learning_rate: 0.0001,
        max_grad_norm: 1.0,
        checkpoint: Some(Trigger::Epochs(10)),
        bounds_coef: 0.0001,
        clip_value_loss: true,
        schedule: Schedule::Adaptive { kl_threshold: 0.008 },
        total_updates: 500,
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
pub(super) const BUILD: fn(&mut Workflow) = cartpole_camera_nature;
