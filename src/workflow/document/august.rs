//! DNNE's files of August 2025, read in the nodes that this program has.
//!
//! There an environment (`IsaacGymEnvs`) and the settings of the learner (`PPOConfig`) are configurations, and one
//! node (`PPOAgent`) takes them and trains. Its name is that of another node in the files of July: the inputs tell
//! them apart. Each such node becomes a policy, and gets a loop, a step and a console beside it; the
//! configurations become the environment and the trainer. What else is in the file stays.

use serde_json::{Map, Value, json};

use super::ui::identifier;
use crate::diagnostic::Diagnostic;
use crate::workflow::value::in_words;

/// The node that trains, and what its inputs are called.
const TRAINS: &str = "PPOAgent";
const CONFIGS: [&str; 3] = ["env_config", "ppo_config", "balancing_config"];
/// Between the places of new nodes [px].
const ACROSS: f64 = 320.0;
const DOWN: f64 = 360.0;

/// The root with every node that trains by itself taken apart, and remarks on it; none where there is no such node.
pub(super) fn translate(
    root: &Map<String, Value>,
) -> Option<(Map<String, Value>, Vec<Diagnostic>)> {
    let nodes = root.get("nodes")?.as_array()?;
    let trains: Vec<usize> = (0..nodes.len()).filter(|&n| is_of_august(&nodes[n])).collect();
    if trains.is_empty() {
        return None;
    }
    let mut graph = Graph::read(root, nodes);
    let mut remarks = Vec::new();
    for node in trains {
        graph.take_apart(node, &mut remarks);
    }
    Some((graph.finish(root), remarks))
}

fn is_of_august(node: &Value) -> bool {
    let inputs = node.get("inputs").and_then(Value::as_array);
    let has = |name: &str| inputs.into_iter().flatten().any(|input| input["name"] == name);
    node["type"] == TRAINS && CONFIGS.into_iter().any(has)
}

/// A setting of an old node, and what it is called in the new one.
struct Setting {
    old: &'static str,
    new: &'static str,
    default: Value,
}

fn setting(old: &'static str, new: &'static str, default: impl Into<Value>) -> Setting {
    Setting { old, new, default: default.into() }
}

/// The settings of `PPOConfig` in the order of its widgets. Those with an empty name are of another node, or of none.
fn ppo_settings() -> Vec<Setting> {
    vec![
        setting("learning_rate", "learning_rate", 3e-4),
        setting("num_epochs", "epochs", 4),
        setting("minibatch_size", "minibatch_size", 8192),
        setting("clip_range", "clip_param", 0.2),
        setting("value_loss_coef", "value_coef", 0.5),
        setting("entropy_coef", "entropy_coef", 0.01),
        setting("gamma", "gamma", 0.99),
        setting("gae_lambda", "lam", 0.95),
        setting("max_grad_norm", "max_grad_norm", 0.5),
        setting("horizon_length", "horizon_length", 16),
        setting("max_iterations", "", 10_000),
        setting("lr_schedule", "schedule", "constant"),
        setting("kl_threshold", "kl_threshold", 0.008),
        setting("use_clipped_value_loss", "clip_value_loss", true),
        setting("normalize_advantage", "normalize_advantages", true),
        setting(NORMALIZE_INPUT, "", true),
        setting(NORMALIZE_VALUE, "", true),
        setting("reward_shaper_scale", "reward_scale", 1.0),
        setting("e_clip", "", 0.2),
        setting(CLIPS, "", true),
        setting("bounds_loss_coef", "bounds_coef", 1e-4),
    ]
}
const NORMALIZE_INPUT: &str = "normalize_input";
const NORMALIZE_VALUE: &str = "normalize_value";
const CLIPS: &str = "truncate_grads";

/// The value of widget `position` of a node, which is called `name` where values are given by name.
fn value(node: &Value, position: usize, name: &str) -> Option<Value> {
    let values = node.get("widgets_values")?;
    let found = if values.is_array() { values.get(position) } else { values.get(name) };
    found.filter(|value| !value.is_null()).cloned()
}

/// What `IsaacGymEnvs` says: task, number of environments and seed. Between the task and the length of a step stand
/// as many words as the task has choices of its own.
struct Environment {
    task: Option<Value>,
    n_envs: Value,
    seed: Option<Value>,
    device: Option<Value>,
}

impl Environment {
    fn read(node: &Value) -> Self {
        let values = node.get("widgets_values").and_then(Value::as_array);
        let dt = values.and_then(|values| values.iter().position(Value::is_number)).unwrap_or(5);
        let named = |name: &str, after_dt: usize| value(node, dt + after_dt, name);
        Self {
            task: value(node, 0, "task"),
            n_envs: named("num_envs", 1).unwrap_or(64.into()),
            seed: named("seed", 2),
            device: named("sim_device", 6),
        }
    }
}

/// Nodes and links of a file while they change.
struct Graph {
    nodes: Vec<Value>,
    links: Vec<Value>,
    last_node: i64,
    last_link: i64,
}

/// Id, source, output, target, input and type of a link in either of the forms in which files hold them.
fn ends(link: &Value) -> Option<[String; 3]> {
    let part = |position: usize, name: &str| {
        let value = if link.is_array() { link.get(position) } else { link.get(name) };
        value.and_then(identifier)
    };
    Some([part(0, "id")?, part(1, "origin_id")?, part(3, "target_id")?])
}

impl Graph {
    fn read(root: &Map<String, Value>, nodes: &[Value]) -> Self {
        let links: Vec<Value> =
            root.get("links").and_then(Value::as_array).cloned().unwrap_or_default();
        let largest = |ids: &mut dyn Iterator<Item = String>| {
            ids.filter_map(|id| id.parse::<i64>().ok()).fold(0, i64::max)
        };
        let last_node = largest(&mut nodes.iter().filter_map(|node| identifier(&node["id"])));
        let last_link = largest(&mut links.iter().filter_map(|link| Some(ends(link)?[0].clone())));
        Self { nodes: nodes.to_vec(), links, last_node, last_link }
    }

    fn id(&self, node: usize) -> String {
        identifier(&self.nodes[node]["id"]).unwrap_or_default()
    }

    /// The node whose value an input of `node` gets.
    fn source(&self, node: usize, input: &str) -> Option<usize> {
        let inputs = self.nodes[node].get("inputs")?.as_array()?;
        let input = inputs.iter().find(|it| it["name"] == input)?;
        let id = identifier(input.get("link")?)?;
        let [_, from, _] = self.links.iter().filter_map(ends).find(|ends| ends[0] == id)?;
        (0..self.nodes.len()).find(|&n| self.id(n) == from)
    }

    fn take_apart(&mut self, agent: usize, remarks: &mut Vec<Diagnostic>) {
        let old = self.nodes[agent].clone();
        let corner = corner(&old);
        let at = |column: f64, row: f64| [corner[0] + column * ACROSS, corner[1] + row * DOWN];
        let of_class = |graph: &Self, node: Option<usize>, class: &str| {
            node.filter(|&n| graph.nodes[n]["type"] == class)
        };
        let environment = of_class(self, self.source(agent, CONFIGS[0]), "IsaacGymEnvs");
        let config = of_class(self, self.source(agent, CONFIGS[1]), "PPOConfig");
        let balancer = of_class(self, self.source(agent, CONFIGS[2]), "BalancerConfig");
        let settings = config.map_or(Value::Null, |n| self.nodes[n].clone());
        let facts = Environment::read(&environment.map_or(Value::Null, |n| self.nodes[n].clone()));

        // What was said by one node is said by several from here on.
        self.unlink_inputs(agent);
        let trainer = match config {
            Some(config) => config,
            None => self.add("", at(3.0, 1.0)),
        };
        self.become_node(trainer, "PPOTrainerNode", trainer_values(&settings, &old), &TRAINER);
        self.move_to(trainer, at(3.0, 1.0));
        self.hand_on_outputs(agent, trainer);
        let is_on = |position, name| value(&settings, position, name).unwrap_or(true.into());
        let policy = json!({
            "normalize_observations": is_on(15, NORMALIZE_INPUT),
            "normalize_values": is_on(16, NORMALIZE_VALUE),
        });
        self.become_node(agent, "PPOAgentNode", object(policy), &AGENT);
        self.move_to(agent, at(1.0, 0.0));
        let environment_id = environment.map(|n| self.id(n));
        if let Some(environment) = environment {
            let mut values = object(json!({"num_envs": facts.n_envs, "device": "cpu"}));
            values.extend(facts.task.clone().map(|task| ("env_name".to_owned(), task)));
            self.become_node(environment, "IsaacGymEnvNode", values, &ENVIRONMENT);
        }
        let or = self.new_node("ORNode", at(0.0, 0.0), Map::new(), &OR);
        let step = self.new_node("IsaacGymStepNode", at(3.0, 0.0), Map::new(), &STEP);
        let console = self.new_node("ConsoleLogger", at(4.0, 1.0), Map::new(), &[]);
        if let Some(env) = environment {
            self.connect((env, 0), (step, "sim"));
            self.connect((env, 1), (or, "input_a"));
        }
        self.connect((step, 0), (or, "input_b"));
        self.connect((or, 0), (agent, "observations"));
        // The scene has the strength that an action of 1 means.
        self.connect((agent, 0), (step, "actions"));
        self.connect((trainer, 1), (step, "trigger"));
        self.connect((or, 0), (trainer, "states"));
        self.connect((agent, 0), (trainer, "policy_outputs"));
        self.connect((step, 1), (trainer, "rewards"));
        self.connect((step, 2), (trainer, "dones"));
        self.connect((agent, 1), (trainer, "model"));
        self.connect((trainer, 0), (console, "loss_info"));
        remarks.extend(said(
            self.id(agent),
            environment_id,
            config.map(|n| self.id(n)),
            &old,
            &facts,
        ));
        if let Some(balancer) = balancer {
            remarks.push(
                Diagnostic::note(
                    "august-2025",
                    "BalancerConfig is left out: a workflow has one loop, which waits for nobody",
                )
                .node(self.id(balancer), None),
            );
            self.remove(balancer);
        }
    }

    /// An empty node of a new id.
    fn add(&mut self, class: &str, at: [f64; 2]) -> usize {
        self.last_node += 1;
        self.nodes.push(json!({
            "id": self.last_node, "type": class, "pos": at.map(|x| x as i64), "flags": {}, "mode": 0,
            "inputs": [], "outputs": [], "properties": {},
        }));
        self.nodes.len() - 1
    }

    fn new_node(
        &mut self,
        class: &str,
        at: [f64; 2],
        values: Map<String, Value>,
        outputs: &[Output],
    ) -> usize {
        let node = self.add(class, at);
        self.become_node(node, class, values, outputs);
        node
    }

    /// Makes a node one of another class: its id, place, title and colours stay, links from it are gone.
    fn become_node(
        &mut self,
        node: usize,
        class: &str,
        values: Map<String, Value>,
        outputs: &[Output],
    ) {
        let id = self.id(node);
        self.unlink(|ends| ends[1] == id);
        let Some(body) = self.nodes[node].as_object_mut() else { return };
        for gone in ["widgets_values", "widgets_values_named", "size"] {
            body.shift_remove(gone);
        }
        body.insert("type".into(), class.into());
        body.insert("inputs".into(), json!([]));
        let slots =
            outputs.iter().map(|(name, flows)| json!({"name": name, "type": flows, "links": []}));
        body.insert("outputs".into(), slots.collect());
        body.insert("properties".into(), json!({"Node name for S&R": class}));
        if !values.is_empty() {
            body.insert("widgets_values_named".into(), values.into());
        }
    }

    fn move_to(&mut self, node: usize, at: [f64; 2]) {
        self.nodes[node]["pos"] = json!(at.map(|x| x as i64));
    }

    fn connect(&mut self, (from, output): (usize, usize), (to, input): (usize, &str)) {
        self.last_link += 1;
        let id = self.last_link;
        let flows = self.nodes[from]["outputs"][output]["type"].clone();
        let slot = self.nodes[to]["inputs"].as_array().map_or(0, Vec::len);
        self.links.push(json!([
            id,
            self.nodes[from]["id"],
            output,
            self.nodes[to]["id"],
            slot,
            flows
        ]));
        if let Some(inputs) = self.nodes[to]["inputs"].as_array_mut() {
            inputs.push(json!({"name": input, "type": flows, "link": id}));
        }
        if let Some(claims) = self.nodes[from]["outputs"][output]["links"].as_array_mut() {
            claims.push(id.into());
        }
    }

    fn unlink_inputs(&mut self, node: usize) {
        let id = self.id(node);
        self.unlink(|ends| ends[2] == id);
    }

    /// Removes links, at their ports too.
    fn unlink(&mut self, is_gone: impl Fn(&[String; 3]) -> bool) {
        let gone: Vec<String> =
            self.links.iter().filter_map(ends).filter(|e| is_gone(e)).map(|[id, ..]| id).collect();
        self.links.retain(|link| ends(link).is_none_or(|ends| !gone.contains(&ends[0])));
        let is_gone = |link: &Value| identifier(link).is_some_and(|id| gone.contains(&id));
        for node in &mut self.nodes {
            for input in node.get_mut("inputs").and_then(Value::as_array_mut).into_iter().flatten()
            {
                if input.get("link").is_some_and(is_gone) {
                    input["link"] = Value::Null;
                }
            }
            for output in
                node.get_mut("outputs").and_then(Value::as_array_mut).into_iter().flatten()
            {
                if let Some(links) = output.get_mut("links").and_then(Value::as_array_mut) {
                    links.retain(|link| !is_gone(link));
                }
            }
        }
    }

    /// What took the statistics of the node that trained takes the losses of the trainer; what took the node itself
    /// is left without.
    fn hand_on_outputs(&mut self, agent: usize, trainer: usize) {
        let id = self.id(agent);
        let takers: Vec<(usize, String)> = self
            .links
            .iter()
            .filter(|link| {
                ends(link).is_some_and(|ends| ends[1] == id) && output_of(link) != Some(0)
            })
            .filter_map(|link| {
                let [link_id, _, to] = ends(link)?;
                let to = (0..self.nodes.len()).find(|&n| self.id(n) == to)?;
                let inputs = self.nodes[to].get("inputs")?.as_array()?;
                let input = inputs
                    .iter()
                    .find(|it| it.get("link").and_then(identifier) == Some(link_id.clone()))?;
                Some((to, input["name"].as_str()?.to_owned()))
            })
            .collect();
        self.unlink(|ends| ends[1] == id);
        for (to, name) in takers {
            let known = self.nodes[to]["inputs"].as_array_mut();
            if let Some(inputs) = known {
                inputs.retain(|input| input["name"] != name.as_str());
            }
            self.connect((trainer, 0), (to, &name));
        }
    }

    fn remove(&mut self, node: usize) {
        let id = self.id(node);
        self.unlink(|ends| ends[1] == id || ends[2] == id);
        // Others keep their places in the list while they are worked on.
        self.nodes[node] = Value::Null;
    }

    fn finish(self, root: &Map<String, Value>) -> Map<String, Value> {
        let mut root = root.clone();
        let nodes: Vec<Value> = self.nodes.into_iter().filter(|node| !node.is_null()).collect();
        root.insert("nodes".into(), nodes.into());
        root.insert("links".into(), self.links.into());
        root.insert("last_node_id".into(), self.last_node.into());
        root.insert("last_link_id".into(), self.last_link.into());
        root
    }
}

fn output_of(link: &Value) -> Option<u64> {
    let slot = if link.is_array() { link.get(2) } else { link.get("origin_slot") };
    slot.and_then(Value::as_u64)
}

fn corner(node: &Value) -> [f64; 2] {
    let part = |n: usize, name: &str| {
        let pos = node.get("pos")?;
        pos.get(n).or_else(|| pos.get(name))?.as_f64().filter(|x| x.is_finite())
    };
    [part(0, "0").unwrap_or(0.0), part(1, "1").unwrap_or(0.0)]
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The trainer's values: those of `PPOConfig`, and of the node that trained how long and what it saved.
fn trainer_values(settings: &Value, agent: &Value) -> Map<String, Value> {
    let mut values = Map::new();
    for (position, setting) in ppo_settings().into_iter().enumerate() {
        let Setting { old, new, default } = setting;
        if !new.is_empty() {
            values.insert(new.into(), value(settings, position, old).unwrap_or(default));
        }
    }
    if value(settings, 19, CLIPS) == Some(false.into()) {
        values.insert("max_grad_norm".into(), 0.into());
    }
    let updates = value(agent, 0, "max_iterations").unwrap_or(1000.into());
    values.insert("total_updates".into(), updates);
    let interval = value(agent, 1, "checkpoint_interval").unwrap_or(100.into());
    let saves = interval.as_f64().is_some_and(|interval| interval > 0.0);
    values.insert("checkpoint_enabled".into(), saves.into());
    if saves {
        values.insert("checkpoint_trigger_type".into(), "epoch".into());
        let interval = interval.as_str().map_or(interval.to_string(), str::to_owned);
        values.insert("checkpoint_trigger_value".into(), interval.into());
    }
    values
}

/// What became of the nodes, and what of their settings has no place here.
fn said(
    agent: String,
    environment: Option<String>,
    config: Option<String>,
    old: &Value,
    facts: &Environment,
) -> Vec<Diagnostic> {
    let called = |class: &str, id: Option<String>| match id {
        Some(id) => format!("{class} {id}"),
        None => format!("no {class}"),
    };
    let message = format!(
        "this file is of DNNE's nodes of August 2025: {}, {} and PPOAgent {agent} are read as an environment, a \
         policy with its loop, and a trainer",
        called("IsaacGymEnvs", environment),
        called("PPOConfig", config),
    );
    let mut remarks = vec![
        Diagnostic::note("august-2025", message)
            .node(agent.clone(), None)
            .remedy("open it in the editor and save it to have the nodes of today"),
    ];
    let mut left = Vec::new();
    if let Some(seed) = facts.seed.as_ref().filter(|seed| seed.is_number()) {
        left.push(format!("seed {seed} (pass --seed {seed})"));
    }
    let device = facts.device.as_ref().and_then(Value::as_str).filter(|device| *device != "cpu");
    if let Some(device) = device {
        left.push(format!("sim_device {} (the CPU simulates)", in_words(&device.into())));
    }
    left.push("physics and graphics settings (a scene has its own)".to_owned());
    left.push("evaluation while training (see dnne eval)".to_owned());
    left.push("save_path (checkpoints lie in the run's folder)".to_owned());
    let resumes =
        value(old, 6, "resume_from").filter(|path| path.as_str().is_some_and(|p| !p.is_empty()));
    if let Some(path) = resumes {
        left.push(format!("resume_from {} (add a CheckpointLoader)", in_words(&path)));
    }
    let message = format!("not taken over from August's nodes: {}", left.join(", "));
    remarks.push(Diagnostic::note("august-2025-settings", message).node(agent, None));
    remarks
}

/// Name and type of an output.
type Output = (&'static str, &'static str);
const ENVIRONMENT: [Output; 2] = [("sim", "SIM_HANDLE"), ("observations", "TENSOR")];
const OR: [Output; 1] = [("output", "*")];
const AGENT: [Output; 2] = [("policy_output", "POLICY_OUTPUT"), ("model", "MODEL")];
const STEP: [Output; 3] = [("observations", "TENSOR"), ("rewards", "TENSOR"), ("dones", "TENSOR")];
const TRAINER: [Output; 2] = [("loss", "METRICS"), ("training_complete", "SYNC")];
