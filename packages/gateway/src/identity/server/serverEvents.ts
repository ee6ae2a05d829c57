/**
 * What the authorization server tells the record: one event for everything that is asked, allowed, given, renewed, revoked
 * or refused. Never a token, a code, a passphrase or what opens a sign-in.
 */
import { visible } from '@sallyport/controls/text'
import type { EventEntry } from '../../audit/entry.ts'
import { principalKey } from '../../ingress/port.ts'

/** What can be told, as docs/sign-in.md lists it; in the record each with `identity.` before it. */
export const SERVER_EVENTS = [
  'registered',
  'client-document',
  'sign-in-begun',
  'signed-in',
  'sign-in-refused',
  'consent',
  'consent-denied',
  'code',
  'token',
  'refresh',
  'refresh-replayed',
  'refresh-reused',
  'revoked',
  'registration-refused',
  'authorization-refused',
  'token-refused',
  'assertion-refused',
] as const

export interface ServerEvent {
  readonly event: (typeof SERVER_EVENTS)[number]
  /** The subject of the person or machine it is about. */
  readonly sub?: string | undefined
  readonly client?: string | undefined
  readonly rule?: string
  readonly explain?: string
  readonly details?: Readonly<Record<string, string | number | boolean | undefined>>
}

export type Report = (event: ServerEvent) => void

const MAX_CHARS = 300

export function eventEntry(
  issuer: string,
  { event, sub, client, rule, explain, details }: ServerEvent,
): EventEntry {
  const all: Record<string, string | number | boolean> = {}
  if (client !== undefined) all.client = shown(client)
  for (const [name, value] of Object.entries(details ?? {}))
    if (value !== undefined) all[name] = typeof value === 'string' ? shown(value) : value
  return {
    kind: 'event',
    event: `identity.${event}`,
    ...(sub === undefined ? {} : { principal: principalKey({ issuer, subject: sub }) }),
    ...(rule === undefined ? {} : { rule }),
    ...(explain === undefined ? {} : { explain: shown(explain) }),
    details: all,
  }
}

function shown(text: string): string {
  return visible(text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`)
}
