/** Poisoned servers behind a gateway: their configuration, real clients for them, and a person who decides on what is held. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GatewayStatus } from '../../packages/gateway/src/gateway/gatewayStatus.ts'
import { silentLog } from '../../packages/gateway/src/log.ts'
import type { Hold } from '../../packages/gateway/src/pins/hold.ts'
import { knownRules } from '../../packages/gateway/src/pins/knownRules.ts'
import { pinFolder } from '../../packages/gateway/src/pins/pinFiles.ts'
import { PinStore } from '../../packages/gateway/src/pins/pinStore.ts'
import { readStatuses } from '../../packages/gateway/src/state/controlSocket.ts'
import { statePaths } from '../../packages/gateway/src/state/paths.ts'
import type { ClientDriver, Connection } from '../clients/client.ts'
import { sdkV1 } from '../clients/sdkV1.ts'
import { sdkV2 } from '../clients/sdkV2.ts'
import { SALLYPORT } from '../program.ts'
import type { Home } from './harness.ts'
import type { PlainClient } from './plainClient.ts'

const SERVER = fileURLToPath(new URL('../../examples/poisoned-server/main.ts', import.meta.url))

export type Era = 'legacy' | 'modern'
export type Trust = 'trusted' | 'partial' | 'untrusted'

export const ERAS = ['legacy', 'modern'] as const
export const TRUSTS = ['untrusted', 'partial', 'trusted'] as const

/** A real client of each era. */
export const CLIENTS: Readonly<Record<Era, ClientDriver>> = { legacy: sdkV1, modern: sdkV2('modern') }

export interface PoisonedOptions {
  readonly trust: Trust
  readonly era: Era
  readonly attacks: readonly string[]
  readonly more?: object
}

/** Config entry of the poisoned server; what it receives is in the witness file `NAME.log`. */
export function poisoned(home: Home, name: string, { trust, era, attacks, more }: PoisonedOptions) {
  return {
    command: [process.execPath, SERVER, ...attacks.flatMap((attack) => ['--attack', attack])],
    env: { POISON_LOG: home.path(`${name}.log`), POISON_STATE: home.path(`${name}.state`) },
    trust,
    era,
    ...more,
  }
}

/** Makes the next start of a server that many-th. */
export function startsNext(home: Home, name: string, start: number): void {
  mkdirSync(home.path(`${name}.state`), { recursive: true })
  writeFileSync(home.path(`${name}.state/starts`), String(start - 1))
}

/** What was asked of a server by name: tools called, prompts got, resources read. */
export function reached(home: Home, name: string): readonly string[] {
  return home
    .witness(`${name}.log`)
    .filter(
      ({ method }) => method === 'tools/call' || method === 'prompts/get' || method === 'resources/read',
    )
    .map((one) => String(one.name))
}

/** A gateway of its own inside the process that the client starts, ended with the connection. */
export function connectAlone(home: Home, config: string, era: Era): Promise<Connection> {
  const args = [SALLYPORT, '--config', config, 'stdio', '--standalone']
  const env: Record<string, string> = { HOME: home.dir, PATH: process.env.PATH ?? '' }
  return CLIENTS[era].connect({ kind: 'stdio', command: process.execPath, args, env })
}

export function connectHttp(url: string, era: Era): Promise<Connection> {
  return CLIENTS[era].connect({ kind: 'http', url })
}

/** Everything that a client is shown, as one text. */
export async function viewOf(client: Connection): Promise<string> {
  return JSON.stringify([
    client.instructions,
    await client.listTools(),
    await client.listPrompts(),
    await client.listResources(),
  ])
}

export type Outcome =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'refused'; readonly rule: string; readonly text: string }

/** Uses an item the way its kind is used. `name`: as this client knows it. */
export async function use(client: Connection, kind: string, name: string): Promise<Outcome> {
  try {
    if (kind === 'prompt') return { kind: 'answered', text: await client.getPrompt(name, {}) }
    if (kind === 'resource') return { kind: 'answered', text: await client.readResource(name) }
    const { content, isError } = await client.callTool(name, {})
    const text = content.map((block) => block.text ?? '').join('\n')
    return isError ? refused(text) : { kind: 'answered', text }
  } catch (error) {
    const { message, data } = error as Error & { readonly data?: unknown }
    return refused(`${message} ${JSON.stringify(data ?? {})}`)
  }
}

/** The same with the plainest client. */
export async function usePlainly(client: PlainClient, kind: string, name: string): Promise<Outcome> {
  const { result, error } =
    kind === 'prompt'
      ? await client.request('prompts/get', { name })
      : kind === 'resource'
        ? await client.request('resources/read', { uri: name })
        : await client.request('tools/call', { name, arguments: {} })
  const text = JSON.stringify(result ?? error ?? {})
  return result === undefined || result.isError === true ? refused(text) : { kind: 'answered', text }
}

function refused(text: string): Outcome {
  const rule = /\b(?:pins|surface|route|names|upstream|shape|gateway|lists)\/[a-z-]+/.exec(text)?.[0]
  return { kind: 'refused', rule: rule ?? 'none', text }
}

/** The pins of a configuration in this home, as a person at the command line has them. */
export async function openPinsIn<Result>(
  home: Home,
  work: (pins: PinStore) => Promise<Result>,
): Promise<Result> {
  const lockPath = join(home.dir, 'sallyport.lock')
  const { data } = statePaths({ env: {}, homeDir: home.dir })
  const pins = await PinStore.open({
    lockPath,
    folder: pinFolder(data, lockPath),
    rules: knownRules(),
    log: silentLog,
  })
  try {
    return await work(pins)
  } finally {
    await pins.close()
  }
}

export function holdsOf(home: Home, server: string): Promise<readonly Hold[]> {
  return openPinsIn(home, async (pins) => [...(pins.holds.get(server)?.values() ?? [])])
}

/** Lets what is held through, as `sallyport approve` does: the very version that was held. Resolves with what it was. */
export function approve(home: Home, which: (hold: Hold) => boolean): Promise<readonly Hold[]> {
  return openPinsIn(home, async (pins) => {
    const chosen = [...pins.holds.values()].flatMap((own) => [...own.values()]).filter(which)
    await pins.commit({
      lock: chosen.map(({ server, kind, name, hash }) => ({
        kind: 'approve',
        server,
        item: name === '' ? kind : `${kind}/${name}`,
        version: { hash, at: new Date().toISOString(), by: 'a reviewer' },
      })),
      holds: chosen.map(({ server, kind, name }) => ({
        kind: 'lift',
        evenBlocked: true,
        server,
        key: name === '' ? kind : `${kind}/${name}`,
      })),
    })
    return chosen
  })
}

/** Does the gateway that runs in this home know within ten seconds that nothing is held any more? */
export async function nothingHeld(home: Home): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    const { answers } = await readStatuses(statePaths({ env: {}, homeDir: home.dir }).runtime)
    const [status] = answers as GatewayStatus[]
    if (status?.servers.every(({ review }) => review.waiting + review.blocked === 0)) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** What is held in this home, as `SERVER/KIND/NAME` with the rule. */
export function allHolds(home: Home): Promise<readonly string[]> {
  return openPinsIn(home, async ({ holds }) =>
    [...holds.values()].flatMap((own) =>
      [...own.values()].map(({ server, kind, name, rule }) => `${server}/${kind}/${name} ${rule}`),
    ),
  )
}

/** The same at the command line, by what a review calls it: `SERVER/tool/NAME`. */
export async function approveByCommand(home: Home, config: string, target: string): Promise<void> {
  const args = [SALLYPORT, '--config', config, 'approve', target, '--yes', '--reason', 'looked at']
  await promisify(execFile)(process.execPath, args, { env: home.env, cwd: home.dir })
}
