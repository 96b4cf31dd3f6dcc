//! Ephemeral finite-field Diffie-Hellman, as old suites have it.
//!
//! A server uses the groups of RFC 7919 alone. A client gets a group that it cannot judge: it looks at lengths and ranges, which
//! is what the original does and a little more, and never uses a key pair twice.

use std::fmt;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use tlswire::Group;
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;
use crate::msg::kx::DheParams;
use crate::sec::master::PreMasterSecret;
use crate::sec::random::Random;

/// Our key pair for one handshake.
pub(crate) struct Ephemeral {
    field: BoxedMontyParams,
    prime: Vec<u8>,
    private: BoxedUint,
    public: Vec<u8>,
}

impl Ephemeral {
    /// Makes a key pair in the group of `prime` and `generator`, both big-endian, from `random`.
    ///
    /// # Errors
    /// [`Error::BadDhGroup`] if the prime has fewer bits than `bits_min` or more than [`BITS_MAX`], or cannot be one, or if the
    /// generator generates nothing.
    pub(crate) fn new(
        prime: &[u8],
        generator: &[u8],
        bits_min: usize,
        random: &mut Random,
    ) -> Result<Ephemeral, Error> {
        let prime = trimmed(prime);
        let bits = bits(prime);
        if bits < bits_min || bits > BITS_MAX {
            return Err(Error::BadDhGroup("length of the prime"));
        }
        let modulus: Option<Odd<BoxedUint>> = BoxedUint::from_be_slice_vartime(prime).to_odd().into_option();
        let modulus = modulus.ok_or(Error::BadDhGroup("an even prime"))?;
        if !is_within(generator, prime) {
            return Err(Error::BadDhGroup("generator"));
        }
        let field = BoxedMontyParams::new_vartime(modulus);
        let exponent = Zeroizing::new(random.take::<PRIVATE_LEN>()?);
        let private = BoxedUint::from_be_slice(&*exponent, PRIVATE_BITS);
        let private = private.map_err(|_| Error::Internal("a private number of another length"))?;
        let mut pair = Ephemeral { field, prime: prime.to_vec(), private, public: Vec::new() };
        pair.public = pair.power(generator).to_vec();
        Ok(pair)
    }

    /// Our public value, as long as the prime.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// The secret that we share with the owner of `peer`, without leading zeros (RFC 5246 §8.1.2). The key pair is gone
    /// afterwards.
    ///
    /// # Errors
    /// [`Error::BadKeyShare`] if `peer` is nobody's public value.
    pub(crate) fn agree(self, peer: &[u8]) -> Result<PreMasterSecret, Error> {
        if peer.is_empty() {
            return Err(Error::BadKeyShare("no public key"));
        }
        if !is_within(peer, &self.prime) {
            return Err(Error::BadKeyShare("bad public key"));
        }
        let shared = self.power(peer);
        // In a subgroup that is too small for secrets.
        if !is_within(&shared, &self.prime) {
            return Err(Error::BadKeyShare("unlucky shared key"));
        }
        Ok(PreMasterSecret::new(trimmed(&shared)))
    }

    /// `base` to the power of our private number: constant in time as far as that number goes.
    fn power(&self, base: &[u8]) -> Zeroizing<Vec<u8>> {
        // Within the prime, as was checked, so that no byte is lost.
        let base = BoxedUint::from_be_slice_truncated(trimmed(base), self.field.bits_precision());
        let mut power = BoxedMontyForm::new(base, &self.field).pow(&self.private).retrieve();
        let bytes = Zeroizing::new(power.to_be_bytes());
        power.zeroize();
        let words_more = bytes.len().saturating_sub(self.prime.len());
        Zeroizing::new(bytes.get(words_more..).unwrap_or_default().to_vec())
    }
}

impl Drop for Ephemeral {
    fn drop(&mut self) {
        self.private.zeroize();
    }
}

impl fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ephemeral").field("bits", &bits(&self.prime)).finish_non_exhaustive()
    }
}

/// A group that a server offers.
pub(crate) struct Field {
    /// Its number.
    pub(crate) group: Group,
    prime: &'static str,
}

impl Field {
    /// Its prime and generator, with no public value yet.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn params(&self) -> Result<DheParams, Error> {
        let prime = base16ct::lower::decode_vec(self.prime).map_err(|_| Error::Internal("no prime"))?;
        Ok(DheParams { prime, generator: vec![2], public: Vec::new() })
    }
}

/// The group of `prime`, if it is one that we know.
pub(crate) fn known(prime: &[u8]) -> Option<Group> {
    FIELDS
        .iter()
        .find(|field| field.params().is_ok_and(|params| params.prime == prime))
        .map(|field| field.group)
}

/// Whether 1 < `number` < `prime` - 1, as RFC 7919 §5.1 and common sense have it. `prime` has no leading zeros.
fn is_within(number: &[u8], prime: &[u8]) -> bool {
    let number = trimmed(number);
    let Some((last, head)) = prime.split_last() else { return false };
    // An odd number less one changes its last byte only.
    let top = [head, &[last & 0xfe]].concat();
    let is_less = (number.len(), number) < (top.len(), top.as_slice());
    is_less && !number.is_empty() && number != [1]
}

fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    let Some(first) = number.first() else { return 0 };
    number.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0)
}

/// Bits of a prime: what RFC 9325 §4.3 asks for at least.
pub(crate) const BITS_MIN: usize = 2048;
/// Bits of a prime with the original's manners, which takes what is longer than 1024.
pub(crate) const BITS_MIN_9FRONT: usize = 1025;
/// Bits of a prime: beyond it, arithmetic is a way to keep us busy.
const BITS_MAX: usize = 8192;
/// Bytes of a private number: twice the strength of any group here (RFC 7919 §5.2).
const PRIVATE_LEN: usize = 48;
const PRIVATE_BITS: u32 = 384;

/// The groups that a server offers, the preferred one first (RFC 7919 §A.1, §A.2).
pub(crate) static FIELDS: [Field; 2] = [
    Field { group: Group::FFDHE2048, prime: FFDHE2048 },
    Field { group: Group::FFDHE3072, prime: FFDHE3072 },
];

const FFDHE2048: &str = "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef9\
    7d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935\
    984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb\
    b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61\
    9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa\
    886b423861285c97ffffffffffffffff";
const FFDHE3072: &str = "ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef9\
    7d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935\
    984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb\
    b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61\
    9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa\
    886b4238611fcfdcde355b3b6519035bbc34f4def99c023861b46fc9d6e6c9077ad91d2691f7f7ee598cb0fac186d91c\
    aefe130985139270b4130c93bc437944f4fd4452e2d74dd364f2e21e71f54bff5cae82ab9c9df69ee86d2bc522363a0d\
    abc521979b0deada1dbf9a42d5c4484e0abcd06bfa53ddef3c1b20ee3fd59d7c25e41d2b66c62e37ffffffffffffffff";

#[cfg(test)]
mod tests {
    use super::*;

    /// The group, a pair for one side and the other side's public value.
    fn pair(field: &Field, fill: u8) -> Ephemeral {
        let params = field.params().unwrap();
        Ephemeral::new(&params.prime, &params.generator, BITS_MIN, &mut Random::fixed(&[fill; 64])).unwrap()
    }

    #[test]
    fn both_sides_agree_and_others_do_not() {
        for field in &FIELDS {
            let (a, b, c) = (pair(field, 3), pair(field, 4), pair(field, 5));
            assert_eq!(a.public().len(), field.params().unwrap().prime.len());
            let (of_a, of_b) = (a.public().to_vec(), b.public().to_vec());
            let shared = a.agree(&of_b).unwrap();
            assert_eq!(shared.bytes(), b.agree(&of_a).unwrap().bytes());
            assert_ne!(shared.bytes(), c.agree(&of_a).unwrap().bytes());
        }
    }

    #[test]
    fn leading_zeros_are_no_part_of_the_secret() {
        // 2^e with e small enough: most of the number is zero, whatever the prime.
        let params = FIELDS[0].params().unwrap();
        let mut small = [0; 64];
        small[46] = 1;
        let pair =
            Ephemeral::new(&params.prime, &params.generator, BITS_MIN, &mut Random::fixed(&small)).unwrap();
        assert_eq!(pair.public().len(), 256);
        let secret = pair.agree(&[2]).unwrap();
        assert_eq!(secret.bytes(), [&[1][..], &[0; 32]].concat(), "2 to the 256th");
    }

    #[test]
    fn what_is_no_public_value_is_refused() {
        let prime = FIELDS[0].params().unwrap().prime;
        let mut less_one = prime.clone();
        less_one[255] -= 1;
        let longer = [&[1][..], &prime].concat();
        for peer in [&[][..], &[0], &[1], &[0, 0, 1], &less_one, &prime, &longer] {
            assert!(matches!(pair(&FIELDS[0], 3).agree(peer), Err(Error::BadKeyShare(_))));
        }
    }

    #[test]
    fn groups_that_cannot_be_good_are_refused() {
        let prime = FIELDS[0].params().unwrap().prime;
        let new = |prime: &[u8], generator: &[u8], bits_min| {
            Ephemeral::new(prime, generator, bits_min, &mut Random::fixed(&[3; 64])).map(drop)
        };
        assert!(new(&prime, &[2], BITS_MIN).is_ok());
        assert!(new(&[&[0, 0][..], &prime].concat(), &[2], BITS_MIN).is_ok(), "zeros in front");
        let mut even = prime.clone();
        even[255] = 0xfe;
        assert!(new(&even, &[2], BITS_MIN).is_err());
        for generator in [&[][..], &[0], &[1], &prime] {
            assert!(new(&prime, generator, BITS_MIN).is_err());
        }
        assert!(new(&[0xff; 255], &[2], BITS_MIN).is_err(), "2040 bits");
        assert!(new(&[0xff; 255], &[2], BITS_MIN_9FRONT).is_ok());
        assert!(new(&[0xff; 128], &[2], BITS_MIN_9FRONT).is_err(), "1024 bits");
        assert!(new(&[0xff; 1025], &[2], BITS_MIN).is_err(), "8200 bits");
        assert!(new(&[], &[2], 0).is_err());
    }

    #[test]
    fn primes_are_known_by_their_bytes() {
        assert_eq!(known(&FIELDS[1].params().unwrap().prime), Some(Group::FFDHE3072));
        assert_eq!(known(&[0xff; 256]), None);
    }
}
