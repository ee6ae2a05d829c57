import type { JsonValue } from '@sallyport/controls/json'
import type { AccessKind } from './lists.ts'

/** What a rule can ask about, under the names it uses. Texts that are not known are empty. */
export interface RuleContext {
  readonly server: { readonly id: string; readonly trust: string; readonly local: boolean }
  /** Hints of the tool's approved definition, of trusted and partly trusted servers; of others the worst is assumed. */
  readonly tool: {
    readonly name: string
    /** It has annotations, and they are believed. */
    readonly annotated: boolean
    readonly readOnly: boolean
    readonly destructive: boolean
    readonly idempotent: boolean
    readonly openWorld: boolean
  }
  readonly request: { readonly method: string; readonly kind: string; readonly name: string }
  readonly principal: {
    readonly issuer: string
    readonly subject: string
    /** The OAuth client of its credential: proven, where the one below is only said. */
    readonly client: string
    readonly scopes: readonly string[]
    readonly groups: readonly string[]
    /** More that its issuer says of it, by the name of the claim. */
    readonly claims: Readonly<Record<string, readonly string[]>>
  }
  readonly conversation: { readonly id: string }
  /** What the client says of itself: never proof of anything. */
  readonly client: { readonly name: string; readonly version: string }
}

/** What is asked for by name. */
export interface AccessItem {
  readonly kind: AccessKind
  /** A tool's or prompt's own name, a resource's URI. */
  readonly name: string
}

export interface AccessRequest {
  /** Absent where a method names nothing that lists are about. */
  readonly item?: AccessItem
  /** Asked for once a rule has to be decided. */
  readonly context: () => RuleContext
  readonly args?: JsonValue | undefined
}
