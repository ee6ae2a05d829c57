/**
 * Links: what an answer makes a client fetch or follow carries nothing out (control F04; CVE-2025-32711). By trust level: all
 * pass, those pass that carry no data, or pictures only from the server's own hosts; see docs/answers.md.
 *
 * Evidence: the addresses in the texts (`controls/links`), the hosts of the server and of what was asked for, and the texts of
 * the call. Cannot know: what a model writes into a link of its own.
 */
import { isExactNumber, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { hostsNamedIn, type LinkPolicy, neutraliseLinks } from '@sallyport/controls/links'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type ResponseVerdict } from '../verdict.ts'
import type { AnswerPolicy } from './answerPolicy.ts'
import { isFull, isOpaque, note, speakerOf, whereOf } from './answerTexts.ts'
import { mapTextsInTurns } from './textTurns.ts'

/**
 * @param redact takes secrets out of a text
 * @example links(answerPolicies(config), secrets.redact)
 */
export function links(
  policyOf: (server: string) => AnswerPolicy,
  redact: (text: string) => string,
): ResponseControl {
  return {
    name: 'links',
    inspect(exchange, message) {
      const server = speakerOf(exchange, message)
      if (server === undefined) return PASS
      const policy = policyOf(server)
      if (policy.links === 'all') return PASS
      // What was rewritten before says nothing by its bytes any more.
      if (message.canonical && !mayLink(message.bytes)) return PASS
      const body = bodyOf(message)
      let linkPolicy: LinkPolicy | undefined
      const shown = mapTextsInTurns(body, message.bytes.length, {
        wants: (text, path) => !(text.length < LEAST || isOpaque(path) || isAddress(path, text)),
        look: (text) => {
          linkPolicy ??= linkPolicyFor(exchange, policy)
          const neutral = neutraliseLinks(text, linkPolicy)
          // A disguised address is written plainly, and so is a secret in it that nobody could see before.
          return neutral.text === text ? neutral : { ...neutral, text: redact(neutral.text) }
        },
        visit: (_text, path, _isKey, { text, found }) => {
          if (isFull(exchange)) return text
          for (const { rule } of found) note(exchange, { rule, severity: 'medium', where: whereOf(path) })
          return text
        },
      })
      const settled = (inert: JsonObject): ResponseVerdict =>
        inert === body || !policy.enforced ? PASS : { kind: 'rewrite', rule: 'answers/links', body: inert }
      return shown instanceof Promise ? shown.then(settled) : settled(shown)
    },
  }
}

const LEAST = 8

/** None of these bytes, no link that leads outside. A colon alone is in every message. */
function mayLink(bytes: Buffer): boolean {
  return (
    bytes.includes('//') ||
    bytes.includes('](') ||
    bytes.includes(']:') ||
    bytes.includes('<') ||
    bytes.includes('www.') ||
    bytes.includes('WWW.')
  )
}

/** Members that are an address and nothing else are for programs, which follow them when they are asked to. */
function isAddress(path: readonly (string | number)[], text: string): boolean {
  const last = path.at(-1)
  return (
    (last === 'uri' || last === 'url' || last === '$ref' || last === '$schema' || last === '$id') &&
    !/[\s<>"()[\]]/.test(text)
  )
}

function linkPolicyFor(exchange: Exchange, { links: most, hosts }: AnswerPolicy): LinkPolicy {
  const asked = hostsNamedIn(exchange.params as JsonValue)
  return {
    images: most,
    links: most === 'all' ? 'all' : 'no-data',
    hosts: asked.length === 0 ? hosts : [...hosts, ...asked],
    known: knownTexts(exchange.arguments),
  }
}

/** A shorter text is in addresses by chance, as words of a search are. */
const LEAST_KNOWN = 24
const MAX_KNOWN = 32
const MAX_KNOWN_CHARS = 512
const MAX_DEPTH = 8

/** Texts of the call that no address of another host has any business with; an address that was asked for is none. */
function knownTexts(value: JsonValue | undefined): readonly string[] {
  const texts: string[] = []
  const collect = (one: JsonValue | undefined, depth: number): void => {
    if (texts.length >= MAX_KNOWN || depth > MAX_DEPTH) return
    if (typeof one === 'string') {
      if (one.length >= LEAST_KNOWN && !/^[a-z][a-z0-9+.-]*:\/\/\S*$/i.test(one))
        texts.push(one.slice(0, MAX_KNOWN_CHARS))
    } else if (Array.isArray(one)) {
      for (const item of one.slice(0, MAX_KNOWN)) collect(item, depth + 1)
    } else if (typeof one === 'object' && one !== null && !isExactNumber(one)) {
      for (const item of Object.values(one).slice(0, MAX_KNOWN)) collect(item, depth + 1)
    }
  }
  collect(value, 0)
  return texts
}
