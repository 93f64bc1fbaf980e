//! Requests to the key space, built step by step: [`Get`], [`Put`], [`Delete`], and [`Txn`] with its [`Compare`]s.

use bytes::Bytes;

use crate::pb::etcdserverpb::{
    Compare as Message, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest,
    compare::{CompareResult, CompareTarget, TargetUnion},
    range_request::{SortOrder, SortTarget},
    request_op::Request,
};

/// The end of the range of all keys that begin with `prefix`.
///
/// ```
/// use rsetcd::client::prefix_end;
/// assert_eq!(prefix_end(b"a/"), b"a0");
/// assert_eq!(prefix_end(b"a\xff"), b"b");
/// // No key comes after these: the range is open.
/// assert_eq!(prefix_end(b"\xff"), b"\0");
/// ```
pub fn prefix_end(prefix: &[u8]) -> Vec<u8> {
    let kept = prefix.iter().rposition(|&byte| byte < 0xff);
    match kept {
        None => vec![0],
        Some(last) => {
            let mut end = prefix[..=last].to_vec();
            end[last] += 1;
            end
        }
    }
}

/// Key and range end of all keys that begin with `key`; all keys if it is empty.
fn prefix_range(key: &Bytes) -> (Bytes, Bytes) {
    if key.is_empty() {
        return (Bytes::from_static(&[0]), Bytes::from_static(&[0]));
    }
    (key.clone(), prefix_end(key).into())
}

/// The methods that choose a range, for each builder that has a key and a range end.
macro_rules! ranges {
    () => {
        /// Means all keys that begin with the key; all keys if it is empty.
        #[must_use]
        pub fn prefix(mut self) -> Self {
            (self.0.key, self.0.range_end) = prefix_range(&self.0.key);
            self
        }

        /// Means the key and all after it.
        #[must_use]
        pub fn from_key(mut self) -> Self {
            if self.0.key.is_empty() {
                self.0.key = Bytes::from_static(&[0]);
            }
            self.0.range_end = Bytes::from_static(&[0]);
            self
        }

        /// Means the keys from the key on that come before `end`.
        #[must_use]
        pub fn until(mut self, end: impl Into<Bytes>) -> Self {
            self.0.range_end = end.into();
            self
        }
    };
}

/// What answers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The key.
    Key,
    /// How often it was put since its creation.
    Version,
    /// The revision of its creation.
    CreateRevision,
    /// The revision of its last change.
    ModRevision,
    /// The value.
    Value,
}

/// Which comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

/// Reads one key, or several.
///
/// ```
/// use rsetcd::client::{Get, Order, SortBy};
/// let newest = Get::new("jobs/").prefix().sort(SortBy::ModRevision, Order::Descending).limit(10);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Get(RangeRequest);

impl Get {
    /// Reads this key.
    pub fn new(key: impl Into<Bytes>) -> Self {
        Self(RangeRequest { key: key.into(), ..RangeRequest::default() })
    }

    ranges!();

    /// At most that many keys; 0 is no limit.
    #[must_use]
    pub fn limit(mut self, keys: i64) -> Self {
        self.0.limit = keys;
        self
    }

    /// As of this revision.
    #[must_use]
    pub fn revision(mut self, revision: i64) -> Self {
        self.0.revision = revision;
        self
    }

    /// Sorted, before the limit is applied.
    #[must_use]
    pub fn sort(mut self, by: SortBy, order: Order) -> Self {
        self.0.sort_target = match by {
            SortBy::Key => SortTarget::Key,
            SortBy::Version => SortTarget::Version,
            SortBy::CreateRevision => SortTarget::Create,
            SortBy::ModRevision => SortTarget::Mod,
            SortBy::Value => SortTarget::Value,
        } as i32;
        self.0.sort_order = match order {
            Order::Ascending => SortOrder::Ascend,
            Order::Descending => SortOrder::Descend,
        } as i32;
        self
    }

    /// From the state of the member that is asked, which may be behind.
    #[must_use]
    pub fn serializable(mut self) -> Self {
        self.0.serializable = true;
        self
    }

    /// Without the values.
    #[must_use]
    pub fn keys_only(mut self) -> Self {
        self.0.keys_only = true;
        self
    }

    /// How many they are, and nothing else.
    #[must_use]
    pub fn count_only(mut self) -> Self {
        self.0.count_only = true;
        self
    }

    /// Leaves out keys changed outside of these revisions, both included; 0 is no bound.
    #[must_use]
    pub fn mod_revisions(mut self, min: i64, max: i64) -> Self {
        (self.0.min_mod_revision, self.0.max_mod_revision) = (min, max);
        self
    }

    /// Leaves out keys created outside of these revisions, both included; 0 is no bound.
    #[must_use]
    pub fn create_revisions(mut self, min: i64, max: i64) -> Self {
        (self.0.min_create_revision, self.0.max_create_revision) = (min, max);
        self
    }
}

/// Writes one key.
#[derive(Clone, Debug, Default)]
pub struct Put(PutRequest);

impl Put {
    /// Writes this value.
    pub fn new(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self(PutRequest { key: key.into(), value: value.into(), ..PutRequest::default() })
    }

    /// Deletes the key when this lease ends.
    #[must_use]
    pub fn lease(mut self, id: i64) -> Self {
        self.0.lease = id;
        self
    }

    /// Answers with what was there before.
    #[must_use]
    pub fn prev_kv(mut self) -> Self {
        self.0.prev_kv = true;
        self
    }

    /// Keeps the value that is there; the key must exist.
    #[must_use]
    pub fn keep_value(mut self) -> Self {
        (self.0.ignore_value, self.0.value) = (true, Bytes::new());
        self
    }

    /// Keeps the lease that is there; the key must exist.
    #[must_use]
    pub fn keep_lease(mut self) -> Self {
        (self.0.ignore_lease, self.0.lease) = (true, 0);
        self
    }
}

/// Deletes one key, or several.
#[derive(Clone, Debug, Default)]
pub struct Delete(DeleteRangeRequest);

impl Delete {
    /// Deletes this key.
    pub fn new(key: impl Into<Bytes>) -> Self {
        Self(DeleteRangeRequest { key: key.into(), ..DeleteRangeRequest::default() })
    }

    ranges!();

    /// Answers with what was there before.
    #[must_use]
    pub fn prev_kv(mut self) -> Self {
        self.0.prev_kv = true;
        self
    }
}

/// A condition of a [`Txn`].
///
/// ```
/// use rsetcd::client::Compare;
/// let unchanged = Compare::mod_revision("config").equal(42);
/// let free = Compare::missing("lock");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Compare(Message);

/// A [`Compare`] that still needs to know what to compare with.
#[derive(Clone, Debug)]
pub struct CompareWith<T>(Message, fn(T) -> TargetUnion);

impl Compare {
    fn with<T>(key: impl Into<Bytes>, target: CompareTarget, wrap: fn(T) -> TargetUnion) -> CompareWith<T> {
        CompareWith(Message { key: key.into(), target: target as i32, ..Message::default() }, wrap)
    }

    /// Compares the value; false if there is no key.
    pub fn value(key: impl Into<Bytes>) -> CompareWith<Bytes> {
        Self::with(key, CompareTarget::Value, TargetUnion::Value)
    }

    /// Compares how often it was put since its creation; 0 if there is no key.
    pub fn version(key: impl Into<Bytes>) -> CompareWith<i64> {
        Self::with(key, CompareTarget::Version, TargetUnion::Version)
    }

    /// Compares the revision of its creation; 0 if there is no key.
    pub fn create_revision(key: impl Into<Bytes>) -> CompareWith<i64> {
        Self::with(key, CompareTarget::Create, TargetUnion::CreateRevision)
    }

    /// Compares the revision of its last change; 0 if there is no key.
    pub fn mod_revision(key: impl Into<Bytes>) -> CompareWith<i64> {
        Self::with(key, CompareTarget::Mod, TargetUnion::ModRevision)
    }

    /// Compares the lease; 0 if there is none.
    pub fn lease(key: impl Into<Bytes>) -> CompareWith<i64> {
        Self::with(key, CompareTarget::Lease, TargetUnion::Lease)
    }

    /// The key exists.
    pub fn exists(key: impl Into<Bytes>) -> Self {
        Self::create_revision(key).greater(0)
    }

    /// The key does not exist.
    pub fn missing(key: impl Into<Bytes>) -> Self {
        Self::create_revision(key).equal(0)
    }
}

impl<T> CompareWith<T> {
    /// Must be true for all keys that begin with the key.
    #[must_use]
    pub fn prefix(mut self) -> Self {
        (self.0.key, self.0.range_end) = prefix_range(&self.0.key);
        self
    }

    /// Must be true for all keys from the key on that come before `end`.
    #[must_use]
    pub fn until(mut self, end: impl Into<Bytes>) -> Self {
        self.0.range_end = end.into();
        self
    }

    /// The key's is this.
    pub fn equal(self, than: impl Into<T>) -> Compare {
        self.is(CompareResult::Equal, than)
    }

    /// The key's is another.
    pub fn not_equal(self, than: impl Into<T>) -> Compare {
        self.is(CompareResult::NotEqual, than)
    }

    /// The key's is greater.
    pub fn greater(self, than: impl Into<T>) -> Compare {
        self.is(CompareResult::Greater, than)
    }

    /// The key's is less.
    pub fn less(self, than: impl Into<T>) -> Compare {
        self.is(CompareResult::Less, than)
    }

    fn is(mut self, result: CompareResult, than: impl Into<T>) -> Compare {
        self.0.result = result as i32;
        self.0.target_union = Some(self.1(than.into()));
        Compare(self.0)
    }
}

/// One step of a [`Txn`]: made from a [`Get`], a [`Put`], a [`Delete`] or another [`Txn`].
#[derive(Clone, Debug, PartialEq)]
pub struct Op(RequestOp);

/// Compares, and then does one list of steps or the other, as one change.
///
/// ```no_run
/// # async fn example(client: rsetcd::client::Client) -> Result<(), rsetcd::client::ClientError> {
/// use rsetcd::client::{Compare, Get, Put, Txn};
///
/// let take = Txn::new()
///     .when([Compare::missing("seat/12")])
///     .then([Put::new("seat/12", "ann").into()])
///     .or_else([Get::new("seat/12").into()]);
/// let answer = client.txn(take).await?;
/// println!("{}", if answer.succeeded { "mine" } else { "taken" });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Txn(TxnRequest);

impl Txn {
    /// Does nothing, successfully.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds conditions; all must be true.
    #[must_use]
    pub fn when(mut self, compares: impl IntoIterator<Item = Compare>) -> Self {
        self.0.compare.extend(compares.into_iter().map(|compare| compare.0));
        self
    }

    /// Adds steps for when the conditions are true.
    #[must_use]
    pub fn then(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.0.success.extend(ops.into_iter().map(|op| op.0));
        self
    }

    /// Adds steps for when they are not.
    #[must_use]
    pub fn or_else(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.0.failure.extend(ops.into_iter().map(|op| op.0));
        self
    }
}

macro_rules! messages {
    ($($builder:ident($message:ident) = $member:ident;)*) => {$(
        impl From<$builder> for $message {
            fn from(builder: $builder) -> Self {
                builder.0
            }
        }

        impl From<$message> for $builder {
            fn from(message: $message) -> Self {
                Self(message)
            }
        }

        impl From<$builder> for Op {
            fn from(builder: $builder) -> Self {
                Self(RequestOp { request: Some(Request::$member(builder.0)) })
            }
        }
    )*};
}

messages! {
    Get(RangeRequest) = RequestRange;
    Put(PutRequest) = RequestPut;
    Delete(DeleteRangeRequest) = RequestDeleteRange;
    Txn(TxnRequest) = RequestTxn;
}

impl From<Op> for RequestOp {
    fn from(op: Op) -> Self {
        op.0
    }
}

impl From<Compare> for Message {
    fn from(compare: Compare) -> Self {
        compare.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_they_say() {
        let range = |get: Get| (get.0.key.to_vec(), get.0.range_end.to_vec());
        for (get, key, end) in [
            (Get::new("k"), &b"k"[..], &b""[..]),
            (Get::new("k").prefix(), b"k", b"l"),
            (Get::new("").prefix(), b"\0", b"\0"),
            (Get::new(&b"a\xff\xff"[..]).prefix(), b"a\xff\xff", b"b"),
            (Get::new(&b"\xff"[..]).prefix(), b"\xff", b"\0"),
            (Get::new("k").from_key(), b"k", b"\0"),
            (Get::new("").from_key(), b"\0", b"\0"),
            (Get::new("a").until("c"), b"a", b"c"),
        ] {
            assert_eq!(range(get), (key.to_vec(), end.to_vec()));
        }
    }

    #[test]
    fn a_compare_carries_its_target() {
        let Compare(message) = Compare::value("k").prefix().not_equal("v");
        assert_eq!(message.target, CompareTarget::Value as i32);
        assert_eq!(message.result, CompareResult::NotEqual as i32);
        assert_eq!(message.target_union, Some(TargetUnion::Value("v".into())));
        assert_eq!((&message.key[..], &message.range_end[..]), (&b"k"[..], &b"l"[..]));
    }
}
