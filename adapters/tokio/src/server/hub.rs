//! All streams of a server: who is there, and what becomes of a stanza.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use xmpp_core::{
    jid::{BareJid, FullJid},
    sasl::scram::StoredCredentials,
    stream::BindOutcome,
    xml::Element,
};

use super::{ServeConfig, ServeError, stream::Mailbox};

pub(super) const ITERATIONS: u32 = 4096;

pub(super) struct Hub {
    domain: String,
    accounts: HashMap<String, StoredCredentials>,
    streams: Mutex<HashMap<FullJid, Mailbox>>,
}

impl Hub {
    pub(super) async fn new(config: &ServeConfig) -> Result<Self, ServeError> {
        let mut accounts = HashMap::new();
        for (u, p) in &config.accounts {
            let j = BareJid::from_parts(Some(u), &config.domain).map_err(|e| ServeError::Account(e.to_string()))?;
            accounts.insert(j.to_string(), StoredCredentials::derive(p, b"0123456789abcdef", ITERATIONS).unwrap());
        }
        Ok(Self { domain: config.domain.clone(), accounts, streams: Mutex::default() })
    }
    pub(super) fn domain(&self) -> &str {
        &self.domain
    }
    pub(super) fn credentials(&self, user: &str) -> Option<StoredCredentials> {
        let j = BareJid::from_parts(Some(user), &self.domain).ok()?;
        self.accounts.get(&j.to_string()).cloned()
    }
    pub(super) fn bind(&self, account: &BareJid, resource: Option<&str>, mailbox: &Mailbox) -> BindOutcome {
        let jid = account.with_resource(resource.unwrap_or("x")).unwrap();
        self.streams().insert(jid.clone(), mailbox.clone());
        Ok(jid)
    }
    pub(super) fn stanza(&self, _from: &FullJid, stanza: Element) {
        let to = stanza.attr("to").map(|t| t.into_owned());
        if let Some(m) = to.and_then(|t| FullJid::new(&t).ok()).and_then(|t| self.streams().get(&t).cloned()) {
            m.put(stanza);
        }
    }
    pub(super) fn leave(&self, jid: &FullJid) {
        self.streams().remove(jid);
    }
    fn streams(&self) -> MutexGuard<'_, HashMap<FullJid, Mailbox>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
