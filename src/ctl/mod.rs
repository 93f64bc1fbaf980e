//! ctl

/// Runs `rsctl`.
pub fn rsctl_main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
