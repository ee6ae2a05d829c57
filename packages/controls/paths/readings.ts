import {
  decodeLoosely,
  decodePercent,
  dropParents,
  foldBestFit,
  foldCompatible,
  hasOddEnds,
  isAscii,
  trimEnds,
} from './decode.ts'
import type { PathFamily } from './place.ts'

/**
 * What a program may have done to a text before it takes it apart. `percent2` is percent-decoding twice, as happens when
 * a framework decodes and the code behind it decodes again; `loose` ones take overlong UTF-8 and `%u` as well.
 */
export type PathDecoding =
  | 'raw'
  | 'percent'
  | 'percent2'
  | 'percent3'
  | 'loose'
  | 'loose2'
  | 'loose3'
  | `${'' | 'percent-' | 'percent2-' | 'percent3-' | 'loose-' | 'loose2-' | 'loose3-'}${'nfkc' | 'best-fit' | 'no-nul' | 'filtered' | 'trimmed'}`
  | 'file-url'

/** One way to read a path: what is decoded, and who takes it apart. */
export type PathReading = `${PathFamily}/${PathDecoding}`

export interface DecodedPath {
  readonly decoding: PathDecoding
  readonly text: string
}

/** Can the text be read in one way only? True for what is ordinary: ASCII without `%`, backslash, colon, `~`, `$`, NUL or odd ends. */
export function hasOneReading(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7f || SPECIAL[code] === 1) return false
  }
  // What a filter of `../` makes of three dots may climb.
  return !text.includes('...') && !hasOddEnds(text)
}

const SPECIAL = new Uint8Array(128)
for (const character of '\0%\\:~$') SPECIAL[character.charCodeAt(0)] = 1

/** Every text that a program may make of this one, the text itself first. Texts that are equal come once. */
export function decodePath(text: string): DecodedPath[] {
  const all: DecodedPath[] = []
  const seen = new Set<string>()
  for (const decoded of everyDecoding(text)) {
    if (seen.has(decoded.text)) continue
    seen.add(decoded.text)
    all.push(decoded)
  }
  return all
}

/** As `decodePath`, with every decoding by name, also where two of them make the same text. */
export function* everyDecoding(text: string): Generator<DecodedPath> {
  const levels = [{ decoding: 'raw', text }, ...decodedLevels(text)] as const
  for (const level of levels) yield { decoding: level.decoding, text: beforeNul(level.text) }
  for (const level of levels) {
    const named = level.decoding === 'raw' ? '' : (`${level.decoding}-` as const)
    if (!isAscii(level.text)) {
      yield { decoding: `${named}nfkc`, text: beforeNul(foldCompatible(level.text)) }
      yield { decoding: `${named}best-fit`, text: beforeNul(foldBestFit(level.text)) }
    }
    if (level.text.includes('\0')) yield { decoding: `${named}no-nul`, text: level.text.replaceAll('\0', '') }
    if (level.text.includes('..')) {
      yield { decoding: `${named}filtered`, text: beforeNul(dropParents(level.text)) }
    }
    if (hasOddEnds(level.text)) {
      yield { decoding: `${named}trimmed`, text: beforeNul(trimEnds(level.text)) }
    }
  }
  for (const level of levels) {
    const path = fileUrlPath(level.text)
    if (path !== undefined) yield { decoding: 'file-url', text: path }
  }
}

function* decodedLevels(text: string) {
  if (!text.includes('%')) return
  let [percent, loose] = [text, text]
  for (const level of ['', '2', '3'] as const) {
    percent = decodePercent(percent)
    loose = decodeLoosely(loose)
    yield { decoding: `percent${level}`, text: percent } as const
    yield { decoding: `loose${level}`, text: loose } as const
  }
}

/** Where C programs stop. */
function beforeNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul === -1 ? text : text.slice(0, nul)
}

/** What a `file:` URL names: a path, or `//host/path` (RFC 8089). Escapes are gone, as the URL is gone. */
function fileUrlPath(text: string): string | undefined {
  if (!/^[\0-\u0020]*file:/i.test(text)) return undefined
  const rest = text.trimStart().slice(5).replaceAll('\\', '/')
  const end = rest.search(/[?#]/)
  const path = decodePercent(end === -1 ? rest : rest.slice(0, end))
  const [, host = '', below = ''] = /^\/\/([^/]*)(.*)$/s.exec(path) ?? [undefined, '', path]
  const absolute = below.startsWith('/') ? below : `/${below}`
  const local = /^\/[A-Za-z][:|]/.test(absolute) ? `${absolute[1]}:${absolute.slice(3)}` : absolute
  return host === '' || host.toLowerCase() === 'localhost' ? local : `//${host}${absolute}`
}
