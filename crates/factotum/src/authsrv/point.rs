//! Points of dp9ik's curve x² + y² = 1 + d x² y², d = -39081, in extended coordinates, and their encoding by decaf.
//!
//! The base point is Plan 9's own, not RFC 8032's. Everything but `decode` takes the same time whatever the point.

use crypto_bigint::{Choice, U448};
use zeroize::Zeroize;

use super::field::{Fe, LEN};

/// A point.
#[derive(Clone, Copy)]
pub(super) struct Point {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

impl Point {
    /// Maps a number to a point (Elligator 2, for the decaf quotient).
    pub(super) fn from_hash(hash: &[u8; LEN]) -> Point {
        let a_minus_2d = Fe::ONE - D - D;
        let r0 = Fe::from_bytes(hash);
        let r = NON_SQUARE * r0.square();
        let denominator = (D * r + Fe::ONE - D) * (D * r - r - D);
        let numerator = (r + Fe::ONE) * a_minus_2d;
        let product = numerator * denominator;
        let root = product.one_over_root();
        let other_root = NON_SQUARE * r0 * (NON_SQUARE * product).one_over_root();
        let is_not_square = (product * root.square()).equals(-Fe::ONE);
        let c = Fe::ONE.negated_if(is_not_square);
        let e = root.or(other_root, is_not_square);
        let s = c * numerator * e;
        let t = -(c * numerator * (r - Fe::ONE) * (a_minus_2d * e).square()) - Fe::ONE;
        let (below, above) = (Fe::ONE - s.square(), Fe::ONE + s.square());
        Point { x: (s * t).double(), y: below * above, z: above * t, t: s.double() * below }
    }

    /// Reads an encoded point, or nothing if the bytes are none. What the bytes are may show in the time it takes.
    pub(super) fn decode(bytes: &[u8; LEN]) -> Option<Point> {
        let s = Fe::from_low_bytes(bytes)?;
        let ss = s.square();
        let z = Fe::ONE + ss;
        let u = z.square() - FOUR * D * ss;
        let product = u * ss;
        let root = product.one_over_root();
        let is_zero = product.equals(Fe::ZERO).to_bool();
        if !is_zero && !(product * root.square()).equals(Fe::ONE).to_bool() {
            return None;
        }
        let v = root.negated_if((u * root).is_high());
        let mut w = v * s * (TWO - z);
        if s.equals(Fe::ZERO).to_bool() {
            w = w + Fe::ONE;
        }
        let x = s.double();
        Some(Point { x, y: w * z, z, t: w * x })
    }

    /// Encodes the point.
    pub(super) fn encode(&self) -> [u8; LEN] {
        let a_minus_d = Fe::ONE - D;
        let r = (a_minus_d * (self.z + self.y) * (self.z - self.y)).one_over_root();
        let u = a_minus_d * r;
        let r = r.negated_if((-(u.double() * self.z)).is_high());
        let s = u * (r * (self.z * self.x - D * self.y * self.t) + self.y);
        s.negated_if(s.is_high()).to_bytes()
    }

    /// Adds two points, which may be the same.
    pub(super) fn plus(&self, other: &Point) -> Point {
        let a = self.x * other.x;
        let b = self.y * other.y;
        let c = D * self.t * other.t;
        let d = self.z * other.z;
        let e = (self.x + self.y) * (other.x + other.y) - a - b;
        let (f, g, h) = (d - c, d + c, b - a);
        Point { x: e * f, y: g * h, z: f * g, t: e * h }
    }

    /// Takes a point away.
    pub(super) fn minus(&self, other: &Point) -> Point {
        self.plus(&Point { x: -other.x, t: -other.t, ..*other })
    }

    /// Multiplies by a number: a doubling and an addition for each of its bits, whatever the bit.
    pub(super) fn times(&self, number: &[u8; LEN]) -> Point {
        let mut sum = Point::NEUTRAL;
        for byte in number {
            for bit in (0..8).rev() {
                sum = sum.plus(&sum);
                let more = sum.plus(self);
                let choice = Choice::from_u8_lsb(byte >> bit);
                sum = Point {
                    x: sum.x.or(more.x, choice),
                    y: sum.y.or(more.y, choice),
                    z: sum.z.or(more.z, choice),
                    t: sum.t.or(more.t, choice),
                };
            }
        }
        sum
    }

    /// The coordinates one after the other, X, Y, Z, T.
    #[cfg(test)]
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [self.x, self.y, self.z, self.t].iter().flat_map(|coordinate| coordinate.to_bytes()).collect()
    }

    const NEUTRAL: Point = Point { x: Fe::ZERO, y: Fe::ONE, z: Fe::ONE, t: Fe::ZERO };

    /// The base point.
    pub(super) const BASE: Point =
        Point { x: Fe::number(&BASE_X), y: Fe::small(19), z: Fe::ONE, t: Fe::number(&BASE_T) };
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
        self.t.zeroize();
    }
}

/// The curve's d.
const D: Fe = Fe::number(&MINUS_39081);
const NON_SQUARE: Fe = Fe::small(7);
const TWO: Fe = Fe::small(2);
const FOUR: Fe = Fe::small(4);
const MINUS_39081: U448 = U448::from_be_hex(
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffffffffffffffff6756",
);
const BASE_X: U448 = U448::from_be_hex(
    "297ea0ea2692ff1b4faff46098453a6a26adf733245f065c3c59d0709cecfa96147eaaf3932d94c63d96c170033f4ba0c7f0de840aed939f",
);
/// X times Y.
const BASE_T: U448 = U448::from_be_hex(
    "1465f160dce8ef06ea0f232b4d2355e0dee958cbb30d78d87aaa785ea59699238566b013ec620ab692305b503db29ceed6e083cccfa1f4d0",
);
