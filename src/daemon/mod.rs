//! daemon

/// Runs `rsetcd`.
pub fn rsetcd_main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
