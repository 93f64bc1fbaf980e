//! What `top` knows of each member: its counts, from its page of metrics, and the changes that a watch on it shows.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    sync::mpsc,
    time::{timeout, timeout_at},
};

use super::{
    du::Usage,
    global::{Context, Limit},
    metrics_page::{self, Page},
};
use crate::{
    cli::{
        exit::{Exit, Failure},
        grouping::Grouping,
    },
    client::{Client, ClientError, WatchEvent, WatchRequest},
    pb::etcdserverpb::{MemberListRequest, MemberListResponse},
};

/// How long a page of metrics may hold up the others.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// What a member counts, since its start.
#[derive(Clone, Copy)]
pub struct Counts {
    /// When that was.
    pub at: Instant,
    pub reads: f64,
    pub puts: f64,
    pub deletes: f64,
    pub txns: f64,
    /// Bytes from clients and to them.
    pub received: f64,
    pub sent: f64,
    pub watchers: f64,
    pub db_bytes: f64,
    pub revision: f64,
}

impl Counts {
    fn of(page: &Page) -> Self {
        Self {
            at: Instant::now(),
            reads: page.sum("etcd_mvcc_range_total"),
            puts: page.sum("etcd_mvcc_put_total"),
            deletes: page.sum("etcd_mvcc_delete_total"),
            txns: page.sum("etcd_mvcc_txn_total"),
            received: page.sum("etcd_network_client_grpc_received_bytes_total"),
            sent: page.sum("etcd_network_client_grpc_sent_bytes_total"),
            watchers: page.sum("etcd_debugging_mvcc_watcher_total"),
            db_bytes: page.sum("etcd_mvcc_db_total_size_in_bytes"),
            revision: page.sum("etcd_debugging_mvcc_current_revision"),
        }
    }
}

/// A member, or an endpoint behind which none was found.
pub struct Member {
    /// The member's, or where it is.
    pub name: String,
    /// At the last look but one, if there were any.
    pub before: Option<Counts>,
    /// At the last look, or why there are none.
    pub counts: Result<Counts, String>,
    /// What changed by prefix since they were taken away.
    pub changes: HashMap<Vec<u8>, Usage>,
    /// Where it is; `None` if it does not say.
    place: Option<Place>,
    /// Why changes may be missing.
    watch_fault: Option<String>,
}

struct Place {
    url: String,
    client: Client,
    request: WatchRequest,
    events: mpsc::Receiver<WatchEvent>,
}

impl Member {
    fn new(name: &str, place: Option<Place>) -> Self {
        let name = match &place {
            Some(place) if name.is_empty() => place.url.clone(),
            Some(_) | None => name.to_owned(),
        };
        let counts = Err("it has no URL for clients".to_owned());
        Self { name, before: None, counts, changes: HashMap::new(), place, watch_fault: None }
    }

    /// Reads its counts.
    pub async fn look(&mut self, context: &Context) {
        let Some(Place { url, .. }) = &self.place else { return };
        let counts = match timeout(LOOK_MAX, metrics_page::read(context, url)).await {
            Ok(Ok(page)) => Ok(Counts::of(&page)),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no metrics from {url} within {}s", LOOK_MAX.as_secs())),
        };
        self.before = std::mem::replace(&mut self.counts, counts).ok();
    }

    /// Adds up what changes until `end`. A watch that has ended begins anew then.
    pub async fn watch_until(&mut self, end: Instant, grouping: &Grouping) {
        let Some(place) = &mut self.place else { return };
        self.watch_fault = None;
        while let Ok(answer) = timeout_at(end.into(), place.events.recv()).await {
            let fault = answer.as_ref().map_or_else(|| Some("the watch has ended".into()), WatchEvent::error);
            for kv in answer.iter().flat_map(|answer| &answer.events).filter_map(|event| event.kv.as_ref()) {
                let (group, bytes) = (grouping.group(&kv.key), kv.key.len() + kv.value.len());
                match self.changes.get_mut(group) {
                    Some(usage) => usage.add(bytes),
                    None => self.changes.entry(group.to_vec()).or_default().add(bytes),
                }
            }
            if fault.is_some() {
                self.watch_fault = fault;
                tokio::time::sleep_until(end.into()).await;
                place.events = place.client.watch(place.request.clone());
                return;
            }
        }
    }

    /// What is not known of it, and why.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        let counts = self.counts.as_ref().err().cloned();
        let watch = self.watch_fault.as_ref().map(|reason| format!("changes may be missing: {reason}"));
        counts.into_iter().chain(watch)
    }
}

/// All members of the clusters that the endpoints belong to, and the endpoints that do not answer.
///
/// # Errors
/// None of them answers, or the flags do not describe a client.
pub async fn find(context: &Context, prefix: &[u8]) -> Result<Vec<Member>, Failure> {
    let all = context.client(Limit::Command).await?;
    let place = |url: String| {
        let client = all.with_endpoints(vec![url.clone()]);
        let client = client.map_err(|error| Failure::new(Exit::BadConnection, error.to_string()))?;
        let request = WatchRequest::new(prefix).prefix();
        let events = client.watch(request.clone());
        Ok::<_, Failure>(Place { url, client, request, events })
    };
    let places = all.endpoints().into_iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let lists = join_all(places.iter().map(|place| place.client.member_list(MemberListRequest::default()))).await;
    match lists.iter().find_map(|list| list.as_ref().err()) {
        Some(error) if lists.iter().all(Result::is_err) => Err(error.clone().into()),
        _ => members(places, lists, place),
    }
}

/// Sorts out who is who. A member that an endpoint leads to is asked there, the others where their first URL leads.
fn members(
    places: Vec<Place>,
    lists: Vec<Result<MemberListResponse, ClientError>>,
    place: impl Fn(String) -> Result<Place, Failure>,
) -> Result<Vec<Member>, Failure> {
    let (mut members, mut known, mut urls) = (Vec::new(), HashSet::new(), HashSet::new());
    let (mut others, mut silent) = (Vec::new(), Vec::new());
    for (place, list) in places.into_iter().zip(lists) {
        let Ok(list) = list else {
            silent.push(place);
            continue;
        };
        let header = list.header.unwrap_or_default();
        let own = list.members.iter().find(|member| member.id == header.member_id);
        if known.insert((header.cluster_id, header.member_id)) {
            members.push(Member::new(own.map_or("", |own| &own.name), Some(place)));
        }
        others.extend(list.members.into_iter().map(|member| (header.cluster_id, member)));
    }
    for (cluster, member) in others {
        urls.extend(member.client_ur_ls.iter().map(|url| authority(url).to_owned()));
        if known.insert((cluster, member.id)) {
            let place = member.client_ur_ls.first().map(|url| place(url.clone())).transpose()?;
            let name = if member.name.is_empty() { format!("{:x}", member.id) } else { member.name };
            members.push(Member::new(&name, place));
        }
    }
    let silent = silent.into_iter().filter(|place| !urls.contains(authority(&place.url)));
    members.extend(silent.map(|place| Member::new("", Some(place))));
    Ok(members)
}

/// Host and port.
fn authority(url: &str) -> &str {
    let url = url.trim();
    url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/')
}
