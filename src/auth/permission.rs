//! What the roles of a user grant, merged into few intervals, and the check of one range against them.

use bytes::Bytes;

use super::AuthError;
use crate::pb::authpb::{Permission, permission::Type};
use crate::types::KeyRange;

/// What a request does with a range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// What one caller may do.
#[derive(Clone, Copy, Debug)]
pub enum Rights<'store> {
    /// Authentication is off, or the caller holds the root role.
    All,
    Some(&'store Granted),
}

impl Rights<'_> {
    /// # Errors
    /// `PermissionDenied`: the roles do not grant all of `range`.
    pub fn check(&self, access: Access, range: &KeyRange) -> Result<(), AuthError> {
        match self {
            Self::Some(granted) if !granted.of(access).cover(range) => Err(AuthError::PermissionDenied),
            Self::All | Self::Some(_) => Ok(()),
        }
    }

    /// How far what is granted goes on from a key: all keys up to the one that is told may be used like this; `None`: all
    /// to the end.
    ///
    /// # Errors
    /// `PermissionDenied`: not even the key itself.
    pub fn granted_from(&self, access: Access, key: &[u8]) -> Result<Option<&[u8]>, AuthError> {
        let Self::Some(granted) = self else { return Ok(None) };
        let interval = granted.of(access).around(key).ok_or(AuthError::PermissionDenied)?;
        Ok(interval.end.as_deref())
    }

    /// Checks all keys of an ordered set, of which `first_from` finds the first one at a key or behind it. What lies in
    /// one interval is looked at once: a million keys cost no more than one.
    ///
    /// # Errors
    /// `PermissionDenied`: the roles do not grant all of them.
    pub fn check_set<K: AsRef<[u8]>>(
        &self,
        access: Access,
        mut first_from: impl FnMut(&[u8]) -> Option<K>,
    ) -> Result<(), AuthError> {
        let mut next = first_from(&[]);
        while let Some(key) = next {
            let Some(end) = self.granted_from(access, key.as_ref())? else { return Ok(()) };
            next = first_from(end);
        }
        Ok(())
    }

    /// Checks keys one by one.
    ///
    /// # Errors
    /// `PermissionDenied`: the roles do not grant all of them.
    pub fn check_keys<K: AsRef<[u8]>>(
        &self,
        access: Access,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<(), AuthError> {
        let Self::Some(granted) = self else { return Ok(()) };
        let intervals = granted.of(access);
        let are_granted = keys.into_iter().all(|key| intervals.contain(key.as_ref()));
        if are_granted { Ok(()) } else { Err(AuthError::PermissionDenied) }
    }
}

/// The union of what roles grant.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Granted {
    read: Intervals,
    write: Intervals,
}

impl Granted {
    pub(super) fn of_permissions<'store>(permissions: impl Iterator<Item = &'store Permission> + Clone) -> Self {
        let of = |wanted: Type| {
            let kinds = [Ok(wanted), Ok(Type::Readwrite)];
            let intervals = permissions.clone().filter(|permission| kinds.contains(&permission.perm_type.try_into()));
            Intervals::merge(intervals.map(Interval::of).collect())
        };
        Self { read: of(Type::Read), write: of(Type::Write) }
    }

    fn of(&self, access: Access) -> &Intervals {
        match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        }
    }
}

/// Disjoint, with gaps between them, ascending.
#[derive(Debug, Default, PartialEq, Eq)]
struct Intervals(Vec<Interval>);

#[derive(Debug, PartialEq, Eq)]
struct Interval {
    start: Bytes,
    /// Excluded; `None`: to the end of all keys.
    end: Option<Bytes>,
}

impl Interval {
    fn of(permission: &Permission) -> Self {
        let start = permission.key.clone();
        let end = match &permission.range_end[..] {
            [] => Some([&start[..], &[0]].concat().into()),
            [0] => None,
            _ => Some(permission.range_end.clone()),
        };
        Self { start, end }
    }

    /// Whether `end` lies inside or right behind.
    fn reaches(&self, end: &[u8]) -> bool {
        self.end.as_ref().is_none_or(|own| end <= &own[..])
    }
}

impl Intervals {
    fn merge(mut intervals: Vec<Interval>) -> Self {
        // Releases before 3.6 stored ranges that end before they begin.
        intervals.retain(|interval| interval.end.as_ref().is_none_or(|end| interval.start < end));
        intervals.sort_by(|a, b| a.start.cmp(&b.start));
        let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
        for next in intervals {
            match merged.last_mut() {
                Some(last) if last.reaches(&next.start) => {
                    if next.end.as_ref().is_none_or(|end| !last.reaches(end)) {
                        last.end = next.end;
                    }
                }
                _ => merged.push(next),
            }
        }
        Self(merged)
    }

    /// The last one that begins at `key` or before.
    fn find(&self, key: &[u8]) -> Option<&Interval> {
        let after = self.0.partition_point(|interval| &interval.start[..] <= key);
        after.checked_sub(1).map(|at| &self.0[at])
    }

    /// The one that the key lies in.
    fn around(&self, key: &[u8]) -> Option<&Interval> {
        self.find(key).filter(|interval| interval.end.as_ref().is_none_or(|end| key < &end[..]))
    }

    fn contain(&self, key: &[u8]) -> bool {
        self.around(key).is_some()
    }

    fn cover(&self, range: &KeyRange) -> bool {
        let Some(interval) = self.find(range.start()) else { return false };
        match (range, &interval.end) {
            (_, None) => true,
            (KeyRange::One(key), Some(_)) => self.contain(key),
            // An empty range selects nothing, and is granted where its start is.
            (KeyRange::Span { start, end: wanted }, Some(end)) => start < end && wanted <= end,
            (KeyRange::From(_), Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn permission(kind: Type, key: &str, end: &str) -> Permission {
        Permission {
            perm_type: kind as i32,
            key: Bytes::copy_from_slice(key.as_bytes()),
            range_end: Bytes::copy_from_slice(end.as_bytes()),
        }
    }

    fn range(key: &str, end: &str) -> KeyRange {
        KeyRange::parse(Bytes::copy_from_slice(key.as_bytes()), Bytes::copy_from_slice(end.as_bytes())).unwrap()
    }

    #[test]
    fn ranges_against_grants() {
        use Type::{Read, Readwrite, Write};
        let key = &[permission(Read, "b", "")][..];
        let prefix = &[permission(Readwrite, "b", "c")][..];
        let open = &[permission(Read, "b", "\0")][..];
        let touching = &[permission(Read, "a", "b"), permission(Readwrite, "b", "c"), permission(Read, "c", "")][..];
        let gap = &[permission(Read, "a", "b"), permission(Read, "c", "d")][..];
        let inside = &[permission(Read, "a", "z"), permission(Read, "b", "c")][..];
        let write = &[permission(Write, "b", "")][..];
        let inverted = &[permission(Read, "c", "a")][..];
        for (grants, asked, end, is_granted, why) in [
            (key, "b", "", true, "the key"),
            (key, "b\0", "", false, "the next key"),
            (key, "b", "b\0", true, "the key as a range"),
            (key, "b", "c", false, "more than the key"),
            (key, "b", "\0", false, "one key does not grant all from it on"),
            (prefix, "b", "c", true, "all of the range"),
            (prefix, "bx", "", true, "a key in it"),
            (prefix, "c", "", false, "its end"),
            (prefix, "a", "c", false, "begins before"),
            (prefix, "b", "d", false, "ends behind"),
            (prefix, "b", "\0", false, "has no end"),
            (prefix, "bz", "ba", true, "an empty range inside"),
            (open, "b", "\0", true, "all from it on"),
            (open, "x", "z", true, "a range behind"),
            (open, "a", "\0", false, "begins before"),
            (touching, "a", "c\0", true, "touching grants are one"),
            (touching, "a", "d", false, "not beyond the last"),
            (gap, "a", "d", false, "a hole in the middle"),
            (gap, "c", "d", true, "one side of the hole"),
            (inside, "c", "y", true, "a grant inside another changes nothing"),
            (write, "b", "", false, "writing is not reading"),
            (inverted, "b", "", false, "a range that ends before it begins grants nothing"),
            (&[], "b", "", false, "nothing granted"),
        ] {
            let granted = Granted::of_permissions(grants.iter());
            let rights = Rights::Some(&granted);
            assert_eq!(rights.check(Access::Read, &range(asked, end)).is_ok(), is_granted, "{why}");
        }
        assert!(Rights::All.check(Access::Write, &range("a", "\0")).is_ok());
    }

    #[test]
    fn a_set_is_looked_at_once_for_each_interval() {
        let keys: std::collections::BTreeSet<Vec<u8>> =
            (0..10_000).map(|number| format!("b{number:04}").into_bytes()).chain([b"d".to_vec()]).collect();
        let read = |key, end| permission(Type::Read, key, end);
        for (grants, is_granted, looks, why) in [
            (&[read("b", "c"), read("d", "")][..], true, 3, "both intervals, and nothing behind"),
            (&[read("b", "\0")], true, 1, "to the end"),
            (&[read("b", "b5"), read("b5", "e")], true, 2, "touching ones are one"),
            (&[read("b", "c")], false, 2, "the last key"),
            (&[read("b", "b5000"), read("b5001", "e")], false, 2, "a key between"),
            (&[], false, 1, "nothing granted"),
        ] {
            let granted = Granted::of_permissions(grants.iter());
            let mut looked = 0;
            let checked = Rights::Some(&granted).check_set(Access::Read, |from| {
                looked += 1;
                keys.range(from.to_vec()..).next()
            });
            assert_eq!((checked.is_ok(), looked), (is_granted, looks), "{why}");
        }
    }

    proptest! {
        /// Whatever is granted, a set may be used where each of its keys may.
        #[test]
        fn a_set_is_as_good_as_its_keys(
            grants in prop::collection::vec(("[a-d]{1,2}", "[a-d]{0,2}|\0"), 0..6),
            keys in prop::collection::btree_set("[a-d]{0,3}".prop_map(String::into_bytes), 0..6),
        ) {
            let permissions: Vec<_> = grants.iter().map(|(key, end)| permission(Type::Write, key, end)).collect();
            let granted = Granted::of_permissions(permissions.iter());
            let rights = Rights::Some(&granted);
            let first_from = |from: &[u8]| keys.range(from.to_vec()..).next();
            prop_assert_eq!(rights.check_set(Access::Write, first_from), rights.check_keys(Access::Write, &keys));
            prop_assert_eq!(rights.check_set(Access::Read, first_from).is_ok(), keys.is_empty());
            prop_assert!(Rights::All.check_set(Access::Read, first_from).is_ok());
        }

        /// The dumbest model: each of all short keys is granted or not.
        #[test]
        fn agrees_with_a_list_of_granted_keys(
            grants in prop::collection::vec(("[a-d]{1,2}", "[a-d]{0,2}|\0"), 0..6),
            (key, end) in ("[a-d]{1,2}", "[a-d]{0,2}|\0"),
        ) {
            let permissions: Vec<_> = grants.iter().map(|(key, end)| permission(Type::Read, key, end)).collect();
            let granted = Granted::of_permissions(permissions.iter());
            let asked = range(&key, &end);
            // Between any two keys of the pattern lies one that ends in a zero byte or a `~`.
            let mut letters: Vec<String> = "abcd".chars().map(String::from).collect();
            letters.extend("abcd".chars().flat_map(|a| "abcd".chars().map(move |b| format!("{a}{b}"))));
            let keys: Vec<String> = letters.iter().flat_map(|key| [key.clone(), format!("{key}\0"), format!("{key}~")]).collect();
            let is_granted = |key: &str| grants.iter().any(|(start, end)| range(start, end).contains(key.as_bytes()));
            let mut wanted = keys.iter().filter(|key| asked.contains(key.as_bytes())).peekable();
            if wanted.peek().is_some() {
                let all = wanted.all(|key| is_granted(key)) && (end != "\0" || is_granted("zz"));
                prop_assert_eq!(Rights::Some(&granted).check(Access::Read, &asked).is_ok(), all);
            }
        }
    }
}
