/**
 * The text of `sallyport.lock`: JSON that a person can review line by line, read as strictly as the configuration.
 *
 * Every key and text is written in visible characters: a name with hidden ones must not look like another in a review
 * (invariant 9). Servers and items stand in the order of their names, so that equal locks are equal texts.
 */
import { isUtf8 } from 'node:buffer'
import { HINT_NAMES, ITEM_KINDS, type ItemKind, type KeptHints } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import { type Complaint, type DocumentNode, pointer, Unreadable } from '../config/document.ts'
import { ConfigError, type ConfigFault } from '../config/fault.ts'
import { readJsonc } from '../config/readJsonc.ts'
import { readShape } from '../config/readShape.ts'
import { choice, list, map, optional, type Read, record, required, type TextShape } from '../config/shape.ts'
import { serverId } from '../config/texts.ts'
import type { ApprovedVersion, Denial, Lock, LockedServer } from './lock.ts'
import { visibleJson } from './visibleJson.ts'

function text(called: string, means: string, pattern: RegExp): TextShape {
  return { kind: 'text', called, means, pattern }
}

const digest = text('digest', 'sha256- and 64 hexadecimal digits', /^sha256-[0-9a-f]{64}$/)
const moment: TextShape = {
  ...text(
    'time',
    'a time like 2026-01-31T12:00:00.000Z',
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3})?Z$/,
  ),
  // An end on the 31st of February would never come.
  check: (moment) =>
    isMoment(moment) ? undefined : { rule: 'config/value', explain: 'is no day or time there is' },
}
const itemName = text(
  'item',
  'an item like tool/NAME, or instructions',
  /^(?:identity(?:\/issuer)?|server|instructions|(?:tool|prompt|resource|template|skill)\/.+)$/su,
)
const ruleId = text('rule', 'the id of a rule, area/what', /^[a-z][a-z0-9-]*\/[a-z0-9-]+$/)
const words = text('text', 'one line of text', /^[^\p{Cc}\p{Cs}]{0,1000}$/u)

const decision = {
  at: required(moment, 'When.'),
  by: required(words, 'Who or what decided.'),
  reason: optional(words, 'Why.'),
}

const hint = choice('true', 'false', 'absent')

const version = record({
  hash: required(digest, 'The approved version.'),
  ...decision,
  version: optional(words, 'What the server said it was.'),
  expires: optional(moment, 'Until when.'),
  hints: optional(
    record({
      readOnlyHint: optional(hint, 'As it was approved.'),
      destructiveHint: optional(hint, 'As it was approved.'),
      idempotentHint: optional(hint, 'As it was approved.'),
      openWorldHint: optional(hint, 'As it was approved.'),
    }),
    'What counts in the place of hints that claim more safety.',
  ),
})

/**
 * The second format has `hints`. What knows only the first must not take such a version for approved as it is, and says
 * that it does not know the format; a lock without them is written in the first.
 */
const FORMATS = { plain: 1, withHints: 2 } as const

const lockFile = record({
  version: required(choice(FORMATS.plain, FORMATS.withHints), 'Of this format.'),
  servers: required(
    map(
      'server',
      serverId,
      record({
        opened: required(
          map(
            'kind',
            text('kind', `one of ${ITEM_KINDS.join(', ')}`, new RegExp(`^(?:${ITEM_KINDS.join('|')})$`)),
            moment,
          ),
          'When items of a kind were first seen.',
        ),
        items: required(map('item', itemName, list(version)), 'Approved versions.'),
        denied: optional(
          map('content', digest, record({ item: required(itemName, 'Its name then.'), ...decision })),
          'Refused definitions.',
        ),
      }),
    ),
    'By id.',
  ),
  exceptions: optional(
    list(
      record({
        server: required(serverId, 'Of which server.'),
        item: required(itemName, 'Of which item.'),
        hash: required(digest, 'Of which version.'),
        rule: required(ruleId, 'The rule that does not count there.'),
        ...decision,
        expires: optional(moment, 'Until when.'),
      }),
    ),
    'Findings that are none.',
  ),
})

export type LockRead =
  | { readonly ok: true; readonly lock: Lock }
  /** Its message has one line a fault, each ending in `file:line:column`. */
  | { readonly ok: false; readonly error: ConfigError }

/** Larger than the lock of a hundred servers with a hundred tools each. */
export const MAX_LOCK_BYTES = 16 * 1024 * 1024

/**
 * Reads the text of a lock file. Nothing of a file with a fault is believed: a line that was dropped would unpin an
 * item.
 *
 * @param path for the faults; it is not opened
 * @param rules ids an exception may name
 * @example parseLock(bytes, '/home/ada/.config/sallyport/sallyport.lock', rules)
 */
export function parseLock(bytes: Buffer, path: string, rules: ReadonlySet<string>): LockRead {
  const faults: ConfigFault[] = []
  const complain = ({ rule, explain, hint, path: at, place }: Complaint) => {
    if (faults.length >= MAX_FAULTS) return
    const explained = explain.replace(/^the configuration\b/, 'the lock file')
    faults.push({
      rule,
      explain: explained,
      path: pointer(at),
      file: path,
      ...place,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const whole = (explain: string): LockRead => {
    complain({ rule: 'config/syntax', explain, path: [], place: { line: 1, column: 1 } })
    return { ok: false, error: new ConfigError(faults) }
  }
  if (bytes.length > MAX_LOCK_BYTES) return whole(`the lock file is larger than ${MAX_LOCK_BYTES} bytes`)
  if (!isUtf8(bytes)) return whole('the lock file is not UTF-8')
  const json = bytes.toString('utf8')
  let root: DocumentNode
  try {
    root = readJsonc(json, { relaxed: false }, complain)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    complain({ ...error.complaint, hint: REPAIR })
    return { ok: false, error: new ConfigError(faults) }
  }
  refuseUnseen(json, complain)
  const file = readShape(lockFile, root, complain)
  if (faults.length === 0) refuseUnknownRules(root, rules, complain)
  if (faults.length === 0) refuseHintsInFirst(file, root, complain)
  if (faults.length > 0) return { ok: false, error: new ConfigError(faults) }
  return { ok: true, lock: toLock(file) }
}

/** Nobody repairs more in one go. */
const MAX_FAULTS = 100
const REPAIR =
  'restore the file from version control, or remove what is wrong and approve again with "sallyport review"'

function isMoment(moment: string): boolean {
  const ms = Date.parse(moment)
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === moment.slice(0, 19)
}

/**
 * Whoever reviews a change of the file must see all of it: a name with a character of no width looks like another one.
 * Code points that Unicode has not assigned yet are not among these: a newer version of ours may have written them.
 */
const UNSEEN = /[\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u007f-\u009f]|(?! )\p{Zs}/gu

function refuseUnseen(json: string, complain: (complaint: Complaint) => void): void {
  let line = 1
  let lineStart = 0
  let told = 0
  for (const { 0: character, index } of json.matchAll(UNSEEN)) {
    if (++told > MAX_FAULTS) return
    for (
      let end = json.indexOf('\n', lineStart);
      end >= 0 && end < index;
      end = json.indexOf('\n', lineStart)
    ) {
      line += 1
      lineStart = end + 1
    }
    complain({
      rule: 'config/value',
      explain: `the lock file has a character that nobody sees (${visible(character)})`,
      hint: `remove it, or write it as ${visibleJson(character).slice(1, -1)}`,
      path: [],
      place: { line, column: index - lineStart + 1 },
    })
  }
}

/** An exception for a rule there is not would never count: whoever wrote it meant another one. */
function refuseUnknownRules(
  root: DocumentNode,
  rules: ReadonlySet<string>,
  complain: (complaint: Complaint) => void,
): void {
  const exceptions = member(root, 'exceptions')
  if (exceptions?.kind !== 'list') return
  for (const [at, exception] of exceptions.items.entries()) {
    const rule = member(exception, 'rule')
    if (rule?.kind !== 'text' || rules.has(rule.value)) continue
    complain({
      rule: 'config/value',
      explain: `exceptions[${at}].rule names no rule there is`,
      hint: 'docs/rules.md has them all',
      path: ['exceptions', at, 'rule'],
      place: rule.place,
    })
  }
}

/** Nothing that writes the first format writes hints: a merge kept the wrong line. */
function refuseHintsInFirst(
  file: FileShape,
  root: DocumentNode,
  complain: (complaint: Complaint) => void,
): void {
  if (file.version !== FORMATS.plain) return
  const { servers } = toLock(file)
  if (!hasHints(servers)) return
  complain({
    rule: 'config/value',
    explain: 'the lock file keeps hints, which its version does not have',
    hint: `write "version": ${FORMATS.withHints}`,
    path: ['version'],
    place: member(root, 'version')?.place ?? root.place,
  })
}

function hasHints(servers: Lock['servers']): boolean {
  for (const { items } of servers.values())
    for (const versions of items.values()) if (versions.some(({ hints }) => hints !== undefined)) return true
  return false
}

function member(node: DocumentNode, key: string): DocumentNode | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key)?.node : undefined
}

type FileShape = Read<typeof lockFile>

function toLock({ servers, exceptions }: FileShape): Lock {
  return {
    servers: new Map(
      servers.map(([id, server]): [string, LockedServer] => [
        id,
        {
          opened: new Map(server.opened as readonly (readonly [ItemKind, string])[]),
          items: new Map<string, readonly ApprovedVersion[]>(server.items),
          denied: new Map<string, Denial>(server.denied ?? []),
        },
      ]),
    ),
    exceptions: exceptions ?? [],
  }
}

/**
 * The text of a lock: one line a version, in visible characters, ending in a line break.
 *
 * @example writeLock(EMPTY_LOCK) // '{\n  "version": 1,\n  "servers": {}\n}\n'
 */
export function writeLock({ servers, exceptions }: Lock): string {
  const format = hasHints(servers) ? FORMATS.withHints : FORMATS.plain
  const lines: string[] = ['{', `  "version": ${format},`]
  const all = byName(servers).map(([id, server]) => serverLines(id, server))
  if (all.length === 0) lines.push('  "servers": {}')
  else lines.push('  "servers": {', joined(all), '  }')
  if (exceptions.length > 0) {
    const sorted = [...exceptions].sort((a, b) => compare(sortKey(a), sortKey(b)))
    lines[lines.length - 1] += ','
    lines.push('  "exceptions": [', sorted.map((one) => `    ${members(one, EXCEPTION)}`).join(',\n'), '  ]')
  }
  lines.push('}', '')
  return lines.join('\n')
}

function serverLines(id: string, { opened, items, denied }: LockedServer): string {
  const parts: string[] = []
  parts.push(`      "opened": ${visibleJson(Object.fromEntries(byName(opened)))}`)
  const shown = byName(items).map(([key, versions]) => {
    const each = versions.map((one) => `          ${members(one, VERSION)}`).join(',\n')
    return `        ${visibleJson(key)}: [\n${each}\n        ]`
  })
  parts.push(shown.length === 0 ? '      "items": {}' : `      "items": {\n${shown.join(',\n')}\n      }`)
  if (denied.size > 0) {
    const each = byName(denied).map(
      ([content, denial]) => `        ${visibleJson(content)}: ${members(denial, DENIAL)}`,
    )
    parts.push(`      "denied": {\n${each.join(',\n')}\n      }`)
  }
  return `    ${visibleJson(id)}: {\n${parts.join(',\n')}\n    }`
}

const VERSION = ['hash', 'at', 'by', 'version', 'reason', 'expires', 'hints'] as const
const DENIAL = ['item', 'at', 'by', 'reason'] as const
const EXCEPTION = ['server', 'item', 'hash', 'rule', 'at', 'by', 'reason', 'expires'] as const

/** In a fixed order, so that equal locks are equal texts whoever made them. */
function members<Key extends string>(
  of: { readonly [K in Key]?: string | KeptHints },
  order: readonly Key[],
): string {
  return visibleJson(
    Object.fromEntries(
      order.map((key) => {
        const value = of[key]
        return [key, typeof value === 'object' ? inOrder(value) : value]
      }),
    ),
  )
}

function inOrder(hints: KeptHints): KeptHints {
  return Object.fromEntries(
    HINT_NAMES.flatMap((name) => (hints[name] === undefined ? [] : [[name, hints[name]]])),
  )
}

function joined(parts: readonly string[]): string {
  return parts.join(',\n')
}

function byName<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => compare(a, b))
}

/** By UTF-16 units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sortKey({ server, item, rule, hash }: Lock['exceptions'][number]): string {
  return `${server}\n${item}\n${rule}\n${hash}`
}
