//! A scene with terms in Rust: where they go among the outputs of its task.

use super::error::SceneError;
use super::library::Scene;
use super::task::written;
use super::terms::{Function, Terms};
use crate::space::{ObservationGroup, ObservationSpace, ObservationStream};
use std::collections::HashSet;
use std::sync::Arc;

impl Scene {
    /// The observations of this scene's task with `names` more in its vector, and the streams of `terms`; and
    /// the places of those.
    fn observations_with(
        &self,
        terms: &Terms,
        names: &[String],
    ) -> Result<(ObservationSpace, Vec<usize>), SceneError> {
        let mut streams = self.task.observations.streams().to_vec();
        if let Some(vector) =
            streams.iter_mut().find(|it| it.name == ObservationStream::OBSERVATIONS)
        {
            let components = vector.components.iter().chain(names).cloned().collect();
            *vector =
                ObservationStream::named(ObservationStream::OBSERVATIONS, components, vector.group);
        } else if !names.is_empty() {
            let vector = ObservationStream::named(
                ObservationStream::OBSERVATIONS,
                names.to_vec(),
                ObservationGroup::Policy,
            );
            streams.insert(0, vector);
        }
        let own = terms.streams.iter().map(|function| &function.stream);
        let of_file =
            |stream: &&ObservationStream| stream.name == ObservationStream::CRITIC_OBSERVATIONS;
        if let Some(stream) = own.clone().find(of_file) {
            let message = format!("\"{}\" is for what the task file lists; rename it", stream.name);
            return Err(SceneError::Terms { scene: self.name.clone(), message });
        }
        streams.extend(own.clone().cloned());
        let space = ObservationSpace::new(streams)?;
        let places = own.filter_map(|stream| space.position(&stream.name)).collect();
        Ok((space, places))
    }

    /// This scene with more terms in its task. Fails if a name is taken, a size is 0, or the scene has
    /// such terms already.
    pub fn with_terms(&self, terms: &Terms) -> Result<Self, SceneError> {
        let refuse = |message: String| Err(SceneError::Terms { scene: self.name.clone(), message });
        let mut task = (*self.task).clone();
        if task.terms.is_some() {
            return refuse("it has terms in Rust already; add all of them at once".to_owned());
        }
        let mut taken: HashSet<(&str, String)> = HashSet::new();
        let names_of = |function: &Function| -> Vec<String> {
            match function.dim {
                1 => vec![function.name.clone()],
                n => (0..n).map(|k| format!("{}[{k}]", function.name)).collect(),
            }
        };
        let observations: Vec<String> = terms.observations.iter().flat_map(names_of).collect();
        let names = |list: &[Function]| list.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        let rewards = names(&terms.rewards);
        let ends = terms.terminations.iter().map(|(function, _)| function.name.clone());
        let ends: Vec<String> = ends.collect();
        let vector = task.observations.stream(ObservationStream::OBSERVATIONS);
        let observed = vector.map(|stream| stream.components.clone()).unwrap_or_default();
        for (kind, before, new) in [
            ("observation", &observed, &observations),
            ("reward", &task.reward_names, &rewards),
            ("termination", &task.termination_names, &ends),
        ] {
            taken.extend(before.iter().map(|name| (kind, name.clone())));
            for name in new {
                if !taken.insert((kind, name.clone())) {
                    return refuse(format!("there are two {kind}s named \"{name}\""));
                }
            }
        }
        if let Some(empty) = terms.functions().find(|function| function.dim == 0) {
            return refuse(format!("\"{}\" has size 0", empty.name));
        }
        let (space, own_streams) = self.observations_with(terms, &observations)?;
        // Those of the file's vector come first; what only the value sees stands between them and the rewards.
        let n_observed = observed.len();
        let (mut n_written, mut n_rewards) = (task.n_written(), task.reward_names.len());
        if !task.observation_noise.is_empty() {
            task.observation_noise.extend(observations.iter().map(|_| 0.0));
        }
        for program in [&mut task.after_step, &mut task.after_reset] {
            let mut value = 0..terms.n_values();
            let mut next = || value.next().unwrap_or_default();
            (0..terms.n_memory()).for_each(|_| program.remember_term(next()));
            let (mut at_observation, mut at_reward) = (n_observed, n_written + n_rewards);
            for _ in &observations {
                program.insert_term(at_observation, next());
                (at_observation, at_reward) = (at_observation + 1, at_reward + 1);
            }
            for _ in &rewards {
                program.insert_term(at_reward, next());
                at_reward += 1;
            }
            // Whether the task is achieved stays last.
            let at_end = program.n_outputs() - usize::from(task.success.is_some());
            (0..ends.len()).for_each(|k| program.insert_term(at_end + k, next()));
        }
        (n_written, n_rewards) = (n_written + observations.len(), n_rewards + rewards.len());
        task.end_with(terms.terminations.iter().map(|(_, reward)| *reward), n_written + n_rewards);
        let last = n_written + n_rewards + task.terminations.len();
        task.success = task.success.map(|_| last);
        task.written = written(&space);
        (task.observations, task.own_streams) = (space, own_streams);
        task.find_cameras();
        task.reward_names.extend(rewards);
        task.termination_rules.extend(ends.iter().map(|_| String::new()));
        task.termination_names.extend(ends);
        task.terms = Some(terms.clone());
        Ok(Self { task: Arc::new(task), ..self.clone() })
    }
}
