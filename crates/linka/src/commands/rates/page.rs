//! The price list as a page that needs nothing else: no script, no font, no picture.

use core::fmt::Write;

use super::price_list::{HEAD, NOTES, Row, kind};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(super) fn render(rows: &[Row]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Price list</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Price list</h1>\n"
    );
    let (first, more) = NOTES.split_first().map_or(("", &[][..]), |(first, more)| (*first, more));
    push(&mut page, "p class=\"lead\"", first);
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let same = |row: &&Row| row.country == first.country && row.kind == first.kind;
        let count = rest.iter().take_while(same).count().max(1);
        let (section, after) = rest.split_at(count.min(rest.len()));
        page.push_str(&section_of(section));
        rest = after;
    }
    page.push_str("<footer>\n");
    for note in more {
        push(&mut page, "p", note);
    }
    page.push_str("</footer>\n</main>\n</body>\n</html>");
    page
}

/// One kind of number in one country.
fn section_of(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mut html = String::from("<section>\n<h2>");
    html.push_str(&escape(country(&first.country)));
    let free = if kind(first.kind) == "toll-free" { ": free for the caller" } else { "" };
    let class = if free.is_empty() { "kind" } else { "kind free" };
    let _infallible =
        writeln!(html, " <span class=\"{class}\">{}{free}</span></h2>", kind(first.kind));
    html.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    // Country and kind stand in the heading.
    for head in HEAD.iter().skip(2) {
        push(&mut html, "th scope=\"col\"", head);
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (column, cell) in row.cells().iter().skip(2).enumerate() {
            push(&mut html, if column == 0 { "th scope=\"row\"" } else { "td" }, cell);
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table></div>\n</section>\n");
    html
}

/// An element with a text.
fn push(html: &mut String, tag: &str, text: &str) {
    let name = tag.split(' ').next().unwrap_or(tag);
    let _infallible = writeln!(html, "<{tag}>{}</{name}>", escape(text));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The name of a country, or its code.
fn country(code: &str) -> &str {
    match code {
        "AT" => "Austria",
        "CZ" => "Czechia",
        "DE" => "Germany",
        "PL" => "Poland",
        "SK" => "Slovakia",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use linka_metering::{Rate, RateCard};
    use linka_model::Micros;

    use super::super::price_list::rows;
    use super::*;

    fn row(country: &str, kind: &str) -> Row {
        let text = format!(
            "id: a\ncurrency: CZK\ncountry: {country}\nkind: {kind}\nvalid_from: 2026-01-01\n\
             monthly: \"250\"\nrates:\n  - {{origin: default, per_minute: \"1.2\", first: 60, step: 1}}\n"
        );
        rows(&[RateCard::parse(&text, "a.yaml").unwrap().0], 0).remove(0)
    }

    #[test]
    fn each_kind_of_number_has_a_section_with_its_prices() {
        let page = render(&[row("CZ", "landline"), row("CZ", "toll_free"), row("SK", "toll_free")]);
        assert_eq!(page.matches("<section>").count(), 3);
        for said in [
            "<h2>Czechia <span class=\"kind\">landline</span></h2>",
            "<h2>Slovakia <span class=\"kind free\">toll-free: free for the caller</span></h2>",
            "<td>1.20 CZK</td>",
            "<td>a minute, then seconds</td>",
            "<td>250.00 CZK</td>",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }

    #[test]
    fn a_page_loads_nothing_and_its_tags_are_closed() {
        let page = render(&[row("CZ", "landline"), row("CZ", "toll_free")]);
        for foreign in ["http", "<script", "<img", "<link", "url(", "@import"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        for tag in ["section", "table", "thead", "tbody", "tr", "td", "th", "p", "main", "footer"] {
            let opened = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn what_could_be_markup_is_shown_as_text() {
        let rate = Rate::new(Micros(1), (1, 1), Micros::ZERO, Micros::ZERO).unwrap();
        let odd = Row { callers: "<b>&\"".to_owned(), rate, ..row("XX", "landline") };
        assert!(render(&[odd]).contains("&lt;b&gt;&amp;&quot;"));
    }
}
