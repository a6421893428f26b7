#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| xmpp_xml_peers::agree(data));
