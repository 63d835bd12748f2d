// `http`: requests through the host. The plugin's manifest asks for the hosts it wants, the operator grants them.
//
// To the plugin a request is an ordinary call: it returns when the response's head is there, or with a reason why not.

import { HttpRequest } from "./http-request";
import { HttpResponse } from "./http-response";
import { Json } from "./json/json";
import { json } from "./json/parse";
import { begin, byte, finishText } from "./output";
import { utf8 } from "./text";

export namespace http {
  /** A GET request. `headers` is an object of strings. */
  export function get(url: string, headers: Json | null = null): HttpResponse {
    return request("GET", url, null, headers);
  }

  /** A POST request whose body is JSON. */
  export function postJson(url: string, body: Json, headers: Json | null = null): HttpResponse {
    const all = headers == null ? json.object() : headers;
    if (!all.has("content-type")) all.set("content-type", "application/json");
    return request("POST", url, body.toBytes(), all);
  }

  /** Any request; `HttpRequest` can say more about one. */
  export function request(method: string, url: string, body: Uint8Array | null = null, headers: Json | null = null): HttpResponse {
    const made = new HttpRequest(method, url);
    if (headers != null) made.headers(headers);
    return made.send(body);
  }

  /** Text as part of a URL, percent-encoded: `"/search?q=" + http.encode(query)`. Never traps, as `encodeURIComponent` may. */
  export function encode(text: string): string {
    const bytes = utf8.encode(text);
    begin();
    for (let i = 0; i < bytes.length; i++) {
      const value = <u32>bytes[i];
      if (isUnreserved(value)) {
        byte(value);
      } else {
        byte(0x25);
        byte(hexDigit(value >> 4));
        byte(hexDigit(value & 15));
      }
    }
    return finishText();
  }
}

// @ts-ignore: decorator
@inline
function isUnreserved(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10 || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e;
}

function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x37 + value;
}
