//! In-band registration (XEP-0077): making an account, changing its password, removing it.
//!
//! A client makes its account while it logs in: [`ClientConfig::registration`](crate::ClientConfig::registration). On an
//! established session the password is changed and the account removed by plain requests:
//! ```
//! use xmpp_core::{stanza::iq, xep::register};
//!
//! // The server must know whom it concerns from the stream, so there is no `to` (§3.2).
//! let change = iq::set(None, &register::change_password("juliet", "a new secret")?);
//! let removal = iq::set(None, &register::removal());
//! # assert_eq!(change.first_child().unwrap().child("username", xmpp_core::xml::ns::REGISTER).unwrap().text(), "juliet");
//! # assert!(removal.first_child().unwrap().child("remove", xmpp_core::xml::ns::REGISTER).is_some());
//! # Ok::<(), xmpp_core::xml::BuildError>(())
//! ```
//! Give them to `request` of the link ([`TcpClient`](crate::TcpClient)). The answer is an empty result. After a removal the
//! server ends every stream of the account with an error: `not-authorized` (§3.2), or `conflict` from ejabberd; over BOSH
//! the session may be gone before the answer has come.

mod form;
mod request;

use std::{error, fmt};

use crate::xml::{BuildError, Element, ElementRef, ns};

pub use form::{Form, FormField};
pub use request::{Request, Submission};

/// The names of the fixed fields, in the order of the schema (§14.1).
pub const FIELDS: [&str; 17] = [
    "username", "nick", "password", "name", "first", "last", "email", "address", "city", "state", "zip",
    "phone", "url", "date", "misc", "text", "key",
];

/// What a server or service says about registration with it: which fields it demands, or what is on file (§3.1).
///
/// ```
/// use xmpp_core::{xep::register::Offer, xml::Element};
///
/// let query: Element = "<query xmlns='jabber:iq:register'><instructions>Choose.</instructions><username/><password/>\
///     </query>".parse()?;
/// let offer = Offer::parse(query.root()).unwrap();
/// let answers = [("username", "bill"), ("password", "Calliope"), ("nick", "will")];
/// let filled = offer.fill(|name| answers.iter().find(|(known, _)| *known == name).map(|(_, answer)| *answer))?;
/// assert_eq!(filled, "<query xmlns='jabber:iq:register'><username>bill</username><password>Calliope</password></query>"
///     .parse::<Element>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Who asks has an account already.
    pub registered: bool,
    /// What a person should know.
    pub instructions: Option<String>,
    /// The fixed fields: what is demanded, or on file for an account.
    pub fields: Vec<Field>,
    /// A form; it takes precedence over the fields (§6).
    pub form: Option<Form>,
    /// Where a person can register instead, or must, when nothing is to be filled in (§5).
    pub url: Option<String>,
}

/// A fixed field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// One of [`FIELDS`].
    pub name: String,
    /// What is on file. That of a password is never kept.
    pub value: Option<String>,
}

impl Offer {
    /// Demands these of [`FIELDS`].
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let fields = names.into_iter().map(|name| Field { name: name.to_owned(), value: None });
        Self { fields: fields.collect(), ..Self::default() }
    }

    /// With words for people.
    #[must_use]
    pub fn with_instructions(self, instructions: impl Into<String>) -> Self {
        Self { instructions: Some(instructions.into()), ..self }
    }

    /// Reads the payload of a result. Fields that the specification does not have are ignored.
    #[must_use]
    pub fn parse(query: ElementRef<'_>) -> Option<Self> {
        if !query.is("query", ns::REGISTER) {
            return None;
        }
        let mut offer = Self::default();
        for child in query.children() {
            match (child.name(), child.ns()) {
                ("registered", ns::REGISTER) => offer.registered = true,
                ("instructions", ns::REGISTER) => offer.instructions = Some(child.text().trim().to_owned()),
                (name, ns::REGISTER) if FIELDS.contains(&name) => {
                    let value = (name != "password").then(|| child.text().into_owned());
                    offer.fields.push(Field {
                        name: name.to_owned(),
                        value: value.filter(|value| !value.is_empty()),
                    });
                }
                ("x", ns::DATA_FORMS) => offer.form = offer.form.take().or_else(|| Form::parse(child)),
                ("x", ns::OOB) => {
                    offer.url = child.child("url", ns::OOB).map(|url| url.text().trim().to_owned());
                }
                _ => {}
            }
        }
        Some(offer)
    }

    /// The payload of a result, without the form. Characters that XML cannot carry become U+FFFD.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let mut query = Element::build("query", ns::REGISTER);
        if self.registered {
            query = query.empty("registered", ns::REGISTER);
        }
        if let Some(instructions) = &self.instructions {
            query = query.leaf("instructions", ns::REGISTER, instructions);
        }
        for field in &self.fields {
            query = query.leaf(&field.name, ns::REGISTER, field.value.as_deref().unwrap_or_default());
        }
        if let Some(url) = &self.url {
            query = query.open("x", ns::OOB).leaf("url", ns::OOB, url).close();
        }
        query.finish_lossy()
    }

    /// The payload of the request that provides what is demanded: the form if there is one, the fixed fields otherwise,
    /// never both (§6). What was not demanded is not told.
    ///
    /// # Errors
    /// More is demanded than `answer` knows, nothing can be filled in at all, or an answer has a character that XML
    /// cannot carry.
    pub fn fill<'a>(&self, answer: impl Fn(&str) -> Option<&'a str>) -> Result<Element, FillError> {
        let mut missing = Vec::new();
        let query = Element::build("query", ns::REGISTER);
        let query = if let Some(form) = &self.form {
            form.submit(query, answer, &mut missing)
        } else {
            self.fields.iter().fold(query, |query, field| {
                let known: Option<&str> = answer(&field.name);
                // The obsolete key is handed back as it came (§7).
                let known = known.or(field.value.as_deref().filter(|_| field.name == "key"));
                if known.is_none() {
                    missing.push(field.name.clone());
                }
                query.leaf(&field.name, ns::REGISTER, known.unwrap_or_default())
            })
        };
        if !missing.is_empty() || (self.form.is_none() && self.fields.is_empty()) {
            let of_form = self.form.as_ref().and_then(|form| form.instructions.clone());
            let instructions = self.instructions.clone().or(of_form);
            return Err(FillError::Demands(Demands { fields: missing, instructions, url: self.url.clone() }));
        }
        query.finish().map_err(FillError::Unsendable)
    }
}

/// What a server demands beyond what it was offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Demands {
    /// The fields, by the names under which they are given. None: nothing can be filled in here.
    pub fields: Vec<String>,
    /// What a person should know.
    pub instructions: Option<String>,
    /// Where a person can register instead.
    pub url: Option<String>,
}

impl fmt::Display for Demands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            f.write_str("accounts are made elsewhere")?;
        } else {
            write!(f, "more is demanded: {}", self.fields.join(", "))?;
        }
        if let Some(url) = &self.url {
            write!(f, ", see {url}")?;
        }
        match &self.instructions {
            Some(instructions) => write!(f, " ({instructions})"),
            None => Ok(()),
        }
    }
}

/// Why what is demanded is not filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FillError {
    /// More is demanded, or nothing can be filled in.
    Demands(Demands),
    /// An answer has a character that XML cannot carry.
    Unsendable(BuildError),
}

impl fmt::Display for FillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demands(demands) => demands.fmt(f),
            Self::Unsendable(error) => error.fmt(f),
        }
    }
}

impl error::Error for FillError {}

/// Asks which fields are demanded, or what is on file: the payload for an `<iq/>` of type get.
#[must_use]
pub fn request() -> Element {
    Element::build("query", ns::REGISTER).finish_lossy()
}

/// Changes the password of the own account (§3.3): the payload for an `<iq/>` of type set. Only for streams that are
/// protected: it holds the password.
///
/// # Errors
/// A character that XML cannot carry.
pub fn change_password(username: &str, password: &str) -> Result<Element, BuildError> {
    Element::build("query", ns::REGISTER)
        .leaf("username", ns::REGISTER, username)
        .leaf("password", ns::REGISTER, password)
        .finish()
}

/// Removes the own account (§3.2): the payload for an `<iq/>` of type set.
#[must_use]
pub fn removal() -> Element {
    Element::build("query", ns::REGISTER).empty("remove", ns::REGISTER).finish_lossy()
}

#[cfg(test)]
mod tests;
