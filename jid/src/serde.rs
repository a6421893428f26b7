//! Addresses as strings; what is read is checked and brought into canonical form.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{BareJid, DomainPart, FullJid, Jid, JidRef, LocalPart, ResourcePart};

macro_rules! as_string {
    ($($kind:ident: $expected:literal),*) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Address;

                impl Visitor<'_> for Address {
                    type Value = $kind;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: Error>(self, address: &str) -> Result<$kind, E> {
                        $kind::new(address).map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Address)
            }
        }
    )*};
}

as_string!(
    Jid: "an XMPP address",
    BareJid: "a bare XMPP address",
    FullJid: "a full XMPP address",
    LocalPart: "the localpart of an XMPP address",
    DomainPart: "the domainpart of an XMPP address",
    ResourcePart: "the resourcepart of an XMPP address"
);

impl Serialize for JidRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use core::fmt;

    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    use crate::{BareJid, FullJid, Jid, LocalPart, ResourcePart};

    /// Serializes into the formatter that prints it.
    struct Shown<T>(T);

    impl<T: serde::Serialize> fmt::Display for Shown<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.serialize(f)
        }
    }

    fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
        let deserializer: StrDeserializer<'a, Error> = text.into_deserializer();
        T::deserialize(deserializer)
    }

    /// JID-15: serde sees the canonical string, and what it reads passes the rules of the kind.
    #[test]
    fn strings_both_ways() {
        let jid: Jid = read("Juliet@Example.com/Balcony").expect("an address");
        assert_eq!(Shown(&jid).to_string(), "juliet@example.com/Balcony");
        assert_eq!(Shown(jid.bare()).to_string(), "juliet@example.com");
        assert_eq!(read::<FullJid>("juliet@example.com/b").expect("a full one"), "juliet@example.com/b");
        assert!(read::<BareJid>("juliet@example.com/b").is_err());
        assert!(read::<FullJid>("juliet@example.com").is_err());
        let nick: ResourcePart = read("e\u{301}").expect("a resource");
        assert_eq!(Shown(&nick).to_string(), "\u{E9}");
        assert!(read::<LocalPart>("a b").is_err());
        let error = read::<Jid>("@example.com").expect_err("no localpart");
        assert_eq!(error.to_string(), "localpart: it is empty (byte 0)");
    }
}
