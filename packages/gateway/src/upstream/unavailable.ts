/** Thrown when a server cannot take a call now. The message is for people and holds nothing secret. */
export class UpstreamUnavailable extends Error {
  readonly server: string
  readonly remedy: string
  /** Id of `docs/rules.md`. */
  readonly rule: string
  /** The address in the remedy, where the caller's browser is to go. */
  readonly link: string | undefined
  constructor(
    server: string,
    message: string,
    remedy: string,
    options: ErrorOptions & { readonly rule?: string; readonly link?: string | undefined } = {},
  ) {
    super(message, options)
    this.name = 'UpstreamUnavailable'
    this.server = server
    this.remedy = remedy
    this.link = options.link
    this.rule = options.rule ?? 'upstream/unavailable'
  }
}
