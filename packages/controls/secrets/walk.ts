/**
 * Secrets in a decoded JSON value: every text and every member name, wherever they stand. In decoded texts, because in
 * JSON's own a `\u0067hp_...` would hide from everything.
 */
import { FreeNames, isExactNumber, PROTOCOL_MEMBERS } from '../json/index.ts'
import { placeName } from '../text/index.ts'
import { findEncoded } from './encoded.ts'
import { merged, type SecretFinding, type SecretKind } from './finding.ts'
import { isExample, isJumble } from './jumble.ts'
import { isSecretName } from './names.ts'
import { replaceFound } from './redact.ts'
import { type ScanOptions, scanSecrets } from './scanSecrets.ts'

export interface ValueScan extends ScanOptions {
  /** Also what is encoded once (`findEncoded`). */
  readonly encoded?: boolean
  /** What of the kinds found is to be replaced; `undefined`: nothing. */
  readonly replace?: (finding: Pick<SecretFinding, 'rule' | 'kind'>) => boolean
  /** The names of members are a stranger's: where something was found is said with plain ones only (`placeName`). */
  readonly foreign?: boolean
  /**
   * Values that mean something only to the one who made them (a cursor, a sealed state): a mark in them would break a
   * conversation, and their form says nothing. Only known values are looked for there.
   */
  readonly isOpaque?: (path: readonly (string | number)[], text: string) => boolean
}

export interface SecretSighting {
  readonly rule: string
  readonly kind: SecretKind
  /** Where it was, as people write it: `arguments.body`, `content[0].text`. A name that is a secret itself is not said. */
  readonly where: string
}

export interface ScannedValue {
  /** The value itself where nothing was replaced, else a copy; all numbers as they were written. */
  readonly value: unknown
  readonly sightings: readonly SecretSighting[]
}

/**
 * Looks through a value, and takes out what `replace` says.
 *
 * @example scanValue({ a: 'ghp_q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab' }, { replace: () => true })
 * // { value: { a: '[redacted:secret/github]' }, sightings: [{ rule: 'secret/github', kind: 'token', where: 'a' }] }
 */
export function scanValue(value: unknown, scan: ValueScan): ScannedValue {
  const walk: Walk = { scan, path: [], sightings: [] }
  const seen = visit(value, walk)
  return { value: seen, sightings: walk.sightings }
}

interface Walk {
  readonly scan: ValueScan
  /** Of what is looked at now; changes on the way. */
  readonly path: (string | number)[]
  readonly sightings: SecretSighting[]
}

/** Messages are parsed within a budget that is far below. */
const MAX_DEPTH = 1000
/** More are as bad, and a server could fill the audit trail with them. */
const MAX_SIGHTINGS = 64

function visit(value: unknown, walk: Walk): unknown {
  if (typeof value === 'string') return visitText(value, walk, undefined)
  if (typeof value === 'number') return visitNumber(value, String(value), walk)
  if (typeof value !== 'object' || value === null) return value
  if (isExactNumber(value)) return visitNumber(value, value.rawJSON, walk)
  if (walk.path.length >= MAX_DEPTH) throw new RangeError('a value is nested too deeply to be looked through')
  return Array.isArray(value) ? visitList(value, walk) : visitObject(value as Record<string, unknown>, walk)
}

function visitList(list: readonly unknown[], walk: Walk): unknown {
  let copy: unknown[] | undefined
  for (let at = 0; at < list.length; at++) {
    walk.path.push(at)
    const seen = visit(list[at], walk)
    walk.path.pop()
    if (seen === list[at]) {
      copy?.push(seen)
      continue
    }
    copy ??= list.slice(0, at)
    copy.push(seen)
  }
  return copy ?? list
}

function visitObject(object: Readonly<Record<string, unknown>>, walk: Walk): unknown {
  // Without a prototype, so that a member called `__proto__` stays a member.
  let copy: Record<string, unknown> | undefined
  let names: FreeNames | undefined
  const keys = Object.keys(object)
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    const name = key.length < 8 || PROTOCOL_MEMBERS.has(key) ? key : visitText(key, walk, 'name')
    walk.path.push(name === key ? key : '…')
    const item = object[key]
    const seen =
      typeof item === 'string' && key === 'value'
        ? visitText(item, walk, nameBeside(object))
        : visit(item, walk)
    walk.path.pop()
    if (copy === undefined && (seen !== item || name !== key)) {
      copy = Object.create(null) as Record<string, unknown>
      for (const before of keys.slice(0, at)) copy[before] = object[before]
    }
    if (copy === undefined) continue
    const made = copy
    names ??= new FreeNames((taken) => taken in made || Object.hasOwn(object, taken))
    made[name === key ? key : names.of(name)] = seen
  }
  return copy ?? object
}

/** The name in `{ name: 'API_KEY', value: '...' }`, as environment variables and headers are listed. */
function nameBeside({ name, key, header }: Readonly<Record<string, unknown>>): string | undefined {
  const beside = name ?? key ?? header
  return typeof beside === 'string' ? beside : undefined
}

function visitText(text: string, walk: Walk, beside: string | undefined): string {
  const { scan } = walk
  const found = scan.isOpaque?.(walk.path, text) === true ? onlyKnown(text, scan) : allIn(text, walk, beside)
  if (found.length === 0) return text
  for (const finding of found) note(finding, walk)
  const { replace } = scan
  return replace === undefined ? text : replaceFound(text, found.filter(replace))
}

function onlyKnown(text: string, { known }: ScanOptions): readonly SecretFinding[] {
  return known === undefined ? [] : known.find(text)
}

function allIn(text: string, walk: Walk, beside: string | undefined): readonly SecretFinding[] {
  const { scan } = walk
  const found = scanSecrets(text, scan)
  const encoded = scan.encoded === true ? findEncoded(text) : []
  const all = encoded.length === 0 ? found : merged([...found, ...encoded])
  if (all.length > 0) return all
  const name = beside ?? walk.path.at(-1)
  const telling = typeof name === 'string' && text.length >= 16 && text.length <= 512 && isSecretName(name)
  if (!telling || !isJumble(text) || isExample(text) || /\s/.test(text)) return all
  return [{ rule: 'secret/member', kind: 'likely', start: 0, end: text.length }]
}

/** A card may be written as a number. */
function visitNumber(value: unknown, text: string, walk: Walk): unknown {
  if (walk.scan.personal === undefined || text.length < 13) return value
  const seen = visitText(text, walk, undefined)
  return seen === text ? value : seen
}

function note({ rule, kind }: SecretFinding, { scan, path, sightings }: Walk): void {
  if (sightings.length >= MAX_SIGHTINGS) return
  const where = pathText(path, scan.foreign === true)
  if (!sightings.some((one) => one.rule === rule && one.where === where))
    sightings.push({ rule, kind, where })
}

function pathText(path: readonly (string | number)[], foreign: boolean): string {
  let text = ''
  for (const part of path.slice(0, 8)) {
    if (typeof part === 'number') text += `[${part}]`
    else text += `${text === '' ? '' : '.'}${foreign ? placeName(part) : part.slice(0, 40)}`
  }
  return path.length > 8 ? `${text}…` : text
}

/** What is read of either end of a text: halves of a secret stand there. */
const END_CHARS = 128

/**
 * The ends of all texts of a value one after the other, as a secret would stand that was split over several arguments;
 * `undefined` for more than `maxChars`, or for fewer than two texts.
 */
export function joinedTexts(value: unknown, maxChars: number): string | undefined {
  const texts: string[] = []
  let chars = 0
  const collect = (one: unknown): void => {
    if (chars > maxChars) return
    if (typeof one === 'string') {
      // The middle of a long one was looked at by itself.
      const ends = one.length <= 2 * END_CHARS ? one : `${one.slice(0, END_CHARS)}\n${one.slice(-END_CHARS)}`
      texts.push(ends)
      chars += ends.length
    } else if (Array.isArray(one)) for (const item of one) collect(item)
    else if (typeof one === 'object' && one !== null && !isExactNumber(one))
      for (const item of Object.values(one)) collect(item)
  }
  collect(value)
  return texts.length < 2 || chars > maxChars ? undefined : texts.join('')
}
