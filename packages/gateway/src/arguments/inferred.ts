/**
 * What is refused where nobody declared what a parameter may be, only what it seems to mean: what is wrong in every
 * reading. All else passes; a guess must not stand in the way of an honest call.
 */
import type { Meaning, ToolTraits } from '@sallyport/controls/parameters'
import { checkPath } from '@sallyport/controls/paths'
import { beginningOfSql, checkSql, hasChange, hasSecondStatement } from '@sallyport/controls/sql'
import { checkUrl, type UrlPolicy } from '@sallyport/controls/urls'
import { climbsOddly } from './climbs.ts'
import type { ArgumentFault } from './edges.ts'

export interface InferredContext extends ToolTraits {
  /** Nobody vouches for the server: what it fetches must be public. */
  readonly distrusted: boolean
}

export type InferredOutcome =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fault'; readonly fault: ArgumentFault }
  /** A name whose addresses decide. */
  | { readonly kind: 'host'; readonly host: string; readonly policy: UrlPolicy }

const PASS: InferredOutcome = { kind: 'pass' }

export function checkInferred(meaning: Meaning, text: string, context: InferredContext): InferredOutcome {
  switch (meaning) {
    case 'path':
      return checkAnyPath(text, context)
    case 'url':
      return checkAnyUrl(text, context)
    case 'sql':
      return checkAnySql(text, context)
    case 'command':
      // A tool that takes commands is there to run them: which ones is for its owner to say.
      return PASS
  }
}

const HIDDEN_CLIMB = 'It climbs above where it starts once it is decoded, and hides that it does.'
/** A folder that nobody has: a text that stays in it as it is written, and leaves it once decoded, hides that it does. */
const NOWHERE = ['/nowhere/at/all']

function checkAnyPath(text: string, { distrusted }: InferredContext): InferredOutcome {
  if (text.includes('\0'))
    return fault('path/nul', 'It has a NUL, where some programs end a name and others go on.')
  // A share or device of Windows: to look at it sends the user's credentials to whoever is named.
  if (text.startsWith('\\\\') || text.startsWith('//?/') || text.startsWith('//./'))
    return fault('path/unc', 'It names a share of another machine, or a device.')
  if (distrusted && text.includes('..')) {
    const climbs = climbsOddly(text)
    if (climbs !== undefined) return fault('path/parent', climbs)
  }
  if (!ENCODED.test(text)) return PASS
  const decision = checkPath(withoutRoot(text), { roots: NOWHERE })
  return !decision.inside && decision.rule === 'path/encoded' ? fault(decision.rule, HIDDEN_CLIMB) : PASS
}

/** Percent signs, and what becomes a dot or slash by normalisation. */
const ENCODED = /[%\u{80}-\u{ffff}]/u

function withoutRoot(text: string): string {
  let start = text.startsWith('file://') ? 'file://'.length : 0
  while (text[start] === '/') start++
  return text.slice(start)
}

/** Schemes that make a fetching program read files of its machine, or speak to what is no web server. */
const NEVER_FETCHED: ReadonlySet<string> = new Set(
  'file gopher dict ldap ldaps tftp jar netdoc php phar expect smb nfs ssh telnet'.split(' '),
)
const WEB = ['http', 'https', 'ws', 'wss', 'ftp']
/** Refused whoever asks: no tool needs what is there. */
const ALWAYS: ReadonlySet<string> = new Set(['url/metadata', 'url/link-local'])
/** Refused where the server fetches what it is given, and nobody vouches for it. */
const FETCHED: ReadonlySet<string> = new Set([
  'url/loopback',
  'url/private',
  'url/reserved',
  'url/translated',
  'url/ambiguous',
  'url/multicast',
])

function checkAnyUrl(text: string, context: InferredContext): InferredOutcome {
  const { fetches, distrusted } = context
  const scheme = /^\s{0,8}([a-z][a-z0-9+.-]{0,31}):/i.exec(text)?.[1]?.toLowerCase()
  if (fetches && scheme !== undefined && NEVER_FETCHED.has(scheme))
    return fault(
      'url/scheme',
      `The scheme "${scheme}" makes a program read its own files or speak to other services.`,
    )
  if (scheme === 'file') return checkAnyPath(text, context)
  // Fetching programs put a scheme before what has none.
  const bare = scheme === undefined || !text.includes('://')
  if (bare && !(fetches && /^\/{0,2}[\w.[-]/.test(text))) return PASS
  const whole = bare && !text.startsWith('http') ? `http://${text.replace(/^\/{1,2}/, '')}` : text
  const strict = fetches && distrusted
  const policy: UrlPolicy = { schemes: WEB, allowPrivate: !strict }
  const decision = checkUrl(whole, policy)
  if (!decision.allowed)
    return ALWAYS.has(decision.rule) || (strict && FETCHED.has(decision.rule))
      ? fault(decision.rule, decision.explain)
      : PASS
  return strict && decision.target === 'name' ? { kind: 'host', host: decision.host, policy } : PASS
}

/** No honest query that reads is so long that it cannot be looked at, or has a comment that is run. */
const NOT_READ: ReadonlySet<string> = new Set([
  'sql/write',
  'sql/ddl',
  'sql/statement',
  'sql/comment',
  'sql/size',
])
/** Known by its first word alone, which a question in plain words may have too. */
const BY_ITS_WORD = 'sql/statement'

function checkAnySql(text: string, { reads }: InferredContext): InferredOutcome {
  const beginning = beginningOfSql(text)
  if (beginning === undefined) return PASS
  const decision = checkSql(text, { dialect: 'any', mode: reads ? 'read' : 'ddl' })
  if (decision.ok) return PASS
  const { rule, explain } = decision
  const writes = reads && NOT_READ.has(rule) && (rule !== BY_ITS_WORD || beginning !== 'word')
  if (writes || (beginning === 'statement' && rule === 'sql/multiple')) return fault(rule, explain)
  // Also where something in the text, or its length, kept us from reading as far as that.
  if (hasSecondStatement(text)) return fault('sql/multiple', STACKED)
  return reads && hasChange(text) ? fault('sql/write', CHANGES) : PASS
}

const CHANGES = 'The query changes something, and the tool reads by its name: read instead.'
const STACKED = 'The query has a second statement behind a semicolon: send one statement at a time.'

function fault(rule: string, explain: string): InferredOutcome {
  return { kind: 'fault', fault: { rule, explain } }
}
