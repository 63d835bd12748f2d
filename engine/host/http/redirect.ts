/** What a redirect makes of a request, as browsers do it. Whether it may be sent is for the rules to say, as of any request. */
import { secretsIn } from '../secrets.ts';
import { HttpRefusal } from './refusal.ts';
import { type HttpRequest, parseUrl } from './request.ts';
import { UploadBody } from './upload-body.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Meant for one origin. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

export const isRedirect = (status: number): boolean => REDIRECTS.has(status);

/** @throws HttpRefusal where there is nowhere to go, or the body cannot be sent again */
export function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const { method, url, headers, body } = request;
  const target = targetOf(location, url);
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST';
  if (!becomesGet && body instanceof UploadBody) {
    throw new HttpRefusal(
      'REDIRECT',
      `${url.origin} redirects with status ${status}, and a streamed body cannot be sent again`,
    );
  }
  const isElsewhere = target.origin !== url.origin;
  const isMeantForOne = (name: string, value: string): boolean => CREDENTIALS.has(name) || secretsIn(value).length > 0;
  const kept = [...headers].filter(
    ([name, value]) => !(isElsewhere && isMeantForOne(name, value)) && !(becomesGet && name.startsWith('content-')),
  );
  return {
    ...request,
    method: becomesGet ? 'GET' : method,
    url: target,
    headers: new Map(kept),
    body: becomesGet ? null : body,
  };
}

function targetOf(location: string, from: URL): URL {
  try {
    return parseUrl(location, from);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    throw new HttpRefusal(
      'REDIRECT',
      `${from.origin} redirects to what is no http or https URL that may be followed`,
      error.message,
    );
  }
}
