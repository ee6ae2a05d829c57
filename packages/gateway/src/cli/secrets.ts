// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** `sallyport secrets`: what servers need to know and the configuration must not hold. */
import { text } from 'node:stream/consumers'
import { openAuditOf } from '../audit/openAuditOf.ts'
import { SECRET_NAME } from '../config/secrets.ts'
import { systemKeychain } from '../credentials/stores/keychain.ts'
import { keepSecret, type NamedSecretPlaces, removeSecret } from '../credentials/stores/namedSecrets.ts'
import { SecretBox, type SecretPlace } from '../credentials/stores/secretBox.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { askHidden } from './askHidden.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { time } from './printItem.ts'
import { table } from './table.ts'

const MAX_CHARS = 64 * 1024

export async function runSecretsSet(
  name: string,
  options: GlobalOptions & { readonly store?: SecretPlace },
): Promise<number> {
  requireName(name)
  const value = await readValue(name)
  await record(options, 'secrets.set', name)
  const kept = await keepSecret(name, value, Date.now(), places(), options.store)
  if (kept.kind === 'refused')
    throw new CommandError(
      EXIT.unchecked,
      `nothing was kept: ${kept.why}. "--store file" keeps it in a private file`,
    )
  print([
    options.json
      ? JSON.stringify({ name, store: kept.place, reference: `\${keychain:${name}}` })
      : `Kept in ${PLACES[kept.place]}. In the configuration: \${keychain:${name}}`,
  ])
  if (kept.place === 'file' && !options.quiet) {
    const why = kept.why === undefined ? '' : ` (${kept.why})`
    process.stderr.write(
      `The file is sealed with a key that lies beside it${why}: it is safe from other users and in a backup of one without the other, not from programs that run as you.\n`,
    )
  }
  return EXIT.fine
}

export async function runSecretsList(options: GlobalOptions): Promise<number> {
  const secrets = places().box.list()
  if (options.json) {
    print([JSON.stringify({ secrets })])
  } else if (secrets.length === 0) {
    print(['No secrets are kept: "sallyport secrets set NAME" keeps one.'])
  } else {
    const rows = secrets.map((one) => [one.name, one.place, time(new Date(one.changedAt).toISOString())])
    print([table(['name', 'kept in', 'changed'], rows)])
  }
  return EXIT.fine
}

export async function runSecretsRemove(name: string, options: GlobalOptions): Promise<number> {
  requireName(name)
  await record(options, 'secrets.removed', name)
  const removed = await removeSecret(name, places())
  if (removed.kind === 'refused')
    throw new CommandError(EXIT.unchecked, `nothing was removed: ${removed.why}`)
  if (removed.kind === 'missing')
    throw new CommandError(EXIT.usage, `there is no secret "${name}": "sallyport secrets list" shows them`)
  print([options.json ? JSON.stringify({ removed: name }) : `removed ${name}`])
  return EXIT.fine
}

const PLACES: Readonly<Record<SecretPlace, string>> = {
  keychain: 'the keychain of the system, service "sallyport"',
  file: 'a private file',
}

function places(): NamedSecretPlaces {
  const { env, homeDir } = place()
  return {
    keychain: systemKeychain({ env, platform: process.platform }),
    box: new SecretBox(statePaths({ env, homeDir }).data),
  }
}

/** Never an argument: every user of the machine can read those. */
async function readValue(name: string): Promise<string> {
  const value = process.stdin.isTTY
    ? await askHidden(`Value of ${name} (it is not shown): `)
    : (await text(process.stdin)).replace(/\r?\n$/, '')
  if (value === '') throw new CommandError(EXIT.usage, 'the value is empty: nothing was kept')
  if (value.length > MAX_CHARS || value.includes('\0'))
    throw new CommandError(EXIT.usage, `a value has at most ${MAX_CHARS} characters, and no NUL among them`)
  return value
}

function requireName(name: string): void {
  if (!SECRET_NAME.test(name))
    throw new CommandError(
      EXIT.usage,
      'a name has up to 64 letters, digits, "_", "-" and "."; the value is asked for, and belongs on no command line',
    )
}

/** Before it is done: a change that cannot be recorded is not made. */
async function record(options: GlobalOptions, event: string, name: string): Promise<void> {
  const config = await requireConfig(options)
  const audit = await openAuditOf(config, statePaths(place()).state, openLog(config, options))
  try {
    await audit.append({ kind: 'event', event, details: { name, by: localUser() } })
  } finally {
    await audit.close()
  }
}
