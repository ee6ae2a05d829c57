/**
 * What is done about a secret, by where it goes and how far the server is trusted. This is the whole table; `secrets` in
 * the configuration changes cells of it, for all servers or for one.
 *
 * Not in it, because nothing changes it: a secret of the gateway's own is never sent to any server, and never shown.
 */
import type { PersonalKind } from '@sallyport/controls/secrets'
import type { Profile, TrustLevel } from './config.ts'
import { COLUMNS, type Column, trustColumn } from './trust.ts'

/** On the way to a server: `pass` writes it down only. */
export type SendAction = 'pass' | 'ask' | 'refuse'
/** On the way to a client: `redact` puts `[redacted:RULE]` in its place, `refuse` withholds the whole message. */
export type ShowAction = 'pass' | 'redact' | 'refuse'

/** What can be found but the gateway's own (`SecretKind`). */
export type Found = 'token' | 'likely' | 'personal'

/** What a configuration says of it; the table says the rest. */
export interface SecretSettings {
  readonly toServer: { readonly [Kind in Found]?: SendAction | undefined }
  readonly fromServer: { readonly [Kind in Found]?: ShowAction | undefined }
  /** Kinds of personal data that are looked for. */
  readonly personal?: readonly PersonalKind[] | undefined
  /** Rules that nothing is done about. */
  readonly except?: readonly string[] | undefined
}

export interface SecretPolicy {
  readonly toServer: Readonly<Record<Found, SendAction>>
  readonly fromServer: Readonly<Record<Found, ShowAction>>
  readonly personal: readonly PersonalKind[]
  readonly except: ReadonlySet<string>
  /** False: only written down, nothing is held back or taken out (profile `observe`). */
  readonly enforced: boolean
}

// biome-ignore format: a table is read by its columns
const TO_SERVER: Readonly<Record<Found, readonly [SendAction, SendAction, SendAction, SendAction]>> = {
  //          trusted  partial  untrusted  distrusted
  token:    ['pass',  'ask',   'ask',     'refuse'],
  likely:   ['pass',  'pass',  'ask',     'ask'],
  personal: ['pass',  'ask',   'ask',     'refuse'],
}

// biome-ignore format: a table is read by its columns
const FROM_SERVER: Readonly<Record<Found, readonly [ShowAction, ShowAction, ShowAction, ShowAction]>> = {
  //          trusted   partial   untrusted  distrusted
  token:    ['redact', 'redact', 'redact',  'redact'],
  likely:   ['pass',   'redact', 'redact',  'redact'],
  personal: ['pass',   'redact', 'redact',  'redact'],
}

/**
 * What is in force for a server. Of the settings, those of the server count before those for all; exceptions add up.
 *
 * @example secretPolicy('untrusted', 'balanced', []).toServer.token // 'ask'
 */
export function secretPolicy(
  level: TrustLevel,
  profile: Profile,
  settings: readonly (SecretSettings | undefined)[],
): SecretPolicy {
  // Whether private data may flow to a server is one decision of the trust table; the columns are the same.
  const column = trustColumn('privateData', level, profile)
  const sent = (kind: Found) =>
    firstOf(settings, (one) => one.toServer[kind]) ?? cell(TO_SERVER[kind], column)
  const shown = (kind: Found) =>
    firstOf(settings, (one) => one.fromServer[kind]) ?? cell(FROM_SERVER[kind], column)
  return {
    toServer: { token: sent('token'), likely: sent('likely'), personal: sent('personal') },
    fromServer: { token: shown('token'), likely: shown('likely'), personal: shown('personal') },
    personal: firstOf(settings, (one) => one.personal) ?? [],
    except: new Set(settings.flatMap((one) => one?.except ?? [])),
    enforced: profile !== 'observe',
  }
}

function firstOf<T>(
  settings: readonly (SecretSettings | undefined)[],
  read: (one: SecretSettings) => T | undefined,
): T | undefined {
  for (const one of settings) {
    const value = one === undefined ? undefined : read(one)
    if (value !== undefined) return value
  }
  return undefined
}

function cell<T>(cells: readonly [T, T, T, T], column: Column): T {
  return cells[COLUMNS.indexOf(column)] ?? cells[3]
}
