// Splits a program text into tokens n times: char codes, substrings, a map from text to counts. Strings and allocation.

enum Kind { Name, Number, Text, Symbol }

class Token {
  constructor(public kind: Kind, public text: string, public line: i32) {}
}

function isLetter(c: i32): bool {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c == 95;
}
function isDigit(c: i32): bool {
  return c >= 48 && c <= 57;
}

function tokenise(source: string): Token[] {
  const tokens = new Array<Token>();
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const c = source.charCodeAt(at);
    if (c == 10) line++;
    if (c <= 32) {
      at++;
      continue;
    }
    const start = at;
    if (isLetter(c)) {
      while (at < source.length && (isLetter(source.charCodeAt(at)) || isDigit(source.charCodeAt(at)))) at++;
      tokens.push(new Token(Kind.Name, source.substring(start, at), line));
    } else if (isDigit(c)) {
      while (at < source.length && isDigit(source.charCodeAt(at))) at++;
      tokens.push(new Token(Kind.Number, source.substring(start, at), line));
    } else if (c == 34) {
      at++;
      while (at < source.length && source.charCodeAt(at) != 34) at++;
      at++;
      tokens.push(new Token(Kind.Text, source.substring(start + 1, at - 1), line));
    } else {
      at++;
      tokens.push(new Token(Kind.Symbol, source.charAt(start), line));
    }
  }
  return tokens;
}

const SOURCE = `function area(width, height) {
  let total = 0;
  for (let i = 0; i < width; i = i + 1) { total = total + height * 1; }
  if (total > 1000) { print("large", total); } else { print("small", total); }
  return total;
}
let name_1 = "a text with several words in it";
area(120, 7) + area(3, 44) * area(9, 9);
`;

export function run(n: i32): i32 {
  let hash: u32 = 2166136261;
  for (let round = 0; round < n; round++) {
    const counts = new Map<string, i32>();
    const tokens = tokenise(SOURCE);
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      counts.set(token.text, (counts.has(token.text) ? counts.get(token.text) : 0) + token.line + token.kind);
    }
    const keys = counts.keys();
    for (let i = 0; i < keys.length; i++) hash = (hash ^ <u32>counts.get(keys[i]) ^ <u32>keys[i].length) * 16777619;
  }
  return hash;
}
