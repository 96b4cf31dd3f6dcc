//! What was measured, as a picture: for each case a bar for everyone, as a share of the first.

use std::fmt::Write;

use super::case::{Measured, Row};

/// Draws the cases whose numbers are rates: there longer is better.
pub(crate) fn svg(results: &[Measured]) -> String {
    let shown: Vec<&Measured> = results.iter().filter(|measured| measured.unit.is_rate()).collect();
    let mut body = String::new();
    let mut y = GAP;
    for measured in shown {
        let rows: Vec<&Row> = measured.rows.iter().filter(|row| !row.samples.is_empty()).collect();
        let Some(first) = rows.first() else { continue };
        let most = rows.iter().map(|row| row.against(first)).fold(1.0, f64::max);
        let _ = writeln!(body, r#"<text x="{GAP}" y="{}" class="head">{}</text>"#, y + 14, measured.name);
        y += 22;
        for row in &rows {
            let share = row.against(first);
            let width = share / most * BAR_WIDTH;
            let kind =
                if row.name.starts_with("tlssrv") || row.name.starts_with("ours") { "ours" } else { "other" };
            let _ = writeln!(
                body,
                r#"<text x="{}" y="{}" class="name">{}</text><rect x="{BAR_X}" y="{}" width="{width:.1}" height="12" class="{kind}"/><text x="{:.1}" y="{}">{share:.2} ({:.0} {})</text>"#,
                BAR_X - 8,
                y + 10,
                row.name,
                y,
                f64::from(BAR_X) + width + 6.0,
                y + 10,
                row.median(),
                measured.unit.text(),
            );
            y += 16;
        }
        y += GAP;
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">
<style>text {{ font: 11px sans-serif; fill: #333 }} .head {{ font-weight: bold; font-size: 13px }} .name {{ text-anchor: end }} .ours {{ fill: #2a6f4e }} .other {{ fill: #a9b4ad }}</style>
<rect width="{WIDTH}" height="{y}" fill="#fff"/>
{body}</svg>
"##
    )
}

const GAP: i32 = 14;
/// Where bars begin, behind the names.
const BAR_X: i32 = 260;
/// How long the longest is.
const BAR_WIDTH: f64 = 340.0;
const WIDTH: i32 = 720;
