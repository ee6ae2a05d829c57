/** Is this text, rather than bytes of something else? Most of it must be printable. */
export function isSteady(text: string): boolean {
  const look = Math.min(text.length, 256)
  let odd = 0
  for (let at = 0; at < look; at++) {
    const code = text.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || code >= 0x7f) odd++
  }
  return odd * 10 <= look
}
