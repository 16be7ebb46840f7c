use super::super::Grade;
use super::scripted_dns::ScriptedDns;
use super::*;

/// A domain at which all is well.
const GOOD: [(&str, &str, &str); 5] = [
    ("example.net", "MX", "10 mx.example.net"),
    ("example.net", "TXT", "\"v=spf1 ip4:198.51.100.7 ~all\""),
    ("s1._domainkey.example.net", "TXT", "\"v=DKIM1; p=MIGf\""),
    ("_dmarc.example.net", "TXT", "\"v=DMARC1; p=quarantine\""),
    ("smtp.example.net", "A", "198.51.100.7"),
];

const HANDOVER: Handover<'static> = Handover {
    host: "smtp.example.net",
    login: Some("nikkan@example.net"),
    hello: None,
};

async fn found(
    records: &[(&str, &str, &str)],
    (from, envelope): (&str, &str),
    handover: Handover<'_>,
) -> Vec<(Grade, String)> {
    let server = ScriptedDns::start(records).await;
    let sender = Sender {
        from: from.into(),
        envelope: envelope.into(),
    };
    let found = judge(&BTreeSet::from([sender]), &handover, &server.resolver()).await;
    found.into_iter().map(|one| (one.grade, one.said)).collect()
}

/// What is warned of, with the good domain's records but those at `name`, and others in their place.
async fn warned(name: &str, others: &[(&str, &str, &str)]) -> Vec<String> {
    let kept = GOOD
        .iter()
        .filter(|(at, kind, _)| format!("{at} {kind}") != name);
    let records: Vec<_> = kept.chain(others).copied().collect();
    let found = found(&records, ("example.net", "example.net"), HANDOVER).await;
    let warnings = found.into_iter().filter(|(grade, _)| *grade != Grade::Ok);
    warnings.map(|(_, said)| said).collect()
}

#[tokio::test]
async fn a_domain_that_is_well_set_up_is_said_to_be() {
    let found = found(&GOOD, ("example.net", "example.net"), HANDOVER).await;
    let said: Vec<&str> = found.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(
        said,
        [
            "example.net: the domain of the login nikkan@example.net",
            "example.net: SPF with 0 of 10 look-ups; smtp.example.net (198.51.100.7) may send for it",
            "example.net: DKIM keys are published; `nikkan check --send` shows which one signs",
            "example.net: DMARC p=quarantine (of example.net)",
        ]
    );
    assert!(found.iter().all(|(grade, _)| *grade == Grade::Ok));
}

#[tokio::test]
async fn each_lack_is_a_warning_that_says_what_to_change() {
    for (gone, others, words) in [
        (
            "example.net MX",
            vec![],
            "neither a mail server (MX) nor an address: bounces cannot come back",
        ),
        (
            "example.net MX",
            vec![("example.net", "MX", "0 .")],
            "takes no mail (a null MX, RFC 7505)",
        ),
        (
            "example.net TXT",
            vec![],
            "publish a TXT record at example.net that names",
        ),
        (
            "example.net TXT",
            vec![("example.net", "TXT", "\"v=spf1 +all\"")],
            "end it with ~all",
        ),
        (
            "example.net TXT",
            vec![("example.net", "TXT", "\"v=spf1 ipv4:192.0.2.1 ~all\"")],
            "`ipv4:192.0.2.1` of example.net is no SPF mechanism; correct the TXT record",
        ),
        (
            "s1._domainkey.example.net TXT",
            vec![],
            "have smtp.example.net sign for example.net",
        ),
        (
            "_dmarc.example.net TXT",
            vec![],
            "publish a TXT record at _dmarc.example.net: \"v=DMARC1; p=none\"",
        ),
        (
            "_dmarc.example.net TXT",
            vec![("_dmarc.example.net", "TXT", "\"v=DMARC1; p=soft\"")],
            "write p=none",
        ),
    ] {
        let warned = warned(gone, &others).await;
        assert_eq!(warned.len(), 1, "{gone}: {warned:?}");
        assert!(warned[0].contains(words), "{gone}: {warned:?}");
    }
}

#[tokio::test]
async fn a_domain_that_is_not_there_is_one_warning_and_no_resolver_is_none() {
    let elsewhere = Handover {
        login: None,
        ..HANDOVER
    };
    let gone = found(&GOOD, ("example.nte", "example.nte"), elsewhere).await;
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].1.contains("example.nte does not exist in the DNS"));
    let elsewhere = Handover {
        login: None,
        ..HANDOVER
    };
    let failing = [("example.net", "MX", "SERVFAIL")];
    let silent = found(&failing, ("example.net", "example.net"), elsewhere).await;
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert_eq!(silent[0].0, Grade::Ok);
    assert!(
        silent[0]
            .1
            .contains("example.net: not looked up: no resolver answers")
    );
}

#[tokio::test]
async fn a_sender_of_another_domain_than_the_login_is_warned_of() {
    let other = Handover {
        login: Some("someone@mail.example"),
        ..HANDOVER
    };
    let found = found(&GOOD, ("example.net", "mail.example"), other).await;
    assert!(
        found[0]
            .1
            .contains("set from to an address of mail.example")
    );
    let dmarc = found
        .iter()
        .find(|(_, said)| said.contains("DMARC"))
        .unwrap();
    assert_eq!(dmarc.0, Grade::Warning);
    assert!(
        dmarc.1.contains("set bounce_address in [smtp]"),
        "{}",
        dmarc.1
    );
    assert_eq!(
        domain_of("a@BÜCHER.example").unwrap(),
        "xn--bcher-kva.example"
    );
    assert_eq!(domain_of("reader"), None);
}

#[tokio::test]
async fn the_name_in_ehlo_is_looked_up_and_back() {
    let records = [
        ("a.example.net", "A", "192.0.2.7"),
        ("b.example.net", "A", "192.0.2.8"),
        ("7.2.0.192.in-addr.arpa", "PTR", "a.example.net"),
        ("8.2.0.192.in-addr.arpa", "PTR", "host8.isp.example"),
    ];
    let server = ScriptedDns::start(&records).await;
    for (name, itself, grade, words) in [
        (
            "a.example.net",
            true,
            Grade::Ok,
            "the address has that name",
        ),
        (
            "b.example.net",
            true,
            Grade::Warning,
            "is called host8.isp.example",
        ),
        (
            "b.example.net",
            false,
            Grade::Ok,
            "b.example.net (192.0.2.8)",
        ),
        ("c.example.net", true, Grade::Warning, "set helo in [smtp]"),
        (
            "c.example.net",
            false,
            Grade::Ok,
            "where the server minds that",
        ),
        ("[192.0.2.9]", true, Grade::Ok, "it has no full name"),
    ] {
        let found = hello(&server.resolver(), name, itself).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].grade, grade, "{name}: {}", found[0].said);
        assert!(found[0].said.contains(words), "{name}: {}", found[0].said);
    }
}
