//! Feature gates: their names, stages and defaults, and what a `--feature-gates` text sets.

use std::collections::BTreeMap;

/// How far a feature has come, in etcd's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Alpha,
    Beta,
}

impl Stage {
    /// As written in `etcd_server_feature_enabled`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Alpha => "ALPHA",
            Self::Beta => "BETA",
        }
    }
}

/// What a gate does in rsetcd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    Works,
    /// The feature behind the gate does not exist here yet.
    NotYet,
    /// The gate is about something rsetcd does not have, and changes nothing.
    NoMeaning(&'static str),
    /// Sets the other gates of its stage.
    Group,
}

/// A feature gate.
pub struct Gate {
    pub name: &'static str,
    pub stage: Stage,
    pub default: bool,
    pub support: Support,
}

/// The leader tells the others how much long leases have left.
pub const LEASE_CHECKPOINT: &str = "LeaseCheckpoint";
/// That is kept in the backend, which clusters of 3.6 and later do anyway.
pub const LEASE_CHECKPOINT_PERSIST: &str = "LeaseCheckpointPersist";
/// A lease that is known is renewed without waiting for entries to be applied.
pub const FAST_LEASE_KEEP_ALIVE: &str = "FastLeaseKeepAlive";

/// The health service sends clients away while the backend is defragmented.
pub const STOP_SERVING_ON_DEFRAG: &str = "StopGRPCServiceOnDefrag";

/// The gates of etcd 3.7.
pub const GATES: [Gate; 11] = [
    gate("AllAlpha", Stage::Alpha, false, Support::Group),
    gate("AllBeta", Stage::Beta, false, Support::Group),
    gate(STOP_SERVING_ON_DEFRAG, Stage::Alpha, false, Support::Works),
    gate("InitialCorruptCheck", Stage::Alpha, false, Support::NotYet),
    gate("CompactHashCheck", Stage::Alpha, false, Support::NotYet),
    gate(
        "TxnModeWriteWithSharedBuffer",
        Stage::Beta,
        true,
        Support::NoMeaning("reads never share a buffer with writes here"),
    ),
    gate(LEASE_CHECKPOINT, Stage::Alpha, false, Support::Works),
    gate(LEASE_CHECKPOINT_PERSIST, Stage::Alpha, false, Support::Works),
    gate("SetMemberLocalAddr", Stage::Alpha, false, Support::NotYet),
    gate(FAST_LEASE_KEEP_ALIVE, Stage::Beta, true, Support::Works),
    gate("PriorityRequest", Stage::Alpha, false, Support::NotYet),
];

const fn gate(name: &'static str, stage: Stage, default: bool, support: Support) -> Gate {
    Gate { name, stage, default, support }
}

/// The gates that were set explicitly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureGates(BTreeMap<&'static str, bool>);

/// Why a `--feature-gates` text is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    #[error("unrecognized feature gate: {0}")]
    Unknown(String),
    #[error("missing bool value for {0}")]
    NoValue(String),
    #[error("invalid value of {name}={value}, err: strconv.ParseBool: parsing {value:?}: invalid syntax")]
    NotABool { name: String, value: String },
}

impl FeatureGates {
    /// Adds what `text` sets (`A=true,B=false`) to what is set already.
    ///
    /// # Errors
    /// An unknown gate, or a value that is no boolean; then nothing is added.
    pub fn merge(&mut self, text: &str) -> Result<(), GateError> {
        let mut set = self.0.clone();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name.trim(), Some(value)));
            let value = value.ok_or_else(|| GateError::NoValue(name.to_owned()))?.trim();
            let enabled = super::value::parse_bool(value)
                .ok_or_else(|| GateError::NotABool { name: name.to_owned(), value: value.to_owned() })?;
            let gate =
                GATES.iter().find(|gate| gate.name == name).ok_or_else(|| GateError::Unknown(name.to_owned()))?;
            set.insert(gate.name, enabled);
        }
        self.0 = set;
        Ok(())
    }

    /// Whether the gate of this name is on.
    ///
    /// # Panics
    /// There is no such gate.
    pub fn is_on(&self, name: &str) -> bool {
        self.is_enabled(GATES.iter().find(|gate| gate.name == name).expect("a gate of the table"))
    }

    /// Whether a gate is on: set itself, else by the gate of its stage, else its default.
    pub fn is_enabled(&self, gate: &Gate) -> bool {
        let group = match gate.stage {
            Stage::Alpha => "AllAlpha",
            Stage::Beta => "AllBeta",
        };
        let of_group = if gate.support == Support::Group { None } else { self.0.get(group) };
        self.0.get(gate.name).or(of_group).copied().unwrap_or(gate.default)
    }
}

impl std::fmt::Display for FeatureGates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pairs: Vec<String> = self.0.iter().map(|(name, enabled)| format!("{name}={enabled}")).collect();
        f.write_str(&pairs.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{FeatureGates, GATES};

    #[test]
    fn repeats_merge_and_groups_give_way() {
        let mut gates = FeatureGates::default();
        gates.merge("AllAlpha=true, LeaseCheckpoint = false").unwrap();
        gates.merge("FastLeaseKeepAlive=0").unwrap();
        assert_eq!(gates.to_string(), "AllAlpha=true,FastLeaseKeepAlive=false,LeaseCheckpoint=false");
        let enabled: Vec<&str> = GATES.iter().filter(|gate| gates.is_enabled(gate)).map(|gate| gate.name).collect();
        let alphas = ["StopGRPCServiceOnDefrag", "InitialCorruptCheck", "CompactHashCheck"];
        let others = ["LeaseCheckpointPersist", "SetMemberLocalAddr", "PriorityRequest"];
        assert_eq!(enabled, [&["AllAlpha"], &alphas[..], &["TxnModeWriteWithSharedBuffer"], &others].concat());
    }

    #[test]
    fn bad_gates_are_refused_and_change_nothing() {
        let mut gates = FeatureGates::default();
        for (text, message) in [
            ("x=true", "unrecognized feature gate: x"),
            ("LeaseCheckpoint=true,leasecheckpoint=true", "unrecognized feature gate: leasecheckpoint"),
            ("LeaseCheckpoint", "missing bool value for LeaseCheckpoint"),
            (
                "LeaseCheckpoint=maybe",
                "invalid value of LeaseCheckpoint=maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
        ] {
            assert_eq!(gates.merge(text).unwrap_err().to_string(), message);
        }
        assert_eq!(gates, FeatureGates::default());
    }
}
