//! A bar chart of one group, as SVG.

use super::rows::{ALLOCATIONS, Row, is_ours, quantity};

const WIDTH: usize = 840;
const LABELS: usize = 150;
/// What the longest bar takes.
const BARS: f64 = 480.0;
const BAR: usize = 20;
const TITLE: usize = 30;
const MARGIN: usize = 16;

/// One block per scenario, in which the bars are in proportion to each other.
pub(crate) fn svg(group: &str, rows: &[&Row]) -> String {
    let mut parts = Vec::new();
    let mut top = MARGIN + 24;
    // Allocations stand in the table, beside the scenario that they belong to.
    for row in rows.iter().filter(|row| row.unit != ALLOCATIONS) {
        parts.push(text(MARGIN, top + 20, "scenario", row.title()));
        top += TITLE;
        let largest = row
            .values
            .iter()
            .map(|(_, value)| *value)
            .fold(0.0, f64::max);
        for (name, value) in &row.values {
            parts.push(text(MARGIN + 10, top + 14, "name", name));
            // A value of nothing has a mark too.
            let length = if largest > 0.0 {
                (value / largest * BARS).max(1.0)
            } else {
                1.0
            };
            let class = if is_ours(name) { "ours" } else { "peer" };
            let (x, y, height) = (MARGIN + LABELS, top + 2, BAR - 4);
            parts.push(format!(
                r#"<rect class="{class}" x="{x}" y="{y}" width="{length:.1}" height="{height}" rx="2"/>"#
            ));
            let shown = quantity(*value, &row.unit);
            // Moved by the bar's length: lengths are fractions, places are not.
            parts.push(format!(r#"<g transform="translate({length:.1})">"#));
            parts.push(text(x + 6, top + 14, "value", &shown));
            parts.push("</g>".to_string());
            top += BAR;
        }
        top += 8;
    }
    let height = top + MARGIN;
    let title = format!("{group}: less is better");
    let mut lines = vec![
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">"#
        ),
        format!("<title>{}</title>", escaped(&title)),
        STYLE.to_string(),
        format!(r#"<rect class="paper" width="{WIDTH}" height="{height}"/>"#),
        text(MARGIN, MARGIN + 12, "title", &title),
    ];
    lines.extend(parts);
    lines.push("</svg>\n".to_string());
    lines.join("\n")
}

const STYLE: &str = "<style>\n\
    text { font: 13px sans-serif; fill: #333; }\n\
    .title { font-size: 16px; font-weight: bold; }\n\
    .scenario { font-weight: bold; }\n\
    .paper { fill: #fff; }\n\
    .ours { fill: #1b7f5c; }\n\
    .peer { fill: #b5bcc4; }\n\
    </style>";

fn text(x: usize, y: usize, class: &str, content: &str) -> String {
    format!(
        r#"<text class="{class}" x="{x}" y="{y}">{}</text>"#,
        escaped(content)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::rows::{ALLOCATIONS, Sample, merge};
    use super::svg;

    #[test]
    fn bars_are_in_proportion() {
        let rows = merge(&[
            Sample::new("timers/a<b", "ours", 50.0, "ns"),
            Sample::new("timers/a<b", "tokio", 100.0, "ns"),
            Sample::new("timers/a<b", "tokio", 7.0, ALLOCATIONS),
            Sample::new("timers/none", "ours", 0.0, "wakes"),
        ]);
        let chart = svg("timers", &rows.iter().collect::<Vec<_>>());
        assert!(
            chart.contains(r#"class="ours" x="166" y="72" width="240.0""#),
            "{chart}"
        );
        assert!(
            chart.contains(r#"class="peer" x="166" y="92" width="480.0""#),
            "{chart}"
        );
        assert!(
            chart.contains(r#"width="1.0""#),
            "a value of nothing has a mark: {chart}"
        );
        assert!(
            chart.contains("a&lt;b") && !chart.contains("a<b"),
            "{chart}"
        );
        assert_eq!(
            chart.matches("<text").count(),
            chart.matches("</text>").count()
        );
    }
}
