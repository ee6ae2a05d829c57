/** Which single characters a part of a pattern takes. */

/** Takes a code point. */
export type CharTest = (code: number) => boolean

/** `.`: all but the line ends of ECMAScript. */
export const anyChar: CharTest = (code) =>
  code !== 0x0a && code !== 0x0d && code !== 0x2028 && code !== 0x2029

export function literalTest(code: number): CharTest {
  return (other) => other === code
}

/** An escape as it is written: `\d`, `\p{L}`, `\u{1f600}`, `\.`. */
export function escapeTest(source: string): CharTest | undefined {
  const sign = source[1] ?? ''
  // With the `u` flag only syntax may be escaped; people escape all punctuation.
  if (source.length === 2 && !/[\p{L}\p{N}]/u.test(sign)) return literalTest(sign.codePointAt(0) ?? 0)
  return nativeTest(source)
}

/** A class as it is written, with its brackets. */
export function classTest(source: string): CharTest | undefined {
  return nativeTest(source.replaceAll(/\\([^\p{L}\p{N}])/gsu, escapePunctuation))
}

function escapePunctuation(_: string, sign: string): string {
  return SYNTAX.has(sign) ? `\\${sign}` : sign
}

/** What the `u` flag lets one escape within a class. */
const SYNTAX: ReadonlySet<string> = new Set('^$\\.*+?()[]{}|/-')

const ASCII = 128

/** Asked of one code point at a time, V8's engine has nothing to go back to. */
function nativeTest(source: string): CharTest | undefined {
  let native: RegExp
  try {
    native = new RegExp(`^${source}$`, 'u')
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  // Asked when it is needed: a schema may have thousands of classes, of which a text meets few.
  const ascii = new Uint8Array(ASCII)
  return (code) => {
    if (code >= ASCII) return native.test(String.fromCodePoint(code))
    if (ascii[code] === UNKNOWN) ascii[code] = native.test(String.fromCharCode(code)) ? TAKEN : NOT_TAKEN
    return ascii[code] === TAKEN
  }
}

const [UNKNOWN, TAKEN, NOT_TAKEN] = [0, 1, 2]
