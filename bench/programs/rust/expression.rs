//! Parses and evaluates arithmetic expressions n times with a recursive-descent parser into boxed trees and matches on them.

enum Node {
    Number(i64),
    Variable(u8),
    Negate(Box<Node>),
    Binary(u8, Box<Node>, Box<Node>),
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> u8 {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn binary(&mut self, level: usize) -> Result<Node, usize> {
        const LEVELS: [&[u8]; 3] = [b"+-", b"*/%", b"^"];
        if level == LEVELS.len() {
            return self.primary();
        }
        let mut left = self.binary(level + 1)?;
        loop {
            let operator = self.peek();
            if !LEVELS[level].contains(&operator) {
                return Ok(left);
            }
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = Node::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn primary(&mut self) -> Result<Node, usize> {
        match self.peek() {
            b'-' => {
                self.at += 1;
                Ok(Node::Negate(Box::new(self.primary()?)))
            }
            b'(' => {
                self.at += 1;
                let inner = self.binary(0)?;
                if self.peek() != b')' {
                    return Err(self.at);
                }
                self.at += 1;
                Ok(inner)
            }
            letter @ b'a'..=b'z' => {
                self.at += 1;
                Ok(Node::Variable(letter))
            }
            b'0'..=b'9' => {
                let mut value = 0i64;
                while let digit @ b'0'..=b'9' = self.text.get(self.at).copied().unwrap_or(0) {
                    value = value * 10 + (digit - b'0') as i64;
                    self.at += 1;
                }
                Ok(Node::Number(value))
            }
            _ => Err(self.at),
        }
    }
}

fn evaluate(node: &Node, variables: &[i64; 26]) -> Option<i64> {
    Some(match node {
        Node::Number(value) => *value,
        Node::Variable(letter) => variables[(letter - b'a') as usize],
        Node::Negate(inner) => evaluate(inner, variables)?.wrapping_neg(),
        Node::Binary(operator, left, right) => {
            let (a, b) = (evaluate(left, variables)?, evaluate(right, variables)?);
            match operator {
                b'+' => a.wrapping_add(b),
                b'-' => a.wrapping_sub(b),
                b'*' => a.wrapping_mul(b),
                b'/' => a.checked_div(b)?,
                b'%' => a.checked_rem(b)?,
                _ => a ^ b,
            }
        }
    })
}

const EXPRESSIONS: [&str; 6] = [
    "1 + 2 * 3 - 4",
    "(a + b) * (c - d) / 7",
    "-(x * x) + 2 * x * y - y % 13",
    "((((a ^ 255) + 1) * 3) % 1000) * ((b - 17) / (c + 1))",
    "a + b + c + d + e + f + g + h * 2 / 3 - (i % (j + 1))",
    "10 / (a - a)",
];

#[no_mangle]
pub extern "C" fn run(n: i32) -> i32 {
    let mut variables = [0i64; 26];
    let mut sum = 0u64;
    for round in 0..n as i64 {
        for (i, value) in variables.iter_mut().enumerate() {
            *value = round * (i as i64 + 3) % 1009;
        }
        for text in &EXPRESSIONS {
            let value = match (Parser { text: text.as_bytes(), at: 0 }).binary(0) {
                Ok(node) => evaluate(&node, &variables).unwrap_or(-1),
                Err(at) => at as i64,
            };
            sum = sum.rotate_left(5) ^ value as u64;
        }
    }
    (sum ^ sum >> 32) as i32
}
