/**
 * DER (ITU-T X.690), written only: what a certificate of our own for development is made of. Nothing here reads.
 */

const SEQUENCE = 0x30
const SET = 0x31

/** A value with its tag and length. @example tagged(0x05, []) // 05 00 */
export function tagged(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tagged(SEQUENCE, parts)
export const setOf = (...parts: readonly Buffer[]): Buffer => tagged(SET, parts)
/** Tag `[n]` around a whole value. */
export const explicit = (n: number, part: Buffer): Buffer => tagged(0xa0 | n, [part])
/** Tag `[n]` in place of the value's own, which is of bytes. */
export const implicit = (n: number, bytes: Buffer): Buffer => tagged(0x80 | n, [bytes])
export const octets = (bytes: Buffer): Buffer => tagged(0x04, [bytes])
export const bits = (bytes: Buffer, unused = 0): Buffer => tagged(0x03, [Buffer.from([unused]), bytes])
export const yes = (): Buffer => Buffer.from([0x01, 0x01, 0xff])
export const utf8 = (text: string): Buffer => tagged(0x0c, [Buffer.from(text, 'utf8')])

/** A whole number that is not negative, from its bytes, the highest first. */
export function integer(bytes: Buffer): Buffer {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const kept = bytes.subarray(from)
  const sign = (kept[0] ?? 0) & 0x80 ? [Buffer.from([0])] : []
  return tagged(0x02, [...sign, kept])
}

/** @example oid('2.5.29.17') // 06 03 55 1d 11 */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return tagged(0x06, [Buffer.from([first * 40 + second, ...rest.flatMap(base128)])])
}

/** Until 2049 (RFC 5280, 4.1.2.5.1). */
export function utcTime(date: Date): Buffer {
  const text = `${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`
  return tagged(0x17, [Buffer.from(text, 'ascii')])
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}
