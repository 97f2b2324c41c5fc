use dnne::prelude::*;

fn every_kind(g: &mut Workflow) {
    g.node(0).add(IsaacGymEnv {
        env_name: "another \"text\"\n\
             and \\ more"
            .into(),
        num_envs: 65,
        headless: false,
        device: Device::Emulate,
    });
    g.node(1).add(Camera {
        name: "another \"text\"\n\
             and \\ more"
            .into(),
        camera: "another \"text\"\n\
             and \\ more"
            .into(),
        width: 65,
        height: 65,
        sees: Sees::Depth,
        samples: 1,
        noise: 0.125,
        near: 0.125,
        far: 0.125,
        depth_noise: 0.125,
        depth_noise_growth: 0.125,
        dropout: 0.125,
    });
    g.node(2).add(MultiTask);
    g.node(3).add(IsaacGymStep);
    let a_title_that_is_so_long_that = g.node(4).add(Or);
    g.title(4, "A title that is so long that it leaves no room for what comes after it");
    g.node(5).add(FrameStack {
        frames: 3,
        stream: "another \"text\"\n\
             and \\ more"
            .into(),
    });
    g.node(6).titled("A title of about forty letters, no more").add(PpoAgent {
        hidden_sizes: vec![3, 2, 1],
        activation: Activation::Gelu,
        action_space: ActionSpace::MultiDiscrete,
        output_size: 1,
        deterministic: true,
        init_log_std: 0.125,
        input_size: 1,
        normalize_observations: true,
        normalize_values: true,
        separate_value: true,
        distribution: Distribution::SquashedGaussian,
        log_std: LogStd::Network,
        hidden_gain: 0.125,
        policy_gain: 0.125,
        value_gain: 0.125,
        rnn: Rnn::Gru { size: 65 },
        frozen: "another \"text\"\n\
             and \\ more"
            .into(),
        init: Init::Uniform,
        clip_observations: 0.125,
        observe_at: ObserveAt::Step,
        backend: Backend::Candle,
        cnn: Cnn::None,
        value_sees_pictures: false,
    });
    g.node(7).add(CnnFeatureExtractor {
        stream: "another \"text\"\n\
             and \\ more"
            .into(),
        preset: Preset::Custom,
        filters: vec![3, 2, 1],
        kernel_sizes: vec![3, 2, 1],
        strides: vec![3, 2, 1],
        paddings: vec![3, 2, 1],
        pool: Pool::Average,
        pool_size: 3,
        global_pool: GlobalPool::Average,
        features: 129,
        activation: Activation::Gelu,
        scaling: Scaling::MeanFree,
    });
    g.node(8).add(CartpoleAction { max_push_effort: 0.125 });
    g.node(9).add(AntAction { power_scale: 0.125 });
    g.node(10).add(HumanoidAction { power_scale: 0.125 });
    g.node(11).add(RewardShaper {
        terms: "another \"text\"\n\
             and \\ more"
            .into(),
        weights: "another \"text\"\n\
             and \\ more"
            .into(),
    });
    g.node(12).add(Curriculum {
        follow: Follow::SuccessRate,
        start: 0.125,
        end: 0.125,
        begin_at: 0.125,
        finish_at: 0.125,
        curve: Curve::Cosine,
        levels: 1,
        raise_at: 0.125,
        lowers: true,
        lower_at: 0.125,
        step: 0.125,
        episodes: 101,
    });
    g.node(13).add(PpoTrainer {
        horizon_length: 17,
        epochs: 5,
        minibatch_size: 33,
        gamma: 0.125,
        lam: 0.125,
        clip_param: 0.125,
        value_coef: 0.125,
        entropy_coef: 0.125,
        learning_rate: 0.125,
        max_grad_norm: 0.125,
        checkpoint: Some(Trigger::Best("another \"text\"\nand \\ more".into())),
        bounds_coef: 0.125,
        normalize_advantages: false,
        clip_value_loss: true,
        reward_scale: 0.125,
        schedule: Schedule::Adaptive { kl_threshold: 0.125 },
        total_updates: 1,
        normalize_rewards: true,
        target_kl: 0.125,
        checkpoint_keep: 1,
        anneal: "another \"text\"\n\
             and \\ more"
            .into(),
        sequence_length: 1,
        normalize_by_minibatch: true,
        adam_epsilon: 0.125,
    });
    g.node(14).add(DistillationTrainer {
        teacher: "another \"text\"\n\
             and \\ more"
            .into(),
        horizon_length: 17,
        epochs: 3,
        minibatch_size: 1025,
        num_rollouts: 11,
        learning_rate: 0.125,
        max_grad_norm: 0.125,
        adam_epsilon: 0.125,
        sequence_length: 1,
        total_updates: 1,
        checkpoint: Some(Trigger::Best("another \"text\"\nand \\ more".into())),
        checkpoint_keep: 1,
    });
    g.node(15).add(CheckpointSaver {
        path: "another \"text\"\n\
             and \\ more"
            .into(),
        trigger: Trigger::Best("another \"text\"\nand \\ more".into()),
        keep: 1,
    });
    g.node(16).add(CheckpointLoader {
        path: "another \"text\"\n\
             and \\ more"
            .into(),
        mismatch: Mismatch::Overlap,
    });
    g.node(17).add(MetricsLogger { interval: 2 });
    g.node(18).add(ConsoleLogger { interval: 2 });
    g.node(19).add(TensorBoardLogger { interval: 2 });
    let print = g.node(20).add(DebugPrint {
        prefix: "another \"text\"\n\
             and \\ more"
            .into(),
        enabled: false,
        every_n: 2,
    });
    let display = g.node(21).add(Display);
    g.node(22).add(FloatConstant { value: 0.125 });
    g.node(23).add(IntConstant { value: 1 });
    g.node(24).add(StringConstant {
        value: "another \"text\"\n\
             and \\ more"
            .into(),
    });
    g.node(25).add(BooleanConstant { value: true });
    g.wire(a_title_that_is_so_long_that.output, print.input);
    g.wire(a_title_that_is_so_long_that.output, display.input);
}

/// For the tests.
pub(super) const BUILD: fn(&mut Workflow) = every_kind;
