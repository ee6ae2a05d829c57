/**
 * What a person is shown of a call before it is made. Pure: everything foreign passes `asText`, secrets are taken out
 * before, and long values are cut with a digest of the whole, so that two that look alike can be told apart.
 */
import { hash } from 'node:crypto'
import { isObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Ask } from '../pipeline/verdict.ts'
import { asText, nameText } from './asText.ts'
import type { Question, ShownArgument } from './ticket.ts'

/** In a dialog; a command shows all that are kept. */
const MAX_SHOWN = 24
const MAX_KEPT = 400
const MAX_VALUE = 600
const MAX_SAID = 200
/** Deeper arguments are shown as JSON. */
const MAX_DEPTH = 4

export interface QuestionParts {
  readonly server: string
  readonly trust: string
  readonly method: string
  readonly name: string
  readonly description?: string | undefined
  readonly effect?: string | undefined
  readonly client?: string | undefined
  readonly asks: readonly Ask[]
  /** Without secrets. */
  readonly arguments: JsonValue | undefined
  /** Of all arguments, with their secrets. */
  readonly digest: string
  /** The question of the last call of this tool that was allowed. */
  readonly last?: Question | undefined
  readonly rule?: readonly string[] | undefined
  readonly inConversation: boolean
}

/** @example makeQuestion({ server: 'mail', trust: 'partial', method: 'tools/call', name: 'send', asks, arguments: { to: 'ada@example.org' }, inConversation: true }) */
export function makeQuestion(parts: QuestionParts): Question {
  const { shown: all, more } = shownArguments(parts.arguments)
  const { last } = parts
  const before = last === undefined ? undefined : new Map(last.arguments.map((one) => [one.at, one.value]))
  const shown = all.map((one): ShownArgument => {
    if (before === undefined) return one
    const old = before.get(one.at)
    return old === one.value ? one : { ...one, before: old ?? '(not there)' }
  })
  const now = new Set(all.map(({ at }) => at))
  const { description, effect, client, rule } = parts
  return {
    server: parts.server,
    trust: parts.trust,
    method: parts.method,
    name: cut(nameText(parts.name), MAX_SAID),
    ...(description === undefined ? {} : { said: cut(asText(description), MAX_SAID) }),
    ...(effect === undefined ? {} : { effect: asText(effect) }),
    ...(client === undefined ? {} : { client: cut(asText(client), MAX_SAID) }),
    why: parts.asks.map(({ rule: id, explain, remedy, details }) => ({
      rule: id,
      explain: asText(explain),
      ...(details === undefined ? {} : { details: details.map(asText) }),
      ...(remedy === undefined ? {} : { remedy: asText(remedy) }),
    })),
    arguments: shown,
    more,
    gone: (last?.arguments ?? []).filter(({ at }) => !now.has(at)).map(({ at, value }) => ({ at, value })),
    digest: parts.digest,
    same: last?.digest === parts.digest,
    allowedBefore: before !== undefined,
    ...(rule === undefined ? {} : { rule: rule.map(lineOfRule) }),
    inConversation: parts.inConversation,
  }
}

/** Leaf by leaf: what is nested is named by its pointer, with places in lists in brackets. Stops where nobody reads on. */
function shownArguments(value: JsonValue | undefined): {
  readonly shown: readonly ShownArgument[]
  readonly more: number
} {
  const shown: ShownArgument[] = []
  let more = 0
  const visit = (part: JsonValue | undefined, at: string, depth: number): void => {
    if (part === undefined) return
    if (shown.length >= MAX_KEPT) {
      more++
      return
    }
    const isList = Array.isArray(part)
    const inner = isObject(part) ? Object.entries(part) : isList ? part.entries() : undefined
    const size = isObject(part) ? Object.keys(part).length : isList ? part.length : 0
    if (inner === undefined || size === 0 || depth >= MAX_DEPTH) {
      const text = typeof part === 'string' ? JSON.stringify(part) : writeJson(part)
      shown.push({ at: cut(nameText(at === '' ? '/' : at), MAX_SAID), value: cut(asText(text), MAX_VALUE) })
      return
    }
    let seen = 0
    for (const [key, each] of inner) {
      if (shown.length >= MAX_KEPT) break
      seen++
      visit(each, isList ? `${at}[${key}]` : `${at}/${pointerPart(String(key))}`, depth + 1)
    }
    more += size - seen
  }
  visit(value, '', 0)
  return { shown, more }
}

/** Of a rule that would be added: how far it is set in says where it belongs. */
function lineOfRule(line: string): string {
  const [start = ''] = /^[-+]?[ \t]*/.exec(line) ?? []
  return start.replaceAll('\t', '  ') + asText(line.slice(start.length))
}

/** RFC 6901. */
function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** What is cut off is named by its length and a digest of the whole: a difference that is not shown still shows. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = text.charCodeAt(most - 1) >= 0xd800 && text.charCodeAt(most - 1) < 0xdc00 ? most - 1 : most
  return `${text.slice(0, end)}… (${text.length} characters, sha256 ${hash('sha256', text, 'hex').slice(0, 32)})`
}

/**
 * The lines of a question as text, for a dialog or, with `all`, for a terminal.
 *
 * @example questionLines(question, 'A7F2QK')
 */
export function questionLines(
  question: Question,
  ticket: string,
  how: { readonly all: boolean } = { all: false },
): readonly string[] {
  const { server, trust, name, said, effect, client, why, rule } = question
  const call = question.method === 'tools/call' ? 'tool' : question.method
  return [
    `Sallyport asks before this call is made (ticket ${ticket}).`,
    '',
    `${call}: ${name}`,
    `server: ${server} (${trust})`,
    ...(effect === undefined ? [] : [`effect: ${effect}`]),
    ...(client === undefined ? [] : [`asked for by: ${client}, as it calls itself`]),
    ...(said === undefined ? [] : [`the server says of it: ${JSON.stringify(said)}`]),
    '',
    'Why you are asked:',
    ...why.flatMap(({ rule: id, explain, details = [] }) => [
      `- ${explain} [${id}]`,
      ...details.map((line) => `    ${line}`),
    ]),
    '',
    ...argumentLines(question, how.all ? MAX_KEPT : MAX_SHOWN, ticket),
    ...(rule === undefined ? [] : ['', '"always" would add this to the configuration:', ...rule]),
  ]
}

function argumentLines(question: Question, most: number, ticket: string): readonly string[] {
  const { arguments: all, gone, same, allowedBefore, digest } = question
  const more = question.more + Math.max(0, all.length - most)
  const changed = all.some(({ before }) => before !== undefined) || gone.length > 0
  const see = all.length > most ? `: sallyport approvals ${ticket}` : ''
  return [
    all.length === 0 ? 'No arguments.' : 'Arguments (secrets left out):',
    ...all
      .slice(0, most)
      .flatMap(({ at, value, before }) =>
        before === undefined
          ? [`  ${at}: ${value}`]
          : [`  ${at}: ${value}`, `    the last time you allowed it: ${before}`],
      ),
    ...(more === 0
      ? []
      : [`  and ${more} more that are not shown${see} (all together: sha256 ${digest.slice(0, 32)})`]),
    ...gone
      .slice(0, most)
      .map(({ at, value }) => `  ${at} is not there; the last time you allowed it: ${value}`),
    ...(same ? ['These are the arguments of the last time you allowed it.'] : []),
    ...(allowedBefore && !same && (!changed || more > 0)
      ? ['Something that is not shown here differs from the last time you allowed it.']
      : []),
  ]
}
