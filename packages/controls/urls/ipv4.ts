/**
 * An IPv4 address in any form that `inet_aton` takes: four, three, two or one number, each decimal, octal (`0177`) or
 * hexadecimal (`0x7f`), the last one filling what is left. `undefined` if it is none.
 */
export function parseIpv4(text: string): number | undefined {
  return parse(text, true)
}

/** As programs read it that know no octal numbers: `010.0.0.1` is 10.0.0.1, not 8.0.0.1. */
export function parseIpv4Decimal(text: string): number | undefined {
  return parse(text, false)
}

function parse(text: string, octal: boolean): number | undefined {
  if (text.length > MAX_CHARS) return undefined
  const parts = text.split('.')
  if (parts.length > 4) return undefined
  let address = 0
  for (const [at, part] of parts.entries()) {
    const value = parseNumber(part, octal)
    const last = at === parts.length - 1
    const room = last ? 256 ** (5 - parts.length) : 256
    if (value === undefined || value >= room) return undefined
    address = last ? address + value : address + value * 256 ** (3 - at)
  }
  return address
}

/** As four decimal numbers. */
export function writeIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
}

/** Leading zeros are as many as one likes; a bound keeps numbers exact and the walk short. */
const MAX_CHARS = 256

function parseNumber(text: string, octal: boolean): number | undefined {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : exact(Number(text))
  if (!/^[0-9]+$/.test(text)) return undefined
  if (octal && text.length > 1 && text.startsWith('0')) {
    return /^[0-7]+$/.test(text) ? exact(Number.parseInt(text, 8)) : undefined
  }
  return exact(Number(text))
}

function exact(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined
}
