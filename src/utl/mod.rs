//! utl

pub mod db;

/// Runs `rsutl`.
pub fn rsutl_main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
