//! `CNNFeatureExtractorNode`: the convolutions through which an agent sees pictures.

use super::extractor_settings::SCHEMA;
use dnne::nodes::{NodeKind, hand_on};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, hand_on);
