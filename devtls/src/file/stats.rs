//! `stats`: how many payload bytes went through the files.

use crate::conv::Counters;

/// Writes the text (tls(3)).
#[must_use]
pub fn text(counters: Counters) -> String {
    let Counters { data_in, data_out, hand_in, hand_out } = counters;
    format!("DataIn: {data_in}\nDataOut: {data_out}\nHandIn: {hand_in}\nHandOut: {hand_out}\n")
}
