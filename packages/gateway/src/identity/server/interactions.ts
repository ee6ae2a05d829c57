/**
 * Signing in and allowing: what happens between a request at the authorization endpoint and its answer.
 *
 * Each sign-in belongs to the browser that began it (a signed cookie names it), works once and ends after ten minutes.
 * Somebody who was sent the address of another's sign-in gets nowhere with it (CWE-352, GHSA-rww4-4w9c-7733), and nobody is
 * sent on to another provider before a person has seen for whom and has allowed it ("confused deputy").
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { InteractionDetails, Provider } from 'oidc-provider'
import type { Broker } from './broker.ts'
import { placeOf } from './clients/redirectRule.ts'
import { INTERACTION_SECONDS, PATHS } from './engine.ts'
import type { HostCookies } from './hostCookies.ts'
import { errorPage } from './pages/errorPage.ts'
import {
  type Asking,
  consentPage,
  type Form,
  notAllowedPage,
  onwardPage,
  passphrasePage,
} from './pages/signInPages.ts'
import type { PassphraseDoor } from './passphraseDoor.ts'
import type { Report } from './serverEvents.ts'
import { type ConsentKey, OWNER, type People, type Person } from './store/people.ts'
import type { Targets } from './targets.ts'

export interface InteractionSources {
  readonly engine: () => Provider
  readonly targets: Targets
  readonly people: People
  readonly owner: PassphraseDoor | undefined
  readonly broker: Broker | undefined
  readonly secret: Buffer
  readonly report: Report
  /** Signs a browser out: the session that it has. */
  readonly endSession: (uid: string) => void
  readonly used: (clientId: string) => void
  /** Whether a client stands in the configuration. */
  readonly isWrittenDown: (clientId: string) => boolean
  readonly cookies: HostCookies
}

/** What is sent back: a page, always. */
export interface PageAnswer {
  readonly status: number
  readonly page: string
  readonly cookies?: readonly string[]
}

/** Of one browser's sign-in: the request as the engine reads it, and where the browser is. */
export interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly uid: string
  readonly address: string
}

export class Interactions {
  readonly #sources: InteractionSources

  constructor(sources: InteractionSources) {
    this.#sources = sources
  }

  /** The page of where the sign-in stands. */
  async show(visit: Visit): Promise<PageAnswer> {
    const details = await this.#details(visit)
    return details === undefined ? NOT_HERE : await this.#pageOf(details, undefined)
  }

  /** What a person chose on it. */
  async choose(visit: Visit, form: URLSearchParams): Promise<PageAnswer> {
    const details = await this.#details(visit)
    if (details === undefined) return NOT_HERE
    if (!this.#isCsrf(details.uid, form.get('csrf') ?? '')) {
      const explain = 'This page is not from here or too old.'
      this.#sources.report({ event: 'sign-in-refused', rule: 'identity/csrf', explain })
      return { status: 403, page: errorPage('access_denied', explain) }
    }
    const login = details.prompt.name === 'login'
    switch (form.get('do')) {
      case 'deny':
        return await this.#deny(visit, details)
      case 'sign-in':
        if (login) return await this.#signIn(visit, details, form.get('passphrase') ?? '')
        break
      case 'passphrase':
        if (login) return await this.#pageOf(details, undefined, 'passphrase')
        break
      case 'broker':
        if (login) return await this.#toBroker(details)
        break
      case 'allow':
        if (!login) return await this.#allow(visit, details)
        break
    }
    return { status: 400, page: errorPage('invalid_request', 'This choice is not there any more.') }
  }

  /** Somebody came back from the provider: signed in, and what they allowed before they went there is allowed. */
  async finishBroker(visit: Visit, person: Person): Promise<PageAnswer> {
    const details = await this.#details(visit)
    if (details === undefined) return NOT_HERE
    this.#sources.people.signedIn(person)
    this.#sources.report({ event: 'signed-in', sub: person.sub, details: { how: 'broker' } })
    const login = await this.#login(details, person)
    const consent = await this.#consent(details, person.sub)
    return await this.#finish(visit, { ...login, ...consent }, 'Signed in')
  }

  async refuseBroker(visit: Visit, explain: string): Promise<PageAnswer> {
    const details = await this.#details(visit)
    if (details === undefined) return NOT_HERE
    // Whoever was sent to the provider allowed it before.
    const result = { error: 'access_denied', error_description: explain, answered: true }
    return await this.#finish(visit, result, 'Not signed in')
  }

  async #details({ request, response, uid }: Visit): Promise<InteractionDetails | undefined> {
    try {
      const details = await this.#sources.engine().interactionDetails(request, response)
      return details.uid === uid ? details : undefined
    } catch (error) {
      // No cookie, another browser's, ended: all the same to whoever asks.
      if ((error as { readonly expose?: boolean }).expose === true) return undefined
      throw error
    }
  }

  async #pageOf(
    details: InteractionDetails,
    fault: string | undefined,
    chose?: 'passphrase',
  ): Promise<PageAnswer> {
    const { owner, broker } = this.#sources
    const asking = await this.#asking(details)
    const form: Form = { action: `${PATHS.interaction}/${details.uid}`, csrf: this.#csrf(details.uid) }
    if (details.prompt.name !== 'login') {
      const signedIn = this.#sources.people.find(details.session?.accountId ?? '')?.name ?? ''
      return { status: 200, page: consentPage(form, asking, { signedIn }) }
    }
    const asOwner =
      owner !== undefined && (broker === undefined || chose === 'passphrase' || fault !== undefined)
    if (broker !== undefined && !asOwner) {
      const who = { provider: broker.name, orOwner: owner !== undefined }
      return { status: 200, page: consentPage(form, asking, who) }
    }
    if (asOwner) return { status: 200, page: passphrasePage(form, asking, fault) }
    return { status: 403, page: errorPage('access_denied', 'Nobody can sign in here.') }
  }

  async #asking({ params }: InteractionDetails): Promise<Asking> {
    const { engine, targets } = this.#sources
    const clientId = String(params.client_id)
    const client = await engine().Client.find(clientId)
    return {
      client: client?.clientName ?? 'A program without a name',
      clientId,
      place: placeOf(String(params.redirect_uri)),
      resource: targets.nameOf(String(params.resource)),
      scopes: scopesOf(params).map((scope) => targets.scopes.get(scope) ?? scope),
    }
  }

  async #signIn(visit: Visit, details: InteractionDetails, passphrase: string): Promise<PageAnswer> {
    const { owner, report, people } = this.#sources
    if (owner === undefined) return NOT_HERE
    const { address } = visit
    const found = await owner.look(passphrase, address)
    if (found === 'right') {
      people.signedIn(OWNER)
      report({ event: 'signed-in', sub: OWNER.sub, details: { how: 'passphrase', address } })
      return await this.#finish(visit, await this.#login(details, OWNER), 'Signed in')
    }
    const [rule, explain, status] =
      found === 'wrong'
        ? (['identity/passphrase', 'That is not the passphrase.', 403] as const)
        : (['identity/too-many', 'Too many attempts. Wait a few minutes.', 429] as const)
    report({ event: 'sign-in-refused', rule, explain, details: { address } })
    return { ...(await this.#pageOf(details, explain)), status }
  }

  async #toBroker(details: InteractionDetails): Promise<PageAnswer> {
    const { broker, report } = this.#sources
    if (broker === undefined) return NOT_HERE
    const { client_id: client } = details.params
    report({ event: 'sign-in-begun', client: String(client), details: { at: broker.name } })
    let begun: { readonly to: string; readonly cookie: string }
    try {
      begun = await broker.begin(details.uid)
    } catch (error) {
      const explain = error instanceof Error ? error.message : String(error)
      report({ event: 'sign-in-refused', rule: 'identity/broker', explain })
      const sorry = `${broker.name} does not answer as it should. Try again in a moment.`
      return { status: 502, page: errorPage('temporarily_unavailable', sorry) }
    }
    const { to, cookie } = begun
    return { status: 200, page: onwardPage(`On to ${broker.name}`, to), cookies: [cookie] }
  }

  async #allow(visit: Visit, details: InteractionDetails): Promise<PageAnswer> {
    const account = details.session?.accountId
    if (account === undefined) return NOT_HERE
    return await this.#finish(visit, await this.#consent(details, account), 'Allowed')
  }

  async #deny(visit: Visit, details: InteractionDetails): Promise<PageAnswer> {
    this.#sources.report({
      event: 'consent-denied',
      sub: details.session?.accountId,
      client: String(details.params.client_id),
    })
    const result = {
      error: 'access_denied',
      error_description: 'the person did not allow it',
      answered: true,
    }
    const answer = await this.#finish(visit, result, 'Not allowed')
    if (this.#sources.isWrittenDown(String(details.params.client_id))) return answer
    const { client, place } = await this.#asking(details)
    return { ...answer, page: notAllowedPage({ client, place, to: answer.to }) }
  }

  /** Of whoever was signed in before in this browser nothing stays. */
  async #login(details: InteractionDetails, person: Person): Promise<Record<string, unknown>> {
    const before = details.session
    if (before !== undefined && before.accountId !== person.sub) {
      if (before.uid !== undefined) this.#sources.endSession(before.uid)
      delete details.session
      await details.save(details.exp - Math.floor(Date.now() / 1000))
    }
    return { login: { accountId: person.sub, remember: true } }
  }

  async #consent({ params }: InteractionDetails, account: string): Promise<Record<string, unknown>> {
    const { engine, people, report, used } = this.#sources
    const key: ConsentKey = {
      account,
      client: String(params.client_id),
      redirect: String(params.redirect_uri),
      resource: String(params.resource),
    }
    const scopes = scopesOf(params)
    const { Grant } = engine()
    const grant = new Grant({ accountId: account, clientId: key.client })
    grant.addResourceScope(key.resource, scopes.join(' '))
    people.allow(key, scopes)
    used(key.client)
    report({
      event: 'consent',
      sub: account,
      client: key.client,
      details: { redirect: placeOf(key.redirect), resource: key.resource, scopes: scopes.join(' ') },
    })
    return { consent: { grantId: await grant.save() } }
  }

  async #finish(
    { request, response, uid }: Visit,
    result: Record<string, unknown>,
    title: string,
  ): Promise<PageAnswer & { readonly to: string }> {
    const to = await this.#sources.engine().interactionResult(request, response, result, {
      mergeWithLastSubmission: false,
    })
    return { status: 200, to, page: onwardPage(title, to), cookies: this.#sources.cookies.cleared(uid) }
  }

  #csrf(uid: string): string {
    return createHmac('sha256', this.#sources.secret).update(`csrf:${uid}`).digest('base64url')
  }

  #isCsrf(uid: string, given: string): boolean {
    const [wanted, got] = [Buffer.from(this.#csrf(uid)), Buffer.from(given)]
    return wanted.length === got.length && timingSafeEqual(wanted, got)
  }
}

function scopesOf(params: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof params.scope === 'string' ? params.scope.split(' ') : []
}

const NOT_HERE: PageAnswer = {
  status: 403,
  page: errorPage(
    'access_denied',
    `This sign-in was begun in another browser, or is finished, or older than ${INTERACTION_SECONDS / 60} minutes.`,
  ),
}
