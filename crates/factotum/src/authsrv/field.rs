//! The field of dp9ik's curve: integers modulo 2^448 - 2^224 - 1, in constant time.
//!
//! The arithmetic is crypto-bigint's; here are the modulus, the powers that roots are made of, and which half a number is in.

use core::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{Choice, CtEq, CtGt, CtSelect, U448, const_monty_params};
use zeroize::DefaultIsZeroes;

const_monty_params!(
    Goldilocks,
    U448,
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "2^448 - 2^224 - 1."
);

/// A field element.
#[derive(Clone, Copy)]
pub(super) struct Fe(ConstMontyForm<Goldilocks, { U448::LIMBS }>);

impl Fe {
    pub(super) const ZERO: Fe = Fe(ConstMontyForm::ZERO);
    pub(super) const ONE: Fe = Fe(ConstMontyForm::ONE);

    pub(super) const fn small(number: u32) -> Fe {
        Fe(ConstMontyForm::new(&U448::from_u32(number)))
    }

    pub(super) const fn number(number: &U448) -> Fe {
        Fe(ConstMontyForm::new(number))
    }

    /// Reads 56 bytes, the most significant first, and reduces what they say.
    pub(super) const fn from_bytes(bytes: &[u8; LEN]) -> Fe {
        Fe::number(&U448::from_be_slice(bytes))
    }

    /// Reads 56 bytes that must be a number of the lower half, 0 to (p - 1) / 2.
    pub(super) fn from_low_bytes(bytes: &[u8; LEN]) -> Option<Fe> {
        let number = U448::from_be_slice(bytes);
        (!number.ct_gt(&HALF).to_bool()).then(|| Fe::number(&number))
    }

    pub(super) fn to_bytes(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes.copy_from_slice(self.0.retrieve().to_be_bytes().as_ref());
        bytes
    }

    pub(super) fn square(self) -> Fe {
        Fe(self.0.square())
    }

    pub(super) fn double(self) -> Fe {
        self + self
    }

    /// Raises to (p - 3) / 4: one over the square root, if there is a root. 0 stays 0.
    pub(super) fn one_over_root(self) -> Fe {
        Fe(self.0.pow(&P_MINUS_3_OVER_4))
    }

    pub(super) fn equals(self, other: Fe) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// Tells whether it is beyond (p - 1) / 2.
    pub(super) fn is_high(self) -> Choice {
        self.0.retrieve().ct_gt(&HALF)
    }

    /// Gives `other` if the choice is true, and itself otherwise.
    pub(super) fn or(self, other: Fe, choice: Choice) -> Fe {
        Fe(self.0.ct_select(&other.0, choice))
    }

    pub(super) fn negated_if(self, choice: Choice) -> Fe {
        self.or(-self, choice)
    }
}

impl Add for Fe {
    type Output = Fe;

    fn add(self, other: Fe) -> Fe {
        Fe(self.0.add(&other.0))
    }
}

impl Sub for Fe {
    type Output = Fe;

    fn sub(self, other: Fe) -> Fe {
        Fe(self.0.sub(&other.0))
    }
}

impl Mul for Fe {
    type Output = Fe;

    fn mul(self, other: Fe) -> Fe {
        Fe(self.0.mul(&other.0))
    }
}

impl Neg for Fe {
    type Output = Fe;

    fn neg(self) -> Fe {
        Fe(self.0.neg())
    }
}

impl DefaultIsZeroes for Fe {}

impl Default for Fe {
    fn default() -> Fe {
        Fe::ZERO
    }
}

/// Bytes of a field element.
pub(super) const LEN: usize = 56;

const MODULUS: U448 = *ConstMontyForm::<Goldilocks, { U448::LIMBS }>::MODULUS.as_ref();
/// (p - 1) / 2: p is odd.
const HALF: U448 = MODULUS.shr(1);
/// (p - 3) / 4: p leaves 3 when divided by 4.
const P_MINUS_3_OVER_4: U448 = MODULUS.shr(2);
