export function isDigit(c: string): boolean {
  return c.length === 1 && c >= '0' && c <= '9'
}

export function isLetter(c: string): boolean {
  return c.length === 1 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
}

export function isHex(c: string): boolean {
  return isDigit(c) || (c.length === 1 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
}

/** Whether every character of it is one of those, and there is one. */
export function consistsOf(text: string, is: (c: string) => boolean): boolean {
  if (text.length === 0) return false
  for (let at = 0; at < text.length; at++) if (!is(text.charAt(at))) return false
  return true
}

/** Index of the first control character, tabs aside where `tab`, or -1. */
export function findControl(text: string, tab: boolean): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x09 && tab) continue
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029) return at
  }
  return -1
}
