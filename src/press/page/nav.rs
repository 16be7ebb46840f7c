//! Where a page of a site leads besides the IETF's servers. A mail has none of it.

use serde::Serialize;

/// The links of a page to its neighbours. The addresses are file names made of days.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Nav {
    pub all: NavLink,
    pub previous: Option<NavLink>,
    pub next: Option<NavLink>,
    pub json: String,
    pub feed: &'static str,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NavLink {
    pub label: String,
    pub url: String,
}
