//! Certificates that are among the trusted ones themselves, as `openssl req -x509` makes them: an authority of which one
//! host is all there is. As in Go they need no chain, while the library takes no authority for a host.

use rustls::{CertificateError, Error};
use rustls_pki_types::{CertificateDer, UnixTime};

/// What a certificate is shown for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Server,
    Client,
}

/// Whether a certificate that the library refused with `refusal` counts because it is one of `trusted`.
///
/// # Errors
/// The refusal, if it has another reason or the certificate is none of them; else that it is not valid now, or not for
/// this purpose.
pub fn check(
    trusted: &[CertificateDer<'_>],
    own: &CertificateDer<'_>,
    purpose: Purpose,
    now: UnixTime,
    refusal: Error,
) -> Result<(), Error> {
    // The library has no name for it.
    if !matches!(refusal, Error::InvalidCertificate(CertificateError::Other(_))) || !trusted.contains(own) {
        return Err(refusal);
    }
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(own) else {
        return Err(CertificateError::BadEncoding.into());
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < parsed.validity.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > parsed.validity.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    let uses = parsed.extended_key_usage().map_err(|_| CertificateError::BadEncoding)?;
    let is_meant = uses.is_none_or(|uses| {
        let uses = uses.value;
        uses.any
            || match purpose {
                Purpose::Server => uses.server_auth,
                Purpose::Client => uses.client_auth,
            }
    });
    if is_meant { Ok(()) } else { Err(CertificateError::InvalidPurpose.into()) }
}
