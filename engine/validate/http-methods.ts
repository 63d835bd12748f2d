/** The methods that a plugin may use. CONNECT, TRACE and others are nobody's. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** Of a permission that names none. */
export const DEFAULT_HTTP_METHODS: readonly HttpMethod[] = ['GET', 'HEAD'];
