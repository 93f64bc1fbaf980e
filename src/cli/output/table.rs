//! Tables in the borders of etcd's tools: light lines, header in capitals and centred, cells to the right.

use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

const BOXES: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// Draws a table; each line ends with a newline.
pub fn draw(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Disabled).load_style(BOXES);
    for row in rows {
        table.add_row(row.iter().map(|cell| Cell::new(cell).set_alignment(CellAlignment::Right)));
    }
    table.set_header(header.to_vec());
    let widths = table.column_max_content_widths();
    table.set_header(header.iter().zip(widths).map(|(cell, width)| {
        // Of an odd number of blanks the last one goes right.
        let blanks = usize::from(width).saturating_sub(cell.chars().count());
        let cell = format!("{cell}{}", " ".repeat(blanks % 2));
        Cell::new(cell).set_alignment(CellAlignment::Center)
    }));
    let mut out = String::new();
    for line in table.lines() {
        out.push_str(&line);
        out.push('\n');
    }
    if rows.is_empty() {
        out = without_separator(&out);
    }
    out
}

/// A table without rows closes right under its header.
fn without_separator(table: &str) -> String {
    table.lines().filter(|line| !line.starts_with('├')).fold(String::new(), |out, line| out + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_centred_and_cells_stand_right() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            draw(&["ID", "STATUS", "NAME"], &[row(["37315e66832bdbc4", "unstarted", ""]), row(["1", "started", "c1"])]),
            "\
┌──────────────────┬───────────┬──────┐
│        ID        │  STATUS   │ NAME │
├──────────────────┼───────────┼──────┤
│ 37315e66832bdbc4 │ unstarted │      │
│                1 │   started │   c1 │
└──────────────────┴───────────┴──────┘
"
        );
    }

    #[test]
    fn no_rows_leave_the_header() {
        assert_eq!(draw(&["ENDPOINT", "HASH"], &[]), "┌──────────┬──────┐\n│ ENDPOINT │ HASH │\n└──────────┴──────┘\n");
    }
}
