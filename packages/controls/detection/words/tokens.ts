import {
  APOSTROPHE,
  begins,
  breaksSentence,
  classOf,
  endsSentence,
  isUnspaced,
  JOINER,
  LETTER,
  runEnd,
  TYPOGRAPHIC,
} from './characters.ts'
import { formOf } from './chunks.ts'
import { conceptId } from './concepts.ts'
import { hashSpan, hashWord } from './hash.ts'
import { type Entry, LONGEST_UNSPACED, lookUp, NOTHING } from './lexicon.ts'

/** A word, or a run that is none (a path, an address, a name), with what it means. Offsets are those of the text read. */
export interface Token {
  readonly start: number
  readonly end: number
  /** In lower case, without apostrophes, as `hashWord` has it; for runs that are no words what stands for their form. */
  readonly word: number
  readonly concepts: readonly number[]
}

export interface Sentence {
  readonly tokens: readonly Token[]
  /** From its first word to its last. */
  readonly start: number
  readonly end: number
}

/** What a name means beyond its form: whose tool it is. `marked`: it stands in backticks or quotes. */
export type NameMeaning = (name: string, marked: boolean) => readonly number[]

/** Cut here whatever stands there: a text without full stops is a list of short sentences all the same. */
const LONGEST_SENTENCE = 48

/** The sentences of a text, each with its words and what they mean. One pass, linear in the text. */
export function sentencesOf(text: string, named: NameMeaning): Sentence[] {
  const sentences: Sentence[] = []
  let words = new Words()

  const close = () => {
    const tokens = words.done()
    const first = tokens[0]
    const last = tokens.at(-1)
    if (first === undefined || last === undefined) return
    sentences.push({ tokens, start: first.start, end: last.end })
    words = new Words()
  }

  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === 0x0a) {
      if (words.count > 0 && breaksSentence(text, at)) close()
      at++
    } else if (isUnspaced(code)) {
      at = unspacedWord(text, at, words)
    } else if (begins(text, at, code)) {
      const end = runEnd(text, at)
      const stop = endsSentence(text, at, end)
      addRun(text, at, end, words, named)
      if (stop) close()
      at = end
    } else {
      if (STOPS.has(code)) close()
      at++
    }
    if (words.count >= LONGEST_SENTENCE) close()
  }
  close()
  return sentences
}

/** `!` and `?`, and the full stops of scripts without spaces. Behind a word, `.` is looked at by `endsSentence`. */
const STOPS: ReadonlySet<number> = new Set([0x21, 0x3f, 0x3002, 0xff01, 0xff1f])

/** The words of a sentence as they come, and what phrases of them mean. */
class Words {
  readonly #tokens: { start: number; end: number; word: number; concepts: readonly number[] }[] = []
  readonly #entries: (Entry | undefined)[] = []

  get count(): number {
    return this.#tokens.length
  }

  add(
    start: number,
    end: number,
    word: number,
    entry: Entry | undefined,
    more: readonly number[] = NOTHING,
  ): void {
    const own = entry?.concepts ?? NOTHING
    this.#tokens.push({
      start,
      end,
      word,
      concepts: more === NOTHING ? own : own === NOTHING ? more : [...more, ...own],
    })
    this.#entries.push(entry)
  }

  /** A phrase means something at its first word, beside what its words mean alone. */
  done(): readonly Token[] {
    const tokens = this.#tokens
    for (const [at, entry] of this.#entries.entries()) {
      if (entry === undefined) continue
      for (const { rest, concepts } of entry.phrases) {
        let matched = 0
        while (matched < rest.length && tokens[at + 1 + matched]?.word === rest[matched]) matched++
        const token = tokens[at]
        if (matched < rest.length || token === undefined) continue
        token.concepts = token.concepts.length === 0 ? concepts : [...token.concepts, ...concepts]
      }
    }
    return tokens
  }
}

const IDENT = conceptId('ident!')

/** Adds the word or run there: a word, a form, a name, or a run of several words. */
function addRun(text: string, start: number, end: number, words: Words, named: NameMeaning): void {
  const quote = start > 0 ? text.charCodeAt(start - 1) : 0
  const marked = (quote === 0x60 || quote === APOSTROPHE || quote === 0x22) && text.charCodeAt(end) === quote
  if (isPlainWord(text, start, end)) {
    const account =
      end - start >= SHORTEST_ACCOUNT && hasDigit(text, start, end)
        ? formOf(text.slice(start, end))
        : undefined
    if (account !== undefined) {
      words.add(start, end, account.word, undefined, account.concepts)
      return
    }
    const word = hashSpan(text, start, end) ?? hashWord(text.slice(start, end).toLowerCase())
    words.add(
      start,
      end,
      word,
      lookUp(word) ?? unleet(text, start, end),
      marked ? markedWord(text, start, end, named) : NOTHING,
    )
    return
  }
  const run = text.slice(start, end)
  const folded = LETTERS.test(run) ? hashWord(run.toLowerCase()) : undefined
  const known = folded === undefined ? undefined : lookUp(folded)
  if (folded !== undefined && known !== undefined) {
    // `IgNoRe` looks like a name and is a word of ours.
    words.add(start, end, folded, known)
    return
  }
  const form = formOf(run)
  if (form !== undefined) {
    words.add(start, end, form.word, undefined, form.concepts)
    return
  }
  const meant = named(run, marked)
  if (meant !== NOTHING || isCodeName(run)) {
    words.add(start, end, NAME, undefined, meant === NOTHING ? IDENT_ONLY : [IDENT, ...meant])
    return
  }
  addParts(run, start, words)
}

/** Account numbers and addresses of wallets are letters and digits, as words are, but longer. */
const SHORTEST_ACCOUNT = 15

/** In backticks a word is a name; in quotes it may be any word. */
function markedWord(text: string, start: number, end: number, named: NameMeaning): readonly number[] {
  const meant = named(text.slice(start, end), true)
  if (text.charCodeAt(end) !== 0x60) return meant
  return meant === NOTHING ? IDENT_ONLY : [IDENT, ...meant]
}

const NAME = hashWord('<name>')
const IDENT_ONLY: readonly number[] = [IDENT]

/** Nothing in it but letters and digits; a capital behind a small letter makes it a name, as in `readFile`. */
function isPlainWord(text: string, start: number, end: number): boolean {
  let small = false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x61 && code <= 0x7a) small = true
    else if (code >= 0x41 && code <= 0x5a) {
      if (small) return WORDS_WITH_CAPITALS.has(text.slice(start, end))
    } else if (code === 0x5f || classOf(code) === JOINER) return false
    else small = false
  }
  return true
}

const WORDS_WITH_CAPITALS: ReadonlySet<string> = new Set(
  'JavaScript TypeScript GitHub GitLab OpenAI ChatGPT PowerShell DeepSeek'.split(' '),
)

/** `snake_case`, `camelCase`, `dotted.name_of`: not a number, not a hyphenated word. */
function isCodeName(run: string): boolean {
  return run.length <= 120 && CODE_NAME.test(run) && (run.includes('_') || HUMP.test(run))
}

const LETTERS = /^[A-Za-z]{2,24}$/
const CODE_NAME = /^[A-Za-z$_][\w$.:-]*$/
const HUMP = /[a-z][A-Z]/

/** `1gn0re`: digits for letters, where digits stand among letters and a word of ours comes out. */
function unleet(text: string, start: number, end: number): Entry | undefined {
  if (end - start < 3 || end - start > 20 || !hasDigit(text, start, end)) return undefined
  const lower = text.slice(start, end).toLowerCase()
  return LEET_WORD.test(lower)
    ? lookUp(hashWord(lower.replace(/[013457]/g, (digit) => LEET[digit] ?? digit)))
    : undefined
}

function hasDigit(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39) return true
  }
  return false
}

const LEET_WORD = /^(?=.*[a-z])(?=.*[013457])[a-z013457]{3,20}$/
const LEET: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' }

/** A run of several words: `e-mail`, `and/or`, `user's`, `l'utilisateur`. */
function addParts(run: string, offset: number, words: Words): void {
  for (let at = 0; at < run.length; at++) {
    const start = at
    let apostrophe = false
    for (; at < run.length; at++) {
      const code = run.charCodeAt(at)
      if (code === APOSTROPHE || code === TYPOGRAPHIC) {
        // `l'`, `qu'`: a word of its own before a longer one. `don't`, `user's`: one word.
        if (at - start <= 2 && run.length - at > 3 && !/^(?:i|it|we|he|do)$/i.test(run.slice(start, at)))
          break
        apostrophe = true
      } else if (classOf(code) !== LETTER || code === 0x5f) break
    }
    if (at === start) continue
    const piece = run.slice(start, at).toLowerCase()
    const lower = apostrophe ? piece.replace(/['\u2019]/g, '') : piece
    const word = hashWord(lower)
    words.add(offset + start, offset + at, word, lookUp(word))
  }
}

/** Chinese and Japanese: the longest word of ours that begins there; what is between two of them is no token. */
function unspacedWord(text: string, from: number, words: Words): number {
  let end = from
  while (end < text.length && end - from < LONGEST_UNSPACED && isUnspaced(text.charCodeAt(end))) end++
  for (; end > from; end--) {
    const word = hashWord(text.slice(from, end))
    const entry = lookUp(word)
    if (entry !== undefined && entry.concepts.length > 0) {
      words.add(from, end, word, entry)
      return end
    }
  }
  return from + 1
}
