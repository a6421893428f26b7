//! Control of actuators (XEP-0325).
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use xmpp_core::stanza::{ErrorType, Iq, StanzaCondition, StanzaError, iq};
use xmpp_core::xep::iot_control::{
    Color, Node, Parameter, Refusal, Set, SetResponse, Spelling, TextProblem, Value, done, parse_settings,
};
use xmpp_core::xml::{Element, ns};

fn set(content: &str) -> Result<Set, Refusal> {
    let payload: Element = format!("<set xmlns='urn:xmpp:iot:control'>{content}</set>").parse().unwrap();
    Set::parse(payload.root())
}

/// IOT-09: both spellings of a boolean are understood, one is sent.
#[test]
fn both_spellings_of_boolean() {
    let expected = Set::new([Parameter::new("Output", Value::Boolean(true))]);
    assert_eq!(set("<boolean name='Output' value='true'/>").unwrap(), expected);
    assert_eq!(set("<bool name='Output' value='1'/>").unwrap(), expected);
    for (spelling, name) in [(Spelling::Spec, "boolean"), (Spelling::Smack, "bool")] {
        let payload = expected.to_element(spelling).unwrap();
        assert!(payload.first_child().unwrap().is(name, ns::IOT_CONTROL));
    }
}

/// IOT-10, IOT-13: every type and the order survive the wire in both spellings, nodes too.
#[test]
fn every_type_survives_the_wire() {
    let mut all = Set::new([
        Parameter::new("z", Value::Boolean(false)),
        Parameter::new("a", Value::Int(i32::MIN)),
        Parameter::new("b", Value::Long(i64::MAX)),
        Parameter::new("c", Value::Double(1e300)),
        Parameter::new("c", Value::Double(f64::NEG_INFINITY)),
        Parameter::new("d", Value::String(" \u{b0}C <&>'\"\n ".into())),
        Parameter::new("e", Value::Color(Color { red: 1, green: 2, blue: 3, alpha: Some(4) })),
        Parameter::new("f", Value::Date("2013-05-01".into())),
        Parameter::new("g", Value::DateTime("2013-04-02T08:00:00".into())),
        Parameter::new("h", Value::Duration("PT3M30S".into())),
        Parameter::new("i", Value::Time("08:00:00".into())),
    ]);
    all.nodes =
        vec![Node::new("n1"), Node { id: "n2".into(), source: Some("s".into()), cache: Some("c".into()) }];
    for spelling in [Spelling::Spec, Spelling::Smack] {
        let payload: Element = all.to_element(spelling).unwrap().to_xml().parse().unwrap();
        assert_eq!(Set::parse(payload.root()).unwrap(), all);
    }
    assert!(Set::new([Parameter::new("\u{0}", Value::Int(1))]).to_element(Spelling::Spec).is_err());
}

/// IOT-10, IOT-11: one wrong parameter refuses everything, and is named.
#[test]
fn wrong_parameter_is_named() {
    for (content, condition, parameter) in [
        ("<int name='a' value='1'/><int name='L' value='x'/>", StanzaCondition::BadRequest, Some("L")),
        ("<int name='L' value='2147483648'/>", StanzaCondition::BadRequest, Some("L")),
        ("<boolean name='L' value='yes'/>", StanzaCondition::BadRequest, Some("L")),
        ("<int name='L'/>", StanzaCondition::BadRequest, Some("L")),
        ("<float name='L' value='1'/>", StanzaCondition::BadRequest, Some("L")),
        ("<date name='L' value='2013-02-30'/>", StanzaCondition::BadRequest, Some("L")),
        ("<int value='1'/>", StanzaCondition::BadRequest, None),
        ("<node/>", StanzaCondition::BadRequest, None),
        ("<x xmlns='jabber:x:data' type='submit'/>", StanzaCondition::FeatureNotImplemented, None),
    ] {
        let refusal = set(content).unwrap_err();
        assert_eq!((refusal.condition, refusal.parameter.as_deref()), (condition, parameter), "{content}");
    }
    assert_eq!(set("<odd xmlns='urn:odd'/>").unwrap(), Set::default(), "foreign content is ignored");
}

/// IOT-11, IOT-14: a refusal survives the wire, with `<paramError/>` inside of `<error/>`.
#[test]
fn refusal_survives_the_wire() {
    let request = iq::set(
        None,
        &Set::new([Parameter::new("Level", Value::Int(1))]).to_element(Spelling::Spec).unwrap(),
    )
    .with_attrs(&[("id", Some("1"))])
    .unwrap();
    for refusal in [
        Refusal::new(StanzaCondition::BadRequest, "Invalid parameter type.").with_parameter("Level"),
        Refusal::new(StanzaCondition::Forbidden, "Access denied."),
        Refusal::new(StanzaCondition::ItemNotFound, ""),
    ] {
        let answer = iq::error(&request, &refusal.to_error());
        let answer: Element = answer.to_xml().parse().unwrap();
        let error = StanzaError::of_stanza(answer.root()).unwrap();
        assert_eq!(Refusal::of(&error), refusal);
    }
    let blamed = Refusal::new(StanzaCondition::BadRequest, "x").with_parameter("Level").to_error();
    assert_eq!(blamed.kind, ErrorType::Modify);
    assert!(blamed.application.unwrap().is("paramError", ns::IOT_CONTROL));
}

/// IOT-09: the answer may name what was set.
#[test]
fn response_survives_the_wire() {
    assert_eq!(SetResponse::parse(done().root()), Some(SetResponse::default()));
    let some = SetResponse { nodes: vec![Node::new("n")], parameters: vec!["a".into(), "b".into()] };
    assert_eq!(SetResponse::parse(some.to_element().unwrap().root()), Some(some));
    let other: Element = "<set xmlns='urn:xmpp:iot:control'/>".parse().unwrap();
    assert_eq!(SetResponse::parse(other.root()), None);
    let result = iq::result(
        &"<iq xmlns='jabber:client' type='set' id='1'/>".parse::<Element>().unwrap(),
        Some(&done()),
    );
    assert!(SetResponse::parse(Iq::parse(result.root()).unwrap().payload.unwrap()).is_some());
}

/// IOT-15: what is wrong is named with its place.
#[test]
fn text_errors_say_where() {
    for (text, problem, position) in [
        ("", TextProblem::Empty, 0),
        (" ", TextProblem::Empty, 0),
        (";", TextProblem::Setting, 0),
        ("a", TextProblem::Setting, 0),
        ("a=1;b", TextProblem::Setting, 4),
        ("a=1; b ;c=2", TextProblem::Setting, 5),
        ("a=1;;b=2", TextProblem::Setting, 4),
        ("=1", TextProblem::Name, 0),
        ("a=1; =2", TextProblem::Name, 4),
        ("a=", TextProblem::Value, 2),
        ("a=x", TextProblem::Value, 2),
        ("a=1=2", TextProblem::Value, 3),
        ("\u{e9}= 1.5.5", TextProblem::Value, 4),
        ("a=NaN", TextProblem::Value, 2),
        ("a=1e999", TextProblem::Value, 2),
        ("a=9223372036854775808", TextProblem::TooLarge, 2),
    ] {
        let error = parse_settings(text).unwrap_err();
        assert_eq!((error.problem, error.position), (problem, position), "{text:?}");
    }
}

/// IOT-15: 32 bits, else 64; decimals; booleans in any case; a semicolon at the end.
#[test]
fn text_values_have_their_types() {
    for (text, value) in [
        ("2147483647", Value::Int(i32::MAX)),
        ("2147483648", Value::Long(2_147_483_648)),
        ("-9223372036854775808", Value::Long(i64::MIN)),
        ("+5", Value::Int(5)),
        ("5.0", Value::Double(5.0)),
        ("1e3", Value::Double(1000.0)),
        ("TRUE", Value::Boolean(true)),
        ("False", Value::Boolean(false)),
    ] {
        for text in [format!("n={text}"), format!(" n = {text} ; ")] {
            assert_eq!(parse_settings(&text).unwrap(), [Parameter::new("n", value.clone())], "{text:?}");
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_filter("fits 32 bits", |n| i32::try_from(*n).is_err()).prop_map(Value::Long),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::Double),
    ]
}

proptest! {
    /// IOT-15: whatever is printed is read back the same.
    #[test]
    fn printed_settings_read_back(
        parameters in prop::collection::vec(
            ("[^=;\\s\u{0}-\u{1f}]([^=;\u{0}-\u{1f}]*[^=;\\s\u{0}-\u{1f}])?", value()).prop_map(|(name, value)| Parameter::new(name, value)),
            1..8,
        )
    ) {
        let text: Vec<String> = parameters.iter().map(|p| format!("{}={}", p.name, p.value)).collect();
        prop_assert_eq!(parse_settings(&text.join(";")).unwrap(), parameters);
    }

    /// IOT-15: nothing panics, positions are on character boundaries, and what is accepted holds no separators.
    #[test]
    fn any_text_is_read_or_refused(text in "([a-z\u{e9} ]|[=;.0-9+-]|true|.){0,24}") {
        match parse_settings(&text) {
            Ok(parameters) => {
                prop_assert!(!parameters.is_empty());
                for parameter in parameters {
                    prop_assert!(!parameter.name.is_empty() && !parameter.name.contains(['=', ';']));
                    prop_assert_eq!(parameter.name.trim(), &parameter.name);
                }
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.position)),
        }
    }
}
