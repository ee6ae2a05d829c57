/** How long a proof of possession is fresh by its `iat`, before that time and after (RFC 9449, 11.1), in milliseconds. */
export const FRESH_MS = 60_000
