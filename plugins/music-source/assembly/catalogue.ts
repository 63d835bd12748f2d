// Requests to the catalogue, and what can go wrong with them as typed errors.

import { HttpResponse, Json, fail, http, json, log } from "ringfence-guest";

let baseUrl = "";
let attempts = 2;

/** Sets where the catalogue is. Fails if that is no address. */
export function connect(address: string, tries: i32): void {
  if (!address.startsWith("http://") && !address.startsWith("https://")) {
    fail("NOT_CONFIGURED", 'expected the address of the catalogue in the configuration: { "catalogue": "http://127.0.0.1:8080" }');
    return;
  }
  let end = address.length;
  while (address.charCodeAt(end - 1) == 0x2f) end--;
  baseUrl = address.substring(0, end);
  attempts = tries;
}

/**
 * The JSON object at a path of the catalogue. `what` and `id` say what was asked for. Fails with NOT_FOUND, RATE_LIMITED,
 * UPSTREAM_UNAVAILABLE (no answer), UPSTREAM_FAILED (another status) or UPSTREAM_INVALID (not a JSON object).
 */
export function catalogueGet(path: string, what: string, id: string): Json {
  const url = baseUrl + path;
  let response = http.get(url, json.object().set("accept", "application/json"));
  for (let attempt = 2; attempt <= attempts && isBusy(response.status); attempt++) {
    log.warn(`catalogue: ${path}: ${response.describe()}, attempt ${attempt}`);
    response.close();
    response = http.get(url, json.object().set("accept", "application/json"));
  }
  if (response.ok) return objectIn(response, path);
  const failure = refuse(response, path, what, id);
  response.close();
  return failure;
}

/** Statuses of a server that may well answer the next time. */
function isBusy(status: i32): bool {
  return status == 502 || status == 503 || status == 504;
}

function objectIn(response: HttpResponse, path: string): Json {
  const parsed = response.json();
  // The body may have broken off.
  if (response.errorCode != "") return unavailable(response, path);
  if (parsed.ok && parsed.value.isObject) return parsed.value;
  const details = json.object().set("path", path).set("contentType", response.header("content-type"));
  if (!parsed.ok) details.set("offset", parsed.offset);
  const came = parsed.ok ? "other JSON" : `${parsed.error} at byte ${parsed.offset}`;
  return fail<Json>("UPSTREAM_INVALID", `expected a JSON object from the catalogue at ${path}: ${came}`, details);
}

function refuse(response: HttpResponse, path: string, what: string, id: string): Json {
  const status = response.status;
  if (status == 0) return unavailable(response, path);
  if (status == 404) {
    return fail<Json>("NOT_FOUND", `the catalogue has no ${what} "${id}"`, json.object().set("what", what).set("id", id));
  }
  const details = json.object().set("path", path).set("status", status);
  if (status != 429) return fail<Json>("UPSTREAM_FAILED", `the catalogue answered ${path} with status ${status}`, details);
  const seconds = parseInt(response.header("retry-after"));
  if (!isNaN(seconds)) details.set("retryAfterSeconds", seconds);
  return fail<Json>("RATE_LIMITED", "the catalogue wants fewer requests", details);
}

function unavailable(response: HttpResponse, path: string): Json {
  const details = json.object().set("path", path).set("reason", response.errorCode);
  return fail<Json>("UPSTREAM_UNAVAILABLE", `no answer from the catalogue for ${path}: ${response.errorMessage}`, details);
}
