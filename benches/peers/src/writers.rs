//! Those who make the chat message of [`build_chat`](xmpp_benches::paths::build_chat) from nothing and write it.

use std::hint::black_box;

use rxml::{Encoder, Item, Namespace, NcName};
use xmpp_benches::paths::CHAT;
use xmpp_core::xml::ns;
use xmpp_parsers::{
    chatstates::ChatState,
    jid::Jid,
    message::{Id, Lang, Message},
    receipts,
};

/// Appends the message.
pub type Write<'a> = &'a dyn Fn(&mut Vec<u8>);

/// Literals and escaped values, one after another: nothing is checked, nothing can be looked at.
pub fn by_hand(out: &mut Vec<u8>) {
    let chat = black_box(&CHAT);
    out.extend_from_slice(b"<message xmlns='jabber:client'");
    for (name, value) in [(" from='", chat.from), (" to='", chat.to), (" type='", "chat"), (" id='", chat.id)]
    {
        out.extend_from_slice(name.as_bytes());
        escape(out, value);
        out.push(b'\'');
    }
    out.extend_from_slice(b"><body>");
    escape(out, chat.body);
    out.extend_from_slice(b"</body><active xmlns='");
    escape(out, chat.state);
    out.extend_from_slice(b"'/><request xmlns='");
    escape(out, chat.receipts);
    out.extend_from_slice(b"'/></message>");
}

fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, b'&' | b'<' | b'>' | b'\'' | b'"')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            _ => b"&apos;",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Events to quick-xml's writer.
pub fn quick_xml(out: &mut Vec<u8>) {
    let chat = black_box(&CHAT);
    quick_xml::Writer::new(out)
        .create_element("message")
        .with_attributes([
            ("xmlns", ns::CLIENT),
            ("from", chat.from),
            ("to", chat.to),
            ("type", "chat"),
            ("id", chat.id),
        ])
        .write_inner_content(|writer| {
            let body = quick_xml::events::BytesText::new(chat.body);
            writer.create_element("body").write_text_content(body)?;
            writer.create_element("active").with_attribute(("xmlns", chat.state)).write_empty()?;
            writer.create_element("request").with_attribute(("xmlns", chat.receipts)).write_empty()?;
            Ok(())
        })
        .unwrap();
}

/// Names that rxml has checked before.
pub struct Rxml(Names);

/// As strings that are known to be names.
struct Names {
    message: NcName,
    from: NcName,
    to: NcName,
    kind: NcName,
    id: NcName,
    body: NcName,
    active: NcName,
    request: NcName,
}

impl Rxml {
    /// Checks them.
    pub fn new() -> Self {
        let name = |name: &str| NcName::try_from(name).unwrap();
        Self(Names {
            message: name("message"),
            from: name("from"),
            to: name("to"),
            kind: name("type"),
            id: name("id"),
            body: name("body"),
            active: name("active"),
            request: name("request"),
        })
    }

    /// Events to rxml's encoder.
    pub fn write(&self, out: &mut Vec<u8>) {
        let chat = black_box(&CHAT);
        let Names { message, from, to, kind, id, body, active, request } = &self.0;
        let mut encoder = Encoder::new();
        let mut put = |item: Item<'_>| encoder.encode(item, out).unwrap();
        put(Item::ElementHeadStart(Namespace::from_str(ns::CLIENT), message));
        for (name, value) in [(from, chat.from), (to, chat.to), (kind, "chat"), (id, chat.id)] {
            put(Item::Attribute(Namespace::none().clone(), name, value));
        }
        put(Item::ElementHeadEnd);
        put(Item::ElementHeadStart(Namespace::from_str(ns::CLIENT), body));
        put(Item::ElementHeadEnd);
        put(Item::Text(chat.body));
        put(Item::ElementFoot);
        for (name, namespace) in [(active, chat.state), (request, chat.receipts)] {
            put(Item::ElementHeadStart(Namespace::from_str(namespace), name));
            put(Item::ElementFoot);
        }
        put(Item::ElementFoot);
    }
}

impl Default for Rxml {
    fn default() -> Self {
        Self::new()
    }
}

/// A tree of minidom.
pub fn minidom(out: &mut Vec<u8>) {
    let chat = black_box(&CHAT);
    let name = |name: &str| NcName::try_from(name).unwrap();
    let message = minidom::Element::builder("message", ns::CLIENT)
        .attr(name("from"), chat.from)
        .attr(name("to"), chat.to)
        .attr(name("type"), "chat")
        .attr(name("id"), chat.id)
        .append(minidom::Element::builder("body", ns::CLIENT).append(chat.body).build())
        .append(minidom::Element::bare("active", chat.state))
        .append(minidom::Element::bare("request", chat.receipts))
        .build();
    message.write_to(out).unwrap();
}

/// A typed message of xmpp-rs; its addresses are known before, as a session knows them.
pub struct Xso {
    from: Jid,
    to: Jid,
}

impl Xso {
    /// Checks the addresses.
    pub fn new() -> Self {
        Self { from: Jid::new(CHAT.from).unwrap(), to: Jid::new(CHAT.to).unwrap() }
    }

    /// Makes the message and appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let chat = black_box(&CHAT);
        let mut message = Message::chat(self.to.clone())
            .with_body(Lang::new(), chat.body.to_owned())
            .with_payload(ChatState::Active)
            .with_payload(receipts::Request);
        message.from = Some(self.from.clone());
        message.id = Some(Id(chat.id.to_owned()));
        out.extend_from_slice(&xso::to_vec(&message).unwrap());
    }
}

impl Default for Xso {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use xmpp_benches::paths;
    use xmpp_core::xml::{Context, Element};

    use super::*;

    /// All write the same message.
    #[test]
    fn same_work() {
        let mut out = Vec::new();
        paths::build_chat(&Context::none(), &mut out);
        let ours = Element::parse(&out).unwrap();
        let (rxml, xso) = (Rxml::new(), Xso::new());
        let peers: [Write<'_>; 5] =
            [&by_hand, &quick_xml, &|out| rxml.write(out), &minidom, &|out| xso.write(out)];
        for (i, write) in peers.iter().enumerate() {
            out.clear();
            write(&mut out);
            assert_eq!(Element::parse(&out).unwrap(), ours, "{i}");
        }
    }
}
