//! Writes the web and mail addresses of strangers so that no mail program and no Markdown makes a link of them:
//! `evil[.]example/x`, `a@b[.]example`. The links of a digest are built from parsed names; an address in a title is only
//! something to read.
//!
//! A host is what stands behind a scheme, begins with `www.`, follows an `@`, ends with a top-level domain that mail
//! programs know, or is followed by a path or a port. Only its dots are changed, and not the one that ends a sentence. What
//! ends as files do (`Node.js`, `draft-a-b-01.txt`) is no host unless a scheme says so; numbers, versions (`TLS 1.3`), section
//! numbers and abbreviations (`e.g.`) have no top-level domain.

/// Top-level domains of which mail programs make links without a scheme: the old ones, the reserved one of examples, those of
/// many countries, and the newer ones that are met most.
const TOP: &str = "com net org info biz edu gov mil int name pro mobi asia jobs tel travel example onion \
    app dev page web site online store shop xyz top club live tech cloud icu vip link click host space website work world \
    life fun press news blog email group company agency network systems solutions services support digital media center zone \
    today chat bank finance money loan win bid men party review science date trade stream download buzz rest cam cyou monster \
    quest bond lol sbs cfd bar zip mov gle goog google \
    ac ad ae ag ai al am ar at au az ba bd be bg bh bo br by bz ca cat cd cf ch ci cl cm cn co cr cu cy cz de dk do dz ec ee eg \
    es et eu fi fm fr ga ge gg gh gl gq gr gt hk hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh kr kw ky kz la \
    lb li lk lt lu lv ly ma mc me mg mk mn mt mu mx my mz ne ng ni nl no np nu nz om pa pe pg ph pk pr pt pw py qa re ro ru sa \
    sc sd se sg si sk sn su sv sx sy tc th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz vc ve vg vn vu ws za zm zw \
    рф 中国 中國 香港 台湾 台灣 한국 भारत みんな";

/// What files end with, and a few names that end with a top-level domain.
const FILES: &str = "js ts txt html htm xml json yang md py rs sh pl cc so cpp hpp java go rb css csv pdf ps gz tar toml yaml \
    yml conf cfg ini log pem crt asn cddl abnf exe dll doc docx";
const NAMES: [&str; 4] = ["asp.net", "ado.net", "vb.net", "socket.io"];

/// The schemes that are taken away with the link.
const SCHEMES: [&str; 3] = ["https:", "http:", "ftp:"];

/// Writes the hosts in `text` so that they are no links.
pub(super) fn unlink(text: &str) -> String {
    if !text.contains('.') && !text.contains("://") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_host_char(c)).unwrap_or(rest.len());
        if end == 0 {
            let next = rest.chars().next().map_or(rest.len(), char::len_utf8);
            let (other, after) = rest.split_at(next);
            out.push_str(other);
            rest = after;
            continue;
        }
        let (run, after) = rest.split_at(end);
        let has_scheme = take_scheme(&mut out);
        let core = run.trim_matches(['.', '-']);
        if core.contains('.') && (has_scheme || is_linked(&out, core, after)) {
            let begin = run.find(core).unwrap_or(0);
            out.push_str(&run[..begin]);
            out.push_str(&core.replace('.', "[.]"));
            out.push_str(&run[begin + core.len()..]);
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out
}

fn is_host_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.')
}

/// Takes a scheme off the end of `out`; returns true when any scheme stood there.
fn take_scheme(out: &mut String) -> bool {
    let before = out.trim_end_matches('/').len();
    if out.len() < before + 2 || !out[..before].ends_with(':') {
        return false;
    }
    for scheme in SCHEMES {
        let begin = before.checked_sub(scheme.len());
        let Some(found) = begin.and_then(|begin| out.get(begin..before)) else {
            continue;
        };
        if found.eq_ignore_ascii_case(scheme) {
            out.replace_range(before - scheme.len()..before + 2, "");
            return true;
        }
    }
    true
}

/// Returns true when a mail program would make a link of `core`, which has a dot, between what stands before it and after it.
fn is_linked(before: &str, core: &str, after: &str) -> bool {
    let lower = core.to_lowercase();
    let Some((host, top)) = lower.rsplit_once('.') else {
        return false;
    };
    let is_top = top.chars().count() > 1 && top.chars().all(char::is_alphabetic);
    let mut ends = before.chars().rev();
    if ends.next() == Some('@') && ends.next().is_some_and(|c| !c.is_whitespace()) {
        return is_top || is_one_of(TOP, top) || top.starts_with("xn--");
    }
    if lower.starts_with("www.") {
        return true;
    }
    if NAMES.contains(&lower.as_str()) || is_one_of(FILES, top) {
        return false;
    }
    if is_one_of(TOP, top) || top.starts_with("xn--") {
        return true;
    }
    let mut follows = after.chars();
    let is_path = follows
        .next()
        .is_some_and(|c| matches!(c, '/' | ':' | '?' | '#'));
    let continues = (follows.next()).is_some_and(|c| c.is_alphanumeric() || matches!(c, '?' | '#'));
    is_path && continues && is_top && host.ends_with(char::is_alphanumeric)
}

fn is_one_of(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_are_something_to_read() {
        for (text, told) in [
            ("paypal-support.com", "paypal-support[.]com"),
            ("Write to a@b.example.", "Write to a@b[.]example."),
            ("evil-login.net/", "evil-login[.]net/"),
            ("(see x.y.co.uk)", "(see x[.]y[.]co[.]uk)"),
            (
                "Go to evil.example. Then leave.",
                "Go to evil[.]example. Then leave.",
            ),
            ("PAYPAL.COM, t.co", "PAYPAL[.]COM, t[.]co"),
            ("mailto:jo.doe@evil.bank?x", "mailto:jo.doe@evil[.]bank?x"),
            ("http://evil.js/x", "evil[.]js/x"),
            ("coap://evil.local/x", "coap://evil[.]local/x"),
            ("http://localhost/x", "localhost/x"),
            ("пример.рф and a.xn--p1ai", "пример[.]рф and a[.]xn--p1ai"),
            (
                "https://a.example/https://b.example/",
                "a[.]example/b[.]example/",
            ),
            ("evil.example/paypal.com", "evil[.]example/paypal[.]com"),
        ] {
            assert_eq!(unlink(text), told);
            assert_eq!(unlink(told), told, "twice");
        }
    }

    #[test]
    fn names_versions_and_abbreviations_stay_as_they_are() {
        for text in [
            "TLS 1.3, HTTP/1.1, v1.2/3, IEEE 802.11be, NFSv4.2",
            "e.g. X/Y, i.e.: c.d, Sec. 2. A/B, U.S., Ph.D., a.m.",
            "Node.js/Express, README.md, draft-ietf-a-b-01.txt, ietf-system.yang, ASP.NET",
            "in-addr.arpa, .com, ... and so on..., 10.17487/RFC9872, 2001:db8::1, 192.0.2.1",
            "@context, user@host, a @ b.c, draft-ietf-netmod-system-config-13",
        ] {
            assert_eq!(unlink(text), text);
        }
    }

    #[test]
    fn the_longest_word_is_read_once() {
        for piece in ["a.", "/", "http://", "a.com/", "@a.b", "://", "é.é"] {
            let long = piece.repeat(20_000 / piece.len());
            assert!(unlink(&long).len() <= 3 * long.len());
        }
    }
}
