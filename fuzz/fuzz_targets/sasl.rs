#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| xmpp_fuzz_bodies::sasl(data));
