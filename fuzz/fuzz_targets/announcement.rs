//! Reads each input twice: as it is, and mapped into the alphabet of headers, so that the fuzzer gets past the first
//! line. Nothing may panic or hang, and what was read can be written as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nikkan::announcement::{self, Lists};

const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzADFIRSTW0123456789-:;=\"<>()[]@./? \t\r\n_";

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let mapped: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 64)]).collect();
    read(&mapped);
});

fn read(bytes: &[u8]) {
    let found = announcement::read(bytes, None, &Lists::built_in());
    assert!(!found.is_empty());
    for one in &found {
        let identity = announcement::identity(one, bytes);
        assert!(!identity.is_empty());
        assert!(!one.subject.contains(['\r', '\n']));
    }
}
