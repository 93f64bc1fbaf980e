//! `--discovery-srv`: endpoints from the DNS, by a query of our own, since the system's resolver does not give SRV
//! records.
//!
//! A query and its answer: 12 bytes head (id, flags, four counts, big endian), then questions and records. A name is
//! a list of labels, each with its length before it; two high bits in a length make it a pointer to an earlier place.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use crate::cli::exit::{Exit, Failure};

/// How long one server may take.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 2;
const TYPE_SRV: u16 = 33;
const CLASS_INTERNET: u16 = 1;
const HEAD_BYTES: usize = 12;
/// Flags: recursion is desired; the answer was cut.
const RECURSION: u16 = 0x0100;
const TRUNCATED: u16 = 0x0200;
/// More pointers in one name are a loop.
const POINTERS_MAX: usize = 32;

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    port: u16,
    /// With a dot at its end.
    target: String,
}

/// The endpoints that the records of a domain name: `https` first, then `http` unless only secure ones are `wanted`.
///
/// # Errors
/// Neither of the two lookups has an answer.
pub async fn endpoints(domain: &str, service_name: &str, insecure: bool) -> Result<Vec<String>, Failure> {
    let servers = name_servers(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default());
    discover(&servers, domain, service_name, insecure).await
}

async fn discover(
    servers: &[SocketAddr],
    domain: &str,
    service_name: &str,
    insecure: bool,
) -> Result<Vec<String>, Failure> {
    let suffix = if service_name.is_empty() { String::new() } else { format!("-{service_name}") };
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for (service, scheme) in [("etcd-client-ssl", "https"), ("etcd-client", "http")] {
        match lookup(servers, &format!("_{service}{suffix}._tcp.{domain}")).await {
            Ok(records) => {
                found.extend(records.iter().map(|record| format!("{scheme}://{}:{}", record.target, record.port)));
            }
            Err(error) => errors.push(error),
        }
    }
    if let [first, second] = &errors[..] {
        return Err(Failure::new(Exit::Error, format!("dns lookup errors: {first} and {second}")));
    }
    if !insecure {
        for endpoint in found.iter().filter(|endpoint| endpoint.starts_with("http://")) {
            crate::cli::errln!("ignoring discovered insecure endpoint {}", crate::cli::go::quote(endpoint.as_bytes()));
        }
        found.retain(|endpoint| !endpoint.starts_with("http://"));
    }
    Ok(found)
}

/// The servers that the system asks.
fn name_servers(configuration: &str) -> Vec<SocketAddr> {
    let addresses = configuration.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next()?.parse().ok())?
    });
    let servers: Vec<_> = addresses.map(|address| SocketAddr::new(address, 53)).collect();
    if servers.is_empty() { vec![SocketAddr::from(([127, 0, 0, 1], 53))] } else { servers }
}

/// The records of a name, the preferred ones first. The error reads as Go's resolver prints it.
async fn lookup(servers: &[SocketAddr], name: &str) -> Result<Vec<Record>, String> {
    let mut last = format!("lookup {name}: no such host");
    let query = query(name, rand::random()).ok_or_else(|| last.clone())?;
    for _ in 0..ATTEMPTS {
        for server in servers {
            let failed = |what: &str| format!("lookup {name} on {server}: {what}");
            let answer = match timeout(PATIENCE, ask(*server, &query)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    last = failed(&error.to_string());
                    continue;
                }
                Err(_) => {
                    last = failed("i/o timeout");
                    continue;
                }
            };
            match records(&answer) {
                Answer::Records(mut records) if !records.is_empty() => {
                    records.sort_by_key(|record| (record.priority, u16::MAX - record.weight));
                    return Ok(records);
                }
                Answer::Records(_) | Answer::NoSuchName => return Err(failed("no such host")),
                Answer::Refused => last = failed("server misbehaving"),
                Answer::Malformed => last = failed("cannot unmarshal DNS message"),
            }
        }
    }
    Err(last)
}

/// Sends a query and waits for its answer; a cut one is asked for again over TCP.
async fn ask(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let local: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut answer = vec![0; 65_535];
    loop {
        let bytes = socket.recv(&mut answer).await?;
        // Something else may come to this port, too.
        if bytes >= HEAD_BYTES && answer[..2] == query[..2] {
            answer.truncate(bytes);
            break;
        }
    }
    let flags = u16::from_be_bytes([answer[2], answer[3]]);
    if flags & TRUNCATED == 0 { Ok(answer) } else { ask_tcp(server, query).await }
}

/// Over TCP each message has its length before it.
async fn ask_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], query].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// A query for the SRV records of `name`; `None` if that is no name.
fn query(name: &str, id: u16) -> Option<Vec<u8>> {
    let mut query = Vec::new();
    for number in [id, RECURSION, 1, 0, 0, 0] {
        query.extend(number.to_be_bytes());
    }
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?;
        query.push(length);
        query.extend(label.as_bytes());
    }
    query.push(0);
    query.extend(TYPE_SRV.to_be_bytes());
    query.extend(CLASS_INTERNET.to_be_bytes());
    Some(query)
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Records(Vec<Record>),
    NoSuchName,
    Refused,
    Malformed,
}

fn records(answer: &[u8]) -> Answer {
    let Some(flags) = u16_at(answer, 2) else { return Answer::Malformed };
    match flags & 0xf {
        0 => read_records(answer).map_or(Answer::Malformed, Answer::Records),
        3 => Answer::NoSuchName,
        _ => Answer::Refused,
    }
}

fn read_records(answer: &[u8]) -> Option<Vec<Record>> {
    let (questions, count) = (u16_at(answer, 4)?, u16_at(answer, 6)?);
    let mut at = HEAD_BYTES;
    for _ in 0..questions {
        at = read_name(answer, at)?.1 + 4;
    }
    let mut records = Vec::new();
    for _ in 0..count {
        at = read_name(answer, at)?.1;
        let (kind, length) = (u16_at(answer, at)?, usize::from(u16_at(answer, at + 8)?));
        let data = at + 10;
        if kind == TYPE_SRV {
            records.push(Record {
                priority: u16_at(answer, data)?,
                weight: u16_at(answer, data + 2)?,
                port: u16_at(answer, data + 4)?,
                target: read_name(answer, data + 6)?.0,
            });
        }
        at = data + length;
    }
    Some(records)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The name at a place, and the place behind it.
fn read_name(bytes: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut name, mut at, mut end) = (String::new(), start, None);
    for _ in 0..=POINTERS_MAX {
        loop {
            let length = *bytes.get(at)?;
            if length == 0 {
                return Some((name, end.unwrap_or(at + 1)));
            }
            if length & 0xc0 == 0xc0 {
                end = end.or(Some(at + 2));
                at = usize::from(u16_at(bytes, at)? & 0x3fff);
                break;
            }
            let label = bytes.get(at + 1..at + 1 + usize::from(length))?;
            name.push_str(std::str::from_utf8(label).ok()?);
            name.push('.');
            at += 1 + usize::from(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name with priority, weight and port of each of its records.
    type Known = (&'static str, &'static [(u16, u16, u16)]);

    /// Answers with the records given for a name, and says of others that they do not exist.
    async fn server(known: &'static [Known]) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            while let Ok((bytes, from)) = socket.recv_from(&mut buffer).await {
                let mut answer = buffer[..bytes].to_vec();
                let (name, _) = read_name(&answer, HEAD_BYTES).expect("a name");
                match known.iter().find(|(known, _)| *known == name) {
                    None => answer[3] = 3,
                    Some((_, records)) => {
                        answer[7] = u8::try_from(records.len()).expect("few");
                        for (priority, weight, port) in *records {
                            // Both names point into the question: the whole name, and its last two labels.
                            let tail = u8::try_from(HEAD_BYTES + name.find("db.").expect("the domain")).expect("short");
                            answer.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 9, 0, 10]);
                            for number in [priority, weight, port] {
                                answer.extend(number.to_be_bytes());
                            }
                            answer.extend([1, b'm', 0xc0, tail]);
                        }
                    }
                }
                let _ = socket.send_to(&answer, from).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn endpoints_come_in_the_order_of_schemes_and_priorities() {
        let address = server(&[
            ("_etcd-client-ssl._tcp.db.test.", &[(2, 0, 1), (1, 5, 2), (1, 9, 3)]),
            ("_etcd-client._tcp.db.test.", &[(0, 0, 4)]),
            ("_etcd-client-x._tcp.db.test.", &[(0, 0, 5)]),
        ])
        .await;
        for (service, insecure, expected) in [
            ("", true, "https://m.db.test.:3 https://m.db.test.:2 https://m.db.test.:1 http://m.db.test.:4".to_owned()),
            ("", false, "https://m.db.test.:3 https://m.db.test.:2 https://m.db.test.:1".to_owned()),
            ("x", true, "http://m.db.test.:5".to_owned()),
            ("x", false, String::new()),
            (
                "y",
                true,
                format!(
                    "dns lookup errors: lookup _etcd-client-ssl-y._tcp.db.test on {address}: no such host and lookup \
                     _etcd-client-y._tcp.db.test on {address}: no such host"
                ),
            ),
        ] {
            let found = discover(&[address], "db.test", service, insecure).await;
            assert_eq!(found.map_or_else(|failure| failure.message, |found| found.join(" ")), expected, "{service}");
        }
    }

    #[test]
    fn broken_answers_are_refused() {
        let mut looped = query("a.b", 1).expect("a name");
        looped[5] = 1;
        looped[7] = 1;
        let at = u8::try_from(looped.len()).expect("short");
        looped.extend([0xc0, at]);
        assert_eq!(records(&looped), Answer::Malformed);
        for cut in 0..looped.len() {
            assert_eq!(records(&looped[..cut]), Answer::Malformed, "{cut}");
        }
        assert!(query(&"a".repeat(64), 1).is_none());
        assert!(query("a..b", 1).is_none());
    }

    #[test]
    fn name_servers_stand_in_the_systems_file() {
        let servers = name_servers("# x\nnameserver 10.0.0.1\nsearch a\nnameserver ::1\nnameserver bad\n");
        assert_eq!(servers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1:53", "[::1]:53"]);
    }
}
