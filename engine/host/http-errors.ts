/** What can go wrong with a request, as plugins get it from `http_error`: each code once, with the next step. */

interface HttpErrorRow {
  readonly meaning: string;
  readonly fix: string;
}
const row = (meaning: string, fix: string): HttpErrorRow => ({ meaning, fix });

export const HTTP_ERRORS = {
  INVALID_REQUEST: row('The head is no request, or sets a header that only the host sets.', 'Correct the plugin.'),
  PERMISSION_DENIED: row(
    'Host, port, scheme, method, path or secret are not asked for by the manifest, or not granted.',
    'Add the line that the message has.',
  ),
  ADDRESS_DENIED: row(
    'The host has no public address, and nothing else is granted.',
    'The operator grants the host with `allowPrivate: true`.',
  ),
  NOT_RESOLVED: row('DNS has no address for the host, or no answer.', 'Check the name; try again later.'),
  NETWORK: row('No connection, or it broke.', 'Try again later.'),
  TLS: row('The server has no certificate that can be trusted for its name.', 'Ask whoever runs the server.'),
  TIMEOUT: row('The request took longer than `httpTimeoutMs`, or connecting took 5 s.', 'Try again later.'),
  BAD_RESPONSE: row(
    'The answer is not HTTP/1.1, or its body is not what its head says.',
    'Ask whoever runs the server.',
  ),
  REDIRECT: row('A redirect too many, to nowhere, or of a body that cannot be sent again.', 'Use the final address.'),
  LIMIT_EXCEEDED: row('Over the limit that the message names.', 'Ask for less, or raise the limit.'),
  RATE_LIMITED: row('More requests per minute than `httpPerMinute`.', 'Wait before the next one.'),
  BUSY: row(
    '`httpConcurrent` requests are on their way, or the engine has no connection to spare.',
    'Close answers that are not read to their end; try again later.',
  ),
  INVALID_HANDLE: row('No answer or request is open under this handle.', 'Correct the plugin.'),
} as const satisfies Record<string, HttpErrorRow>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;
