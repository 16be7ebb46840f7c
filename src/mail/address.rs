//! Mail addresses, as they are compared and as they are said to a server.

/// Returns an address in the form in which addresses are compared, and said to a server: its domain in lower case and in
/// A-labels (RFC 5321 section 2.3.5, RFC 5890), its local part as it is, for only its own server knows what that means. A domain
/// that has no such form stays as it is; an address literal, too.
pub fn comparable_address(address: &str) -> String {
    let address = address.trim();
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    let domain = match domain.starts_with('[') {
        true => domain.to_ascii_lowercase(),
        false => idna::domain_to_ascii(domain.trim_end_matches('.'))
            .unwrap_or_else(|_| domain.to_ascii_lowercase()),
    };
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_compared_without_case_and_in_a_labels() {
        for (address, expected) in [
            ("reader@EXAMPLE.NET", "reader@example.net"),
            ("Reader@example.net", "Reader@example.net"),
            ("reader@Bücher.example", "reader@xn--bcher-kva.example"),
            ("grüße@例え.jp", "grüße@xn--r8jz45g.jp"),
            ("reader@[IPv6:2001:DB8::1]", "reader@[ipv6:2001:db8::1]"),
            ("\"a@b\"@Example.net.", "\"a@b\"@example.net"),
            (" reader@example.net ", "reader@example.net"),
            ("reader", "reader"),
        ] {
            assert_eq!(comparable_address(address), expected, "{address}");
        }
    }
}
