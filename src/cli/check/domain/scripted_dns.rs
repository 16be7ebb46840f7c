//! A name server on loopback that knows what a test gives it, over UDP and TCP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, PTR, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::dns::Resolver;

/// An answer over UDP has no more (RFC 1035 section 2.3.4).
const WITHIN_UDP: usize = 512;

type Zone = Vec<(String, String, String)>;

/// The server. Its tasks end with the test's runtime.
pub(super) struct ScriptedDns {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl ScriptedDns {
    /// Serves records: name, kind, and what stands there. `SERVFAIL` as data is a failure.
    pub(super) async fn start(records: &[(&str, &str, &str)]) -> Self {
        let zone: Arc<Zone> = Arc::new(
            records
                .iter()
                .map(|(name, kind, data)| ((*name).into(), (*kind).into(), (*data).into()))
                .collect(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let socket = UdpSocket::bind(address).await.unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (over_udp, over_tcp) = (zone.clone(), zone);
        let (noted, noted_too) = (asked.clone(), asked.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let mut answer = answer(&over_udp, &buffer[..length], &noted);
                if answer.to_vec().unwrap().len() > WITHIN_UDP {
                    answer.answers.clear();
                    answer.metadata.truncation = true;
                }
                // What belongs to nobody's question is passed over.
                socket.send_to(b"stray", from).await.unwrap();
                let bytes = answer.to_vec().unwrap();
                socket.send_to(&bytes, from).await.unwrap();
            }
        });
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut question = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut question).await.unwrap();
                let bytes = answer(&over_tcp, &question, &noted_too).to_vec().unwrap();
                let length = u16::try_from(bytes.len()).unwrap();
                stream.write_u16(length).await.unwrap();
                stream.write_all(&bytes).await.unwrap();
            }
        });
        ScriptedDns { address, asked }
    }

    pub(super) fn resolver(&self) -> Resolver {
        Resolver::asking(vec![self.address])
    }

    /// Counts how often a question was asked.
    pub(super) fn asked(&self, name: &str, kind: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        let same = asked.iter().filter(|(n, k)| (&**n, &**k) == (name, kind));
        same.count()
    }
}

fn answer(zone: &Zone, question: &[u8], asked: &Mutex<Vec<(String, String)>>) -> Message {
    let question = Message::from_vec(question).unwrap();
    let query = question.queries[0].clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let mut name = query.name().to_ascii().trim_end_matches('.').to_owned();
    let kind = query.query_type().to_string();
    asked.lock().unwrap().push((name.clone(), kind.clone()));
    answer.add_query(query);
    loop {
        let here: Vec<_> = zone.iter().filter(|(at, ..)| *at == name).collect();
        let below = format!(".{name}");
        if here.is_empty() && !zone.iter().any(|(at, ..)| at.ends_with(&below)) {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        let mut alias = None;
        for (_, of, data) in here {
            if data == "SERVFAIL" {
                answer.metadata.response_code = ResponseCode::ServFail;
            } else if *of == kind || of == "CNAME" {
                let at = Name::from_ascii(format!("{name}.")).unwrap();
                answer
                    .answers
                    .push(Record::from_rdata(at, 60, parsed(of, data)));
                alias = (of == "CNAME").then(|| data.clone());
            }
        }
        match alias {
            Some(other) => name = other,
            None => return answer,
        }
    }
}

fn parsed(kind: &str, data: &str) -> RData {
    let name = |text: &str| Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).unwrap();
    match kind.parse::<RecordType>().unwrap() {
        RecordType::A => RData::A(A(data.parse().unwrap())),
        RecordType::AAAA => RData::AAAA(AAAA(data.parse().unwrap())),
        RecordType::CNAME => RData::CNAME(CNAME(name(data))),
        RecordType::PTR => RData::PTR(PTR(name(data))),
        RecordType::MX => {
            let (preference, host) = data.split_once(' ').unwrap();
            RData::MX(MX::new(preference.parse().unwrap(), name(host)))
        }
        RecordType::TXT => {
            let strings = data.split('"').skip(1).step_by(2);
            RData::TXT(TXT::new(strings.map(str::to_owned).collect()))
        }
        other => panic!("{other} is not served"),
    }
}
