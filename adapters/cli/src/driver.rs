//! What a driver for requests to things tells of one request: a row of five columns.

use std::{fmt, time::Duration};

use xmpp_core::{
    RequestError,
    stanza::{StanzaCondition, StanzaError},
    xep::iot_control::Refusal,
    xml::{Element, ns},
};

/// The outcome of one request.
///
/// | column | result | error | no answer |
/// |---|---|---|---|
/// | Successful | true | false | false |
/// | Response Time (ms) | until the answer | until the answer | until it was given up |
/// | Reply Code | 200 | the error's code, as XEP-0086 has it | NULL |
/// | Reply | the answer as XML, or what was read | the answer as XML | NULL |
/// | Error | NULL | condition and text | why there is no answer |
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) response_time: Duration,
    pub(crate) reply_code: Option<u16>,
    pub(crate) reply: Option<String>,
    pub(crate) error: Option<String>,
}

impl Row {
    /// The code of a result. Errors have the codes that they had before XMPP had conditions, which are those of HTTP.
    pub(crate) const DONE: u16 = 200;

    /// From how a request ended, and how long that took.
    pub(crate) fn of(outcome: &Result<Element, RequestError>, response_time: Duration) -> Self {
        let (reply_code, reply, error) = match outcome {
            Ok(result) => (Some(Self::DONE), Some(result.to_xml()), None),
            Err(RequestError::Refused { error, response }) => {
                let told = response.child("error", ns::CLIENT).and_then(|error| error.attr("code"));
                let code = told.and_then(|code| code.parse().ok()).unwrap_or_else(|| code(error.condition));
                (Some(code), Some(response.to_xml()), Some(text(error)))
            }
            Err(error @ RequestError::Malformed(response)) => {
                (None, Some(response.to_xml()), Some(error.to_string()))
            }
            Err(error) => (None, None, Some(error.to_string())),
        };
        Self { response_time, reply_code, reply, error }
    }

    /// When no request could be made, or the stream was lost over it.
    pub(crate) fn failed(why: String, response_time: Duration) -> Self {
        Self { response_time, reply_code: None, reply: None, error: Some(why) }
    }

    /// When only the error of the answer is left of it.
    pub(crate) fn refused(error: &StanzaError, response_time: Duration) -> Self {
        let reply = error.to_element().to_xml();
        Self {
            response_time,
            reply_code: Some(code(error.condition)),
            reply: Some(reply),
            error: Some(text(error)),
        }
    }

    /// Whether the request was carried out.
    pub(crate) fn successful(&self) -> bool {
        self.error.is_none()
    }

    /// The columns by their names.
    pub(crate) fn columns(&self) -> [(&'static str, String); 5] {
        fn or_null(value: Option<&impl fmt::Display>) -> String {
            value.map_or_else(|| "NULL".to_owned(), ToString::to_string)
        }
        [
            ("Successful", self.successful().to_string()),
            ("Response Time (ms)", self.response_time.as_millis().to_string()),
            ("Reply Code", or_null(self.reply_code.as_ref())),
            ("Reply", or_null(self.reply.as_ref())),
            ("Error", or_null(self.error.as_ref())),
        ]
    }
}

fn text(error: &StanzaError) -> String {
    let refusal = Refusal::of(error);
    if refusal.parameter.is_some() { refusal.to_string() } else { error.to_string() }
}

/// The code of a condition (XEP-0086 §3), and for conditions that are younger than that one of their kind.
fn code(condition: StanzaCondition) -> u16 {
    use StanzaCondition as C;
    match condition {
        C::BadRequest | C::JidMalformed | C::UnexpectedRequest => 400,
        C::NotAuthorized => 401,
        C::PaymentRequired => 402,
        C::Forbidden => 403,
        C::ItemNotFound | C::RecipientUnavailable | C::RemoteServerNotFound => 404,
        C::NotAllowed => 405,
        C::NotAcceptable | C::PolicyViolation => 406,
        C::RegistrationRequired | C::SubscriptionRequired => 407,
        C::Conflict => 409,
        C::Gone | C::Redirect => 302,
        C::InternalServerError | C::ResourceConstraint | C::UndefinedCondition => 500,
        C::FeatureNotImplemented => 501,
        C::ServiceUnavailable => 503,
        C::RemoteServerTimeout => 504,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_micros(12_900);

    fn refused(error: &str) -> Row {
        let xml = format!("<iq xmlns='jabber:client' type='error' id='1' from='d@e/ilon'>{error}</iq>");
        let response: Element = xml.parse().unwrap();
        let error = StanzaError::of_stanza(response.root()).unwrap();
        Row::of(&Err(RequestError::Refused { error, response }), TOOK)
    }

    #[test]
    fn a_result_is_a_success() {
        let result: Element = "<iq xmlns='jabber:client' type='result' id='1' from='d@e/ilon'>\
            <setResponse xmlns='urn:xmpp:iot:control'/></iq>"
            .parse()
            .unwrap();
        let columns = Row::of(&Ok(result), TOOK).columns();
        assert_eq!(
            columns.each_ref().map(|(name, _)| *name),
            ["Successful", "Response Time (ms)", "Reply Code", "Reply", "Error"]
        );
        let [successful, time, code, reply, error] = columns.map(|(_, value)| value);
        assert_eq!((&*successful, &*time, &*code, &*error), ("true", "12", "200", "NULL"));
        assert!(reply.contains("<setResponse xmlns='urn:xmpp:iot:control'/>"), "{reply}");
    }

    /// IOT-11: the parameter that is to blame is named.
    #[test]
    fn a_blamed_parameter_is_named() {
        let row = refused(
            "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <paramError xmlns='urn:xmpp:iot:control' var='Level'>Too high</paramError></error>",
        );
        assert!(!row.successful());
        assert_eq!(row.reply_code, Some(400));
        assert_eq!(row.error.as_deref(), Some(r#"bad-request, parameter "Level": Too high"#));
        assert!(row.reply.unwrap().contains("paramError"));
    }

    #[test]
    fn the_code_that_the_peer_wrote_counts_more_than_ours() {
        let error = |code: &str| {
            refused(&format!(
                "<error type='cancel' {code}><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
            ))
        };
        assert_eq!(error("").reply_code, Some(503));
        assert_eq!(error("code='502'").reply_code, Some(502));
        assert_eq!(error("code='much'").reply_code, Some(503));
    }

    #[test]
    fn no_answer_has_no_code() {
        for (error, text) in [
            (RequestError::Timeout, "no response came in time"),
            (RequestError::Disconnected, "the stream ended before the response came"),
        ] {
            let [successful, time, code, reply, error] = Row::of(&Err(error), TOOK).columns().map(|(_, v)| v);
            assert_eq!((&*successful, &*time, &*code, &*reply), ("false", "12", "NULL", "NULL"));
            assert_eq!(error, text);
        }
    }
}
