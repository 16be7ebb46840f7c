//! Questions to the name server that the system is configured for: a few, all within one limit of time. What a name server
//! says is untrusted, and only ever shown or judged.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Time for all questions of one run.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// Time that one name server has for one answer; then the next is asked, or the same again.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A question is asked this often of each name server.
const ROUNDS: usize = 2;

/// Name servers that are read from the system's configuration, as resolv.conf(5) has it.
const MOST_SERVERS: usize = 3;

/// The reason why there is no record to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoRecord {
    /// The name does not exist (RFC 8020), nor anything below it.
    NoSuchName,
    /// No answer came, or one that says nothing: the reason.
    Unanswered(String),
}

/// The records of one kind at a name; none where the name has only others.
pub(super) type Records<T> = Result<Vec<T>, NoRecord>;

/// Asks name servers, and remembers what they said.
#[derive(Debug)]
pub(super) struct Resolver {
    servers: Vec<SocketAddr>,
    until: Instant,
    known: Mutex<BTreeMap<(String, RecordType), Records<RData>>>,
}

impl Resolver {
    /// Reads the system's name servers from the text of `/etc/resolv.conf`; one on this machine, where it names none.
    pub(super) fn of_system(resolv_conf: &str) -> Self {
        let named = resolv_conf.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next().filter(|word| *word == "nameserver");
            address.and_then(|_| words.next())?.parse::<IpAddr>().ok()
        });
        let mut servers: Vec<IpAddr> = named.take(MOST_SERVERS).collect();
        if servers.is_empty() {
            servers.push(Ipv4Addr::LOCALHOST.into());
        }
        let servers = servers.into_iter().map(|server| (server, 53).into());
        Self::asking(servers.collect())
    }

    /// Asks these name servers, in this order.
    pub(super) fn asking(servers: Vec<SocketAddr>) -> Self {
        Resolver {
            servers,
            until: Instant::now() + LIMIT,
            known: Mutex::default(),
        }
    }

    /// Looks up the texts at a name; the strings of one record are joined (RFC 7208 section 3.3).
    pub(super) async fn texts(&self, name: &str) -> Records<String> {
        let found = self.records(name, RecordType::TXT).await?;
        let text = |data| match data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        };
        Ok(found.into_iter().filter_map(text).collect())
    }

    /// Looks up the addresses of a host, of both families.
    pub(super) async fn addresses(&self, name: &str) -> Records<IpAddr> {
        let (four, six) = tokio::join!(
            self.records(name, RecordType::A),
            self.records(name, RecordType::AAAA)
        );
        let both = match (four, six) {
            (Ok(four), Ok(six)) => [four, six].concat(),
            // A name server that does not answer for one family is no reason to deny the other.
            (Ok(some), Err(_)) | (Err(_), Ok(some)) if !some.is_empty() => some,
            (Err(why), _) | (_, Err(why)) => return Err(why),
        };
        let address = |data| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        Ok(both.into_iter().filter_map(address).collect())
    }

    /// Looks up the hosts that take mail for a domain, the preferred first; the root's name stands for none (RFC 7505).
    pub(super) async fn mail_hosts(&self, domain: &str) -> Records<String> {
        let found = self.records(domain, RecordType::MX).await?;
        let host = |data| match data {
            RData::MX(host) => Some((host.preference, shown(&host.exchange))),
            _ => None,
        };
        let mut hosts: Vec<(u16, String)> = found.into_iter().filter_map(host).collect();
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, host)| host).collect())
    }

    /// Looks up the names of an address.
    pub(super) async fn names(&self, address: IpAddr) -> Records<String> {
        let found = self.records(&reverse(address), RecordType::PTR).await?;
        let name = |data| match data {
            RData::PTR(name) => Some(shown(&name.0)),
            _ => None,
        };
        Ok(found.into_iter().filter_map(name).collect())
    }

    /// Looks records up, each question once.
    async fn records(&self, name: &str, kind: RecordType) -> Records<RData> {
        let key = (name.trim_end_matches('.').to_ascii_lowercase(), kind);
        if let Some(known) = self.known.lock().await.get(&key) {
            return known.clone();
        }
        let found = match Name::from_ascii(format!("{}.", key.0)) {
            Ok(name) => self.ask(name, kind).await,
            // Longer than a name can be: nothing can be there.
            Err(_) => Err(NoRecord::NoSuchName),
        };
        self.known.lock().await.insert(key, found.clone());
        found
    }

    async fn ask(&self, name: Name, kind: RecordType) -> Records<RData> {
        let mut why = "no name server is configured".to_owned();
        for _ in 0..ROUNDS {
            for server in &self.servers {
                let left = self.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(NoRecord::Unanswered(format!("no time is left: {why}")));
                }
                let asked = timeout(left.min(PATIENCE), exchange(*server, &name, kind));
                match asked.await {
                    Ok(Ok(answer)) => match read(answer, kind) {
                        Err(NoRecord::Unanswered(code)) => why = format!("{server} says {code}"),
                        said => return said,
                    },
                    Ok(Err(error)) => why = format!("{server}: {error}"),
                    Err(_) => why = format!("{server} does not answer"),
                }
            }
        }
        Err(NoRecord::Unanswered(why))
    }
}

/// A name as it is written, in lower case and without the dot at its end.
fn shown(name: &Name) -> String {
    name.to_lowercase()
        .to_ascii()
        .trim_end_matches('.')
        .to_owned()
}

/// The name that an address has in the tree of addresses (RFC 1035 section 3.5, RFC 3596 section 2.5).
fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, d] = four.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(six) => {
            let nibbles = six.octets().into_iter().rev();
            let pairs = nibbles.map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4));
            pairs.collect::<String>() + "ip6.arpa"
        }
    }
}

/// Asks one name server over UDP, and over TCP where its answer did not fit.
async fn exchange(server: SocketAddr, name: &Name, kind: RecordType) -> io::Result<Message> {
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name.clone(), kind));
    let bytes = question.to_vec().map_err(io::Error::other)?;
    let here: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((here, 0)).await?;
    // From here on only this server's answers arrive.
    socket.connect(server).await?;
    socket.send(&bytes).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let Some(answer) = answer_to(&question, &buffer[..length]) else {
            continue;
        };
        if answer.metadata.truncation {
            return over_tcp(server, &question, &bytes).await;
        }
        return Ok(answer);
    }
}

/// Asks over TCP, where messages are preceded by their length (RFC 7766 section 8).
async fn over_tcp(server: SocketAddr, question: &Message, bytes: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes(), bytes].concat())
        .await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    answer_to(question, &answer).ok_or_else(|| io::Error::other("an answer that cannot be read"))
}

/// Reads an answer; `None` for what does not belong to the question, or cannot be read.
fn answer_to(question: &Message, bytes: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(bytes).ok()?;
    let same = answer.metadata.id == question.metadata.id
        && (answer.queries.is_empty() || answer.queries == question.queries);
    same.then_some(answer)
}

/// Takes the records of one kind out of an answer; the aliases that led to them are passed over.
fn read(answer: Message, kind: RecordType) -> Records<RData> {
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        ResponseCode::NXDomain => return Err(NoRecord::NoSuchName),
        other => return Err(NoRecord::Unanswered(other.to_string())),
    }
    let records = answer.answers.into_iter();
    let of_kind = records.filter(|record| record.record_type() == kind);
    Ok(of_kind.map(|record| record.data).collect())
}

#[cfg(test)]
mod tests {
    use super::super::scripted_dns::ScriptedDns;
    use super::*;

    #[test]
    fn the_systems_name_servers_are_read_as_resolv_conf_has_them() {
        let read = |text: &str| Resolver::of_system(text).servers;
        let text = "# one\nsearch example.net\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n\
            nameserver fe80::1%eth0\n;nameserver 192.0.2.9\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n";
        let found: Vec<String> = read(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]);
        assert_eq!(read("")[0].to_string(), "127.0.0.1:53");
    }

    #[test]
    fn an_address_has_a_name_in_the_tree_of_addresses() {
        assert_eq!(
            reverse("192.0.2.10".parse().unwrap()),
            "10.2.0.192.in-addr.arpa"
        );
        let six = reverse("2001:db8::b".parse().unwrap());
        assert_eq!(
            six,
            "b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
    }

    #[tokio::test]
    async fn records_are_found_once_joined_and_over_tcp_where_they_are_long() {
        let long = format!("\"v=spf1 {}\" \"-all\"", "ip4:192.0.2.1 ".repeat(15));
        let server = ScriptedDns::start(&[
            ("example.net", "TXT", &long),
            ("example.net", "TXT", &format!("\"{}\"", "y".repeat(250))),
            ("example.net", "TXT", &format!("\"{}\"", "z".repeat(250))),
            ("example.net", "MX", "20 b.example.net"),
            ("example.net", "MX", "10 a.example.net"),
            ("a.example.net", "A", "192.0.2.7"),
            ("7.2.0.192.in-addr.arpa", "PTR", "A.example.net"),
            ("www.example.net", "CNAME", "a.example.net"),
        ])
        .await;
        let resolver = server.resolver();
        let texts = resolver.texts("Example.NET").await.unwrap();
        assert!(texts.len() == 3 && texts[0].ends_with("ip4:192.0.2.1 -all"));
        resolver.texts("example.net.").await.unwrap();
        assert_eq!(server.asked("example.net", "TXT"), 2, "UDP, TCP, no more");
        assert_eq!(
            resolver.mail_hosts("example.net").await.unwrap(),
            ["a.example.net", "b.example.net"]
        );
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        for host in ["a.example.net", "www.example.net"] {
            assert_eq!(resolver.addresses(host).await.unwrap(), [address], "{host}");
        }
        assert_eq!(resolver.names(address).await.unwrap(), ["a.example.net"]);
        assert_eq!(resolver.texts("a.example.net").await, Ok(Vec::new()));
        assert_eq!(
            resolver.texts("no.example.net").await,
            Err(NoRecord::NoSuchName)
        );
    }

    #[tokio::test]
    async fn a_name_server_that_fails_is_passed_over_and_none_is_told() {
        let broken = ScriptedDns::start(&[("example.net", "TXT", "SERVFAIL")]).await;
        let good = ScriptedDns::start(&[("example.net", "TXT", "\"x\"")]).await;
        let both = Resolver::asking(vec![broken.address, good.address]);
        assert_eq!(both.texts("example.net").await.unwrap(), ["x"]);
        let Err(NoRecord::Unanswered(why)) = broken.resolver().texts("example.net").await else {
            panic!("it failed");
        };
        assert!(why.contains("Server Failure"), "{why}");
        // A port at which nobody listens.
        let nobody = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = nobody.local_addr().unwrap();
        drop(nobody);
        let none = Resolver::asking(vec![address]);
        assert!(matches!(
            none.texts("example.net").await,
            Err(NoRecord::Unanswered(_))
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_server_that_says_nothing_costs_the_limit_at_most() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = Resolver::asking(vec![silent.local_addr().unwrap(); 3]);
        let begun = Instant::now();
        for name in ["a.example", "b.example"] {
            let said = resolver.texts(name).await;
            assert!(matches!(said, Err(NoRecord::Unanswered(_))), "{said:?}");
        }
        assert!(begun.elapsed() <= LIMIT + Duration::from_millis(10));
    }
}
