//! The namespaces that this project reads and writes, under the names that their specifications give them.

macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident = $uri:literal;)*) => { $($(#[$doc])* pub const $name: &str = $uri;)* };
}

namespaces! {
    /// What the prefix `xml` always means (Namespaces in XML 1.0 §3).
    XML = "http://www.w3.org/XML/1998/namespace";
    /// What the prefix `xmlns` always means (Namespaces in XML 1.0 §3).
    XMLNS = "http://www.w3.org/2000/xmlns/";

    /// The stream itself: `stream`, `features`, `error` (RFC 6120 §4.8.1).
    STREAMS = "http://etherx.jabber.org/streams";
    /// Content between client and server (RFC 6120 §4.8.2).
    CLIENT = "jabber:client";
    /// Content between servers (RFC 6120 §4.8.2).
    SERVER = "jabber:server";
    /// Server dialback (XEP-0220).
    DIALBACK = "jabber:server:dialback";
    /// Content between a component and its server (XEP-0114).
    COMPONENT_ACCEPT = "jabber:component:accept";
    /// Opening and closing over WebSocket (RFC 7395 §3.3.2).
    FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
    /// STARTTLS (RFC 6120 §5).
    TLS = "urn:ietf:params:xml:ns:xmpp-tls";
    /// SASL (RFC 6120 §6).
    SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
    /// Extensible SASL profile (XEP-0388).
    SASL2 = "urn:xmpp:sasl:2";
    /// SASL channel-binding types (XEP-0440).
    SASL_CB = "urn:xmpp:sasl-cb:0";
    /// Resource binding (RFC 6120 §7).
    BIND = "urn:ietf:params:xml:ns:xmpp-bind";
    /// Session establishment, obsolete and still offered (RFC 3921 §3).
    SESSION = "urn:ietf:params:xml:ns:xmpp-session";
    /// Conditions of stanza errors (RFC 6120 §8.3).
    STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
    /// Conditions of stream errors (RFC 6120 §4.9).
    STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";
    /// Stream management (XEP-0198).
    STREAM_MANAGEMENT = "urn:xmpp:sm:3";
    /// Client state indication (XEP-0352).
    CLIENT_STATE = "urn:xmpp:csi:0";
    /// Stream feature of compression (XEP-0138).
    COMPRESS_FEATURE = "http://jabber.org/features/compress";
    /// Stream feature of non-SASL authentication (XEP-0078).
    AUTH_FEATURE = "http://jabber.org/features/iq-auth";
    /// Stream feature of in-band registration (XEP-0077).
    REGISTER_FEATURE = "http://jabber.org/features/iq-register";
    /// Roster versioning feature (RFC 6121 §2.6).
    ROSTER_VERSIONING = "urn:xmpp:features:rosterver";
    /// Subscription pre-approval feature (RFC 6121 §3.4).
    PRE_APPROVAL = "urn:xmpp:features:pre-approval";

    /// The BOSH body (XEP-0124).
    HTTP_BIND = "http://jabber.org/protocol/httpbind";
    /// The XMPP profile of BOSH (XEP-0206).
    XBOSH = "urn:xmpp:xbosh";
    /// Discovery of connection methods in host-meta (XEP-0156).
    XRD = "http://docs.oasis-open.org/ns/xri/xrd-1.0";

    /// The roster (RFC 6121 §2).
    ROSTER = "jabber:iq:roster";
    /// Information about an entity (XEP-0030).
    DISCO_INFO = "http://jabber.org/protocol/disco#info";
    /// Items of an entity (XEP-0030).
    DISCO_ITEMS = "http://jabber.org/protocol/disco#items";
    /// Ping (XEP-0199).
    PING = "urn:xmpp:ping";
    /// Software version (XEP-0092).
    VERSION = "jabber:iq:version";
    /// Last activity (XEP-0012).
    LAST = "jabber:iq:last";
    /// Entity time (XEP-0202).
    TIME = "urn:xmpp:time";
    /// Delayed delivery (XEP-0203).
    DELAY = "urn:xmpp:delay";
    /// Entity capabilities (XEP-0115).
    CAPS = "http://jabber.org/protocol/caps";
    /// In-band registration (XEP-0077).
    REGISTER = "jabber:iq:register";
    /// Non-SASL authentication, obsolete (XEP-0078).
    AUTH = "jabber:iq:auth";
    /// Private XML storage (XEP-0049).
    PRIVATE = "jabber:iq:private";
    /// Privacy lists (XEP-0016).
    PRIVACY = "jabber:iq:privacy";
    /// Blocking (XEP-0191).
    BLOCKING = "urn:xmpp:blocking";
    /// vcard-temp (XEP-0054).
    VCARD = "vcard-temp";
    /// Data forms (XEP-0004).
    DATA_FORMS = "jabber:x:data";
    /// Out-of-band data in messages (XEP-0066).
    OOB = "jabber:x:oob";
    /// Result set management (XEP-0059).
    RSM = "http://jabber.org/protocol/rsm";
    /// Chat states (XEP-0085).
    CHAT_STATES = "http://jabber.org/protocol/chatstates";
    /// Message delivery receipts (XEP-0184).
    RECEIPTS = "urn:xmpp:receipts";
    /// Message carbons (XEP-0280).
    CARBONS = "urn:xmpp:carbons:2";
    /// Stanza forwarding (XEP-0297).
    FORWARD = "urn:xmpp:forward:0";
    /// Unique stanza ids (XEP-0359).
    STANZA_ID = "urn:xmpp:sid:0";
    /// Multi-user chat (XEP-0045).
    MUC = "http://jabber.org/protocol/muc";
    /// Publish and subscribe (XEP-0060).
    PUBSUB = "http://jabber.org/protocol/pubsub";
    /// Errors of publish and subscribe (XEP-0060).
    PUBSUB_ERRORS = "http://jabber.org/protocol/pubsub#errors";
    /// Notifications of publish and subscribe (XEP-0060).
    PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";
    /// What the owner of a node says (XEP-0060).
    PUBSUB_OWNER = "http://jabber.org/protocol/pubsub#owner";
    /// Ad-hoc commands (XEP-0050).
    COMMANDS = "http://jabber.org/protocol/commands";
    /// HTTP over XMPP (XEP-0332).
    HTTP = "urn:xmpp:http";

    /// Discovery feature of SOAP over XMPP (XEP-0072).
    SOAP_FEATURE = "http://jabber.org/protocol/soap";
    /// Application-specific error conditions of SOAP over XMPP (XEP-0072).
    SOAP_FAULT = "http://jabber.org/protocol/soap#fault";
    /// SOAP 1.1 envelopes.
    SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/";
    /// SOAP 1.1 encoding rules.
    SOAP_11_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/";
    /// SOAP 1.2 envelopes.
    SOAP_12 = "http://www.w3.org/2003/05/soap-envelope";
    /// SOAP 1.2 encoding rules.
    SOAP_12_ENCODING = "http://www.w3.org/2003/05/soap-encoding";
    /// XML Schema.
    XSD = "http://www.w3.org/2001/XMLSchema";
    /// XML Schema attributes in instances, such as `xsi:type`.
    XSI = "http://www.w3.org/2001/XMLSchema-instance";

    /// Data from sensors (XEP-0323).
    IOT_SENSOR_DATA = "urn:xmpp:iot:sensordata";
    /// Settings of actuators (XEP-0325).
    IOT_CONTROL = "urn:xmpp:iot:control";
    /// Concentrators of things (XEP-0326).
    IOT_CONCENTRATORS = "urn:xmpp:iot:concentrators";
    /// Provisioning of things (XEP-0324).
    IOT_PROVISIONING = "urn:xmpp:iot:provisioning";
}
