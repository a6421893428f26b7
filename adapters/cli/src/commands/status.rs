//! What others see of an account: how available, and in what words.

use xmpp_core::{
    stanza::{Show, presence},
    xml::{BuildError, Element},
};

/// An available account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// `None` is plainly available.
    pub(crate) show: Option<Show>,
    pub(crate) text: Option<String>,
}

impl Status {
    /// `[away|dnd|xa|chat|online] [TEXT]`. `None`: nothing was typed.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let (show, text) = match word {
            "" => return None,
            "online" => (None, rest),
            "away" => (Some(Show::Away), rest),
            "chat" => (Some(Show::Chat), rest),
            "dnd" => (Some(Show::Dnd), rest),
            "xa" => (Some(Show::Xa), rest),
            _ => (None, typed),
        };
        let text = text.trim();
        Some(Self { show, text: (!text.is_empty()).then(|| text.to_owned()) })
    }

    /// The presence that tells it.
    pub(crate) fn presence(&self) -> Result<Element, BuildError> {
        presence::available_as(self.show, self.text.as_deref(), 0)
    }
}

/// For people.
impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.show {
            None => "available",
            Some(Show::Away) => "away",
            Some(Show::Chat) => "free for a chat",
            Some(Show::Dnd) => "not to be disturbed",
            Some(Show::Xa) => "away for long",
        })?;
        match &self.text {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_text() {
        let status = |show, text: Option<&str>| Some(Status { show, text: text.map(str::to_owned) });
        assert_eq!(Status::parse(" "), None);
        assert_eq!(Status::parse("away"), status(Some(Show::Away), None));
        assert_eq!(Status::parse("dnd  in the cellar "), status(Some(Show::Dnd), Some("in the cellar")));
        assert_eq!(Status::parse("online"), status(None, None));
        assert_eq!(Status::parse("gone fishing"), status(None, Some("gone fishing")));
        assert_eq!(Status::parse("xa in Rome").unwrap().to_string(), "away for long: in Rome");
    }
}
