//! Rows in columns.

use super::escape;

/// Columns that are as wide as their widest cell, two spaces apart; cells are escaped, empty ones shown as `-`.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let all = || std::iter::once(&head).chain(&rows);
    let width =
        |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    all().map(|row| line(row, &widths)).collect()
}

fn shown(cell: &str) -> String {
    if cell.is_empty() { "-".to_owned() } else { escape(cell) }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row.iter().zip(widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
    format!("{}\n", cells.join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_early() {
        let rows = [vec!["1.0".to_owned(), String::new()], vec!["latest".to_owned(), "a\x1b".to_owned()]];
        assert_eq!(table(&["TAG", "DIGEST"], &rows), "TAG     DIGEST\n1.0     -\nlatest  a\\u{1b}\n");
    }
}
