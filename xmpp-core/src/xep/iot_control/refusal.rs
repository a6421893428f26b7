//! Why settings were refused (XEP-0325 §3.1.3).

use std::{error, fmt};

use crate::{
    stanza::{StanzaCondition, StanzaError},
    xml::{Element, ns},
};

/// Why settings were refused, and which parameter is to blame.
///
/// ```
/// use xmpp_core::{stanza::StanzaCondition, xep::iot_control::Refusal};
///
/// let refusal = Refusal::new(StanzaCondition::BadRequest, "Out of range.").with_parameter("Level");
/// assert_eq!(Refusal::of(&refusal.to_error()), refusal);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The condition: `bad-request`, `forbidden`, `item-not-found`, `feature-not-implemented` or `conflict`.
    pub condition: StanzaCondition,
    /// The parameter that is to blame, if one is.
    pub parameter: Option<String>,
    /// A description for people.
    pub text: String,
}

impl Refusal {
    /// A refusal of the whole request.
    pub fn new(condition: StanzaCondition, text: impl Into<String>) -> Self {
        Self { condition, parameter: None, text: text.into() }
    }

    /// Blames a parameter.
    #[must_use]
    pub fn with_parameter(self, name: impl Into<String>) -> Self {
        Self { parameter: Some(name.into()), ..self }
    }

    /// The stanza error, with a `<paramError/>` when a parameter is to blame.
    #[must_use]
    pub fn to_error(&self) -> StanzaError {
        let error = StanzaError::new(self.condition);
        match &self.parameter {
            Some(name) => error.with_application(
                Element::build("paramError", ns::IOT_CONTROL)
                    .attr("var", name)
                    .text(&self.text)
                    .finish_lossy(),
            ),
            None => error.with_text(&self.text),
        }
    }

    /// Reads a stanza error. Of several `<paramError/>`, the one that [`StanzaError::application`] holds.
    #[must_use]
    pub fn of(error: &StanzaError) -> Self {
        let blamed =
            error.application.as_ref().filter(|application| application.is("paramError", ns::IOT_CONTROL));
        Self {
            condition: error.condition,
            parameter: blamed.and_then(|blamed| blamed.attr("var")).map(std::borrow::Cow::into_owned),
            text: match blamed {
                Some(blamed) => blamed.text().trim().to_owned(),
                None => error.text.clone().unwrap_or_default(),
            },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.condition)?;
        if let Some(name) = &self.parameter {
            write!(f, ", parameter {name:?}")?;
        }
        if !self.text.is_empty() {
            write!(f, ": {}", self.text)?;
        }
        Ok(())
    }
}

impl error::Error for Refusal {}
