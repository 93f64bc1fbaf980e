//! Errors of the operating system as etcd writes them.

/// The text in lower case, without Rust's `(os error N)`: `no such file or directory`.
pub fn text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
