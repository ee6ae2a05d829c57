/**
 * Secrets that only their surroundings give away: a value behind a name such as `api_key`, behind `Bearer` or `Basic`,
 * a password in an address or in a connection string.
 *
 * A name alone is not believed: `password: string` is a type and `token = getToken()` a program. So the value must be a
 * jumble, unless the form leaves no doubt (an address, a connection string, a `Basic` that decodes to `user:password`).
 */
import type { SecretFinding } from './finding.ts'
import { isExample, isJumble } from './jumble.ts'
import { isSecretName } from './names.ts'

/** All of them, in no certain order. Every mark is looked at once, and at most a window around it is read. */
export function findLabelled(text: string): SecretFinding[] {
  const found: SecretFinding[] = []
  assignments(text, '=', found)
  assignments(text, ':', found)
  assignments(text, '>', found)
  schemes(text, found)
  addresses(text, found)
  return found
}

const MAX_NAME = 48
const MAX_VALUE = 4096

function assignments(text: string, mark: string, found: SecretFinding[]): void {
  let from = 0
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    if (at < from) continue
    const name = nameBefore(text, at)
    if (name === undefined || !isSecretName(name)) continue
    const start = valueStart(text, at + 1)
    const end = valueEnd(text, start)
    from = end
    if (end - start < 6) continue
    const value = text.slice(start, end)
    if (isReference(value) || isExample(value)) continue
    if (mark === '=' && inConnectionString(text, at, end)) {
      found.push({ rule: 'secret/connection-string', kind: 'token', start, end })
    } else if (isJumble(value)) found.push({ rule: 'secret/assignment', kind: 'likely', start, end })
  }
}

/** Could a name before this mark be a secret's? */
export function endsLikeSecretName(text: string, mark: number): boolean {
  const name = nameBefore(text, mark)
  if (name === undefined) return false
  const tail = name.slice(-13).toLowerCase()
  return TAILS.some((word) => tail.endsWith(word)) || isSecretName(name)
}

const TAILS = [
  'token',
  'key',
  'secret',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'authorization',
  'credential',
  'credentials',
]
/** Last letters of what `isSecretName` knows; whatever ends otherwise is ruled out by one look. */
const LAST_LETTERS = setOf('dtnyselrhgDTNYSELRHG')

function nameEnd(text: string, mark: number): number {
  let end = mark
  while (end > 0 && mark - end < 12 && isBetween(text.charCodeAt(end - 1))) end--
  return end
}

function nameBefore(text: string, mark: number): string | undefined {
  const end = nameEnd(text, mark)
  if (LAST_LETTERS[text.charCodeAt(end - 1)] !== 1) return undefined
  let start = end
  while (start > 0 && end - start < MAX_NAME && NAME[text.charCodeAt(start - 1)] === 1) start--
  return end - start < 3 ? undefined : text.slice(start, end)
}

/** Blanks, quotes, their escapes, the end of an index. */
function isBetween(code: number): boolean {
  return code > 127 ? BLANK.test(String.fromCharCode(code)) : BETWEEN[code] === 1
}

const BETWEEN = setOf(' \t\r\n\v\f"\'\\`]')
const BLANK = /^\s$/

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(128)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  return set
}

const NAME = setOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.')

/** Behind `=`, `:=`, `=>`, blanks, quotes, and the scheme of an `Authorization`. */
function valueStart(text: string, from: number): number {
  let start = from
  while (start - from < 8 && BEFORE_VALUE[text.charCodeAt(start)] === 1) start++
  for (const scheme of ['Bearer ', 'bearer ', 'Basic ', 'token ']) {
    if (text.startsWith(scheme, start)) return start + scheme.length
  }
  return start
}

const BEFORE_VALUE = setOf(' \t"\'\\`=>:')

function valueEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && end - start < MAX_VALUE && AFTER_VALUE[text.charCodeAt(end)] !== 1) end++
  return end
}

const AFTER_VALUE = setOf(' \t\r\n"\'`,;<>&\\(){}[]|')

/** `${X}`, `$X`, `%X%`, `@X`: the name of a secret, kept elsewhere. */
function isReference(value: string): boolean {
  return '$%@<*'.includes(value.charAt(0)) || value.includes('${') || value.includes('::')
}

/** `Server=db;User Id=app;Password=...;` (ODBC, ADO.NET) and `host=db user=app password=...` (libpq). */
function inConnectionString(text: string, mark: number, end: number): boolean {
  const name = (nameBefore(text, mark) ?? '').toLowerCase()
  if (name !== 'password' && name !== 'pwd' && name !== 'sharedaccesskey' && name !== 'accountkey')
    return false
  const around = text.slice(Math.max(0, mark - 256), Math.min(text.length, end + 128)).toLowerCase()
  return SIGNS.some((sign) => around.includes(sign))
}

const SIGNS = ['server=', 'data source=', 'host=', 'endpoint=', 'accountname=', 'driver=', 'dbname=']

function schemes(text: string, found: SecretFinding[]): void {
  for (const scheme of SCHEMES) {
    for (let at = text.indexOf(scheme); at !== -1; at = text.indexOf(scheme, at + scheme.length)) {
      let start = at + scheme.length
      while (text.charAt(start) === ' ' && start - at < 16) start++
      const end = valueEnd(text, start)
      const value = text.slice(start, end)
      if (value.length < 12 || isReference(value) || isExample(value)) continue
      const sure = scheme.charAt(1) === 'a' ? isUserAndPassword(value) : isJumble(value) && value.length >= 20
      if (sure) found.push({ rule: 'secret/authorization', kind: 'token', start, end })
    }
  }
}

const SCHEMES = ['Bearer ', 'bearer ', 'Basic ', 'basic ']

function isUserAndPassword(value: string): boolean {
  if (value.length > 1024 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return false
  const decoded = Buffer.from(value, 'base64').toString('latin1')
  return /^[\x20-\x7e]+$/.test(decoded) && decoded.includes(':') && !isExample(decoded)
}

/** The password of `scheme://user:password@host`, or a name there so long that it can only be a token. */
function addresses(text: string, found: SecretFinding[]): void {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const userinfo = at + 3
    let colon = -1
    let end = userinfo
    while (end < text.length && end - userinfo < 512) {
      const character = text.charCodeAt(end)
      if (character === AT || OUT_OF_USERINFO[character] === 1) break
      if (character === COLON && colon < 0) colon = end
      end++
    }
    // A password may hold an `@` of its own: the last one before the host counts.
    if (text.charAt(end) !== '@') continue
    end = lastAt(text, end)
    if (colon >= 0) {
      const password = text.slice(colon + 1, end)
      if (password.length < 3 || isReference(password)) continue
      if (isSample(text.slice(userinfo, colon), password)) continue
      found.push({ rule: 'secret/url-userinfo', kind: 'token', start: colon + 1, end })
    } else {
      const name = text.slice(userinfo, end)
      if (name.length >= 20 && isJumble(name) && !isExample(name))
        found.push({ rule: 'secret/url-userinfo', kind: 'token', start: userinfo, end })
    }
  }
}

const AT = 0x40
const COLON = 0x3a
const OUT_OF_USERINFO = setOf(' \t\r\n/?#"\'<>`|\\{}()[],;')

function lastAt(text: string, first: number): number {
  let last = first
  for (let at = first + 1; at < text.length && at - first < 256; at++) {
    const character = text.charCodeAt(at)
    if (character === AT) last = at
    else if (OUT_OF_USERINFO[character] === 1) break
  }
  return last
}

/** Passwords that documentation writes into addresses. */
function isSample(user: string, password: string): boolean {
  return (
    user === password ||
    SAMPLES.has(password.toLowerCase()) ||
    /^[a-z_-]*(?:pass|secret|pwd)[a-z_-]*$/i.test(password) ||
    isExample(password)
  )
}

const SAMPLES = new Set(
  'password pass passwd pwd secret pw user username mypassword mypass token apikey api_key key test postgres root admin guest changeme dbpassword db_password port'.split(
    ' ',
  ),
)
