/**
 * What a server says with a 401 or 403: the Bearer challenge of `WWW-Authenticate` (RFC 9110, 11.6.1; RFC 6750, 3;
 * RFC 9728, 5.1). The header is a stranger's: read in one pass, bounded, and never repeated to anyone.
 */
export interface BearerChallenge {
  readonly error?: string
  readonly resourceMetadata?: string
  readonly scopes?: readonly string[]
}

const MAX_CHARS = 8_192
const MAX_SCOPES = 64
/** RFC 6749, appendix A.4. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/

/**
 * The first Bearer challenge of a header; `undefined` where there is none.
 *
 * @example
 * bearerChallenge('Bearer error="insufficient_scope", scope="files:read files:write"')
 * // { error: 'insufficient_scope', scopes: ['files:read', 'files:write'] }
 */
export function bearerChallenge(header: string | undefined): BearerChallenge | undefined {
  if (header === undefined || header.length > MAX_CHARS) return undefined
  let scheme = ''
  const found = new Map<string, string>()
  for (const token of tokensOf(header)) {
    if (token.kind === 'scheme') {
      if (scheme === 'bearer') break
      scheme = token.name
    } else if (scheme === 'bearer' && !found.has(token.name)) found.set(token.name, token.value)
  }
  if (scheme !== 'bearer') return undefined
  const error = found.get('error')
  const resourceMetadata = found.get('resource_metadata')
  const scope = found.get('scope')
  return {
    ...(error === undefined ? {} : { error }),
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scope === undefined ? {} : { scopes: scopesIn(scope) }),
  }
}

/** The scopes of a text, each once; what is no scope is left out. */
export function scopesIn(text: string): readonly string[] {
  const all = text.split(' ', MAX_SCOPES * 2).filter((scope) => SCOPE.test(scope))
  return [...new Set(all)].slice(0, MAX_SCOPES)
}

/** Both, each once, in the order they came. */
export function unionOf(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])]
}

type Token =
  | { readonly kind: 'scheme'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly value: string }

const WORD = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y

/** A word followed by `=` is a parameter, any other begins a challenge. Whatever fits neither ends the reading. */
function* tokensOf(header: string): Generator<Token> {
  let at = 0
  const skip = (signs: string): void => {
    while (at < header.length && signs.includes(header.charAt(at))) at++
  }
  while (at < header.length) {
    skip(' \t,')
    WORD.lastIndex = at
    const [word] = WORD.exec(header) ?? []
    if (word === undefined) return
    at += word.length
    const afterWord = at
    skip(' \t')
    if (header.charAt(at) !== '=') {
      at = afterWord
      yield { kind: 'scheme', name: word.toLowerCase() }
      continue
    }
    at++
    skip(' \t')
    let value = ''
    if (header.charAt(at) === '"') {
      at++
      while (at < header.length && header.charAt(at) !== '"') {
        if (header.charAt(at) === '\\') at++
        value += header.charAt(at)
        at++
      }
      if (at >= header.length) return
      at++
    } else {
      WORD.lastIndex = at
      value = WORD.exec(header)?.[0] ?? ''
      if (value === '') return
      at += value.length
    }
    yield { kind: 'parameter', name: word.toLowerCase(), value }
  }
}
