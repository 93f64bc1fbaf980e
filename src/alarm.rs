//! Alarms: which stand, replicated and persisted in bucket `alarm` (key: an encoded `AlarmMember`, no value).
//!
//! Not here: what an alarm forbids (`apply::gate`), who raises one (`server`).

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use crate::pb::etcdserverpb::{AlarmMember, AlarmType};
use crate::storage::schema::bucket::{Bucket, BucketChange};

/// The alarms that stand, each for one member. Types that this release does not know are kept like the others: a
/// newer member may have raised them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Ordered by type, then member.
    standing: BTreeSet<(i32, u64)>,
}

/// A key of bucket `alarm` that is no `AlarmMember`.
#[derive(Debug, thiserror::Error)]
#[error("bucket alarm: key {key:02x?} is no alarm: {source}")]
pub struct MalformedAlarm {
    key: Bytes,
    source: prost::DecodeError,
}

impl Alarms {
    /// Reads the keys of bucket `alarm`.
    ///
    /// # Errors
    /// A key cannot be decoded.
    pub fn restore<'a>(keys: impl IntoIterator<Item = &'a Bytes>) -> Result<Self, MalformedAlarm> {
        let mut standing = BTreeSet::new();
        for key in keys {
            let alarm =
                AlarmMember::decode(key.clone()).map_err(|source| MalformedAlarm { key: key.clone(), source })?;
            standing.insert((alarm.alarm, alarm.member_id));
        }
        Ok(Self { standing })
    }

    /// Whether an alarm of this type stands for any member.
    pub fn is_raised(&self, kind: AlarmType) -> bool {
        self.of_kind(kind as i32).next().is_some()
    }

    /// The alarms of one type, or all for [`AlarmType::None`]; by member.
    pub fn list(&self, kind: i32) -> Vec<AlarmMember> {
        if kind == AlarmType::None as i32 {
            self.standing.iter().map(alarm_member).collect()
        } else {
            self.of_kind(kind).collect()
        }
    }

    /// Raises an alarm. The row to write; none if it stands already.
    pub fn activate(&mut self, alarm: AlarmMember) -> Option<BucketChange> {
        self.standing.insert((alarm.alarm, alarm.member_id)).then(|| BucketChange {
            bucket: Bucket::Alarm,
            key: key_of(alarm),
            value: Some(Bytes::new()),
        })
    }

    /// Ends an alarm: exactly this type and member. The row to delete; none if it does not stand.
    pub fn deactivate(&mut self, alarm: AlarmMember) -> Option<BucketChange> {
        self.standing.remove(&(alarm.alarm, alarm.member_id)).then(|| BucketChange {
            bucket: Bucket::Alarm,
            key: key_of(alarm),
            value: None,
        })
    }

    /// All of them, for publication.
    pub fn snapshot(&self) -> Arc<[AlarmMember]> {
        self.standing.iter().map(alarm_member).collect()
    }

    fn of_kind(&self, kind: i32) -> impl Iterator<Item = AlarmMember> {
        self.standing.range((kind, 0)..=(kind, u64::MAX)).map(alarm_member)
    }
}

fn alarm_member(&(alarm, member_id): &(i32, u64)) -> AlarmMember {
    AlarmMember { member_id, alarm }
}

fn key_of(alarm: AlarmMember) -> Bytes {
    alarm.encode_to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(member_id: u64, kind: AlarmType) -> AlarmMember {
        AlarmMember { member_id, alarm: kind as i32 }
    }

    #[test]
    fn rows_are_written_once_and_lead_back_to_the_alarms() {
        let mut alarms = Alarms::default();
        let row = alarms.activate(alarm(7, AlarmType::Nospace)).expect("new");
        assert_eq!((row.key.as_ref(), row.value), (&[0x08, 7, 0x10, 1][..], Some(Bytes::new())));
        assert!(alarms.activate(alarm(7, AlarmType::Nospace)).is_none(), "stands already");
        alarms.activate(alarm(0, AlarmType::Corrupt));
        let keys: Vec<Bytes> = alarms.snapshot().iter().map(|&alarm| key_of(alarm)).collect();
        assert_eq!(Alarms::restore(&keys).unwrap(), alarms);
    }

    #[test]
    fn deactivation_wants_the_exact_pair() {
        let mut alarms = Alarms::default();
        alarms.activate(alarm(7, AlarmType::Nospace));
        for (wrong, why) in [
            (alarm(0, AlarmType::Nospace), "0 is no wildcard"),
            (alarm(7, AlarmType::None), "NONE is no wildcard"),
            (alarm(7, AlarmType::Corrupt), "other type"),
        ] {
            assert!(alarms.deactivate(wrong).is_none(), "{why}");
        }
        assert!(alarms.is_raised(AlarmType::Nospace) && !alarms.is_raised(AlarmType::Corrupt));
        assert_eq!(alarms.deactivate(alarm(7, AlarmType::Nospace)).expect("stands").value, None);
        assert!(alarms.list(0).is_empty());
    }

    #[test]
    fn none_lists_all() {
        let mut alarms = Alarms::default();
        alarms.activate(alarm(9, AlarmType::Corrupt));
        alarms.activate(alarm(7, AlarmType::Nospace));
        assert_eq!(alarms.list(AlarmType::None as i32).len(), 2);
        assert_eq!(alarms.list(AlarmType::Corrupt as i32), [alarm(9, AlarmType::Corrupt)]);
        assert!(Alarms::restore(&[Bytes::from_static(b"\xff")]).is_err());
    }
}
