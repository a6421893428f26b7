//! What devices of the family send, as the manuals describe it: SOP-22.
#![allow(clippy::unwrap_used)] // in helpers too, which the lint does not take for tests

mod common;

use common::{DEVICE, Pair, device, parse, read, soap};
use soap_xmpp::smartserver::{self, Answer, Item, ItemFault, MESSAGE_NS, Request, Value};
use soap_xmpp::{Rules, Version};
use xmpp_core::time::Duration;
use xmpp_core::xml::ns;

fn answer(body: &str) -> Option<Answer> {
    Answer::of(&read(&soap(Version::V11, &format!("<s:Body>{body}</s:Body>")), Rules::Tolerant).unwrap())
}

/// SOP-22: the call looks as the devices expect it: SOAP 1.1, its encoding on the envelope, a default namespace.
#[test]
fn system_information_is_asked_for() {
    let call = smartserver::read_info("SI_TIME").unwrap();
    assert_eq!(call.version(), Version::V11);
    assert_eq!(call.element().prefix(), Some("SOAP-ENV"));
    let style = call.element().attr_ns("encodingStyle", ns::SOAP_11);
    assert_eq!(style.as_deref(), Some(ns::SOAP_11_ENCODING));
    assert_eq!(
        call.payload().unwrap().to_xml().split_once('>').unwrap().1,
        "<iLONSystemService><UCPTsystemInfoType>SI_TIME</UCPTsystemInfoType></iLONSystemService>\
         </SystemService_Read_Info>"
    );
    let request = Request::of(&call).unwrap();
    assert_eq!((&*request.verb, request.info.as_deref()), ("SystemService_Read_Info", Some("SI_TIME")));
}

/// SOP-22: the answer as documented in its forms: with and without `Response` and `<Result>`, and escaped in a string.
#[test]
fn system_information_in_all_its_forms() {
    let inner = "<iLONSystemService><TIME><UCPTsystemTime>2008-04-04T12:57:41</UCPTsystemTime>\
                 <UCPTtimeZone>(GMT-0800) Pacific:-480</UCPTtimeZone></TIME></iLONSystemService>";
    let escaped = inner.replace('<', "&lt;");
    for body in [
        format!(
            "<SystemService_Read_InfoResponse xmlns='{MESSAGE_NS}'>{inner}</SystemService_Read_InfoResponse>"
        ),
        format!(
            "<SystemService_Read_Info xmlns='{MESSAGE_NS}'><Result>{inner}</Result></SystemService_Read_Info>"
        ),
        format!(
            "<a:SystemService_Read_InfoResponse xmlns:a='urn:old'>{inner}</a:SystemService_Read_InfoResponse>"
        ),
        format!("<R xmlns='{MESSAGE_NS}'><Result>{escaped}</Result></R>"),
        format!("<R xmlns='{MESSAGE_NS}'><iLONSystemService>{escaped}</iLONSystemService></R>"),
    ] {
        let answer = answer(&body).unwrap();
        let info: Vec<_> = answer.info.iter().map(|(name, text)| (&**name, &**text)).collect();
        let expected =
            [("UCPTsystemTime", "2008-04-04T12:57:41"), ("UCPTtimeZone", "(GMT-0800) Pacific:-480")];
        assert_eq!(info, expected, "{body}");
    }
    let own =
        smartserver::info_answer("SystemService_Read_Info", "TIME", &[("UCPTsystemTime", "noon")]).unwrap();
    assert_eq!(Answer::of(&own).unwrap().info, [("UCPTsystemTime".to_owned(), "noon".to_owned())]);
}

/// SOP-22: a data point with its formats, unit, state and priority.
#[test]
fn data_points_are_read() {
    let answer = answer(&format!(
        "<ReadResponse xmlns='{MESSAGE_NS}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount>\
         <Item xmlns:xsi='{}' xsi:type='Dp_Data'><UCPTname>Net/LON/App/Temp</UCPTname>\
         <UCPTlastUpdate>2008-03-14T16:34:11.310-07:00</UCPTlastUpdate>\
         <UCPTvalue LonFormat='SNVT_temp' Unit='°C'> 21.0 </UCPTvalue>\
         <UCPTvalue LonFormat='UCPTvalueDef'>OCCUPIED</UCPTvalue>\
         <UCPTpointStatus LonFormat='UCPTpointStatus'>AL_NUL</UCPTpointStatus><UCPTpriority>255</UCPTpriority></Item>\
         </iLonItem></ReadResponse>",
        ns::XSI
    ))
    .unwrap();
    assert_eq!((&*answer.name, answer.fault_count, answer.all_faults().count()), ("ReadResponse", 0, 0));
    let [item] = &*answer.items else { panic!() };
    assert_eq!((&*item.name, item.kind.as_deref()), ("Net/LON/App/Temp", Some("Dp_Data")));
    let temperature =
        Value { text: "21.0".into(), format: Some("SNVT_temp".into()), unit: Some("°C".into()) };
    assert_eq!(item.values, [temperature, Value::new("OCCUPIED").format("UCPTvalueDef")]);
    assert_eq!((item.status.as_deref(), item.priority), (Some("AL_NUL"), Some(255)));
    assert_eq!(item.last_update.as_deref(), Some("2008-03-14T16:34:11.310-07:00"));
    // What is written says the same.
    let again = smartserver::answer("Read", &answer.items, &[]).unwrap();
    assert_eq!(Answer::of(&again).as_ref(), Some(&answer));
}

/// SOP-22: failures of the application: of one item, of the whole call, and warnings.
#[test]
fn application_faults() {
    let fault = "<fault><faultcode faultType='_error'>6</faultcode><faultstring xml:lang='en-US'>no instance\
                 </faultstring></fault>";
    let warning =
        "<fault><faultcode faultType='_warning'>11</faultcode><faultstring>odd</faultstring></fault>";
    let answer = answer(&format!(
        "<ReadResponse xmlns='{MESSAGE_NS}'><iLonItem><UCPTfaultCount>2</UCPTfaultCount>{warning}\
         <Item><UCPTname>a/b</UCPTname>{fault}</Item></iLonItem></ReadResponse>"
    ))
    .unwrap();
    assert_eq!(answer.fault_count, 2);
    assert_eq!(answer.faults, [ItemFault { code: Some(11), warning: true, text: "odd".into() }]);
    assert_eq!(answer.items[0].faults, [ItemFault::new(6, "no instance")]);
    assert_eq!(
        answer.all_faults().map(ToString::to_string).collect::<Vec<_>>(),
        ["odd (code 11)", "no instance (code 6)"]
    );
    let again = smartserver::answer("Read", &answer.items, &answer.faults).unwrap();
    assert_eq!(Answer::of(&again), Some(answer));
}

/// SOP-22: what is no answer, and one that holds nothing that is known.
#[test]
fn odd_answers() {
    assert_eq!(answer(""), None);
    assert_eq!(answer("<s:Fault><s:faultcode>1</s:faultcode></s:Fault>"), None);
    let odd = answer("<x xmlns='urn:x'><fault/><iLonItem/></x>").unwrap();
    assert_eq!((odd.fault_count, odd.items.len(), odd.faults.len()), (0, 0, 0));
    let odd =
        answer("<x xmlns='urn:x'><iLonItem><UCPTfaultCount>many</UCPTfaultCount><fault/></iLonItem></x>");
    assert_eq!(odd.unwrap().faults, [ItemFault { code: None, warning: false, text: String::new() }]);
}

/// SOP-22: selectors hold the characters that XML must escape.
#[test]
fn selectors() {
    let selector = r#"//Item[@xsi:type="Dp_Cfg"][UCPTlastUpdate>"2008"][position()<50]"#;
    let call = smartserver::select("List", selector).unwrap();
    let request = Request::of(&read(&call.element().to_xml(), Rules::Strict).unwrap()).unwrap();
    assert_eq!((&*request.verb, request.select.as_deref()), ("List", Some(selector)));
    assert!(request.items.is_empty());
}

/// SOP-22: a Web connection: a device writes to another one, whose header of message properties is no obstacle.
#[test]
fn a_device_writes_to_a_device() {
    let items = [Item::new("Net/A/B").value(Value::new("100.0 1").format("UCPTvalueDef"))];
    let write = smartserver::write(&items).unwrap();
    let properties = parse(&format!(
        "<p:messageProperties xmlns:p='{MESSAGE_NS}'><p:UCPTuniqueId>0300000A5BF2</p:UCPTuniqueId>\
         </p:messageProperties>"
    ));
    let payload = write.payload().unwrap().to_element();
    let write = soap_xmpp::Envelope::build(Version::V11).header(&properties).body(&payload).finish().unwrap();

    let mut pair = Pair::new();
    pair.requester.call(pair.now, &device(), &write, Duration::from_secs(9)).unwrap();
    pair.run();
    assert_eq!(pair.wire[0].attr("to").as_deref(), Some(DEVICE));
    let call = pair.call();
    let request = Request::of(&call.envelope).unwrap();
    assert_eq!((&*request.verb, &*request.items), ("Write", &items[..]));
    let reply = smartserver::answer(&request.verb, &[Item::new("Net/A/B")], &[]).unwrap();
    pair.responder.reply(call.token, &reply).unwrap();
    pair.run();
    let answer = Answer::of(&pair.outcome().unwrap()).unwrap();
    assert_eq!((&*answer.name, answer.fault_count), ("WriteResponse", 0));
}
