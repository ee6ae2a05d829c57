let second = 0
let text = ''

/** Now, as a `Date` header has it (RFC 9110, 5.6.7). Written once a second. */
export function httpDate(): string {
  const now = Math.trunc(Date.now() / 1000)
  if (now !== second) {
    second = now
    text = new Date(now * 1000).toUTCString()
  }
  return text
}
