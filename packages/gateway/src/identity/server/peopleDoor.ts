/**
 * Whose browser this is, for pages of ours beside the sign-in of programs: links to sign in at servers.
 *
 * A session of the sign-in is read and never made, changed or prolonged here, and nobody gets a code or a token. What people
 * prove for one page counts for that page alone: a passphrase for the request it came with, a sign-in at the provider for the
 * path that it was begun at, in the browser that went, for ten minutes.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { clientAddress, networkOf } from '../../ingress/clientAddress.ts'
import type { Principal } from '../../ingress/port.ts'
import type { PersonDoor } from '../identity.ts'
import type { Broker } from './broker.ts'
import { INTERACTION_SECONDS } from './engine.ts'
import type { HostCookies } from './hostCookies.ts'
import { innerRequest } from './innerRequest.ts'
import type { PassphraseDoor } from './passphraseDoor.ts'
import type { Report } from './serverEvents.ts'
import { OWNER, type People, type Person } from './store/people.ts'

export interface PeopleDoorSources {
  readonly publicUrl: string
  readonly engine: () => Provider
  readonly cookies: HostCookies
  readonly people: People
  readonly owner: PassphraseDoor | undefined
  readonly broker: Broker | undefined
  readonly secret: Buffer
  readonly report: Report
  /** Whether what happens here can be recorded. */
  readonly healthy: () => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const COOKIE = 'person'
const UNRECORDED = {
  ok: false,
  status: 503,
  explain: 'The audit trail cannot be written. Try again in a moment.',
} as const

export class PeopleDoor implements PersonDoor {
  readonly issuer: string
  readonly hasOwner: boolean
  readonly provider: string | undefined
  readonly #sources: PeopleDoorSources

  constructor(sources: PeopleDoorSources) {
    this.#sources = sources
    this.issuer = sources.publicUrl
    this.hasOwner = sources.owner !== undefined
    this.provider = sources.broker?.name
  }

  async known(request: IncomingMessage, path: string): Promise<Principal | undefined> {
    const sub = this.#proved(request, path) ?? (await this.#sessionOf(request))
    // An account that is gone is nobody, whatever its session says.
    return sub === undefined || this.#sources.people.find(sub) === undefined
      ? undefined
      : { issuer: this.issuer, subject: sub }
  }

  async byPassphrase(request: IncomingMessage, passphrase: string) {
    const { owner, people, report, healthy } = this.#sources
    if (owner === undefined)
      return { ok: false, status: 403, explain: 'There is no passphrase here.' } as const
    if (!healthy()) return UNRECORDED
    const address = networkOf(clientAddress(request))
    const found = await owner.look(passphrase, address)
    if (found === 'right') {
      people.signedIn(OWNER)
      report({ event: 'signed-in', sub: OWNER.sub, details: { how: 'passphrase', address } })
      return { ok: true, principal: { issuer: this.issuer, subject: OWNER.sub } } as const
    }
    const [rule, explain, status] =
      found === 'wrong'
        ? (['identity/passphrase', 'That is not the passphrase.', 403] as const)
        : (['identity/too-many', 'Too many attempts. Wait a few minutes.', 429] as const)
    report({ event: 'sign-in-refused', rule, explain, details: { address } })
    return { ok: false, status, explain } as const
  }

  async toProvider(path: string) {
    const { broker, report, healthy } = this.#sources
    if (broker === undefined)
      return { ok: false, status: 403, explain: 'There is no provider here.' } as const
    if (!healthy()) return UNRECORDED
    report({ event: 'sign-in-begun', details: { at: broker.name } })
    try {
      return { ok: true, ...(await broker.begin(path)) } as const
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      report({ event: 'sign-in-refused', rule: 'identity/broker', explain: why })
      const explain = `${broker.name} does not answer as it should. Try again in a moment.`
      return { ok: false, status: 502, explain } as const
    }
  }

  /** Somebody came back from the provider for a page of ours: what their browser keeps for it. */
  signedIn(person: Person, path: string): string {
    const { people, report, cookies, now } = this.#sources
    people.signedIn(person)
    report({ event: 'signed-in', sub: person.sub, details: { how: 'broker' } })
    const said = [person.sub, now() + INTERACTION_SECONDS * 1000]
    const payload = Buffer.from(JSON.stringify(said)).toString('base64url')
    return cookies.own(COOKIE, `${payload}.${this.#seal(path, payload)}`, INTERACTION_SECONDS)
  }

  #proved({ headers }: IncomingMessage, path: string): string | undefined {
    const { cookies, now } = this.#sources
    const [payload = '', seal = '', ...more] = (cookies.read(headers.cookie, COOKIE) ?? '').split('.', 3)
    const [wanted, given] = [Buffer.from(this.#seal(path, payload)), Buffer.from(seal)]
    if (more.length > 0 || wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined
    const [sub, until] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number]
    return until > now() ? sub : undefined
  }

  #seal(path: string, payload: string): string {
    return createHmac('sha256', this.#sources.secret).update(`person:${path}:${payload}`).digest('base64url')
  }

  async #sessionOf(request: IncomingMessage): Promise<string | undefined> {
    const { cookies, engine, publicUrl } = this.#sources
    const cookie = cookies.inward(request.headers.cookie, undefined)
    if (cookie === undefined) return undefined
    const origin = new URL(publicUrl)
    const req = innerRequest(request, origin, { target: '/', cookie, accept: 'text/html' })
    // An answer that nobody gets: reading a session must not set anything.
    const res = new ServerResponse(req)
    const session = await engine().Session.get({ req, res, secure: origin.protocol === 'https:' })
    return session.accountId
  }
}

/** A sign-in at the provider that was begun for a page of ours is named by its path; a program's by what no path looks like. */
export function isPath(uid: string): boolean {
  return uid.startsWith('/')
}
