//! What was measured, as tables.

use std::fmt::Write;

use super::case::{Measured, Unit};

/// A case: everyone's median and spread, and the ratio to the first one.
pub(crate) fn case(measured: &Measured) -> String {
    let unit = measured.unit.text();
    let has_cpu = measured.rows.iter().any(|row| row.cpu().is_some());
    let first = measured.rows.first().filter(|row| !row.samples.is_empty());
    let mut text = format!("### {}\n\n| | {unit} | spread | ratio |", measured.name);
    text += if has_cpu { " processor s/GB |\n|---|---|---|---|---|\n" } else { "\n|---|---|---|---|\n" };
    for row in &measured.rows {
        if row.samples.is_empty() {
            let why = row.failure.as_deref().unwrap_or("not measured");
            let _ = writeln!(text, "| {} | {why} | | |{}", row.name, if has_cpu { " |" } else { "" });
            continue;
        }
        let (least, most) = row.spread();
        let ratio = first.map(|first| format!("{:.2}", row.against(first))).unwrap_or_default();
        let number = |value| number(measured.unit, value);
        let _ = write!(
            text,
            "| {} | {} | {} to {} | {ratio} |",
            row.name,
            number(row.median()),
            number(least),
            number(most)
        );
        if has_cpu {
            let cpu = row.cpu().map(|cpu| format!("{cpu:.2}")).unwrap_or_default();
            let _ = write!(text, " {cpu} |");
        }
        text += "\n";
    }
    text
}

/// All bounds and how they were met.
pub(crate) fn bounds(results: &[Measured]) -> String {
    let mut text = String::from("| case | against | ratio | least | aim |\n|---|---|---|---|---|\n");
    for measured in results {
        for bound in &measured.bounds {
            let (ratio, against) = match measured.ratio(bound) {
                Some((ratio, against)) => {
                    (format!("{ratio:.2}{}", verdict(measured.unit, ratio, bound.least)), against)
                }
                None => ("not measured".to_owned(), ""),
            };
            let _ =
                writeln!(text, "| {} | {against} | {ratio} | {} | {} |", bound.text, bound.least, bound.aim);
        }
    }
    text
}

fn verdict(unit: Unit, ratio: f64, least: f64) -> &'static str {
    let is_met = if unit.is_rate() { ratio >= least } else { ratio <= least };
    if is_met { "" } else { " (missed)" }
}

fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::MegabytesPerSecond | Unit::ConnectionsPerSecond => format!("{value:.0}"),
        Unit::Microseconds | Unit::KibibytesEach => format!("{value:.1}"),
    }
}
