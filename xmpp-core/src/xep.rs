//! Extensions.
#![allow(missing_docs)]
use crate::stanza::{StanzaCondition, StanzaError, iq};
use crate::xml::{Element, ElementRef};
#[derive(Debug, Clone)]
pub struct AutoReply;
impl AutoReply {
    pub fn new(_: &str, _: &str) -> Self {
        Self
    }
    pub fn identity(self, _: &str, _: &str) -> Self {
        self
    }
    pub fn features(self, _: &[String]) -> Self {
        self
    }
    pub fn answer(&self, iq: ElementRef<'_>) -> Option<Element> {
        Some(iq::error(iq, &StanzaError::new(StanzaCondition::ServiceUnavailable)))
    }
}
