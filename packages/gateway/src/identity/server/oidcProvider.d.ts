/**
 * What of `oidc-provider` 9.13.3 is used here, and how it behaves. The package has no types of its own.
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export type AdapterPayload = Record<string, unknown>

  export interface Adapter {
    upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<unknown>
    find(id: string): Promise<AdapterPayload | undefined>
    findByUid(uid: string): Promise<AdapterPayload | undefined>
    findByUserCode(code: string): Promise<AdapterPayload | undefined>
    consume(id: string): Promise<unknown>
    destroy(id: string): Promise<unknown>
    revokeByGrantId(grantId: string): Promise<unknown>
  }

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    clientSecret?: string
    readonly redirectUris: readonly string[]
    readonly clientAuthMethod: string
    readonly scope?: string
    grantTypeAllowed(type: string): boolean
    compareClientSecret(actual: string): boolean | Promise<boolean>
  }

  export interface Grant {
    readonly jti: string
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface Token {
    readonly kind: string
    readonly jti: string
    readonly accountId?: string
    readonly clientId?: string
    readonly grantId?: string
    readonly gty?: string
    scope?: string | undefined
    readonly expiration: number
    readonly tokenType: string
    resourceServer: unknown
    save(): Promise<string>
  }

  export interface InteractionDetails {
    readonly uid: string
    readonly params: Readonly<Record<string, unknown>>
    readonly prompt: { readonly name: string; readonly reasons: readonly string[] }
    session?: { readonly accountId: string; readonly uid?: string }
    readonly exp: number
    save(ttlSeconds: number): Promise<string>
  }

  export interface Context {
    readonly req: IncomingMessage
    readonly res: ServerResponse
    readonly method: string
    get(header: string): string
    status: number
    type: string
    body: unknown
    set(name: string, value: string): void
    readonly oidc: {
      readonly route: string
      readonly provider: Provider
      readonly client?: Client
      readonly account?: { readonly accountId: string }
      readonly params: Record<string, unknown>
      readonly prompts: ReadonlySet<string>
      readonly result?: {
        readonly consent?: { readonly grantId?: string }
        readonly login?: { readonly accountId: string }
      }
      readonly session: { readonly accountId?: string; readonly uid?: string }
      readonly entities: Readonly<Record<string, unknown>>
      readonly requestParamScopes: ReadonlySet<string>
      entity(name: string, value: unknown): void
      promptPending(name: string): boolean
    }
  }

  /** Sends what comes of a request at the authorization endpoint to the address of its client. */
  export type ResponseMode = (
    ctx: Context,
    redirectUri: string,
    answer: Readonly<Record<string, unknown>>,
  ) => Promise<void>

  export type GrantHandler = (ctx: Context) => Promise<void>

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    proxy: boolean
    readonly issuer: string
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: string, listener: (...args: never[]) => void): this
    registerGrantType(
      name: string,
      handler: GrantHandler,
      parameters?: Iterable<string>,
      repeatable?: Iterable<string>,
    ): void
    registerResponseMode(name: string, handler: ResponseMode): void
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>
    interactionResult(
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<string>
    readonly Client: {
      find(id: string): Promise<Client | undefined>
      readonly prototype: { compareClientSecret(this: Client, actual: string): boolean | Promise<boolean> }
    }
    readonly Grant: {
      new (properties: { readonly accountId: string; readonly clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    readonly AuthorizationCode: { readonly name: string }
    readonly ClientCredentials: { readonly name: string }
    readonly RefreshToken: { readonly name: string }
    readonly AccessToken: new (
      properties: Record<string, unknown>,
    ) => Token
    readonly Session: {
      findByUid(uid: string): Promise<{ destroy(): Promise<void> } | undefined>
      /** That of a request's cookie, or a new one that is not kept unless it is saved. */
      get(ctx: {
        readonly req: IncomingMessage
        readonly res: ServerResponse
        readonly secure: boolean
      }): Promise<{ readonly accountId?: string }>
    }
    readonly ResourceServer: new (
      identifier: string,
      info: Record<string, unknown>,
    ) => unknown
  }

  type ErrorClass = new (
    description?: string,
    more?: unknown,
  ) => Error & {
    error_description?: string
    readonly statusCode: number
    readonly expose: boolean
  }
  export const errors: {
    readonly InvalidGrant: ErrorClass
    readonly InvalidTarget: ErrorClass
    readonly InvalidScope: ErrorClass
    readonly InvalidRequest: ErrorClass
    readonly InvalidClientAuth: ErrorClass
    readonly UnauthorizedClient: ErrorClass
  }

  export interface Check {
    readonly reason: string
  }
  export const interactionPolicy: {
    readonly Prompt: new (
      info: { readonly name: string; readonly requestable: boolean },
      ...checks: readonly Check[]
    ) => { readonly name: string }
    readonly Check: new (
      reason: string,
      description: string,
      check: (ctx: Context) => boolean | Promise<boolean>,
    ) => Check
  }
}
