import { type Mapped, Rewriting } from './mapped.ts'

const ENTITY = /&(?:#(\d{1,7});?|#[xX]([0-9A-Fa-f]{1,6});?|([A-Za-z]{2,20});)/g
const ESCAPE = /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))/g
const PERCENT = /%[0-7][0-9A-Fa-f]|(?:%[89A-Fa-f][0-9A-Fa-f])+/g

/** The text with HTML's character references as what they stand for; nothing when it has none. */
export function withoutEntities(text: string): Mapped | undefined {
  return replaced(text, ENTITY, ([, decimal, hex, name]) =>
    name !== undefined
      ? NAMED.get(name.toLowerCase())
      : character(decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16)),
  )
}

/** The names that stand in the way of reading: marks and spaces. No letter of ASCII has one. */
const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    ensp: ' ',
    emsp: ' ',
    thinsp: ' ',
    tab: '\t',
    newline: '\n',
    colon: ':',
    semi: ';',
    comma: ',',
    period: '.',
    excl: '!',
    quest: '?',
    num: '#',
    dollar: '$',
    percnt: '%',
    lpar: '(',
    rpar: ')',
    lsqb: '[',
    lbrack: '[',
    rsqb: ']',
    rbrack: ']',
    lcub: '{',
    lbrace: '{',
    rcub: '}',
    rbrace: '}',
    sol: '/',
    bsol: '\\',
    lowbar: '_',
    grave: '`',
    equals: '=',
    plus: '+',
    ast: '*',
    commat: '@',
    vert: '|',
    hyphen: '-',
    dash: '-',
    shy: '',
    zwj: '',
    zwnj: '',
    zerowidthspace: '',
    nobreak: '',
    lrm: '',
    rlm: '',
  }),
)

/** The text with percent-encoding as what it stands for; nothing when it has none. What is not UTF-8 stays. */
export function withoutPercent(text: string): Mapped | undefined {
  return replaced(text, PERCENT, ([run]) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return undefined // not UTF-8
    }
  })
}

/** The text with `\u0061`, `\u{61}` and `\x61` as what they stand for; nothing when it has none. */
export function withoutEscapes(text: string): Mapped | undefined {
  return replaced(text, ESCAPE, ([, braced, four, two]) =>
    character(Number.parseInt(braced ?? four ?? two ?? '', 16)),
  )
}

function replaced(
  text: string,
  pattern: RegExp,
  decode: (match: RegExpExecArray) => string | undefined,
): Mapped | undefined {
  const out = new Rewriting(text)
  let from = 0
  for (const match of text.matchAll(pattern)) {
    const decoded = decode(match)
    if (decoded === undefined) continue
    out.copy(from, match.index)
    from = match.index + match[0].length
    out.put(decoded, match.index, from)
  }
  if (from === 0) return undefined
  out.copy(from, text.length)
  return out.done()
}

function character(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
