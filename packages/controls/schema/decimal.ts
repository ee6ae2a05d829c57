import { isExactNumber, type JsonValue } from '../json/index.ts'

/**
 * Numbers compared and divided as they are written: `9007199254740993` is not its neighbour, `1.0` is 1, and `1e400` is
 * more than any double. What a double holds exactly stays one.
 */
export interface Decimal {
  /** The number is `digits * 10 ** exponent`; without trailing zeros. */
  readonly digits: bigint
  readonly exponent: number
}

/** Beyond this a number is compared by its magnitude alone and divides nothing: `1e999999999` must not be written out. */
const MAX_DIGITS = 1_000

/** Is this a number, exact or not? */
export function isNumber(value: JsonValue): value is number | { readonly rawJSON: string } {
  return typeof value === 'number' || isExactNumber(value)
}

/** @example decimalOf({ rawJSON: '12.50' }) // { digits: 125n, exponent: -1 } */
export function decimalOf(value: number | { readonly rawJSON: string }): Decimal {
  const text = typeof value === 'number' ? String(value) : value.rawJSON
  const e = text.search(/[eE]/)
  const mantissa = e < 0 ? text : text.slice(0, e)
  const point = mantissa.indexOf('.')
  const decimals = point < 0 ? '' : mantissa.slice(point + 1)
  const plain = point < 0 ? mantissa : mantissa.slice(0, point) + decimals
  const trimmed = trimZeros(plain)
  if (trimmed === '' || trimmed === '-') return { digits: 0n, exponent: 0 }
  const exponent = (e < 0 ? 0 : Number(text.slice(e + 1))) - decimals.length + (plain.length - trimmed.length)
  return { digits: BigInt(trimmed), exponent }
}

function trimZeros(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '0') end--
  return text.slice(0, end)
}

/** Below 0, 0 or above it, as the first is less, the same or more. */
export function compareDecimals(one: Decimal, other: Decimal): number {
  const [a, b] = [sign(one), sign(other)]
  if (a !== b || a === 0) return a - b
  const [sizeA, sizeB] = [magnitude(one), magnitude(other)]
  if (sizeA !== sizeB) return sizeA > sizeB ? a : -a
  // Of one magnitude: the exponents differ by no more than the digits there are.
  const shift = Math.min(one.exponent, other.exponent)
  const [x, y] = [scaled(one, shift), scaled(other, shift)]
  return x === y ? 0 : x > y ? 1 : -1
}

/** Is it a whole number? */
export function isWhole({ exponent }: Decimal): boolean {
  return exponent >= 0
}

/** `undefined` where the numbers are too far apart to say. */
export function isMultiple(value: Decimal, of: Decimal): boolean | undefined {
  if (value.digits === 0n) return true
  if (of.digits === 0n) return false
  const shift = Math.min(value.exponent, of.exponent)
  if (value.exponent - shift > MAX_DIGITS || of.exponent - shift > MAX_DIGITS) return undefined
  return scaled(value, shift) % scaled(of, shift) === 0n
}

/** One text for numbers that are the same: `1`, `1.0` and `10e-1`. */
export function decimalKey({ digits, exponent }: Decimal): string {
  return `${digits}e${exponent}`
}

function sign({ digits }: Decimal): number {
  return digits === 0n ? 0 : digits > 0n ? 1 : -1
}

/** How many digits stand before the point. */
function magnitude({ digits, exponent }: Decimal): number {
  return (digits < 0n ? -digits : digits).toString().length + exponent
}

function scaled({ digits, exponent }: Decimal, shift: number): bigint {
  return digits * 10n ** BigInt(exponent - shift)
}
