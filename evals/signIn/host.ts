/** What a host keeps for one server, as both SDKs ask for it; the browser is a person's. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Person, Visited } from './chromium.ts'

export class HostMemory {
  readonly redirectUrl: string
  readonly clientMetadata: Record<string, unknown>
  /** Of every visit to the sign-in. */
  readonly visits: Visited[] = []
  /** Scopes of the address that a person was sent to, by visit. */
  readonly asked: string[] = []
  /** What a person's client asks for the first time, in place of what the gateway said. */
  readonly firstScope: string | undefined
  kept: Record<string, unknown> = {}
  readonly #server: Server
  readonly #person: Person
  readonly #passphrase: string

  private constructor(
    server: Server,
    options: { person: Person; passphrase: string; name: string; firstScope?: string },
  ) {
    this.#server = server
    this.#person = options.person
    this.#passphrase = options.passphrase
    this.firstScope = options.firstScope
    this.redirectUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    this.clientMetadata = {
      redirect_uris: [this.redirectUrl],
      client_name: options.name,
      token_endpoint_auth_method: 'none',
    }
  }

  /** Listens for the browser, as a host on a person's machine does. */
  static async open(options: {
    person: Person
    passphrase: string
    name: string
    firstScope?: string
  }): Promise<HostMemory> {
    const server = createServer((_request, response) => response.end('You can close this window.'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new HostMemory(server, options)
  }

  get answer(): URLSearchParams {
    const visit = this.visits.at(-1)
    if (visit === undefined) throw new Error('nobody was sent to the sign-in')
    return visit.answer.searchParams
  }

  get tokensKept(): { readonly access_token: string; readonly refresh_token: string } {
    return this.kept.tokens as { access_token: string; refresh_token: string }
  }

  forgetRefreshToken(): void {
    const { refresh_token: _forgotten, ...rest } = this.tokensKept
    this.saveTokens(rest)
  }

  get clientId(): string {
    return String((this.kept.client as { client_id: string }).client_id)
  }

  clientInformation = (): never => this.kept.client as never
  saveClientInformation = (client: unknown): void => {
    this.kept.client = client
  }
  tokens = (): never => this.kept.tokens as never
  saveTokens = (tokens: unknown): void => {
    this.kept.tokens = tokens
  }
  saveCodeVerifier = (verifier: string): void => {
    this.kept.verifier = verifier
  }
  codeVerifier = (): string => String(this.kept.verifier)
  redirectToAuthorization = async (url: URL): Promise<void> => {
    if (this.visits.length === 0 && this.firstScope !== undefined)
      url.searchParams.set('scope', this.firstScope)
    this.asked.push(url.searchParams.get('scope') ?? '')
    this.visits.push(
      await this.#person.allow(url.href, { passphrase: this.#passphrase, redirect: this.redirectUrl }),
    )
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
