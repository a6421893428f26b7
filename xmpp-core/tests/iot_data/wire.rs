//! What is built is read as the same, and what others write is understood.

use std::sync::Arc;

use proptest::prelude::*;
use xmpp_core::stanza::StanzaCondition;
use xmpp_core::xep::iot_data::{
    Ask, DateTime, Field, Kinds, News, Node, NodeError, Number, Quality, Reading, Report, Request, Spelling,
    Tokens, Value,
};
use xmpp_core::xml::Element;

use crate::support::{pump, reading};

fn element(text: &str) -> Element {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn ask(text: &str) -> Result<Ask, StanzaCondition> {
    Ask::parse(element(text).root()).map_err(|error| error.condition)
}

fn request(attributes: &str, content: &str) -> Result<Request, StanzaCondition> {
    match ask(&format!("<req xmlns='urn:xmpp:iot:sensordata' seqnr='1' {attributes}>{content}</req>"))? {
        Ask::Read { request, .. } => Ok(request),
        Ask::Cancel { .. } => panic!("a req was built"),
    }
}

fn fields(content: &str) -> (Vec<Reading>, Vec<String>) {
    let text = format!("<fields xmlns='urn:xmpp:iot:sensordata' seqnr='1'>{}</fields>", pump(content));
    match Report::parse(element(&text).root()).unwrap().news {
        News::Fields { readings, bad, .. } => (readings, bad.iter().map(ToString::to_string).collect()),
        news => panic!("{news:?}"),
    }
}

fn field(text: &str) -> Field {
    let (mut readings, bad) = fields(text);
    assert_eq!((readings.len(), &bad[..]), (1, &[][..]), "{text}");
    readings.remove(0).field
}

/// IOT-02: every part of a request is read.
#[test]
fn everything_of_a_request() {
    let read = request(
        "momentary='true' peak='1' status='false' historicalDay=' true ' from='2024-02-01' to='2024-02-29T24:00:00' \
         when='2024-03-01T12:00:00Z' serviceToken='s' deviceToken='d' userToken='u'",
        "<field name='Flow'/><node nodeId='n1' sourceId='attic' cacheType='meters'/><odd/><node nodeId='n2'/>",
    )
    .unwrap();
    assert_eq!(read.kinds, Kinds::MOMENTARY | Kinds::PEAK | Kinds::HISTORICAL_DAY);
    let times = [&read.from, &read.to, &read.when].map(|time| time.as_ref().unwrap().as_str());
    assert_eq!(times, ["2024-02-01", "2024-02-29T24:00:00", "2024-03-01T12:00:00Z"]);
    let n1 = Node { id: "n1".into(), source: Some("attic".into()), cache: Some("meters".into()) };
    assert_eq!((read.nodes, read.fields), (vec![n1, Node::new("n2")], vec!["Flow".to_owned()]));
    assert_eq!(read.tokens.user.as_deref(), Some("u"));
}

/// IOT-02: `all` and `historical` stand for kinds, and are written again where they fit.
#[test]
fn kinds_that_stand_for_others() {
    assert_eq!(request("all='true'", "").unwrap().kinds, Kinds::ALL);
    let stored = request("historical='true' status='true'", "").unwrap();
    assert_eq!(stored.kinds, Kinds::HISTORICAL | Kinds::STATUS);
    let written = Ask::Read { seqnr: 1, request: stored }.to_element().unwrap();
    assert_eq!(
        written.to_xml(),
        "<req xmlns='urn:xmpp:iot:sensordata' seqnr='1' status='true' historical='true'/>"
    );
    assert_eq!(request("", "").unwrap(), Request::default());
}

/// IOT-02, IOT-03: what cannot be understood is refused as bad-request.
#[test]
fn malformed_requests_are_refused() {
    for (attributes, content) in [
        ("momentary='yes'", ""),
        ("all=''", ""),
        ("historical='TRUE'", ""),
        ("from='yesterday'", ""),
        ("to='2024-02-30'", ""),
        ("when='12:00:00'", ""),
        ("", "<node/>"),
        ("", "<node sourceId='attic'/>"),
        ("", "<field/>"),
    ] {
        assert_eq!(request(attributes, content), Err(StanzaCondition::BadRequest), "{attributes} {content}");
    }
    for text in [
        "<req xmlns='urn:xmpp:iot:sensordata'/>",
        "<req xmlns='urn:xmpp:iot:sensordata' seqnr='x'/>",
        "<req xmlns='urn:xmpp:iot:sensordata' seqnr='2147483648'/>",
        "<cancel xmlns='urn:xmpp:iot:sensordata' seqnr=''/>",
        "<accepted xmlns='urn:xmpp:iot:sensordata' seqnr='1'/>",
        "<req xmlns='urn:other' seqnr='1'/>",
    ] {
        assert_eq!(ask(text), Err(StanzaCondition::BadRequest), "{text}");
    }
}

/// Tokens let their holder read: they do not stand in logs.
#[test]
fn tokens_are_not_shown() {
    let tokens = Tokens { service: Some("hush".into()), device: None, user: Some("hush".into()) };
    let request = Request { tokens, ..Request::momentary() };
    assert!(!format!("{request:?}").contains("hush"));
    let sent = Ask::Read { seqnr: 1, request }.to_element().unwrap().to_xml();
    assert!(sent.contains("serviceToken='hush' userToken='hush'"), "{sent}");
}

/// IOT-06: every type, as others write it.
#[test]
fn every_type_is_read() {
    for (text, value) in [
        ("<boolean name='x' value='1'/>", Value::Boolean(true)),
        ("<date name='x' value='2024-03-01'/>", Value::Date("2024-03-01".into())),
        (
            "<dateTime name='x' value='2024-03-01T08:30:00'/>",
            Value::DateTime("2024-03-01T08:30:00".parse().unwrap()),
        ),
        ("<duration name='x' value='PT3M30S'/>", Value::Duration("PT3M30S".into())),
        (
            "<enum name='x' value='Eco' dataType='Mode'/>",
            Value::Enum { word: "Eco".into(), of: "Mode".into() },
        ),
        ("<int name='x' value=' -7 '/>", Value::Int(-7)),
        ("<long name='x' value='5000000000'/>", Value::Long(5_000_000_000)),
        ("<numeric name='x' value='4.20' unit='bar'/>", Value::numeric("4.20".parse().unwrap(), "bar")),
        ("<numeric name='x' value='4'/>", Value::numeric(Number::from(4), "")),
        ("<string name='x' value=' P 1 '/>", Value::String(" P 1 ".into())),
        ("<time name='x' value='08:30:00'/>", Value::Time("08:30:00".into())),
    ] {
        assert_eq!(field(text).value, value, "{text}");
    }
}

/// IOT-06: 10, 10.0 and 10.00 say how exact they are, so they stay as they are.
#[test]
fn decimals_are_kept() {
    for text in ["10", "10.0", "10.00", "-0.50", "1.5E-3", "INF", "NaN"] {
        let value = field(&format!("<numeric name='x' value='{text}' unit='l'/>")).value;
        assert_eq!(value, Value::numeric(text.parse().unwrap(), "l"));
        assert_eq!(value.to_string(), format!("{text} l"));
    }
}

/// IOT-06: without a quality a value was read automatically; of several kinds a field is all.
#[test]
fn flags_and_their_defaults() {
    let plain = field("<int name='x' value='1'/>");
    assert_eq!((plain.kinds, plain.quality), (Kinds::NONE, Quality::AUTOMATIC_READOUT));
    assert_eq!((plain.writable, plain.module, plain.string_ids), (None, None, None));
    let told = field(
        "<int name='x' value='1' status='true' historicalDay='true' missing='false' signed='true' warning='1' \
         writable='false' module='Pumps' stringIds='1,2'/>",
    );
    assert_eq!(told.kinds, Kinds::STATUS | Kinds::HISTORICAL_DAY);
    assert_eq!(told.quality, Quality::SIGNED | Quality::WARNING);
    assert_eq!(told.writable, Some(false));
    assert_eq!((told.module.as_deref(), told.string_ids.as_deref()), (Some("Pumps"), Some("1,2")));
    // The specification's own example calls this kind differently.
    assert_eq!(field("<string name='x' value='y' identification='true'/>").kinds, Kinds::IDENTITY);
}

/// IOT-06: what is not known is ignored, inside and outside the namespace.
#[test]
fn unknown_elements_are_ignored() {
    let known = "<int name='x' value='1' odd='1'><odd/></int>";
    let content =
        format!("<color name='y' value='FF0000'/>{known}<int xmlns='urn:other' name='z' value='1'/>");
    assert_eq!(fields(&content), (vec![read_int()], vec![]));
    let odd = "<question xmlns='urn:xmpp:iot:sensordata' seqnr='1'/>";
    assert_eq!(Report::parse(element(odd).root()), None);
}

fn read_int() -> Reading {
    Reading { field: Field::new("x", Value::Int(1)), ..reading("x", 1) }
}

/// IOT-06: one wrong field costs itself, and is told.
#[test]
fn malformed_fields_are_told() {
    for (wrong, told) in [
        ("<int name='y' value='one'/>", "y=one: the value is not of its type"),
        ("<int name='y' value='2147483648'/>", "y=2147483648: the value is not of its type"),
        ("<numeric name='y' value='n/a' unit='l'/>", "y=n/a: the value is not of its type"),
        ("<date name='y' value='2024-02-30'/>", "y=2024-02-30: the value is not of its type"),
        ("<enum name='y' value='Eco'/>", "y=Eco: the value is not of its type"),
        ("<string name='y'/>", "y=(none): the value is missing"),
        ("<int value='1'/>", "(none)=1: the name is missing"),
        ("<int name='y' value='1' peak='yes'/>", "y=1: a flag is neither true nor false"),
        ("<int name='y' value='1' error='no'/>", "y=1: a flag is neither true nor false"),
        ("<int name='y' value='1' writable=''/>", "y=1: a flag is neither true nor false"),
    ] {
        let content = format!("{wrong}<int name='x' value='1'/>");
        assert_eq!(fields(&content), (vec![read_int()], vec![told.to_owned()]));
    }
    let at_no_time = "<fields xmlns='urn:xmpp:iot:sensordata' seqnr='1'><node nodeId='pump'>\
        <timestamp value='now'><int name='y' value='1'/><odd/></timestamp><timestamp/></node></fields>";
    let News::Fields { readings, bad, .. } = Report::parse(element(at_no_time).root()).unwrap().news else {
        panic!()
    };
    assert_eq!((readings.len(), bad.len(), bad[0].problem), (0, 1, "the time is not of its type"));
}

/// IOT-06: Smack reads booleans and whole numbers; nothing but a unit is lost to please it.
#[test]
fn what_smack_reads() {
    let written_as = |value: Value, spelling| {
        let field = Field::new("x", value).quality(Quality::NONE);
        let report = Report { seqnr: 1, news: News::fields([Reading { field, ..read_int() }], true) };
        report.to_element(spelling).unwrap().to_xml()
    };
    let number = |text: &str| Value::numeric(text.parse().unwrap(), "W");
    for (value, spelling, written) in [
        (Value::Boolean(true), Spelling::Smack, "<boolean name='x' value='true'/>"),
        (number("230"), Spelling::Spec, "<numeric name='x' value='230' unit='W'/>"),
        (number("230"), Spelling::Smack, "<int name='x' value='230'/>"),
        (number("230.0"), Spelling::Smack, "<numeric name='x' value='230.0' unit='W'/>"),
        (number("2147483648"), Spelling::Smack, "<numeric name='x' value='2147483648' unit='W'/>"),
        (Value::Long(5), Spelling::Smack, "<int name='x' value='5'/>"),
        (Value::Long(5_000_000_000), Spelling::Smack, "<long name='x' value='5000000000'/>"),
    ] {
        let message = written_as(value, spelling);
        assert!(message.contains(written), "{message}");
    }
}

/// What XML cannot carry is refused where it is built.
#[test]
fn characters_that_xml_cannot_carry() {
    let report = Report { seqnr: 1, news: News::fields([reading("\u{1}", 1)], false) };
    assert!(report.to_element(Spelling::Spec).is_err());
    let ask = Ask::Read { seqnr: 1, request: Request::momentary().field("\u{0}") };
    assert!(ask.to_element().is_err());
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\u{a0}-\u{17f}\t\n]{0,8}"
}

fn moment() -> impl Strategy<Value = DateTime> {
    (
        "20[0-9]{2}-0[1-9]-[12][0-8]",
        "(T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,3})?)?",
        "(Z|[+-]0[0-9]:30)?",
    )
        .prop_map(|(date, time, zone)| format!("{date}{time}{zone}").parse().unwrap())
}

fn node() -> impl Strategy<Value = Node> {
    (text(), prop::option::of(text()), prop::option::of(text())).prop_map(|(id, source, cache)| Node {
        id,
        source,
        cache,
    })
}

fn kinds() -> impl Strategy<Value = Kinds> {
    let one = prop::sample::select(vec![
        Kinds::MOMENTARY,
        Kinds::PEAK,
        Kinds::IDENTITY,
        Kinds::HISTORICAL_OTHER,
        Kinds::HISTORICAL,
        Kinds::ALL,
    ]);
    prop::collection::vec(one, 0..3).prop_map(|all| all.into_iter().fold(Kinds::NONE, |set, one| set | one))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Long),
        moment().prop_map(Value::DateTime),
        text().prop_map(Value::String),
        (text(), text()).prop_map(|(word, of)| Value::Enum { word, of }),
        ("-?[0-9]{1,9}(\\.[0-9]{0,5})?([eE]-?[0-9])?", text())
            .prop_map(|(number, unit)| Value::numeric(number.parse().unwrap(), unit)),
        "-?P[0-9]{1,3}DT[0-9]H".prop_map(Value::Duration),
        "2[0-3]:[0-5][0-9]:00".prop_map(Value::Time),
        "19[0-9]{2}-1[0-2]-[012][1-8]".prop_map(Value::Date),
    ]
}

prop_compose! {
    fn any_field()(
        name in text(), value in value(), kinds in kinds(), signed in any::<bool>(), writable in any::<Option<bool>>(),
        module in prop::option::of(text()), string_ids in prop::option::of(text()),
    ) -> Field {
        let quality = if signed { Quality::SIGNED | Quality::WARNING } else { Quality::AUTOMATIC_READOUT };
        Field { name, value, kinds, quality, writable, module, string_ids }
    }
}

prop_compose! {
    fn any_request()(
        kinds in kinds(), from in prop::option::of(moment()), to in prop::option::of(moment()),
        when in prop::option::of(moment()), nodes in prop::collection::vec(node(), 0..3),
        fields in prop::collection::vec(text(), 0..3), service in prop::option::of(text()), user in prop::option::of(text()),
    ) -> Request {
        Request { kinds, from, to, when, nodes, fields, tokens: Tokens { service, device: None, user } }
    }
}

fn any_reading() -> impl Strategy<Value = Reading> {
    (prop::option::of(node().prop_map(Arc::new)), moment(), any_field())
        .prop_map(|(node, at, field)| Reading { node, at, field })
}

fn any_news() -> impl Strategy<Value = News> {
    let error =
        (prop::option::of(node()), text(), text()).prop_map(|(node, at, text)| NodeError { node, at, text });
    prop_oneof![
        any::<bool>().prop_map(|queued| News::Accepted { queued }),
        Just(News::Started),
        Just(News::Done),
        Just(News::Cancelled),
        (prop::collection::vec(any_reading(), 0..6), any::<bool>())
            .prop_map(|(all, done)| News::fields(all, done)),
        (prop::collection::vec(error, 0..4), any::<bool>())
            .prop_map(|(errors, done)| News::Failure { errors, done }),
    ]
}

proptest! {
    /// IOT-02, IOT-07: what is asked survives the wire.
    #[test]
    fn asks_survive_the_wire(seqnr in any::<i32>(), request in prop::option::of(any_request())) {
        let ask = match request {
            Some(request) => Ask::Read { seqnr, request },
            None => Ask::Cancel { seqnr },
        };
        let written = element(&ask.to_element().unwrap().to_xml());
        prop_assert_eq!(Ask::parse(written.root()), Ok(ask));
    }

    /// IOT-03, IOT-04, IOT-06, IOT-08: what is told survives the wire.
    #[test]
    fn reports_survive_the_wire(seqnr in any::<i32>(), news in any_news()) {
        let report = Report { seqnr, news };
        let written = element(&report.to_element(Spelling::Spec).unwrap().to_xml());
        prop_assert_eq!(Report::parse(written.root()), Some(report));
    }
}
