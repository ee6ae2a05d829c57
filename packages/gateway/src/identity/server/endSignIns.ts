/** What the operator decides about sign-ins: which end, of whom, of which program. Each is recorded before it counts. */
import type { AuditTrail } from '../../audit/entry.ts'
import type { Revocations } from './store/revocations.ts'
import type { KnownPerson, SignIn, SignIns } from './store/signIns.ts'

export interface SignInDesk {
  readonly signIns: SignIns
  readonly revocations: Revocations
  readonly audit: Pick<AuditTrail, 'append'>
  /** Who decides, for the record. */
  readonly operator: string
}

/** A decision that cannot be made, in one sentence for the person who made it. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
}

/** Ends these. Gives what was ended. Rejects with `AuditUnavailable` when it cannot be recorded: then nothing ends. */
export async function endSignIns(desk: SignInDesk, ids: readonly string[]): Promise<readonly SignIn[]> {
  const all = desk.signIns.all()
  const unknown = ids.find((id) => !all.some((signIn) => signIn.id === id))
  if (unknown !== undefined)
    throw new SignInRefused(`there is no sign-in ${unknown}: "sallyport sign-ins list" shows them`)
  const meant = all.filter(({ id }) => ids.includes(id))
  await record(desk, meant)
  desk.signIns.end(ids, desk.revocations)
  return meant
}

/** Ends all that a person allowed, and signs their browsers out. `who`: an account, or the name of one person alone. */
export async function endPerson(desk: SignInDesk, who: string): Promise<readonly SignIn[]> {
  const { account } = personOf(desk.signIns.people(), who)
  const meant = desk.signIns.all().filter((signIn) => signIn.account === account)
  await record(desk, meant)
  await desk.audit.append({
    kind: 'event',
    event: 'identity.person-ended',
    details: { account, signIns: meant.length, by: desk.operator },
  })
  desk.signIns.endPerson(account, desk.revocations)
  return meant
}

/** Ends all that was allowed to a program, and its registration. */
export async function endProgram(desk: SignInDesk, program: string): Promise<readonly SignIn[]> {
  const meant = desk.signIns.all().filter((signIn) => signIn.program === program)
  if (meant.length === 0 && !desk.signIns.programs().some(({ id }) => id === program))
    throw new SignInRefused(`there is no program ${program}: "sallyport sign-ins list" shows them`)
  await record(desk, meant)
  await desk.audit.append({
    kind: 'event',
    event: 'identity.program-ended',
    details: { program, signIns: meant.length, by: desk.operator },
  })
  desk.signIns.endProgram(program, desk.revocations)
  return meant
}

function personOf(people: readonly KnownPerson[], who: string): KnownPerson {
  const exact = people.find(({ account }) => account === who)
  if (exact !== undefined) return exact
  const named = people.filter(({ name }) => name === who)
  const [only] = named
  if (only !== undefined && named.length === 1) return only
  throw new SignInRefused(
    only === undefined
      ? `nobody called ${who} signed in here: "sallyport sign-ins list" shows who did`
      : `${named.length} people are called ${who}: name one by its account, ${named.map(({ account }) => account).join(' or ')}`,
  )
}

async function record({ audit, operator }: SignInDesk, meant: readonly SignIn[]): Promise<void> {
  for (const { id, account, program, allows } of meant)
    await audit.append({
      kind: 'event',
      event: 'identity.sign-in-ended',
      details: { id, account, program, resources: Object.keys(allows).join(' '), by: operator },
    })
}
