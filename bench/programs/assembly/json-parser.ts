// Parses a JSON document into objects n times and adds up what is in it: recursion, maps, class instances, number parsing.

abstract class Value {
  abstract weigh(): i64;
}
class NumberValue extends Value {
  constructor(public value: f64) { super(); }
  weigh(): i64 { return <i64>(this.value * 100); }
}
class TextValue extends Value {
  constructor(public value: string) { super(); }
  weigh(): i64 { return this.value.length; }
}
class BooleanValue extends Value {
  constructor(public value: bool) { super(); }
  weigh(): i64 { return this.value ? 3 : 5; }
}
class NullValue extends Value {
  weigh(): i64 { return 7; }
}
class ListValue extends Value {
  items: Value[] = [];
  weigh(): i64 {
    let sum: i64 = 0;
    for (let i = 0; i < this.items.length; i++) sum = sum * 3 + this.items[i].weigh();
    return sum;
  }
}
class ObjectValue extends Value {
  members: Map<string, Value> = new Map();
  weigh(): i64 {
    const keys = this.members.keys();
    let sum: i64 = 0;
    for (let i = 0; i < keys.length; i++) sum = sum * 5 + keys[i].length + this.members.get(keys[i]).weigh();
    return sum;
  }
}

class Parser {
  at: i32 = 0;
  constructor(public text: string) {}

  skip(): void {
    while (this.at < this.text.length && this.text.charCodeAt(this.at) <= 32) this.at++;
  }

  value(): Value {
    this.skip();
    const c = this.text.charCodeAt(this.at);
    switch (c) {
      case 123: return this.object();
      case 91: return this.list();
      case 34: return new TextValue(this.string());
      case 116: this.at += 4; return new BooleanValue(true);
      case 102: this.at += 5; return new BooleanValue(false);
      case 110: this.at += 4; return new NullValue();
      default: return this.number();
    }
  }

  object(): Value {
    const result = new ObjectValue();
    this.at++;
    this.skip();
    while (this.text.charCodeAt(this.at) != 125) {
      this.skip();
      const key = this.string();
      this.skip();
      this.at++;
      result.members.set(key, this.value());
      this.skip();
      if (this.text.charCodeAt(this.at) == 44) this.at++;
    }
    this.at++;
    return result;
  }

  list(): Value {
    const result = new ListValue();
    this.at++;
    this.skip();
    while (this.text.charCodeAt(this.at) != 93) {
      result.items.push(this.value());
      this.skip();
      if (this.text.charCodeAt(this.at) == 44) this.at++;
      this.skip();
    }
    this.at++;
    return result;
  }

  string(): string {
    const start = ++this.at;
    while (this.text.charCodeAt(this.at) != 34) {
      if (this.text.charCodeAt(this.at) == 92) return this.escaped(start);
      this.at++;
    }
    return this.text.substring(start, this.at++);
  }

  escaped(start: i32): string {
    let result = this.text.substring(start, this.at);
    while (this.text.charCodeAt(this.at) != 34) {
      let c = this.text.charCodeAt(this.at++);
      if (c == 92) {
        c = this.text.charCodeAt(this.at++);
        if (c == 110) c = 10;
        else if (c == 117) {
          c = <i32>parseInt(this.text.substring(this.at, this.at + 4), 16);
          this.at += 4;
        }
      }
      result += String.fromCharCode(c);
    }
    this.at++;
    return result;
  }

  number(): Value {
    let value: f64 = 0;
    let sign: f64 = 1;
    if (this.text.charCodeAt(this.at) == 45) {
      sign = -1;
      this.at++;
    }
    let c = this.text.charCodeAt(this.at);
    while (c >= 48 && c <= 57) {
      value = value * 10 + <f64>(c - 48);
      c = this.text.charCodeAt(++this.at);
    }
    if (c == 46) {
      let scale = 0.1;
      c = this.text.charCodeAt(++this.at);
      while (c >= 48 && c <= 57) {
        value += <f64>(c - 48) * scale;
        scale *= 0.1;
        c = this.text.charCodeAt(++this.at);
      }
    }
    return new NumberValue(sign * value);
  }
}

const DOCUMENT = `{"name": "Ring\\u0066ence", "tags": ["fuel", "memory", "deadline", "a \\"quoted\\" one"],
  "limits": {"fuel": 1000000000, "memory": 33554432, "ratio": -0.125, "on": true, "off": false, "none": null},
  "rows": [[1, 2.5, -3], [4, 5.25, -6], [7, 8.125, -9], []], "nested": {"a": {"b": {"c": {"d": [{}, {"e": "deep"}]}}}},
  "text": "line one\\nline two", "numbers": [0, 10, 200, 3000, 40000, 500000, 6000000]}`;

export function run(n: i32): i32 {
  let sum: i64 = 0;
  for (let round = 0; round < n; round++) sum = sum * 31 + new Parser(DOCUMENT).value().weigh() + round;
  return <i32>(sum ^ (sum >> 32));
}
