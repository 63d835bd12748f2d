//! CSV as RFC 4180 has it: quoted fields, quotes in quotes, line ends in fields.

use ringfence::Error;

pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(text: &str, separator: char) -> Result<Table, Error> {
        let mut records = Records { text, separator, at: 0, line: 1 };
        let columns = records.next()?.ok_or_else(|| bad(1, "there is no header"))?;
        let mut rows = Vec::new();
        loop {
            let line = records.line;
            match records.next()? {
                None => return Ok(Table { columns, rows }),
                // An empty line is no row.
                Some(row) if row.len() == 1 && row[0].is_empty() => {}
                Some(row) if row.len() != columns.len() => {
                    return Err(bad(line, &format!("expected {} fields, got {}", columns.len(), row.len())))
                }
                Some(row) => rows.push(row),
            }
        }
    }

    pub fn column(&self, name: &str) -> Result<usize, Error> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            Error::new("UNKNOWN_COLUMN", format!("there is no column {}", ringfence::quoted(name)))
                .with_details(format!("{{\"column\":{}}}", ringfence::quoted(name)))
        })
    }
}

struct Records<'a> {
    text: &'a str,
    separator: char,
    at: usize,
    line: usize,
}

impl Records<'_> {
    fn next(&mut self) -> Result<Option<Vec<String>>, Error> {
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let mut record = Vec::new();
        loop {
            let (field, is_last) = self.field()?;
            record.push(field);
            if is_last {
                return Ok(Some(record));
            }
        }
    }

    fn field(&mut self) -> Result<(String, bool), Error> {
        let rest = &self.text[self.at..];
        if let Some(quoted) = rest.strip_prefix('"') {
            return self.quoted(quoted);
        }
        let end = rest.find(|c| c == self.separator || c == '\n').unwrap_or(rest.len());
        let field = rest[..end].trim_end_matches('\r').to_string();
        self.at += end;
        let is_last = self.separate();
        Ok((field, is_last))
    }

    fn quoted(&mut self, rest: &str) -> Result<(String, bool), Error> {
        let start = self.line;
        let mut field = String::new();
        let mut chars = rest.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '"' {
                if matches!(chars.peek(), Some((_, '"'))) {
                    chars.next();
                    field.push('"');
                    continue;
                }
                self.at += at + 2;
                if self.text[self.at..].starts_with('\r') {
                    self.at += 1;
                }
                let next = self.text[self.at..].chars().next();
                if next.is_some() && next != Some(self.separator) && next != Some('\n') {
                    return Err(bad(self.line, "there is text behind a closing quote"));
                }
                let is_last = self.separate();
                return Ok((field, is_last));
            }
            if c == '\n' {
                self.line += 1;
            }
            field.push(c);
        }
        Err(bad(start, "a quote is never closed"))
    }

    /// Goes past what ends a field. Whether the record ends, too.
    fn separate(&mut self) -> bool {
        match self.text[self.at..].chars().next() {
            Some(c) if c == self.separator => {
                self.at += c.len_utf8();
                false
            }
            Some(_) => {
                self.at += 1;
                self.line += 1;
                true
            }
            None => true,
        }
    }
}

fn bad(line: usize, problem: &str) -> Error {
    Error::new("BAD_CSV", format!("line {}: {}", line, problem)).with_details(format!("{{\"line\":{}}}", line))
}
