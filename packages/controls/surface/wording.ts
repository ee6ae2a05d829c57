import { sentencesOf } from './sentences.ts'

/**
 * Would a change of wording change what a reader does? Only what certainly would not is let through.
 */

/** Words that carry no meaning of their own. No negation, modal, quantity or direction: `to` for `from` is an attack. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  'a an the that which this these those its is are was were be been'.split(' '),
)

/** Beside one of these a comma decides what is meant: "No, delete it". */
const NEGATIONS: ReadonlySet<string> = new Set(
  (
    'no not never none nor neither without unless except only cannot dont wont isnt arent doesnt didnt cant ' +
    'shouldnt mustnt shall should must may might can could will would do does did always before after until'
  ).split(' '),
)

/** A shorter word is one letter from too many others: `now` and `not`, `read` and `rend`. */
const MIN_SPELLING_CHARS = 7

/**
 * Do two texts differ in nothing but white space, commas, the shape of quotes and dashes, capitals at the start of a
 * word, articles and forms of "be", or the spelling of a long word?
 *
 * Everything else counts: other words, their order, their number, negations and modals, numbers, paths, URLs, code,
 * whatever is not plain ASCII. Stricter than what a person would call the same, because nobody looks at what passes
 * here: with a word list an old text's own words could be put together anew, and "do not" is two letters from "do".
 *
 * Linear. Knows no language but English; in any other only white space and commas are wording.
 *
 * @example
 * isSameWording('Reads a  file.', 'Reads the file.') // true
 * isSameWording('Do not delete files.', 'Do delete files.') // false
 */
export function isSameWording(before: string, after: string): boolean {
  const one = weighty(tokensOf(before))
  const other = weighty(tokensOf(after))
  return one.length === other.length && one.every((token, at) => isSameToken(token, other[at]))
}

/**
 * Which sentence of the later text is one of the earlier text but for its negations, modals and words like `only`? Such
 * a sentence says the opposite of what was read, and has no word in it that a scan of texts could find.
 *
 * @example reversedSentence('Do not send keys. Ask.', 'Do send keys. Ask.') // 'Do send keys.'
 */
export function reversedSentence(before: string, after: string): string | undefined {
  const was = new Set(sentencesOf(before).map(({ key }) => key))
  const is = new Set(sentencesOf(after).map(({ key }) => key))
  const gone = new Map<string, string>()
  for (const sentence of was.difference(is)) {
    const { rest, negations } = splitNegations(sentence)
    if (rest !== '') gone.set(rest, negations)
  }
  if (gone.size === 0) return undefined
  for (const sentence of is.difference(was)) {
    const { rest, negations } = splitNegations(sentence)
    const old = gone.get(rest)
    if (old !== undefined && old !== negations) return sentence
  }
  return undefined
}

function splitNegations(sentence: string): { readonly rest: string; readonly negations: string } {
  const tokens = weighty(tokensOf(sentence)).filter(({ text }) => text !== ',' && text !== '.')
  const texts = (isOne: boolean) =>
    tokens.flatMap((token) => (isNegation(token) === isOne ? [token.text.toLowerCase()] : [])).join(' ')
  return { rest: texts(false), negations: texts(true) }
}

interface Token {
  readonly text: string
  /** Letters a to z that are not in code; everything else is compared to the letter. */
  readonly isWord: boolean
}

/** Words, with apostrophes inside; any other character by itself. */
const PIECES = /[A-Za-z]+(?:'[A-Za-z]+)*|[^A-Za-z]/gu
const SPACE = /^[ \t\r\n]/
const WORD = /^[A-Za-z]/
/** A gap this wide, or of this many lines, keeps what follows out of a reader's sight. */
const MAX_GAP_CHARS = 16
const MAX_GAP_LINES = 3

/** Same meaning, other shape. */
const SHAPES: ReadonlyMap<string, string> = new Map([
  ['\u2018', "'"],
  ['\u2019', "'"],
  ['\u201c', '"'],
  ['\u201d', '"'],
  ['\u2010', '-'],
  ['\u2011', '-'],
  ['\u2012', '-'],
  ['\u2013', '-'],
  ['\u2014', '-'],
  ['\u2212', '-'],
  ['\u2022', '-'],
  ['\u2026', '...'],
])

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let inCode = false
  let atLineStart = true
  const shaped = text.replace(SHAPED, (character) => SHAPES.get(character) ?? character)
  for (const chunk of shaped.match(CHUNKS) ?? []) {
    if (SPACE.test(chunk)) {
      const lines = chunk.split('\n').length - 1
      if (chunk.length > MAX_GAP_CHARS || lines > MAX_GAP_LINES) tokens.push({ text: chunk, isWord: false })
      else if (inCode) tokens.push({ text: lines > 0 ? '\n' : ' ', isWord: false })
      atLineStart ||= lines > 0
      continue
    }
    // Bullets are written in three ways.
    if (chunk === '*' && atLineStart) tokens.push({ text: '-', isWord: false })
    else if (inCode || chunk.includes('`') || !PROSE.test(chunk)) {
      tokens.push({ text: chunk, isWord: false })
      if (chunk.split('`').length % 2 === 0) inCode = !inCode
    } else
      for (const piece of chunk.match(PIECES) ?? []) tokens.push({ text: piece, isWord: WORD.test(piece) })
    atLineStart = false
  }
  return tokens
}

const SHAPED = /[\u2010-\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u2212]/g
const CHUNKS = /[ \t\r\n]+|[^ \t\r\n]+/g
/** Letters with ordinary punctuation around them; anything else (paths, URLs, options, numbers) is kept whole. */
const PROSE = /^[("']*[A-Za-z]+(?:['-][A-Za-z]+)*[)"'.,;:!?]*$/

/** The tokens that count. */
function weighty(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ text, isWord }, at) => {
    if (text === ',') return isNegation(tokens[at - 1]) || isNegation(tokens[at + 1])
    // A full stop at the very end ends nothing that the end does not.
    if (text === '.' && at === tokens.length - 1) return false
    return !(isWord && FUNCTION_WORDS.has(text.toLowerCase()) && !isShouted(text))
  })
}

function isNegation(token: Token | undefined): boolean {
  return token?.isWord === true && NEGATIONS.has(token.text.toLowerCase().replaceAll("'", ''))
}

function isShouted(word: string): boolean {
  return word.length > 1 && word === word.toUpperCase()
}

function isSameToken(one: Token, other: Token | undefined): boolean {
  if (other === undefined || one.isWord !== other.isWord) return false
  if (one.text === other.text) return true
  if (!one.isWord) return false
  const [a, b] = [lowerFirst(one.text), lowerFirst(other.text)]
  return a === b || isMisspelling(a, b)
}

/** Capitals elsewhere are emphasis or a name: "US" is not "us". */
function lowerFirst(word: string): string {
  return isShouted(word) ? word : word.charAt(0).toLowerCase() + word.slice(1)
}

/**
 * One letter too many or too few, or two swapped, in a long word, but not its first or last: so no prefix that negates
 * (`untyped`) and no ending that commands. A letter for another one makes other words (`consent`, `content`).
 */
function isMisspelling(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < MIN_SPELLING_CHARS || NEGATIONS.has(a) || NEGATIONS.has(b)) return false
  if (a.charAt(0) !== b.charAt(0) || a.at(-1) !== b.at(-1)) return false
  const edit = editBetween(a, b)
  return edit === 'inserted' || edit === 'swapped'
}

/**
 * What one edit makes one text of the other: a character more or less, another one, or two neighbours swapped.
 *
 * @example editBetween('recieve', 'receive') // 'swapped'
 */
export function editBetween(a: string, b: string): 'inserted' | 'replaced' | 'swapped' | undefined {
  if (Math.abs(a.length - b.length) > 1 || a === b) return undefined
  let from = 0
  while (from < a.length && a.charAt(from) === b.charAt(from)) from++
  const most = Math.min(a.length, b.length) - from
  let back = 0
  while (back < most && a.charAt(a.length - 1 - back) === b.charAt(b.length - 1 - back)) back++
  const [left, right] = [a.slice(from, a.length - back), b.slice(from, b.length - back)]
  if (left.length + right.length === 1) return 'inserted'
  if (left.length === 1 && right.length === 1) return 'replaced'
  return left.length === 2 && left === right.charAt(1) + right.charAt(0) ? 'swapped' : undefined
}
