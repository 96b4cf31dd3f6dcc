//! Which of our certificates is shown to a server that asks for one.

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::SignatureScheme;
use x509::Certificate as Leaf;

/// What a server wants to see of us.
#[derive(Debug)]
pub(super) enum Wish {
    /// No certificate.
    Nothing,
    /// A certificate, and we have none that it would take.
    Empty,
    /// A certificate, and this is one.
    Proof(Arc<CertifiedKey>, SignatureScheme),
}

/// The first certificate whose key signs as the server verifies, which is what `scheme` says; of several, the first with an issuer
/// among `authorities` (each in DER). If there is none with such an issuer the server may still know one that we do not show, and
/// a certificate that is refused explains more than none.
pub(super) fn choose(
    certs: &[Arc<CertifiedKey>],
    authorities: &[Vec<u8>],
    scheme: impl Fn(&CertifiedKey) -> Option<SignatureScheme>,
) -> Wish {
    let fit: Vec<_> = certs.iter().filter_map(|cert| Some((cert, scheme(cert)?))).collect();
    let chosen = fit.iter().find(|(cert, _)| is_of(cert, authorities)).or(fit.first());
    chosen.map_or(Wish::Empty, |(cert, scheme)| Wish::Proof(Arc::clone(cert), *scheme))
}

/// Whether a certificate of the chain is issued by one of these (RFC 8446 §4.4.2.3, RFC 5246 §7.4.6).
fn is_of(cert: &CertifiedKey, authorities: &[Vec<u8>]) -> bool {
    let issuers = cert.chain().iter().filter_map(|der| Leaf::from_der(der).ok());
    issuers.into_iter().any(|it| authorities.iter().any(|authority| authority == it.issuer()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Kind, certified};

    /// Two that issued themselves, of another kind each, and what one of them is called as an authority.
    fn two() -> ([Arc<CertifiedKey>; 2], Vec<u8>) {
        let data = |name: &str| {
            let file =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data").join(name);
            Arc::new(factotum::load(&file, 1_893_456_000, factotum::Keyless::Refused).unwrap().keys.remove(0))
        };
        let ours = [certified(Kind::P256, &["a.example"]), data("ed25519.crt")];
        let root = Leaf::from_der(&ours[1].chain()[1]).unwrap();
        (ours, root.issuer().to_vec())
    }

    fn first(cert: &CertifiedKey) -> Option<SignatureScheme> {
        cert.key().schemes().first().copied()
    }

    fn shown(wish: Wish) -> Option<Arc<CertifiedKey>> {
        match wish {
            Wish::Proof(cert, _) => Some(cert),
            Wish::Nothing | Wish::Empty => None,
        }
    }

    #[test]
    fn the_server_s_authorities_decide_among_those_that_fit() {
        let (ours, authority) = two();
        let chosen = |authorities: &[Vec<u8>]| shown(choose(&ours, authorities, first)).unwrap();
        assert!(Arc::ptr_eq(&chosen(&[]), &ours[0]));
        assert!(
            Arc::ptr_eq(&chosen(std::slice::from_ref(&authority)), &ours[1]),
            "the root is no leaf's issuer"
        );
        assert!(Arc::ptr_eq(&chosen(&[vec![0x30, 0]]), &ours[0]), "somebody whom we do not know");
        let other = choose(&ours, &[authority], |cert| {
            first(cert).filter(|scheme| *scheme == SignatureScheme::ECDSA_SECP256R1_SHA256)
        });
        assert!(Arc::ptr_eq(&shown(other).unwrap(), &ours[0]), "what does not fit is not shown");
        assert!(shown(choose(&ours, &[], |_| None)).is_none());
        assert!(shown(choose(&[], &[], first)).is_none());
    }
}
