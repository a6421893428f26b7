//! Which mechanisms come into question, and what the first message of SCRAM says of the channel (RFC 5802 §6, XEP-0440
//! §3).

use std::collections::VecDeque;

use super::{Binding, Config};
use crate::sasl::{
    AuthError, BindingType, ChannelBindings, Condition, Downgrade, Mechanism, Offer, Withheld,
};

/// What may be tried, and how.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The most wanted first.
    pub(super) candidates: VecDeque<Mechanism>,
    /// What a -PLUS binds by.
    pub(super) binding: Option<BindingType>,
    /// Mechanisms without binding say `y`: this side could bind, and was told that the server cannot.
    pub(super) could_bind: bool,
    /// The server must vouch for what it offered (XEP-0474 §7, the new rule 6).
    pub(super) must_be_confirmed: bool,
    /// The server did not say which bindings it can verify, so that ours may just be one that it cannot.
    binding_is_a_guess: bool,
}

impl Choice {
    pub(super) fn new(
        config: &Config,
        offer: &Offer,
        secure: bool,
        bindings: &ChannelBindings,
    ) -> Result<Self, AuthError> {
        let mut choice = Self::default();
        let binds =
            |mechanism: &Mechanism| mechanism.binds_channel() && config.rules.credentials.suit(*mechanism);
        let binds = config.rules.mechanisms.iter().any(binds);
        let own = config.rules.binding_types.iter().copied().filter(|&kind| bindings.get(kind).is_some());
        let own: Vec<_> = own.collect();
        if binds && config.rules.binding != Binding::Never && !own.is_empty() {
            choice.bind(config, offer, &own)?;
        }
        let mut withheld = Vec::new();
        for &mechanism in &config.rules.mechanisms {
            let offered = offer.mechanisms.iter().any(|name| Mechanism::from_name(name) == Some(mechanism));
            if !offered || !config.rules.credentials.suit(mechanism) {
                continue;
            }
            match choice.withheld(config, mechanism, secure) {
                Some(why) => withheld.push((mechanism, why)),
                None => choice.candidates.push_back(mechanism),
            }
        }
        if choice.candidates.is_empty() {
            return Err(AuthError::NoMechanism { offered: offer.mechanisms.clone(), withheld });
        }
        Ok(choice)
    }

    /// This side can bind the channel: what follows from what is offered.
    fn bind(&mut self, config: &Config, offer: &Offer, own: &[BindingType]) -> Result<(), AuthError> {
        let announced = |kind: BindingType| offer.binding_types.iter().any(|name| name == kind.name());
        match (offer.binds_channel(), offer.binding_types.is_empty()) {
            (false, true) => self.could_bind = true,
            (false, false) => return Err(AuthError::Downgrade(Downgrade::MechanismsMissing)),
            // The most wanted that this connection has.
            (true, true) => {
                self.binding = own.first().copied();
                self.binding_is_a_guess = true;
            }
            (true, false) => {
                self.binding = own.iter().copied().find(|&kind| announced(kind));
                self.must_be_confirmed = self.binding.is_none()
                    && config.rules.binding != Binding::Required
                    && !announced(BindingType::TlsServerEndPoint);
            }
        }
        Ok(())
    }

    fn withheld(&self, config: &Config, mechanism: Mechanism, secure: bool) -> Option<Withheld> {
        let in_clear = match mechanism {
            Mechanism::Plain => !secure && !config.rules.plain_without_tls,
            // RFC 7628 §5 knows no exception; a certificate is shown in a handshake only.
            Mechanism::OAuthBearer | Mechanism::External => !secure,
            _ => false,
        };
        if mechanism.binds_channel() {
            self.binding.is_none().then_some(Withheld::NoBinding)
        } else if config.rules.binding == Binding::Required && mechanism != Mechanism::External {
            Some(Withheld::NotBound)
        } else if config.rules.pinned && mechanism.is_weak() {
            Some(Withheld::Pinned)
        } else {
            // Without the server's word on the list, nothing but SCRAM can have it confirmed.
            let unconfirmed = self.must_be_confirmed && mechanism.is_weak();
            if unconfirmed { Some(Withheld::NoBinding) } else { in_clear.then_some(Withheld::InClear) }
        }
    }

    /// What is left after a refusal; `false`: nothing, it is final. `under_way`: the server has spoken the mechanism with
    /// us.
    ///
    /// - A -PLUS that is refused gives way to the same without binding only where the binding was a guess. Otherwise the
    ///   two ends of TLS are not the same, and giving way is what somebody in the middle waits for.
    /// - Once the server has spoken SCRAM it can do SCRAM, and whatever it says then, the password does not follow in
    ///   clear.
    /// - A certificate that the server does not take may still be followed by the password.
    pub(super) fn narrow(&mut self, refused: Mechanism, condition: Condition, under_way: bool) -> bool {
        let cannot = matches!(
            condition,
            Condition::InvalidMechanism | Condition::MalformedRequest | Condition::IncorrectEncoding
        );
        // What a server says to a wrong proof, it says to a wrong binding and an unknown certificate too (RFC 6120
        // §6.5.10).
        let not_authorized = condition == Condition::NotAuthorized;
        if refused.binds_channel() {
            let guessed = self.binding_is_a_guess;
            // That one hash is not offered after all says nothing of the binding.
            let only_this_hash = condition == Condition::InvalidMechanism && !under_way;
            self.candidates.retain(|left| {
                if left.binds_channel() {
                    only_this_hash || !guessed
                } else {
                    guessed && left.hash().is_some()
                }
            });
            return if guessed { cannot || not_authorized } else { cannot && !under_way };
        }
        if under_way {
            self.candidates.retain(|left| !left.is_weak());
        }
        let other_proof = refused == Mechanism::External;
        cannot || (other_proof && (not_authorized || condition == Condition::InvalidAuthzid))
    }
}
