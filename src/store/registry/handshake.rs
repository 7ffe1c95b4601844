//! What it means when TLS does not come up, and what to do about it.

use rustls::{AlertDescription, CertificateError, Error};

use crate::store::{Fault, StoreError};

/// The failure that `error` means between us and `peer`; `shows` says whether we have a client certificate for it.
pub(super) fn failure(error: &Error, peer: &str, shows: bool) -> (fn(Fault) -> StoreError, Fault) {
    match error {
        Error::InvalidCertificate(why) => (StoreError::Unavailable, untrusted(why, peer)),
        Error::InvalidMessage(_) => {
            let fault = Fault::new(format!("{peer} does not speak TLS"));
            (StoreError::Unavailable, fault.with_hint("--plain-http speaks HTTP without TLS"))
        }
        Error::AlertReceived(alert) if shows && is_about_certificates(*alert) => {
            let fault = Fault::new(format!("{peer} does not accept the client certificate{}", reason(*alert)));
            let hint = "check that it is in its time and from an authority that the registry knows: \
                        openssl x509 -noout -dates -issuer -in FILE";
            (StoreError::Denied, fault.with_hint(hint))
        }
        Error::AlertReceived(alert) if is_about_certificates(*alert) => {
            let fault = Fault::new(format!("{peer} asks for a client certificate"));
            let hint = "give it with --cert-file and --key-file, or lay it down in certs.d as NAME.cert and NAME.key";
            (StoreError::Denied, fault.with_hint(hint))
        }
        _ => (StoreError::Unavailable, Fault::new(format!("no TLS connection to {peer}"))),
    }
}

fn untrusted(why: &CertificateError, peer: &str) -> Fault {
    let (reason, hint) = match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (": it has expired", "its owner has to renew it; if it is not expired, this machine's clock is wrong")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (": it is not valid yet", "check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            ": it is for another name",
            "write the registry's name as it stands in the certificate, or have that name added to it",
        ),
        CertificateError::Revoked => (": it was revoked", "its owner has to replace it"),
        _ => ("", "give the registry's own CA with --ca-file, or --tls-skip-verify to go on without a check"),
    };
    Fault::new(format!("the certificate of {peer} is not trusted{reason}")).with_hint(hint)
}

/// What servers say who want a certificate, or another one. Before TLS 1.3 there is no word of its own for the first.
const ABOUT_CERTIFICATES: [AlertDescription; 10] = [
    AlertDescription::CertificateRequired,
    AlertDescription::NoCertificate,
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::AccessDenied,
    AlertDescription::HandshakeFailure,
];

fn is_about_certificates(alert: AlertDescription) -> bool {
    ABOUT_CERTIFICATES.contains(&alert)
}

/// The word about certificates that `text` ends with. In TLS 1.3 it comes when a request is under way already, and
/// HTTP/2 keeps the text of such an error alone.
pub(super) fn heard(text: &str) -> Option<Error> {
    ABOUT_CERTIFICATES.into_iter().map(Error::AlertReceived).find(|error| text.ends_with(&error.to_string()))
}

fn reason(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::CertificateExpired => ": it has expired",
        AlertDescription::CertificateRevoked => ": it was revoked",
        AlertDescription::UnknownCA => ": it does not know the authority",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_known_by_its_text() {
        for alert in ABOUT_CERTIFICATES {
            let error = Error::AlertReceived(alert);
            assert_eq!(heard(&format!("connection error: {error}")), Some(error));
        }
        for text in ["broken pipe", "", &Error::AlertReceived(AlertDescription::BadCertificateHashValue).to_string()] {
            assert_eq!(heard(text), None, "{text}");
        }
    }

    #[test]
    fn each_reason_has_its_own_advice() {
        let received = Error::AlertReceived;
        for (error, shows, denied, message, hint) in [
            (
                received(AlertDescription::CertificateRequired),
                false,
                true,
                "asks for a client certificate",
                "--cert-file",
            ),
            (received(AlertDescription::HandshakeFailure), false, true, "asks for a client certificate", "certs.d"),
            (received(AlertDescription::CertificateExpired), true, true, "certificate: it has expired", "-dates"),
            (received(AlertDescription::UnknownCA), true, true, "does not know the authority", "-issuer"),
            (received(AlertDescription::ProtocolVersion), true, false, "no TLS connection", ""),
            (CertificateError::Expired.into(), false, false, "not trusted: it has expired", "clock"),
            (CertificateError::NotValidYet.into(), false, false, "not trusted: it is not valid yet", "clock"),
            (CertificateError::NotValidForName.into(), false, false, "it is for another name", "name"),
            (CertificateError::UnknownIssuer.into(), false, false, "is not trusted", "--ca-file"),
        ] {
            let (kind, fault) = failure(&error, "r.io", shows);
            assert!(fault.to_string().contains(message), "{error}: {fault}");
            assert!(fault.hint().unwrap_or_default().contains(hint), "{error}: {fault:?}");
            assert_eq!(matches!(kind(fault), StoreError::Denied(_)), denied, "{error}");
        }
    }
}
