//! What was measured, as a picture: for each case that a bound is about a bar for everyone, as a share of the first, and a line from the
//! least ratio of a round to the largest one. The tables have the other cases.

use std::fmt::Write;

use super::case::{Measured, Row};

/// Draws the cases whose numbers are rates: there longer is better.
pub(crate) fn svg(results: &[Measured]) -> String {
    let is_shown = |measured: &&Measured| measured.unit.is_rate() && !measured.bounds.is_empty();
    let mut body = format!(
        r#"<text x="{GAP}" y="{}">Share of the first of each case: a bar for the median of the rounds, a line from the least to the most.</text>
"#,
        GAP + 10
    );
    let mut y = GAP * 2 + 10;
    for measured in results.iter().filter(is_shown) {
        let rows: Vec<&Row> = measured.rows.iter().filter(|row| !row.samples.is_empty()).collect();
        let Some(first) = rows.first() else { continue };
        let most = rows.iter().map(|row| row.against(first).spread().1).fold(1.0, f64::max);
        let _ = writeln!(body, r#"<text x="{GAP}" y="{}" class="head">{}</text>"#, y + 14, measured.name);
        y += 22;
        for row in &rows {
            body += &bar(row, first, BAR_WIDTH / most, y, measured.unit.text());
            y += 16;
        }
        y += GAP;
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">
<style>text {{ font: 11px sans-serif; fill: #333 }} .head {{ font-weight: bold; font-size: 13px }} .name {{ text-anchor: end }} .ours {{ fill: #4fa37a }} .other {{ fill: #b9c3bd }} .spread {{ stroke: #222; stroke-width: 1.5 }}</style>
<rect width="{WIDTH}" height="{y}" fill="#fff"/>
{body}</svg>
"##
    )
}

/// The line of `row` at `y`: its name, its bar, where a ratio of 1 to `first` is `scale` long, its spread, its numbers.
fn bar(row: &Row, first: &Row, scale: f64, y: i32, unit: &str) -> String {
    let ratios = row.against(first);
    let (share, (least, most)) = (ratios.median(), ratios.spread());
    let is_ours = row.name.starts_with("tlssrv") || row.name.starts_with("ours");
    let at = |ratio: f64| f64::from(BAR_X) + ratio * scale;
    let (text_y, middle) = (y + 10, y + 6);
    format!(
        r#"<text x="{}" y="{text_y}" class="name">{}</text><rect x="{BAR_X}" y="{y}" width="{:.1}" height="12" class="{}"/><path d="M{:.1} {middle}H{:.1}" class="spread"/><text x="{:.1}" y="{text_y}">{share:.2} ({:.0} {unit})</text>
"#,
        BAR_X - 8,
        row.name,
        share * scale,
        if is_ours { "ours" } else { "other" },
        at(least),
        at(most),
        at(most) + 6.0,
        row.median(),
    )
}

const GAP: i32 = 14;
/// Where bars begin, behind the names.
const BAR_X: i32 = 260;
/// How long the longest may be, its spread counted in.
const BAR_WIDTH: f64 = 340.0;
const WIDTH: i32 = 720;
