/** `sallyport sign-ins`: who allowed which program what at the gateway's own sign-in, and the end of it. */
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { visible } from '@sallyport/controls/text'
import { AuditUnavailable } from '../audit/entry.ts'
import { openAuditOf } from '../audit/openAuditOf.ts'
import {
  endPerson,
  endProgram,
  endSignIns,
  type SignInDesk,
  SignInRefused,
} from '../identity/server/endSignIns.ts'
import { identityPath, openIdentityDatabase } from '../identity/server/store/identityDatabase.ts'
import { LONGEST_TOKEN_MS, Revocations, SEEN_EVERYWHERE_MS } from '../identity/server/store/revocations.ts'
import { type SignIn, SignIns } from '../identity/server/store/signIns.ts'
import { localUser } from '../state/localUser.ts'
import { statePaths } from '../state/paths.ts'
import { NotPrivate } from '../state/privateFolder.ts'
import { type GlobalOptions, openLog, place, requireConfig } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { time } from './printItem.ts'
import { table } from './table.ts'

export async function runSignInsList(options: GlobalOptions): Promise<number> {
  await requireConfig(options)
  const database = openStore()
  try {
    const signIns = database === undefined ? undefined : new SignIns(database, Date.now)
    const known = {
      signIns: signIns?.all() ?? [],
      people: signIns?.people() ?? [],
      programs: signIns?.programs() ?? [],
    }
    if (options.json) {
      print([JSON.stringify(known, withTimes)])
      return EXIT.fine
    }
    if (known.signIns.length === 0) print(['Nobody has allowed a program anything that can still be used.'])
    else print([signInTable(known.signIns)])
    if (known.programs.length > 0) {
      const rows = known.programs.map(({ id, name, redirects, registeredAt, usedAt }) => [
        id,
        name,
        redirects.join(' '),
        moment(registeredAt),
        usedAt === undefined ? 'never' : moment(usedAt),
      ])
      print(['', table(['registered program', 'name', 'answers go to', 'registered', 'used'], rows)])
    }
    return EXIT.fine
  } finally {
    database?.close()
  }
}

export interface EndOptions extends GlobalOptions {
  readonly person?: string
  readonly program?: string
}

export async function runSignInsEnd(ids: readonly string[], options: EndOptions): Promise<number> {
  const { person, program } = options
  const wishes = [ids.length > 0, person !== undefined, program !== undefined].filter(Boolean).length
  if (wishes !== 1)
    throw new CommandError(
      EXIT.usage,
      'say which end: ids of "sallyport sign-ins list", --person or --program',
    )
  return await atDesk(options, async (desk) => {
    const ended =
      person !== undefined
        ? await endPerson(desk, person)
        : program !== undefined
          ? await endProgram(desk, program)
          : await endSignIns(desk, [...new Set(ids)])
    // Gateways that run have seen it by then: what is said to be done is done.
    await new Promise((resolve) => setTimeout(resolve, SEEN_EVERYWHERE_MS))
    if (options.json) print([JSON.stringify({ ended }, withTimes)])
    else {
      print(
        ended.map((signIn) => `ended ${signIn.id}: ${visible(nameOf(signIn))} for ${visible(signIn.person)}`),
      )
      if (person !== undefined)
        print([`${visible(person)} is signed out everywhere; nothing that was allowed is left.`])
      if (program !== undefined) print([`${visible(program)} is no longer registered.`])
    }
    return EXIT.fine
  })
}

/** Nothing ends that is not recorded. */
async function atDesk(options: GlobalOptions, work: (desk: SignInDesk) => Promise<number>): Promise<number> {
  const config = await requireConfig(options)
  const database = openStore()
  if (database === undefined)
    throw new CommandError(EXIT.usage, 'nobody signed in at a gateway of this user: there is nothing to end')
  try {
    const audit = await openAuditOf(config, statePaths(place()).state, openLog(config, options))
    try {
      return await work({
        signIns: new SignIns(database, Date.now),
        revocations: new Revocations(database, { now: Date.now, keepMs: LONGEST_TOKEN_MS }),
        audit,
        operator: localUser(),
      })
    } finally {
      await audit.close()
    }
  } catch (error) {
    if (error instanceof AuditUnavailable)
      throw new CommandError(
        EXIT.unchecked,
        `nothing was ended, since nothing could be recorded: ${error.message}`,
      )
    if (error instanceof SignInRefused) throw new CommandError(EXIT.usage, error.message)
    throw error
  } finally {
    database.close()
  }
}

/** `undefined` where no gateway has ever signed anybody in: looking makes no file. */
function openStore(): DatabaseSync | undefined {
  const path = identityPath(statePaths(place()).state)
  if (!existsSync(path)) return undefined
  try {
    return openIdentityDatabase(path)
  } catch (error) {
    if (error instanceof NotPrivate) throw new CommandError(EXIT.unchecked, error.message)
    throw error
  }
}

function signInTable(signIns: readonly SignIn[]): string {
  const head = ['id', 'person', 'program', 'may', 'at', 'allowed', 'used', 'until']
  return table(
    head,
    signIns.map((signIn) => [
      signIn.id,
      signIn.person,
      nameOf(signIn),
      [...new Set(Object.values(signIn.allows))].join(' '),
      Object.keys(signIn.allows)
        .map((resource) => URL.parse(resource)?.pathname ?? resource)
        .join(' '),
      moment(signIn.allowedAt),
      moment(signIn.usedAt),
      moment(signIn.until),
    ]),
  )
}

function nameOf({ programName, program }: SignIn): string {
  return programName === '' ? program : `${programName} (${program.slice(0, 12)})`
}

function moment(at: number): string {
  return time(new Date(at).toISOString())
}

/** Times as ISO texts, as records have them. */
function withTimes(key: string, value: unknown): unknown {
  return typeof value === 'number' && /(?:At|until)$/.test(key) ? new Date(value).toISOString() : value
}
