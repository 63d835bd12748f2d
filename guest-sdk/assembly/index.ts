// The SDK for Ringfence plugins: everything that a plugin imports.

export { Failure, fail, failed, recover } from "./failure";
export { Json, JsonType } from "./json/json";
export { JsonResult, json } from "./json/parse";
export { HostJson, HostJsonResult, hostJson } from "./json/host-json";
export { FieldLog, LogLevel, log } from "./log";
export { config } from "./config";
export { permissions } from "./permissions";
export { clock } from "./clock";
export { random } from "./random";
export { KvEntry, KvKeys, KvOptions, KvResult, kv } from "./kv";
export { http } from "./http";
export { HttpError, HttpRequest, HttpUpload } from "./http-request";
export { HttpResponse } from "./http-response";
export { events } from "./events";
export { plugins } from "./plugins";
export { HostResult, hostResult } from "./host-result";
export { formatNumber, utf8 } from "./text";
