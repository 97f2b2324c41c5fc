//! Action spaces.

use serde::{Deserialize, Serialize};

use super::error::SpaceError;
use crate::math::rng::Random;

/// Space of actions. An action is a row of f32: numbers, or the index of each choice's option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionSpace {
    /// That many real numbers; environments clip them to [-1, 1].
    Continuous(usize),
    /// One of that many options.
    Discrete(usize),
    /// Several choices at once, independent of each other in each state, with so many options each.
    MultiDiscrete(Vec<usize>),
}

impl ActionSpace {
    /// Numbers that an action has: one per dimension, or one per choice.
    pub fn action_dim(&self) -> usize {
        match self {
            Self::Continuous(n) => *n,
            Self::Discrete(_) => 1,
            Self::MultiDiscrete(options) => options.len(),
        }
    }

    /// Whether actions are choices.
    pub fn is_discrete(&self) -> bool {
        !matches!(self, Self::Continuous(_))
    }

    /// How many numbers or options there are: means or logits of a policy.
    pub fn size(&self) -> usize {
        match self {
            Self::Continuous(n) => *n,
            Self::Discrete(_) | Self::MultiDiscrete(_) => self.options().iter().sum(),
        }
    }

    /// How many options each choice has; empty if actions are numbers.
    pub fn options(&self) -> &[usize] {
        match self {
            Self::Continuous(_) => &[],
            Self::Discrete(n) => std::slice::from_ref(n),
            Self::MultiDiscrete(options) => options,
        }
    }

    /// What an agent chooses from that several environments are joined for: the longest action, with the most
    /// options of each choice. Fails if some actions are numbers and others choices.
    pub fn joined(all: &[Self]) -> Result<Self, SpaceError> {
        let n_discrete = all.iter().filter(|space| space.is_discrete()).count();
        let largest = |size: fn(&Self) -> usize| all.iter().map(size).max().unwrap_or(0);
        if n_discrete == 0 {
            return Ok(Self::Continuous(largest(Self::action_dim)));
        }
        if n_discrete != all.len() {
            return Err(SpaceError::JoinedActions);
        }
        let most = |choice: usize| all.iter().filter_map(|space| space.options().get(choice)).max();
        let options: Vec<usize> =
            (0..largest(Self::action_dim)).filter_map(most).copied().collect();
        Ok(match options[..] {
            [n] => Self::Discrete(n),
            _ => Self::MultiDiscrete(options),
        })
    }

    /// Draws an action, shape (action_dim,), uniformly: numbers in [-1, 1), or of each choice any option.
    pub fn sample(&self, random: &mut Random, action: &mut [f32]) {
        match self.options() {
            [] => action.iter_mut().for_each(|x| *x = random.uniform_in(-1.0, 1.0) as f32),
            options => {
                for (x, n) in action.iter_mut().zip(options) {
                    *x = random.below(*n as u32) as f32;
                }
            }
        }
    }
}

impl std::fmt::Display for ActionSpace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.options() {
            [] => write!(f, "{} in [-1, 1]", self.size()),
            options => {
                let each: Vec<String> = options.iter().map(|n| format!("one of {n}")).collect();
                write!(f, "{}", each.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::RandomStream;

    #[test]
    fn sizes_and_words_follow_from_the_space() {
        let spaces = [
            (ActionSpace::Continuous(3), 3, 3, "3 in [-1, 1]"),
            (ActionSpace::Discrete(4), 1, 4, "one of 4"),
            (ActionSpace::MultiDiscrete(vec![2, 3]), 2, 5, "one of 2, one of 3"),
        ];
        for (space, dim, size, words) in spaces {
            assert_eq!((space.action_dim(), space.size()), (dim, size));
            assert_eq!(space.to_string(), words);
            assert_eq!(space.is_discrete(), !space.options().is_empty());
        }
    }

    #[test]
    fn joined_spaces_have_the_most_of_each_choice() {
        let several = |options: &[usize]| ActionSpace::MultiDiscrete(options.to_vec());
        let (one, two) = (ActionSpace::Discrete(4), several(&[2, 3]));
        assert_eq!(ActionSpace::joined(&[one.clone(), two.clone()]), Ok(several(&[4, 3])));
        assert_eq!(ActionSpace::joined(&[one.clone(), ActionSpace::Discrete(2)]), Ok(one));
        let numbers = ActionSpace::Continuous(3);
        let longest = ActionSpace::joined(&[numbers.clone(), ActionSpace::Continuous(2)]);
        assert_eq!(longest.as_ref(), Ok(&numbers));
        assert_eq!(ActionSpace::joined(&[numbers, two]), Err(SpaceError::JoinedActions));
    }

    #[test]
    fn samples_reach_all_of_the_space_and_nothing_else() {
        let mut action = [9.0; 2];
        let (mut seen, mut low, mut high) = ([[false; 3]; 2], 0.0_f32, 0.0_f32);
        for step in 0..200 {
            let mut random = Random::new(1, RandomStream::Control, 0, step);
            ActionSpace::MultiDiscrete(vec![2, 3]).sample(&mut random, &mut action);
            seen[0][action[0] as usize] = true;
            seen[1][action[1] as usize] = true;
            ActionSpace::Continuous(2).sample(&mut random, &mut action);
            (low, high) = (low.min(action[0]), high.max(action[1]));
            assert!(action.iter().all(|x| (-1.0..=1.0).contains(x)));
        }
        assert_eq!(seen, [[true, true, false], [true; 3]]);
        // Two hundred draws leave less than a tenth of the interval at an end with 0.95^200 = 4e-5.
        assert!(low < -0.9 && high > 0.9, "{low} {high}");
    }
}
