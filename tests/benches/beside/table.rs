//! What was measured, as tables.

use std::fmt::Write;

use super::case::{Bound, Measured, Unit};

/// A case: everyone's median and spread, and the ratio to the first one.
pub(crate) fn case(measured: &Measured) -> String {
    let unit = measured.unit.text();
    let has_cpu = measured.rows.iter().any(|row| row.cpu().is_some());
    let first = measured.rows.first().filter(|row| !row.samples.is_empty());
    let (title, rule) =
        if has_cpu { (format!(" {} |", measured.unit.cpu_text()), "---|") } else { (String::new(), "") };
    let name = &measured.name;
    let mut text = format!("### {name}\n\n| | {unit} | spread | ratio |{title}\n|---|---|---|---|{rule}\n");
    for row in &measured.rows {
        if row.samples.is_empty() {
            let why = row.failure.as_deref().unwrap_or("not measured");
            let _ = writeln!(text, "| {} | {why} | | |{}", row.name, if has_cpu { " |" } else { "" });
            continue;
        }
        let (least, most) = row.spread();
        let ratio = first.map(|first| format!("{:.2}", row.against(first).median())).unwrap_or_default();
        let failure = row.failure.as_ref().map(|why| format!(", then: {why}")).unwrap_or_default();
        let number = |value| number(measured.unit, value);
        let _ = write!(
            text,
            "| {} | {} | {} to {}{failure} | {ratio} |",
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

/// All bounds and how they were met: the median of the ratios within the rounds, which is what counts, their spread, in how many rounds
/// the ratio was as good as the bound, and the median of the ratios of the processor's time.
pub(crate) fn bounds(results: &[Measured]) -> String {
    let mut text = String::from(
        "| case | against | ratio | least | aim | spread | met in rounds | processor time |\n|---|---|---|---|---|---|---|---|\n",
    );
    for measured in results {
        for bound in &measured.bounds {
            let Bound { text: what, least, aim, .. } = bound;
            let Some((ours, other)) = measured.pair(bound) else {
                let _ = writeln!(text, "| {what} | | not measured | {least} | {aim} | | | |");
                continue;
            };
            let ratios = ours.against(other);
            // What is said of it goes by what is printed.
            let ratio = format!("{:.3}", ratios.median());
            let is_met = ratio.parse().is_ok_and(|ratio| measured.is_met(ratio, *least));
            let missed = if is_met { "" } else { " (missed)" };
            let (low, high) = ratios.spread();
            let (met_count, count) = ratios.count(|ratio| measured.is_met(ratio, *least));
            let cpu = ours.cpu_against(other).map(|cpu| format!("{:.2}", cpu.median())).unwrap_or_default();
            let _ = writeln!(
                text,
                "| {what} | {} | {ratio}{missed} | {least} | {aim} | {low:.2} to {high:.2} | {met_count} of {count} | {cpu} |",
                other.name
            );
        }
    }
    text
}

fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::MegabytesPerSecond | Unit::ConnectionsPerSecond => format!("{value:.0}"),
        Unit::Microseconds | Unit::KibibytesEach => format!("{value:.1}"),
    }
}
