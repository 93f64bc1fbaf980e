//! One of the two servers, its connection and watch streams, and what a line of a script does there.
//!
//! | line | |
//! |---|---|
//! | `Put key:"a" value:"1"` | a unary call, or one that is answered by a stream |
//! | `raw /etcdserverpb.KV/Put 0a01` | bytes in hex as a message to any path; the answer in hex |
//! | `Watch 1 create_request{key:"a"}` | sends on watch stream 1, which is opened when it is new |
//! | `read 1 3` | the next three messages of stream 1; `end` when it ended |
//! | `read 1 3 any` | the same, in no fixed order: of several watches |
//! | `KeepAlive 1 ID:7` | sends on keep-alive stream 1, which is opened when it is new; read as a watch stream |
//! | `renew 1 ID:7` | both at once |
//! | `until TTL:-1$ LeaseTimeToLive ID:7` | calls again until the answer contains the word, or ends in it |
//! | `open 1 Lock name:"a"` | begins a call; its answers are read as from stream 1 |
//! | `drop 1` | the client of stream 1 goes away |
//! | `full Status` | a call, its answer with the fields that 3.5.1 does not have |
//! | `not-etcd Range …` | a call that a 3.5.1 server would not survive |
//! | `MemberRemove ID:$added1` | `$added1` is the first member that was added, `$peer_url` the server's own |
//! | `login ann annpw` | gets a token, to be called by this name |
//! | `as ann Put key:"a"` | the call or stream with that token; a name without login is a token itself |
//! | `restart` | stops the server and starts it again; its streams are gone |

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
use rsetcd::pb::etcdserverpb::{AuthenticateRequest, AuthenticateResponse, MemberAddResponse};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::differences::Differences;
use super::normal::{self, Own};
use super::support::program::Program;
use super::support::server::Server;
use super::support::text::{self, message_named, method_named, path_of};
use super::support::wait::PATIENCE;
use super::support::wire::{self, Duplex};

const WATCH: &str = "/etcdserverpb.Watch/Watch";
const KEEP_ALIVE: &str = "/etcdserverpb.Lease/LeaseKeepAlive";
const UNTIL_LOOK: Duration = Duration::from_millis(50);
const IGNORED_LOOK: Duration = Duration::from_millis(500);
/// How long a stream stays silent on which nothing should come: a server that is wrong is seen most times.
const QUIET: Duration = Duration::from_secs(2);
/// What `read` says then.
const NOTHING: &str = "nothing";

pub struct Side {
    pub server: Server,
    channel: Channel,
    own: Own,
    pub streams: BTreeMap<u32, Duplex>,
    /// What comes on those of `streams` that are no watch streams.
    kinds: BTreeMap<u32, MessageDescriptor>,
    /// By the name of the user.
    tokens: BTreeMap<String, String>,
    /// Of the line that is run.
    token: Option<String>,
    /// Message and field: left out of the answers, since only rsetcd has them.
    new_fields: Vec<(String, String)>,
    /// What should come back for the line that is run: where that is nothing, `read` does not wait for long.
    pub expected: Vec<String>,
}

impl Side {
    pub async fn start(program: &Program, flags: &[String]) -> Self {
        // Elections of a tenth of a second, and without fsync: nothing that is compared depends on it.
        let quick = ["--heartbeat-interval", "10", "--election-timeout", "100", "--unsafe-no-fsync"];
        let mut all: Vec<String> = quick.map(String::from).into();
        all.extend_from_slice(flags);
        let server = Server::start(program, &all).await;
        let channel = server.connect().await;
        let own = own_of(&server, &channel).await;
        let new_fields = if program.is_rsetcd { Differences::read().new_fields() } else { Vec::new() };
        Self {
            server,
            channel,
            own,
            streams: BTreeMap::new(),
            kinds: BTreeMap::new(),
            tokens: BTreeMap::new(),
            token: None,
            new_fields,
            expected: Vec::new(),
        }
    }

    /// Does what the line says; gives what came back, one line a message.
    ///
    /// # Panics
    /// The line is not understood: an error of the script.
    pub async fn run(&mut self, line: &str) -> Vec<String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "not-etcd" if !self.server.program().is_rsetcd => vec!["not sent".into()],
            "not-etcd" => Box::pin(self.run(rest)).await,
            "full" => {
                let new_fields = std::mem::take(&mut self.new_fields);
                let answers = Box::pin(self.run(rest)).await;
                self.new_fields = new_fields;
                answers
            }
            "login" => vec![self.login(rest).await],
            "as" => {
                let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                self.token = Some(self.tokens.get(name).map_or(name, String::as_str).to_owned());
                let answers = Box::pin(self.run(rest)).await;
                self.token = None;
                answers
            }
            "restart" => {
                self.restart(Server::stop).await;
                Vec::new()
            }
            "raw" => vec![self.raw(rest).await],
            "Watch" => {
                self.watch(rest);
                Vec::new()
            }
            "KeepAlive" => {
                self.keep_alive(rest);
                Vec::new()
            }
            "renew" => {
                self.keep_alive(rest);
                let (stream, _) = rest.split_once(' ').unwrap_or((rest, ""));
                self.read(number(line, stream), 1).await
            }
            "open" => {
                self.open(rest);
                Vec::new()
            }
            "drop" => {
                self.streams.remove(&number(line, rest));
                Vec::new()
            }
            "until" => self.until(rest).await,
            "read" => {
                let mut words = rest.split(' ');
                let stream = number(line, words.next().unwrap_or_default());
                let count = words.next().map_or(1, |count| number(line, count));
                let mut answers = self.read(stream, count).await;
                if words.next() == Some("any") {
                    answers.sort();
                }
                answers
            }
            method => self.call(method, rest).await,
        }
    }

    /// `<name> <password>`: the answer without the token, which is kept.
    async fn login(&mut self, rest: &str) -> String {
        let (name, password) = rest.split_once(' ').unwrap_or((rest, ""));
        let request = AuthenticateRequest { name: name.into(), password: password.into() };
        let path = "/etcdserverpb.Auth/Authenticate";
        match wire::unary(&self.channel, path, request.encode_to_vec().into()).await {
            Ok(message) => {
                let answer = AuthenticateResponse::decode(message).expect("an answer");
                self.tokens.insert(name.to_owned(), answer.token);
                "ok".into()
            }
            Err(status) => show_error(&status),
        }
    }

    /// Ends the server by `stop` and starts it again. Streams end; terms may rise.
    pub async fn restart(&mut self, stop: impl FnOnce(&mut Server)) {
        self.streams.clear();
        self.kinds.clear();
        stop(&mut self.server);
        self.server.start_again().await;
        self.channel = self.server.connect().await;
    }

    async fn call(&mut self, method: &str, request: &str) -> Vec<String> {
        let method = method_named(method).unwrap_or_else(|| panic!("no method {method}"));
        let path = path_of(&method);
        let bytes = self.encode(method.input(), &self.filled_in(request));
        if method.is_server_streaming() {
            return match wire::server_stream_as(&self.channel, self.token.as_deref(), &path, bytes).await {
                Ok(messages) => messages.iter().map(|message| self.show(&method.output(), message)).collect(),
                Err(status) => vec![show_error(&status)],
            };
        }
        let is_change = method.parent_service().name() == "Cluster";
        match self.unary(is_change, &path, bytes).await {
            Ok(message) => {
                if let Ok(answer) = MemberAddResponse::decode(message.clone())
                    && method.name() == "MemberAdd"
                {
                    self.own.added.extend(answer.member.map(|member| member.id));
                }
                vec![self.show(&method.output(), &message)]
            }
            Err(status) => vec![show_error(&status)],
        }
    }

    /// One message there, one back. etcd's raft ignores a change of members that comes before it knows that the last
    /// one has been applied, some hundred microseconds after its answer, and etcd then never answers: asked again.
    async fn unary(&self, is_change: bool, path: &str, bytes: Bytes) -> Result<Bytes, Status> {
        let call = || wire::unary_as(&self.channel, self.token.as_deref(), path, bytes.clone());
        if !is_change || self.server.program().is_rsetcd {
            return call().await;
        }
        let ignored = || self.server.log().matches("ignoring conf change").count();
        loop {
            let before = ignored();
            let is_ignored = async {
                while ignored() == before {
                    tokio::time::sleep(IGNORED_LOOK).await;
                }
            };
            tokio::select! {
                answer = call() => return answer,
                () = is_ignored => {}
            }
        }
    }

    /// A request with the names of this side's members in place.
    fn filled_in(&self, request: &str) -> String {
        let mut request = request.replace("$peer_url", &self.own.peer_url);
        for (place, id) in (1..).zip(&self.own.added) {
            request = request.replace(&format!("$added{place}"), &id.to_string());
        }
        // A member that was never added: in a case that is being shortened.
        request.replace("$added", "99")
    }

    async fn raw(&self, rest: &str) -> String {
        let (path, hex) = rest.split_once(' ').unwrap_or((rest, ""));
        match wire::unary_as(&self.channel, self.token.as_deref(), path, from_hex(hex)).await {
            Ok(_) => "ok".into(),
            Err(status) => show_error(&status),
        }
    }

    /// Sends a WatchRequest: `<stream> <message>`.
    pub fn watch(&mut self, rest: &str) {
        let (stream, request) = rest.split_once(' ').unwrap_or((rest, ""));
        let stream = number(rest, stream);
        let bytes = self.encode(watch_request(), request);
        let duplex =
            self.streams.entry(stream).or_insert_with(|| wire::duplex_as(&self.channel, self.token.clone(), WATCH));
        // A stream that the server has ended says so when it is read.
        duplex.send.send(bytes).ok();
    }

    /// Sends a LeaseKeepAliveRequest: `<stream> <message>`.
    fn keep_alive(&mut self, rest: &str) {
        let (stream, request) = rest.split_once(' ').unwrap_or((rest, ""));
        let stream = number(rest, stream);
        let bytes = self.encode(message("LeaseKeepAliveRequest"), request);
        let duplex = self
            .streams
            .entry(stream)
            .or_insert_with(|| wire::duplex_as(&self.channel, self.token.clone(), KEEP_ALIVE));
        self.kinds.insert(stream, message("LeaseKeepAliveResponse"));
        duplex.send.send(bytes).ok();
    }

    /// `<stream> <method> <message>`: begins a call.
    fn open(&mut self, rest: &str) {
        let (stream, call) = rest.split_once(' ').unwrap_or((rest, ""));
        let (method, request) = call.split_once(' ').unwrap_or((call, ""));
        let method = method_named(method).unwrap_or_else(|| panic!("no method {method}"));
        let bytes = self.encode(method.input(), &self.filled_in(request));
        let stream = number(rest, stream);
        self.kinds.insert(stream, method.output());
        self.streams.insert(stream, wire::open_as(&self.channel, self.token.clone(), path_of(&method), bytes));
    }

    /// `<word> <line>`: the first answer to the line that contains the word, or the last one.
    async fn until(&mut self, rest: &str) -> Vec<String> {
        let (word, line) = rest.split_once(' ').unwrap_or((rest, ""));
        let begun = Instant::now();
        loop {
            let answers = Box::pin(self.run(line)).await;
            let is_it = |answer: &String| match word.strip_suffix('$') {
                Some(end) => answer.ends_with(end),
                None => answer.contains(word),
            };
            if begun.elapsed() > PATIENCE || answers.iter().any(is_it) {
                return answers;
            }
            tokio::time::sleep(UNTIL_LOOK).await;
        }
    }

    async fn read(&mut self, stream: u32, count: usize) -> Vec<String> {
        let kind = self.kinds.get(&stream).cloned().unwrap_or_else(watch_response);
        let mut lines = Vec::new();
        for place in 0..count {
            let is_quiet = self.expected.get(place).is_some_and(|line| line == NOTHING);
            let patience = if is_quiet { QUIET } else { PATIENCE };
            let duplex = self.streams.get_mut(&stream).expect("a stream that was opened");
            let line = match tokio::time::timeout(patience, duplex.receive.recv()).await {
                Ok(Some(Ok(message))) => self.show(&kind, &message),
                Ok(Some(Err(status))) => show_error(&status),
                Ok(None) => "end".into(),
                Err(_) => NOTHING.into(),
            };
            lines.push(line);
        }
        lines
    }

    pub fn encode(&self, descriptor: MessageDescriptor, request: &str) -> Bytes {
        let message = text::parse(descriptor, request, self.own.member).unwrap_or_else(|error| panic!("{error}"));
        message.encode_to_vec().into()
    }

    /// The normalised text of an answer.
    pub fn show(&self, descriptor: &MessageDescriptor, bytes: &Bytes) -> String {
        match DynamicMessage::decode(descriptor.clone(), bytes.clone()) {
            Ok(mut message) => {
                for (_, field) in self.new_fields.iter().filter(|(name, _)| name == descriptor.name()) {
                    message.clear_field_by_name(field);
                }
                normal::sort(&mut message);
                self.show_message(&message)
            }
            Err(error) => format!("not decodable: {error}"),
        }
    }

    pub fn show_message(&self, message: &DynamicMessage) -> String {
        let mut message = message.clone();
        if let Some(Value::List(members)) = message.get_field_by_name_mut("members") {
            let id = |member: &Value| member.as_message().and_then(|member| member.get_field_by_name("ID")?.as_u64());
            members.sort_by_key(|member| id(member).map(|id| self.own.place(id)));
        }
        let shown = text::show_with(&message, &|field, value| normal::rewrite(&self.own, field, value));
        format!("ok {shown}").trim_end().to_string()
    }
}

pub fn watch_request() -> MessageDescriptor {
    message("WatchRequest")
}

pub fn watch_response() -> MessageDescriptor {
    message("WatchResponse")
}

fn message(name: &str) -> MessageDescriptor {
    message_named(&format!("etcdserverpb.{name}")).expect("a message of ours")
}

async fn own_of(server: &Server, channel: &Channel) -> Own {
    use rsetcd::pb::etcdserverpb::{MemberListRequest, cluster_client::ClusterClient};
    let answer = ClusterClient::new(channel.clone())
        .member_list(MemberListRequest::default())
        .await
        .unwrap_or_else(|status| panic!("member list: {status}\n{}", server.log_tail()))
        .into_inner();
    let member = answer.header.expect("a header").member_id;
    Own { member, client_url: server.client_url(), peer_url: server.peer_url(), added: Vec::new() }
}

/// Code and text of an error.
pub fn show_error(status: &Status) -> String {
    let code: Code = status.code();
    format!("error {code:?} {:?}", status.message())
}

fn number<T: std::str::FromStr>(line: &str, text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("no number {text:?} in {line}"))
}

fn from_hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).expect("hex digits");
        u8::from_str_radix(pair, 16).unwrap_or_else(|_| panic!("no hex: {pair}"))
    };
    digits.chunks(2).map(byte).collect::<Vec<u8>>().into()
}
