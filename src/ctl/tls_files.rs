//! The files of TLS, and what etcdctl says of those that it cannot use.

use std::io;

use crate::{cli::exit::Failure, client::TlsConfig, telemetry::os_error};

/// Refuses files that cannot be meant.
///
/// # Errors
/// One of certificate and key is missing, a file cannot be read, or certificate or key is not in it.
pub fn check_tls_files(cert: &str, key: &str, cacert: &str) -> Result<(), Failure> {
    if cert.is_empty() != key.is_empty() {
        return Err(Failure::args(format!("KeyFile and CertFile must both be present[key: {key}, cert: {cert}]")));
    }
    if !cert.is_empty() {
        let (chain, key) = (read(cert)?, read(key)?);
        check_certificate(&labels(&chain)).and_then(|()| check_key(&labels(&key))).map_err(Failure::args)?;
    }
    if !cacert.is_empty() {
        read(cacert)?;
    }
    Ok(())
}

fn read(path: &str) -> Result<String, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            let verb = if error.kind() == io::ErrorKind::IsADirectory { "read" } else { "open" };
            Err(Failure::args(format!("{verb} {path}: {}", os_error::text(&error))))
        }
    }
}

/// The types of the PEM blocks of a file.
fn labels(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim_end().strip_prefix("-----BEGIN ")?.strip_suffix("-----")).collect()
}

fn is_key(label: &&str) -> bool {
    label.ends_with("PRIVATE KEY")
}

fn check_certificate(labels: &[&str]) -> Result<(), String> {
    match labels {
        [] => Err("tls: failed to find any PEM data in certificate input".into()),
        _ if labels.contains(&"CERTIFICATE") => Ok(()),
        [only] if is_key(only) => Err("tls: failed to find certificate PEM data in certificate input, but did find a \
                                       private key; PEM inputs may have been switched"
            .into()),
        _ => Err(format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: [{}]",
            labels.join(" ")
        )),
    }
}

fn check_key(labels: &[&str]) -> Result<(), String> {
    match labels {
        [] => Err("tls: failed to find any PEM data in key input".into()),
        _ if labels.iter().any(is_key) => Ok(()),
        ["CERTIFICATE"] => Err("tls: found a certificate rather than a key in the PEM for the private key".into()),
        _ => Err(format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
             of the following types: [{}]",
            labels.join(" ")
        )),
    }
}

/// TLS by these files; `None` without any.
pub fn tls_of_files(cert: &str, key: &str, cacert: &str) -> Option<TlsConfig> {
    if cert.is_empty() && key.is_empty() && cacert.is_empty() {
        return None;
    }
    let mut tls = TlsConfig::new();
    if !cacert.is_empty() {
        tls = tls.ca_file(cacert);
    }
    if !cert.is_empty() {
        tls = tls.identity_files(cert, key);
    }
    Some(tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_something_else_are_told_in_the_words_of_go() {
        let (certificate, key) = ("-----BEGIN CERTIFICATE-----", "-----BEGIN EC PRIVATE KEY-----");
        let both = format!("{key}\r\nMII=\n{certificate}\n");
        for (text, of_certificate, of_key) in [
            ("", "tls: failed to find any PEM data in certificate", "tls: failed to find any PEM data in key input"),
            ("root:x:0:0", "tls: failed to find any PEM data", "tls: failed to find any PEM data"),
            (certificate, "", "tls: found a certificate rather than a key"),
            (key, "tls: failed to find certificate PEM data in certificate input, but did find a private key", ""),
            (&both, "", ""),
            ("-----BEGIN X-----\n", "tls: failed to find \"CERTIFICATE\" PEM", "tls: failed to find PEM block with"),
        ] {
            for (result, expected) in
                [(check_certificate(&labels(text)), of_certificate), (check_key(&labels(text)), of_key)]
            {
                let error = result.err().unwrap_or_default();
                assert!(error.starts_with(expected) && error.is_empty() == expected.is_empty(), "{text}: {error}");
            }
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_told_as_etcdctl_does() {
        for (cert, key, cacert, expected) in [
            ("/nowhere/c", "", "", "KeyFile and CertFile must both be present[key: , cert: /nowhere/c]"),
            ("/nowhere/c", "/nowhere/k", "", "open /nowhere/c: no such file or directory"),
            ("", "", "/", "read /: is a directory"),
        ] {
            assert_eq!(check_tls_files(cert, key, cacert).unwrap_err().message, expected);
        }
    }
}
