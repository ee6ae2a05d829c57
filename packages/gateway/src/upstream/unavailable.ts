/** Thrown when a server cannot take a call now. The message is for people and holds nothing secret. */
export class UpstreamUnavailable extends Error {
  readonly server: string
  readonly remedy: string
  /** Id of `docs/rules.md`. */
  readonly rule: string
  constructor(
    server: string,
    message: string,
    remedy: string,
    options: ErrorOptions & { readonly rule?: string } = {},
  ) {
    super(message, options)
    this.name = 'UpstreamUnavailable'
    this.server = server
    this.remedy = remedy
    this.rule = options.rule ?? 'upstream/unavailable'
  }
}
