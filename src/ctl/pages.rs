//! Long ranges in pieces, all as of the revision of the first one, so that memory is bounded whatever their length.

use crate::{
    client::{Client, ClientError, prefix_end},
    pb::etcdserverpb::{RangeRequest, RangeResponse},
};

const FIRST_PAGE_KEYS: i64 = 64;
const PAGE_KEYS_MAX: i64 = 100_000;
/// What a page should hold. Before the first one it is not known how large keys and values are.
const PAGE_BYTES: usize = 4 << 20;
/// A page is at most so many times as long as the one before.
const GROWTH_MAX: i64 = 16;

/// A range that is read page by page.
pub struct Pages {
    client: Client,
    /// `None` after the last page.
    next: Option<RangeRequest>,
    /// Keys that are still wanted; `None` for all.
    left: Option<i64>,
    page_keys: i64,
}

impl Pages {
    /// The pages of a range in the order of keys; its limit bounds them all together.
    pub fn new(client: &Client, request: RangeRequest) -> Self {
        let left = (request.limit > 0).then_some(request.limit);
        Self { client: client.clone(), next: Some(request), left, page_keys: FIRST_PAGE_KEYS }
    }

    /// The keys with a prefix at a revision, 0 for now.
    pub fn of_prefix(client: &Client, prefix: &[u8], revision: i64) -> Self {
        let super::keys::Selection { key, range_end } = super::keys::prefix(prefix.to_vec());
        let (key, range_end) = (key.into(), range_end.into());
        Self::new(client, RangeRequest { key, range_end, revision, ..RangeRequest::default() })
    }

    /// Leaves out the values.
    #[must_use]
    pub fn keys_only(mut self) -> Self {
        self.next.iter_mut().for_each(|request| request.keys_only = true);
        self
    }

    /// Begins behind this key.
    #[must_use]
    pub fn after(mut self, key: &[u8]) -> Self {
        self.next.iter_mut().for_each(|request| request.key = [key, b"\0"].concat().into());
        self
    }

    /// Whether pages give the same as one answer would: sorted by key, no filter that the server applies after its
    /// limit, and no second member that could be behind the first one.
    pub fn suit(client: &Client, request: &RangeRequest) -> bool {
        let filters = [
            request.min_mod_revision,
            request.max_mod_revision,
            request.min_create_revision,
            request.max_create_revision,
        ];
        let is_one_member = !request.serializable || client.endpoints().len() == 1;
        !request.range_end.is_empty()
            && request.limit >= 0
            && request.sort_order == 0
            && request.sort_target == 0
            && filters == [0; 4]
            && is_one_member
    }

    /// The next page; `None` after the last one. The first one comes even without keys.
    ///
    /// # Errors
    /// The call failed, for instance because the revision was compacted meanwhile.
    pub async fn next(&mut self) -> Result<Option<RangeResponse>, ClientError> {
        let Some(mut request) = self.next.take() else { return Ok(None) };
        request.limit = self.left.map_or(self.page_keys, |left| left.min(self.page_keys));
        let page = self.client.range(request.clone()).await?;
        if request.revision == 0 {
            request.revision = page.header.unwrap_or_default().revision;
        }
        let count = i64::try_from(page.kvs.len()).unwrap_or(i64::MAX);
        self.left = self.left.map(|left| left - count);
        if let Some(last) = page.kvs.last().filter(|_| page.more && self.left != Some(0)) {
            let bytes: usize = page.kvs.iter().map(|kv| kv.key.len() + kv.value.len()).sum();
            let fitting = PAGE_BYTES * page.kvs.len() / bytes.max(1);
            let longest = (self.page_keys * GROWTH_MAX).min(PAGE_KEYS_MAX);
            self.page_keys = i64::try_from(fitting).unwrap_or(longest).clamp(1, longest);
            request.key = [&last.key[..], b"\0"].concat().into();
            self.next = Some(request);
        }
        Ok(Some(page))
    }

    /// Leaves out all keys that begin with `prefix`, of which the last page held some.
    pub fn skip_prefix(&mut self, prefix: &[u8]) {
        let end = prefix_end(prefix);
        match &mut self.next {
            Some(_) if end == [0] => self.next = None,
            Some(request) if request.key[..] < end[..] => request.key = end.into(),
            Some(_) | None => {}
        }
    }
}
