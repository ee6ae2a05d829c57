/** Where something that a conversation has seen came from, and what that makes of it. */
export interface FlowSource {
  readonly server: string
  /** Name of the tool or prompt, URI of the resource. */
  readonly name: string
  readonly kind: FlowSourceKind
  /** Integrity: a stranger may have written some of it. */
  readonly untrusted: boolean
  /** Audience: some of it is for the people of this conversation only. */
  readonly private: boolean
  /**
   * Who says that it is private; nothing means that it is declared. What is only guessed from the name of a tool does not
   * stand between two tools of the same server: who reads mail answers mail.
   */
  readonly privateBy?: 'declared' | 'detected' | 'inferred'
  /** When it was first seen, as milliseconds since 1970. */
  readonly at: number
}

export type FlowSourceKind =
  | 'tool'
  | 'resource'
  | 'prompt'
  | 'surface'
  | 'elicitation'
  | 'sampling'
  | 'notification'
  | 'task'

/** What had to be undone to find the value. Case, spaces and punctuation are not told: they are never compared. */
export type FlowUndone = 'url' | 'json' | 'html' | 'base64' | 'hex' | 'split'

/** A value of an earlier result that is in the arguments of a call. */
export interface FlowTrace {
  /** JSON Pointer into the arguments. A value that is split has that of its first part. */
  readonly where: string
  /** As it is in the arguments, at most 80 characters. Untrusted text: show it with `visible`. */
  readonly excerpt: string
  /** What it is when all is undone, at most 80 characters. Untrusted text: show it with `visible`. */
  readonly value: string
  readonly source: FlowSource
  readonly via: readonly FlowUndone[]
  /** The server that the call goes to had said it before this source did, or something that is trusted had. */
  readonly saidBefore?: true
}

/** What two sources have to differ in to be told apart. */
export function sourceKey(source: FlowSource): string {
  const labels = `${source.untrusted ? 'u' : ''}${source.private ? (source.privateBy ?? 'declared') : ''}`
  return `${source.kind}\n${source.server}\n${source.name}\n${labels}`
}
