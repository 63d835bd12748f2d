//! What is asked of a table, and the answer.

use crate::table::Table;
use ringfence::{Error, Json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

struct Condition {
    column: usize,
    operator: String,
    value: String,
}

pub struct Query {
    select: Vec<usize>,
    conditions: Vec<Condition>,
    order: Option<(usize, bool)>,
    limit: usize,
    group: Option<usize>,
    sum: Option<usize>,
}

const OPERATORS: [&str; 7] = ["=", "!=", "<", "<=", ">", ">=", "contains"];

impl Query {
    pub fn read(json: &Json, table: &Table) -> Result<Query, Error> {
        let column_of = |name: &str| -> Result<Option<usize>, Error> {
            text_of(json, name)?.map(|column| table.column(&column)).transpose()
        };
        let mut select = Vec::new();
        if let Some(columns) = json.get("select") {
            for i in 0..columns.len() {
                let name = columns.at(i).and_then(|value| value.as_str()).ok_or_else(|| bad("`select` is a list of columns"))?;
                select.push(table.column(&name)?);
            }
        }
        if select.is_empty() {
            select = (0..table.columns.len()).collect();
        }
        let mut conditions = Vec::new();
        if let Some(given) = json.get("where") {
            for i in 0..given.len() {
                let item = given.at(i).ok_or_else(|| bad("`where` is a list"))?;
                conditions.push(condition(&item, table)?);
            }
        }
        let descending = json.get("descending").and_then(|value| value.as_bool()).unwrap_or(false);
        Ok(Query {
            select,
            conditions,
            order: column_of("orderBy")?.map(|column| (column, descending)),
            limit: json.get("limit").and_then(|value| value.as_f64()).map_or(usize::MAX, |limit| limit.max(0.0) as usize),
            group: column_of("groupBy")?,
            sum: column_of("sum")?,
        })
    }

    pub fn answer(&self, table: &Table) -> Result<String, Error> {
        let mut rows: Vec<&Vec<String>> = table.rows.iter().filter(|row| self.fits(row)).collect();
        let found = rows.len();
        if let Some(group) = self.group {
            return self.groups(table, &rows, group);
        }
        if let Some((column, descending)) = self.order {
            rows.sort_by(|a, b| {
                let order = compare(&a[column], &b[column]);
                if descending { order.reverse() } else { order }
            });
        }
        let mut out = String::from("{\"columns\":[");
        list(&mut out, self.select.iter().map(|&column| &table.columns[column]));
        out.push_str("],\"rows\":[");
        for (i, row) in rows.iter().take(self.limit).enumerate() {
            out.push_str(if i == 0 { "[" } else { ",[" });
            list(&mut out, self.select.iter().map(|&column| &row[column]));
            out.push(']');
        }
        out.push_str(&format!("],\"found\":{}", found));
        if let Some(sum) = self.sum {
            out.push_str(&format!(",\"sum\":{}", total(&rows, sum)?));
        }
        out.push('}');
        Ok(out)
    }

    fn groups(&self, table: &Table, rows: &[&Vec<String>], group: usize) -> Result<String, Error> {
        let mut groups: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
        for row in rows {
            groups.entry(&row[group]).or_default().push(row);
        }
        let mut out = format!("{{\"groupedBy\":{},\"groups\":[", ringfence::quoted(&table.columns[group]));
        for (i, (value, members)) in groups.iter().take(self.limit).enumerate() {
            out.push_str(if i == 0 { "{\"value\":" } else { ",{\"value\":" });
            ringfence::quote(&mut out, value);
            out.push_str(&format!(",\"rows\":{}", members.len()));
            if let Some(sum) = self.sum {
                out.push_str(&format!(",\"sum\":{}", total(members, sum)?));
            }
            out.push('}');
        }
        out.push_str("]}");
        Ok(out)
    }

    fn fits(&self, row: &[String]) -> bool {
        self.conditions.iter().all(|Condition { column, operator, value }| {
            let field = &row[*column];
            match operator.as_str() {
                "contains" => field.contains(value.as_str()),
                "=" => compare(field, value) == Ordering::Equal,
                "!=" => compare(field, value) != Ordering::Equal,
                "<" => compare(field, value) == Ordering::Less,
                "<=" => compare(field, value) != Ordering::Greater,
                ">" => compare(field, value) == Ordering::Greater,
                _ => compare(field, value) != Ordering::Less,
            }
        })
    }
}

fn condition(item: &Json, table: &Table) -> Result<Condition, Error> {
    let column = text_of(item, "column")?.ok_or_else(|| bad("a condition has a `column`"))?;
    let operator = text_of(item, "is")?.unwrap_or_else(|| "=".into());
    if !OPERATORS.contains(&operator.as_str()) {
        return Err(bad(&format!("`is` is one of {}", OPERATORS.join(" "))));
    }
    let value = item.get("value").ok_or_else(|| bad("a condition has a `value`"))?;
    let value = value.as_str().unwrap_or_else(|| value.text());
    Ok(Condition { column: table.column(&column)?, operator, value })
}

fn text_of(json: &Json, name: &str) -> Result<Option<String>, Error> {
    match json.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| bad(&format!("`{}` is a text", name))),
    }
}

/// As numbers where both are numbers, else as text.
fn compare(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        _ => a.cmp(b),
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

fn total(rows: &[&Vec<String>], column: usize) -> Result<f64, Error> {
    rows.iter().map(|row| number(&row[column]).ok_or_else(|| not_a_number(&row[column]))).sum()
}

fn not_a_number(text: &str) -> Error {
    let shown = ringfence::quoted(text);
    Error::new("NOT_A_NUMBER", format!("cannot sum {}", shown)).with_details(format!("{{\"value\":{}}}", shown))
}

fn list<'a>(out: &mut String, texts: impl Iterator<Item = &'a String>) {
    for (i, text) in texts.enumerate() {
        if i > 0 {
            out.push(',');
        }
        ringfence::quote(out, text);
    }
}

fn bad(message: &str) -> Error {
    Error::new("BAD_QUERY", message)
}
