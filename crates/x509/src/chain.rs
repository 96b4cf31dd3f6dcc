//! A chain in the order in which it is sent: a certificate, then that of its issuer, and so on (RFC 5246 §7.4.2).
//!
//! People put files together in any order, with a root that nobody needs, a certificate that belongs to another chain, or
//! without the one in the middle. Whether the chain leads to somebody who is trusted is `verify`'s question.

use crate::cert::{Certificate, PublicKey};
use crate::checked::Signature;

/// A chain put in order.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The certificates as they are to be sent, the first one that of the key.
    pub certificates: Vec<Certificate>,
    /// The place of the first certificate of the file that belongs elsewhere in the chain, counted from 1.
    pub misplaced: Option<usize>,
    /// The places of those that are not part of the chain, counted from 1.
    pub unneeded: Vec<usize>,
}

impl Chain {
    /// Puts `own`, what a file holds, in order, beginning with the certificate of the key whose bits are `key`, or else with
    /// the first; issuers that are missing are taken from `others`, but for roots: who trusts one has it.
    #[must_use]
    pub fn order(own: &[Certificate], others: &[Certificate], key: &[u8]) -> Chain {
        let first = own.iter().position(|it| it.public_key().bits() == key).unwrap_or_default();
        let mut certificates: Vec<Certificate> = own.get(first).cloned().into_iter().collect();
        let mut places = vec![first];
        while let Some(last) = certificates.last().filter(|last| !last.is_self_issued()) {
            let has = |it: &&Certificate| certificates.iter().any(|known| known.der() == it.der());
            let mut unused = own.iter().enumerate().filter(|(_, it)| !has(it));
            if let Some((place, issuer)) = unused.find(|(_, it)| issued(it, last)) {
                places.push(place);
                certificates.push(issuer.clone());
                continue;
            }
            let more = others.iter().filter(|it| !has(it) && !it.is_self_issued());
            match more.into_iter().find(|it| issued(it, last)) {
                Some(issuer) => certificates.push(issuer.clone()),
                None => break,
            }
        }
        let mut sorted = places.clone();
        sorted.sort_unstable();
        let misplaced = sorted.iter().zip(&places).find(|(there, right)| there != right);
        let misplaced = misplaced.map(|(there, _)| there + 1);
        let unneeded =
            (0..own.len()).filter(|place| !places.contains(place)).map(|place| place + 1).collect();
        Chain { certificates, misplaced, unneeded }
    }
}

impl Certificate {
    /// Whether `key` has signed this certificate, as far as anybody here can tell: nobody can of an algorithm that is
    /// unknown.
    #[must_use]
    pub fn may_be_signed_by(&self, key: &PublicKey) -> bool {
        Signature::of_certificate(key, self.der()) != Signature::Bad
    }
}

/// Names may be equal and keys not: an authority that was renewed.
fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    certificate.names_as_issuer(issuer) && certificate.may_be_signed_by(issuer.public_key())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::pem;

    fn read(name: &str) -> Vec<Certificate> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let ders = pem::certificates(&pem::read(&file).unwrap());
        ders.iter().map(|der| Certificate::from_der(der).unwrap()).collect()
    }

    /// Leaf, intermediate, root, a stranger's, and another leaf of the same intermediate.
    fn five() -> [Certificate; 5] {
        let rsa = read("rsa.crt");
        [
            rsa[0].clone(),
            rsa[1].clone(),
            read("root.crt").remove(0),
            read("stranger.crt").remove(0),
            read("p256.crt").remove(0),
        ]
    }

    fn order(
        own: &[&Certificate],
        others: &[&Certificate],
        key: &Certificate,
    ) -> (Vec<Vec<u8>>, Option<usize>, Vec<usize>) {
        let own: Vec<_> = own.iter().map(|it| (*it).clone()).collect();
        let others: Vec<_> = others.iter().map(|it| (*it).clone()).collect();
        let Chain { certificates, misplaced, unneeded } =
            Chain::order(&own, &others, key.public_key().bits());
        (certificates.iter().map(|it| it.der().to_vec()).collect(), misplaced, unneeded)
    }

    fn ders(certificates: &[&Certificate]) -> Vec<Vec<u8>> {
        certificates.iter().map(|it| it.der().to_vec()).collect()
    }

    #[test]
    fn what_is_in_order_stays_as_it_is_with_its_root_or_without() {
        let [leaf, middle, root, ..] = five();
        for own in [&[&leaf][..], &[&leaf, &middle], &[&leaf, &middle, &root]] {
            assert_eq!(order(own, &[], &leaf), (ders(own), None, vec![]));
        }
    }

    #[test]
    fn any_order_becomes_the_right_one_and_strangers_stay_at_home() {
        let [leaf, middle, root, stranger, other] = five();
        let whole = ders(&[&leaf, &middle, &root]);
        assert_eq!(order(&[&root, &middle, &leaf], &[], &leaf), (whole.clone(), Some(1), vec![]));
        assert_eq!(order(&[&leaf, &root, &middle], &[], &leaf), (whole.clone(), Some(2), vec![]));
        assert_eq!(order(&[&leaf, &middle, &stranger, &root], &[], &leaf), (whole.clone(), None, vec![3]));
        assert_eq!(order(&[&leaf, &leaf, &middle, &root, &other], &[], &leaf), (whole, None, vec![2, 5]));
    }

    #[test]
    fn what_is_missing_comes_from_elsewhere_but_for_roots() {
        let [leaf, middle, root, stranger, other] = five();
        let others = [&other, &stranger, &root, &middle];
        assert_eq!(order(&[&leaf], &others, &leaf), (ders(&[&leaf, &middle]), None, vec![]));
        assert_eq!(order(&[&root, &leaf], &others, &leaf), (ders(&[&leaf, &middle, &root]), Some(1), vec![]));
    }

    #[test]
    fn a_namesake_that_has_not_signed_is_no_issuer() {
        let [leaf, middle, ..] = five();
        let mut der = middle.der().to_vec();
        // The last byte of its public key: the name stays.
        let spki = middle.public_key().bits();
        let at = der.windows(spki.len()).position(|bytes| bytes == spki).unwrap() + spki.len() - 1;
        der[at] ^= 1;
        let namesake = Certificate::from_der(&der).unwrap();
        assert_eq!(order(&[&leaf, &namesake, &middle], &[], &leaf), (ders(&[&leaf, &middle]), None, vec![2]));
    }

    #[test]
    fn certificates_that_issue_each_other_end_somewhere() {
        let [leaf, middle, root, ..] = five();
        assert_eq!(order(&[&middle, &root], &[&middle], &middle).0, ders(&[&middle, &root]));
        assert_eq!(order(&[], &[&middle], &leaf), (vec![], None, vec![]));
    }
}
