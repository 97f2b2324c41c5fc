//! What happens between two updates, and the row of metrics that is made of it.

use super::device_batch::StepInfo;
use super::episode_sums::EpisodeSums;
use super::payload::{Dones, Metrics, Rewards, TaskMetrics};
use super::run::{Progress, Timings};
use crate::learn::{Histogram, UpdateMetrics};
use crate::scene::{StepSums, few};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// What happened since the last update.
#[derive(Default)]
pub(super) struct Window {
    pub(super) start: Option<Instant>,
    pub(super) n_steps: u64,
    /// Of each task.
    pub(super) episodes: Vec<EpisodeSums>,
    /// Sum over steps of each term's mean.
    pub(super) reward_terms: Vec<f64>,
    /// Environments whose reward was not finite, by what made it so.
    pub(super) unfit: BTreeMap<String, BTreeSet<usize>>,
}

/// What a row of metrics is made of besides the window.
pub(super) struct Row<'a> {
    /// What the algorithm reports.
    pub(super) learned: UpdateMetrics,
    pub(super) histograms: Vec<(&'static str, Histogram)>,
    /// Of each task, the episodes of the last update in which some finished.
    pub(super) last_episodes: &'a [EpisodeSums],
    /// Of the last step.
    pub(super) about: &'a StepInfo,
    /// After the update.
    pub(super) progress: Progress,
    pub(super) timings: &'a Timings,
    /// What the update took.
    pub(super) update: Duration,
    pub(super) wall_secs: f64,
    pub(super) non_finite_resets: u64,
}

impl Window {
    /// Takes in what a step brought.
    pub(super) fn add(&mut self, rewards: &Rewards, dones: &Dones) {
        self.n_steps += 1;
        self.episodes.resize(dones.tasks.len(), EpisodeSums::default());
        for (sums, (_, envs)) in self.episodes.iter_mut().zip(dones.tasks.iter()) {
            let of_task = dones.episodes.iter().filter(|episode| envs.contains(&episode.env));
            of_task.for_each(|episode| sums.add(episode.into()));
        }
        self.reward_terms.resize(rewards.terms.len(), 0.0);
        for (sum, term) in self.reward_terms.iter_mut().zip(&rewards.terms) {
            *sum += term;
        }
        for (env, cause) in &rewards.unfit {
            self.unfit.entry(cause.clone()).or_default().insert(*env);
        }
    }

    /// A copy of what checkpoints keep.
    pub(super) fn kept(&self) -> Self {
        let (n_steps, episodes) = (self.n_steps, self.episodes.clone());
        Self { n_steps, episodes, reward_terms: self.reward_terms.clone(), ..Self::default() }
    }

    /// Takes in what steps brought on a device.
    pub(super) fn add_sums(&mut self, sums: &StepSums) {
        self.n_steps += sums.n_steps;
        self.episodes.resize(1, EpisodeSums::default());
        self.episodes[0].add(sums.into());
        self.reward_terms.resize(sums.reward_terms.len(), 0.0);
        for (sum, term) in self.reward_terms.iter_mut().zip(&sums.reward_terms) {
            *sum += term;
        }
    }

    /// The message about rewards that were not finite, if more than a few of `n_envs` environments had any.
    pub(super) fn unfit_rewards(&self, n_envs: usize) -> Option<String> {
        let all: BTreeSet<usize> = self.unfit.values().flatten().copied().collect();
        let mut causes: Vec<_> = self.unfit.iter().collect();
        causes.sort_by_key(|(_, envs)| Reverse(envs.len()));
        let causes = causes.iter().map(|(cause, envs)| format!("{cause} in {}", envs.len()));
        let causes = causes.collect::<Vec<_>>().join(", ");
        (all.len() > few(n_envs)).then(|| {
            format!(
                "the reward was not finite in {} of {n_envs} environments since the update before: {causes}; \
                 write it so that it is finite in every state",
                all.len()
            )
        })
    }

    /// What to do about an update that met numbers that are not finite. `names` are those of the terms.
    pub(super) fn advice(&self, names: &[String]) -> String {
        let size = |sum: &f64| if sum.is_nan() { f64::INFINITY } else { sum.abs() };
        let terms = names.iter().zip(&self.reward_terms);
        let largest = terms.max_by(|(_, a), (_, b)| size(a).total_cmp(&size(b)));
        let term = largest.map_or(String::new(), |(name, sum)| {
            let mean = sum / self.n_steps.max(1) as f64;
            format!("the largest part of the reward was {name}, {mean:.3e} a step; ")
        });
        format!(
            "{term}make rewards smaller (their terms, or reward_scale), or the steps (learning_rate, \
             max_grad_norm)"
        )
    }

    /// The row of metrics of the update that ends the window.
    pub(super) fn row(&self, row: Row<'_>) -> Metrics {
        let Row { about, last_episodes, update, .. } = row;
        let n_transitions = self.n_steps as f64 * about.n_envs as f64;
        let rate = |time: Duration| n_transitions / time.as_secs_f64().max(1e-9);
        let mut all = EpisodeSums::default();
        last_episodes.iter().for_each(|sums| all.add(*sums));
        let all = all.metrics();
        let shown = |(sums, last): (&EpisodeSums, &EpisodeSums)| TaskMetrics {
            episodes: sums.metrics().episodes,
            ..last.metrics()
        };
        let by_task = self.episodes.iter().zip(last_episodes).map(shown);
        let by_task: Vec<TaskMetrics> = by_task.collect();
        let n_episodes = by_task.iter().map(|task| task.episodes).sum();
        let names = about.tasks.iter().map(|(name, _)| name.clone());
        let by_task = names.zip(by_task);
        let terms = about.reward_names.iter().zip(&self.reward_terms);
        let whole = self.start.map_or(Duration::ZERO, |start| start.elapsed());
        let Timings { simulate, observe, infer, store } = *row.timings;
        let accounted = row.timings.sum() + update;
        Metrics {
            update: row.progress.updates,
            steps: row.progress.steps,
            wall_secs: row.wall_secs,
            steps_per_sec: self.start.map_or(0.0, |_| rate(whole)),
            simulation_steps_per_sec: rate(simulate + observe),
            inference_steps_per_sec: rate(infer),
            update_steps_per_sec: rate(update),
            simulate_secs: simulate.as_secs_f64(),
            observe_secs: observe.as_secs_f64(),
            infer_secs: infer.as_secs_f64(),
            store_secs: store.as_secs_f64(),
            update_secs: update.as_secs_f64(),
            other_secs: whole.saturating_sub(accounted).as_secs_f64(),
            episode_return: all.episode_return,
            episode_length: all.episode_length,
            success_rate: all.success_rate,
            episodes: n_episodes,
            difficulty: about.difficulty,
            tasks: if about.tasks.len() > 1 { by_task.collect() } else { Default::default() },
            learned: row.learned,
            reward_terms: terms
                .map(|(name, sum)| (name.clone(), (sum / self.n_steps as f64).into()))
                .collect(),
            non_finite_resets: row.non_finite_resets,
            histograms: row.histograms,
        }
    }
}

/// The names of the columns that every trainer fills, which no number of an algorithm may have.
pub(super) fn column_names() -> &'static BTreeSet<String> {
    static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let row = serde_json::to_value(Metrics::default()).unwrap_or_default();
        let names = row.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        // Left out of rows of a single task.
        names.chain(["tasks".to_owned()]).collect()
    });
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::UpdateStats;

    #[test]
    fn an_algorithm_cannot_report_under_the_name_of_another_column() {
        assert!(UpdateStats::default().metrics().check(column_names()).is_ok());
        for name in ["steps", "episode_return", "tasks", "reward_terms", "update_secs"] {
            let mut learned = UpdateStats::default().metrics();
            learned.add(name, 1.0);
            let said = learned.check(column_names()).unwrap_err().to_string();
            assert!(said.starts_with(&format!("metric `{name}` is the name of")), "{said}");
        }
    }

    /// Rewards of one environment of many may fail; what they are made of is named by how many it concerns.
    #[test]
    fn rewards_that_are_not_finite_in_more_than_a_few_environments_are_named() {
        let mut window = Window::default();
        let dones = Dones::default();
        let mut step = |envs: &[usize], cause: &str| {
            let unfit = envs.iter().map(|env| (*env, cause.to_owned())).collect();
            window.add(&Rewards { unfit, ..Rewards::default() }, &dones);
            window.unfit_rewards(100)
        };
        assert_eq!(step(&[], ""), None);
        // The same environments again and again are no more of them.
        assert!((0..50).all(|_| step(&[3, 7, 9], "reward \"a\"").is_none()));
        let said = step(&[3, 8], "reward \"b\"").unwrap();
        let expected = "the reward was not finite in 4 of 100 environments since the update before: reward \"a\" in 3, \
                        reward \"b\" in 2; ";
        assert!(said.starts_with(expected), "{said}");
        assert!(window.unfit_rewards(1000).is_none() && window.unfit_rewards(400).is_none());
        assert!(window.unfit_rewards(300).is_some());
    }

    /// The columns of an algorithm stand between those of the tasks and those of the rewards.
    #[test]
    fn a_row_of_metrics_has_its_columns_in_order() {
        let metrics = Metrics { learned: UpdateStats::default().metrics(), ..Metrics::default() };
        let text = serde_json::to_string(&metrics).unwrap();
        let ends = "\"difficulty\":0.0,\"policy_loss\":0.0,\"value_loss\":0.0,\"entropy\":0.0,\
                    \"bounds_loss\":0.0,\"kl\":0.0,\"approx_kl\":0.0,\"clip_fraction\":0.0,\
                    \"grad_norm\":0.0,\"explained_variance\":0.0,\"value_error\":0.0,\
                    \"learning_rate\":0.0,\"n_minibatches\":0,\"stopped_early\":false,\
                    \"reward_terms\":{},\"non_finite_resets\":0}";
        assert!(text.ends_with(ends), "{text}");
    }
}
