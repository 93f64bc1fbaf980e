//! What reading and checking the configuration has to tell, to be logged once logging is set up.

use tracing::{info, warn};

/// One line for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    EnvironmentUsed {
        name: String,
        value: String,
    },
    EnvironmentUnknown {
        variable: String,
    },
    EnvironmentVersion,
    FileLoaded {
        path: String,
    },
    DataDirDefault {
        data_dir: String,
    },
    NameDefault {
        name: String,
    },
    SinglePort,
    HostDetected {
        host: String,
    },
    HostNotDetected {
        error: String,
    },
    /// A flag that changes nothing here was set.
    NoMeaning {
        setting: String,
        reason: &'static str,
    },
    V2Deprecation,
    CheckpointsNotPersisted,
    RequestLimitHigh {
        bytes: u64,
    },
    QuotaHigh {
        bytes: i64,
    },
    BcryptCost {
        given: u64,
    },
}

impl Note {
    /// Writes the line.
    pub fn log(&self) {
        match self {
            Self::EnvironmentUsed { name, value } => {
                info!("variable-name" = name, "variable-value" = value, "recognized and used environment variable")
            }
            Self::EnvironmentUnknown { variable } => {
                warn!("environment-variable" = variable, "unrecognized environment variable");
            }
            Self::EnvironmentVersion => {
                warn!("environment-variable" = "ETCD_VERSION", "cannot set special environment variable");
            }
            Self::FileLoaded { path } => info!(
                path,
                "loaded server configuration, other configuration command line flags and environment variables will be ignored if provided"
            ),
            Self::DataDirDefault { data_dir } => {
                warn!("data-dir" = data_dir, "'data-dir' was empty; using default");
            }
            Self::NameDefault { name } => {
                warn!(name, "the name is the default; several members of that name can be taken for one");
            }
            Self::SinglePort => {
                warn!("Running http and grpc server on single port. This is not recommended for production.");
            }
            Self::HostDetected { host } => info!(host, "detected default host for advertise"),
            Self::HostNotDetected { error } => info!(error, "failed to detect default host"),
            Self::NoMeaning { setting, reason } => warn!(setting, reason, "setting has no effect"),
            Self::V2Deprecation => warn!("--v2-deprecation is deprecated and ignored"),
            Self::CheckpointsNotPersisted => warn!(
                "gate LeaseCheckpoint without LeaseCheckpointPersist: in a cluster below version 3.6, what leases have left is lost with a restart"
            ),
            Self::RequestLimitHigh { bytes } => warn!(
                "max-request-bytes" = bytes,
                "recommended-request-bytes" = 10 * 1024 * 1024,
                "exceeded recommended request limit"
            ),
            Self::BcryptCost { given } => warn!(
                "min-cost" = 4,
                "max-cost" = 31,
                "default-cost" = super::server::BCRYPT_COST_DEFAULT,
                "given-cost" = given,
                "use default bcrypt cost instead of the invalid given cost"
            ),
            Self::QuotaHigh { bytes } => warn!(
                "quota-size-bytes" = bytes,
                "quota-maximum-size-bytes" = 8_u64 << 30,
                "quota exceeds the maximum value"
            ),
        }
    }
}
