use super::*;
use crate::stanza::StanzaCondition;

fn offer(content: &str) -> Offer {
    let query: Element = format!("<query xmlns='jabber:iq:register'>{content}</query>").parse().unwrap();
    Offer::parse(query.root()).unwrap()
}

fn answers(name: &str) -> Option<&'static str> {
    match name {
        "username" => Some("bill"),
        "password" => Some("Calliope"),
        "email" => Some("bard@shakespeare.lit"),
        _ => None,
    }
}

const FORM: &str = "<x xmlns='jabber:x:data' type='form'><title>t</title><instructions> Fill in. </instructions>\
    <field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>\
    <field type='fixed'><value>Hello</value></field>\
    <field type='text-single' var='username' label='User'><required/></field>\
    <field type='text-private' var='password'><required/></field>\
    <field var='email'/><field var='nick'/></x>";

/// XEP-0077 §3.1: fields, instructions, what is on file; a password on file is not kept.
#[test]
fn offers_are_read() {
    let read = offer(
        "<registered/><instructions>\n Please. \n</instructions><username>juliet</username><password>R0m30</password>\
         <email/><x-odd/><x xmlns='jabber:x:oob'><url> http://example.org/ </url></x>",
    );
    assert!(read.registered && read.form.is_none());
    assert_eq!(read.instructions.as_deref(), Some("Please."));
    assert_eq!(read.url.as_deref(), Some("http://example.org/"));
    let fields: Vec<_> = read.fields.iter().map(|field| (&*field.name, field.value.as_deref())).collect();
    assert_eq!(fields, [("username", Some("juliet")), ("password", None), ("email", None)]);
    assert_eq!(Offer::parse(read.to_element().root()), Some(read));
    let other: Element = "<query xmlns='jabber:iq:auth'/>".parse().unwrap();
    assert_eq!(Offer::parse(other.root()), None);
}

/// XEP-0077 §3.1: all that is demanded is provided and nothing else.
#[test]
fn fixed_fields_are_filled_in() {
    let filled = offer("<instructions>x</instructions><username/><password/>").fill(answers).unwrap();
    assert_eq!(
        filled.to_xml(),
        "<query xmlns='jabber:iq:register'><username>bill</username><password>Calliope</password></query>"
    );
    let keyed = offer("<username/><password/><key>106c</key>").fill(answers).unwrap();
    assert_eq!(keyed.child("key", ns::REGISTER).unwrap().text(), "106c", "§7");
}

/// XEP-0077 §6: a form comes first, is never submitted with the fields, and its hidden fields come back.
#[test]
fn form_takes_precedence() {
    let filled = offer(&format!("{FORM}<username/><password/><phone/>")).fill(answers).unwrap();
    assert_eq!(filled.children().count(), 1);
    let expected: Element = "<x xmlns='jabber:x:data' type='submit'>\
        <field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>\
        <field type='text-single' var='username'><value>bill</value></field>\
        <field type='text-private' var='password'><value>Calliope</value></field>\
        <field type='text-single' var='email'><value>bard@shakespeare.lit</value></field></x>"
        .parse()
        .unwrap();
    assert_eq!(filled.first_child().unwrap(), expected.root());
}

/// XEP-0077 §6: what is no form to fill in is as good as none.
#[test]
fn other_forms_are_ignored() {
    for x in [
        "<x xmlns='jabber:x:data' type='result'><field var='username'/></x>",
        "<x xmlns='jabber:x:data'><field var='username'/></x>",
        "<x xmlns='jabber:x:data' type='form'/>",
        "<x xmlns='jabber:x:data' type='form'><field var='a' type='hidden'><value>1</value></field><field/></x>",
    ] {
        let offer = offer(&format!("{x}<username/><password/>"));
        assert_eq!(offer.form, None, "{x}");
        assert!(offer.fill(answers).unwrap().child("username", ns::REGISTER).is_some(), "{x}");
    }
}

/// What is missing is named, with all that a person needs.
#[test]
fn demands_are_named() {
    let Err(FillError::Demands(more)) = offer("<username/><password/><phone/><zip/>").fill(answers) else {
        panic!()
    };
    assert_eq!(more.fields, ["phone", "zip"]);
    let form = FORM.replace(
        "</x>",
        "<field var='ocr'><required/></field><field var='sex'><required/><value>f</value></field></x>",
    );
    let Err(FillError::Demands(more)) = offer(&form).fill(answers) else { panic!() };
    assert_eq!((more.fields, more.instructions.as_deref()), (vec!["ocr".to_owned()], Some("Fill in.")));
}

/// XEP-0077 §5: redirection.
#[test]
fn redirection() {
    let elsewhere =
        "<instructions>Go there.</instructions><x xmlns='jabber:x:oob'><url>http://a.example/</url></x>";
    let Err(FillError::Demands(more)) = offer(elsewhere).fill(answers) else { panic!() };
    assert!(more.fields.is_empty());
    assert_eq!(more.to_string(), "accounts are made elsewhere, see http://a.example/ (Go there.)");
}

/// A password is never changed in silence to what XML can carry.
#[test]
fn unsendable_answers() {
    let bell = |name: &str| (name != "nick").then_some("\u{7}");
    for content in ["<username/><password/>", FORM] {
        assert!(matches!(offer(content).fill(bell), Err(FillError::Unsendable(_))), "{content}");
    }
    assert!(change_password("juliet", "\u{7}").is_err());
}

/// XEP-0077 §3.2: `<remove/>` stands alone; what is empty was not provided (§3.1, note 7).
#[test]
fn requests_are_read() {
    let parse = |content: &str| {
        let query: Element = format!("<query xmlns='jabber:iq:register'>{content}</query>").parse().unwrap();
        Request::parse(query.root())
    };
    assert!(matches!(parse("<remove/>"), Ok(Request::Remove)));
    assert!(matches!(parse("<remove/><username>a</username>"), Err(StanzaCondition::BadRequest)));
    let Ok(Request::Submit(submission)) = parse("<username>a</username><password/><odd>x</odd>") else {
        panic!()
    };
    assert_eq!(["username", "password", "odd"].map(|name| submission.get(name)), [Some("a"), None, None]);
    assert!(matches!(Request::parse(crate::xep::ping::request().root()), Err(StanzaCondition::BadRequest)));
}

/// SASL-20: what is private shows in no `Debug`.
#[test]
fn secrets_are_not_shown() {
    let required = "var='password'><required/>";
    let form = offer(&FORM.replace(required, &format!("{required}<value>s3cret</value>")));
    let filled = form.fill(|name| (name != "password").then_some("bill")).unwrap();
    assert!(filled.to_xml().contains("s3cret"));
    let fixed = offer("<password>s3cret</password>");
    let change = change_password("bill", "s3cret").unwrap();
    let request = Request::parse(change.root()).unwrap();
    let shown = format!("{form:?} {filled:?} {fixed:?} {change:?} {request:?}");
    assert!(shown.contains("bill") && !shown.contains("s3cret"), "{shown}");
}
