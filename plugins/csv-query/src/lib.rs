//! Answers questions about tables in CSV.

mod query;
mod table;

use query::Query;
use ringfence::{Error, Json, Output};
use table::Table;

ringfence::plugin! {
    name: "csv-query", version: "1.0.0",
    functions: { plugin_columns => columns, plugin_query => query }
}

fn columns(input: &[u8]) -> Result<Output, Error> {
    let (_, table) = read(input)?;
    let mut out = String::from("{\"columns\":[");
    for (i, column) in table.columns.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        ringfence::quote(&mut out, column);
    }
    out.push_str(&format!("],\"rows\":{}}}", table.rows.len()));
    Ok(Output::json(out))
}

fn query(input: &[u8]) -> Result<Output, Error> {
    let (json, table) = read(input)?;
    Query::read(&json, &table)?.answer(&table).map(Output::json)
}

fn read(input: &[u8]) -> Result<(Json, Table), Error> {
    let expected = || Error::new("INVALID_INPUT", "expected { \"csv\": text, … }");
    let json = Json::parse(input).ok_or_else(expected)?;
    let csv = json.get("csv").and_then(|value| value.as_str()).ok_or_else(expected)?;
    let separator = ringfence::config("separator").and_then(|value| value.as_str()).and_then(|text| text.chars().next());
    let table = Table::parse(&csv, separator.unwrap_or(','))?;
    Ok((json, table))
}
