//! How long each kind of request takes: in the server as a whole, and when it is applied.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus::Histogram;

use super::server::{APPLY_SECONDS, REQUEST_SECONDS};

macro_rules! ops {
    ($($op:ident,)*) => {
        /// A kind of request, as the labels `type` and `op` name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Op {
            $($op,)*
            /// Applied and of another kind.
            Unknown,
        }

        impl Op {
            const KINDS: &[Self] = &[$(Self::$op,)*];

            /// The name, as etcd writes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$op => stringify!($op),)*
                    Self::Unknown => "unknown",
                }
            }
        }
    };
}

// The most frequent first.
ops! {
    Put,
    Txn,
    DeleteRange,
    Compaction,
    LeaseGrant,
    LeaseRevoke,
    LeaseCheckpoint,
    Alarm,
    Authenticate,
    AuthEnable,
    AuthDisable,
    AuthStatus,
    AuthUserAdd,
    AuthUserDelete,
    AuthUserGet,
    AuthUserList,
    AuthUserChangePassword,
    AuthUserGrantRole,
    AuthUserRevokeRole,
    AuthRoleAdd,
    AuthRoleDelete,
    AuthRoleGet,
    AuthRoleList,
    AuthRoleGrantPermission,
    AuthRoleRevokePermission,
    ClusterVersionSet,
    ClusterMemberAttrSet,
    DowngradeInfoSet,
    Range,
    ReadonlyTxn,
}

/// By outcome: failed, done. Found once, so that a request looks up no labels; shown from its first use.
type Series = [OnceLock<Histogram>; 2];

static REQUESTS: [Series; Op::COUNT] = [const { [OnceLock::new(), OnceLock::new()] }; Op::COUNT];
static APPLIES: [Series; Op::COUNT] = [const { [OnceLock::new(), OnceLock::new()] }; Op::COUNT];

impl Op {
    const COUNT: usize = Self::Unknown as usize + 1;

    /// The kind of that name.
    pub fn named(name: &str) -> Self {
        Self::KINDS.iter().copied().find(|op| op.name() == name).unwrap_or(Self::Unknown)
    }

    /// A request was answered by this server after `took`.
    pub fn request_took(self, is_success: bool, took: Duration) {
        let series = REQUESTS[self as usize][usize::from(is_success)]
            .get_or_init(|| REQUEST_SECONDS.with_label_values(&[self.name(), word(is_success)]));
        series.observe(took.as_secs_f64());
    }

    /// An entry was applied in `took`.
    pub fn apply_took(self, is_success: bool, took: Duration) {
        let series = APPLIES[self as usize][usize::from(is_success)]
            .get_or_init(|| APPLY_SECONDS.with_label_values(&["v3", self.name(), word(is_success)]));
        series.observe(took.as_secs_f64());
    }
}

fn word(is_success: bool) -> &'static str {
    if is_success { "true" } else { "false" }
}
