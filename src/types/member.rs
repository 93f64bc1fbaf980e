//! Ids of members and clusters: 64 bits, written as lower-case hex without leading zeros.

use std::fmt;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:x}", self.0)
            }
        }
    };
}

hex_id! {
    /// A member of the cluster. 0 is no member.
    MemberId
}
hex_id! {
    /// A cluster: derived from its first members, and never changed.
    ClusterId
}

impl MemberId {
    /// Reads the hex text that `Display` writes.
    ///
    /// # Errors
    /// The text is empty, longer than 16 digits, or holds anything but hex digits.
    pub fn parse(text: &str) -> Result<Self, std::num::ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}
