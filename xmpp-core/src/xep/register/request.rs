//! What an entity asks of a server or service.

use std::fmt;

use zeroize::Zeroizing;

use super::FIELDS;
use crate::{
    stanza::StanzaCondition,
    xml::{ElementRef, ns},
};

/// A request of type set, as a server or service reads it.
///
/// ```
/// use xmpp_core::xep::register::{self, Request};
///
/// assert!(matches!(Request::parse(register::removal().root()), Ok(Request::Remove)));
/// let change = register::change_password("bill", "newpass")?;
/// let Ok(Request::Submit(submission)) = Request::parse(change.root()) else { panic!() };
/// assert_eq!(submission.get("username"), Some("bill"));
/// assert!(!format!("{submission:?}").contains("newpass"));
/// # Ok::<(), xmpp_core::xml::BuildError>(())
/// ```
#[derive(Debug)]
pub enum Request {
    /// Registers, or changes what is on file.
    Submit(Submission),
    /// Cancels the registration (§3.2).
    Remove,
}

impl Request {
    /// Reads the payload of a request. Forms are not read: who offers none need not understand them (§6).
    ///
    /// # Errors
    /// `bad-request`: it is no query, or `<remove/>` does not stand alone (§3.2).
    pub fn parse(query: ElementRef<'_>) -> Result<Self, StanzaCondition> {
        if !query.is("query", ns::REGISTER) {
            return Err(StanzaCondition::BadRequest);
        }
        if query.child("remove", ns::REGISTER).is_some() {
            return if query.children().count() == 1 {
                Ok(Self::Remove)
            } else {
                Err(StanzaCondition::BadRequest)
            };
        }
        let fields =
            query.children().filter(|child| child.ns() == ns::REGISTER && FIELDS.contains(&child.name()));
        let fields = fields.map(|field| (field.name().to_owned(), Zeroizing::new(field.text().into_owned())));
        Ok(Self::Submit(Submission { fields: fields.collect() }))
    }
}

/// The fixed fields of a request. `Debug` shows their names only, and they are wiped on drop.
pub struct Submission {
    fields: Vec<(String, Zeroizing<String>)>,
}

impl Submission {
    /// What stands in a field; `None` as well when nothing does (§3.1, note 7).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}
