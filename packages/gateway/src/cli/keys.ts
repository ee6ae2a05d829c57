/** `sallyport keys`: API keys for whoever calls over HTTP. */

import { adviseRate, checkRate, parseRate } from '@sallyport/controls/limits'
import { visible } from '@sallyport/controls/text'
import { readNetwork } from '@sallyport/controls/urls'
import { AuditUnavailable } from '../audit/entry.ts'
import { openAuditOf } from '../audit/openAuditOf.ts'
import { scopeName } from '../config/auth/texts.ts'
import type { Config } from '../config/config.ts'
import { parseDuration } from '../config/units.ts'
import {
  createKey,
  type KeyDesk,
  KeyRefused,
  livingKeys,
  type MadeKey,
  revokeKeys,
  rotateKey,
  stateOf,
} from '../identity/keys/decideKeys.ts'
import { SEEN_EVERYWHERE_MS } from '../identity/keys/keyBook.ts'
import { KeyStore, type StoredKey } from '../identity/keys/keyStore.ts'
import { KEY_ID } from '../identity/keys/keyText.ts'
import { keysPath } from '../identity/keys/openKeys.ts'
import { makePepper, type Pepper, readPeppers, rotatePepper } from '../identity/keys/pepper.ts'
import { openPeppers, type PepperSource } from '../identity/keys/pepperSource.ts'
import { Scopes } from '../identity/scopes.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { NotPrivate } from '../state/privateFolder.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { time } from './printItem.ts'
import { table } from './table.ts'

export interface CreateOptions extends GlobalOptions {
  readonly scope?: readonly string[]
  /** A span such as `90d`. */
  readonly expires?: string
  readonly from?: readonly string[]
  readonly rate?: string
}

const MAX_LISTED = 64
const DEFAULT_OVERLAP_MS = 24 * 3_600_000

/** The key is all that goes to standard output, so that it can go straight to where it is kept. */
export async function runKeysCreate(name: string, options: CreateOptions): Promise<number> {
  if (!/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,64}$/u.test(name) || name.trim() !== name)
    throw new CommandError(EXIT.usage, 'a name has 1 to 64 characters that can be seen')
  const expiresMs = readSpan('--expires', options.expires)
  const given = readList('--scope', options.scope, (scope) =>
    scopeName.pattern.test(scope) ? scope : undefined,
  )
  const networks = readList('--from', options.from, readNetwork)
  const rate = readRate(options.rate)
  return await atDesk(options, 'pepper', async (desk, { auth }) => {
    const scopes = requireScopes(given, new Scopes(auth?.scopes))
    const expiresAt = expiresMs === undefined ? undefined : desk.now() + expiresMs
    const made = await createKey(desk, { name, scopes, networks, rate, expiresAt })
    show(
      made,
      options,
      `key ${made.key.id} (${visible(name)}) with ${scopes.join(' ')}, expires ${until(expiresAt)}`,
    )
    if (auth?.keys === undefined)
      say(options, 'No gateway takes it yet: add "auth: { keys: {} }" to the configuration.')
    return EXIT.fine
  })
}

/** Those that were given, or else all there is. One that nothing knows would open nothing, and nobody would see why. */
function requireScopes(given: readonly string[], scopes: Scopes): readonly string[] {
  if (given.length === 0) return scopes.initial
  const unknown = given.filter((scope) => !scopes.names.includes(scope))
  if (unknown.length === 0) return given
  throw new CommandError(
    EXIT.usage,
    `there is no scope ${unknown.join(', ')} here: there is ${scopes.names.join(', ')} (auth.scopes)`,
  )
}

export async function runKeysRotate(
  id: string,
  options: GlobalOptions & { readonly overlap?: string; readonly expires?: string },
): Promise<number> {
  requireId(id)
  const overlapMs =
    options.overlap === 'none' ? 0 : (readSpan('--overlap', options.overlap) ?? DEFAULT_OVERLAP_MS)
  const expiresMs = readSpan('--expires', options.expires)
  return await atDesk(options, 'pepper', async (desk) => {
    const made = await rotateKey(desk, id, {
      overlapMs,
      expiresAt: expiresMs === undefined ? undefined : desk.now() + expiresMs,
    })
    await seen()
    show(
      made,
      options,
      `key ${made.key.id} takes the place of ${id}, which is good until ${until(made.oldUntil)}; the new one expires ${until(made.key.expiresAt)}`,
    )
    return EXIT.fine
  })
}

export async function runKeysRevoke(
  ids: readonly string[],
  options: GlobalOptions & { readonly all?: boolean },
): Promise<number> {
  ids.forEach(requireId)
  return await atDesk(options, 'nothing', async (desk) => {
    const subjects = new Set(ids.map((id) => desk.store.find(id)?.subject))
    const ofSame = (keys: readonly StoredKey[]) =>
      [...subjects].flatMap((subject) => livingKeys(keys, subject ?? '', desk.now())).map(({ id }) => id)
    const meant = options.all === true ? [...new Set([...ids, ...ofSame(desk.store.all())])] : ids
    const revoked = await revokeKeys(desk, meant)
    await seen()
    const left = ofSame(desk.store.all())
    if (options.json) {
      print([JSON.stringify({ revoked: revoked.map(({ id }) => id), stillGood: left })])
    } else {
      print(meant.map((id) => `revoked ${id}`))
    }
    if (left.length > 0)
      say(
        options,
        `Still good for the same caller: ${left.join(', ')}; "sallyport keys revoke --all" ends those too.`,
      )
    return EXIT.fine
  })
}

export async function runKeysList(options: GlobalOptions): Promise<number> {
  await requireConfig(options)
  const store = openStore(statePaths(place()).state)
  try {
    const now = Date.now()
    const keys = store.all()
    if (options.json) {
      print([JSON.stringify({ keys: keys.map((key) => plain(key, now)) })])
    } else if (keys.length === 0) {
      print(['There are no API keys: "sallyport keys create NAME" makes one.'])
    } else {
      const head = ['id', 'name', 'ends in', 'state', 'scopes', 'from', 'rate', 'created', 'expires', 'used']
      print([
        table(
          head,
          keys.map((key) => [
            key.id,
            key.name,
            key.last4,
            stateText(key, now),
            key.scopes.join(' '),
            key.networks.join(' '),
            key.rate ?? '',
            moment(key.createdAt),
            until(key.expiresAt),
            key.usedAt === undefined ? 'never' : moment(key.usedAt),
          ]),
        ),
      ])
    }
    return EXIT.fine
  } finally {
    store.close()
  }
}

/** A new pepper. Keys are hashed with it as they are used; those that are not keep the old one, which is kept for them. */
export async function runPepperRotate(options: GlobalOptions): Promise<number> {
  return await atDesk(options, 'pepper', async (desk, _config, peppers) => {
    if (peppers.kind === 'config')
      throw new CommandError(
        EXIT.usage,
        'the pepper is a reference of the configuration: put a new one first in auth.keys.pepper, leave the old one behind it, and restart',
      )
    await desk.audit.append({ kind: 'event', event: 'identity.pepper-rotated', details: { by: desk.person } })
    const { living, kept } = desk.store.exclusively(() => {
      const living = desk.store.all().filter((key) => stateOf(key, desk.now()) !== 'ended')
      const kept = rotatePepper(peppers.path, new Set(living.map(({ pepper }) => pepper)))
      desk.store.touch()
      return { living, kept }
    })
    print([
      options.json
        ? JSON.stringify({ peppers: kept.length, keysToHash: living.length })
        : `New keys use a new pepper; ${living.length} older ones take it when they are next used.`,
    ])
    return EXIT.fine
  })
}

/** What `create`, `rotate` and `revoke` have in common: nothing is changed that is not recorded. */
async function atDesk(
  options: GlobalOptions,
  need: 'pepper' | 'nothing',
  work: (desk: KeyDesk, config: Config, peppers: PepperSource) => Promise<number>,
): Promise<number> {
  const config = await requireConfig(options)
  const { env, homeDir } = place()
  const paths = statePaths({ env, homeDir })
  const log = openLog(config, options)
  try {
    // To end keys no pepper is needed: that must work when it is lost.
    const references = need === 'pepper' ? (config.auth?.keys?.pepper ?? []) : []
    const peppers = await openPeppers(references, paths.data, env)
    const store = openStore(paths.state)
    try {
      const audit = await openAuditOf(config, paths.state, log)
      try {
        const desk: KeyDesk = {
          store,
          audit,
          pepper: () => currentPepper(peppers, store),
          now: () => Date.now(),
          person: localUser(),
        }
        return await work(desk, config, peppers)
      } finally {
        await audit.close()
      }
    } finally {
      store.close()
    }
  } catch (error) {
    if (error instanceof AuditUnavailable)
      throw new CommandError(
        EXIT.unchecked,
        `nothing was changed, since nothing could be recorded: ${error.message}`,
      )
    if (error instanceof KeyRefused) throw new CommandError(EXIT.usage, error.message)
    throw error
  }
}

/** Made with the first key. Where keys are that were hashed with another one, it is lost, and a new one would hide that. */
function currentPepper(source: PepperSource, store: KeyStore): Pepper {
  if (source.kind === 'config') {
    const [pepper] = source.peppers
    if (pepper !== undefined) return pepper
    throw new Error('auth.keys.pepper is empty')
  }
  const [there] = readPeppers(source.path)
  if (there !== undefined) return there
  const orphans = store.all().filter((key) => stateOf(key, Date.now()) !== 'ended')
  if (orphans.length > 0)
    throw new CommandError(
      EXIT.unchecked,
      `${source.path} is gone, and ${orphans.length} API keys need it: bring it back, or revoke them first (sallyport keys list)`,
    )
  const [made] = makePepper(source.path)
  if (made === undefined) throw new Error(`${source.path} cannot be read back`)
  return made
}

function openStore(stateDir: string): KeyStore {
  try {
    return new KeyStore(keysPath(stateDir))
  } catch (error) {
    if (error instanceof NotPrivate) throw new CommandError(EXIT.unchecked, error.message)
    throw error
  }
}

/** Gateways that run have seen it by then: what is said to be done is done. */
function seen(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SEEN_EVERYWHERE_MS))
}

function show({ key, text }: MadeKey, options: GlobalOptions, what: string): void {
  print([options.json ? JSON.stringify({ ...plain(key, Date.now()), key: text }) : text])
  say(options, `Made ${what}. It is shown this once and kept nowhere.`)
}

function say(options: GlobalOptions, text: string): void {
  if (!options.quiet) process.stderr.write(`${text}\n`)
}

/** As `--json` has it: nothing that a key could be checked with. */
function plain(key: StoredKey, now: number): Readonly<Record<string, unknown>> {
  const { hash: _hash, pepper: _pepper, ...about } = key
  return { ...about, state: stateText(key, now) }
}

function stateText(key: StoredKey, now: number): string {
  if (key.revokedAt !== undefined) return 'revoked'
  const state = stateOf(key, now)
  return state === 'ended' ? 'expired' : state
}

function until(at: number | undefined): string {
  return at === undefined || !Number.isFinite(at) ? 'never' : moment(at)
}

function moment(at: number): string {
  return time(new Date(at).toISOString())
}

function requireId(id: string): void {
  if (!KEY_ID.test(id))
    throw new CommandError(
      EXIT.usage,
      'that is no id of a key: "sallyport keys list" shows them, and a whole key belongs on no command line',
    )
}

function readSpan(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms === undefined) throw new CommandError(EXIT.usage, `${option} takes a span such as 24h or 90d`)
  return ms
}

function readList(
  option: string,
  texts: readonly string[] = [],
  read: (text: string) => string | undefined,
): readonly string[] {
  const found = texts.flatMap((text) => text.split(/[\s,]+/).filter(Boolean)).map(read)
  const good = found.filter((one) => one !== undefined)
  if (good.length < found.length || (texts.length > 0 && good.length === 0))
    throw new CommandError(
      EXIT.usage,
      option === '--from'
        ? '--from takes addresses and ranges, such as 192.0.2.7 or 10.0.0.0/8'
        : '--scope takes scopes as OAuth has them: visible ASCII without quotes and backslashes',
    )
  if (good.length > MAX_LISTED) throw new CommandError(EXIT.usage, `${option} takes at most ${MAX_LISTED}`)
  return [...new Set(good)]
}

function readRate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const rate = parseRate(text)
  const fault = rate === undefined ? adviseRate(text) : checkRate(rate)
  if (rate === undefined || fault !== undefined)
    throw new CommandError(
      EXIT.usage,
      `--rate takes a count and a window, such as 60/min${fault === undefined ? '' : `: ${fault.hint}`}`,
    )
  return text
}
