//! All cases, by the table in which they stand.

use crate::cases;
use crate::cursor;
use crate::guard;
use crate::run::Case;
use crate::tls;
use crate::views;
use crate::words;

/// Each table's title and its cases.
pub fn tables() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("Loud", cases::loud()),
        ("Silent", cases::silent()),
        ("Odd", cases::odd()),
        ("Certificates", tls::certificates()),
        ("Handshakes", tls::handshakes()),
        ("Words and IDLE", words::cases()),
        ("Kept back, and made anew", cursor::cursor()),
        ("At SEARCH", views::cases()),
        ("In forms of their own", guard::cases()),
    ]
}
