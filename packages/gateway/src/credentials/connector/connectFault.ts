/** A sign-in at a server's authorization server that cannot go on. The message is ours and may be shown. */
export class ConnectFault extends Error {
  override readonly name = 'ConnectFault'
  /** Id of `docs/rules.md`. */
  readonly rule: string
  /** `passing`: it may work later (no connection, 5xx). `final`: not before something changes. */
  readonly lasts: 'passing' | 'final'
  /** The error code of the authorization server, where it is one of the registered form. */
  readonly code: string | undefined
  constructor(
    rule: string,
    explain: string,
    options: ErrorOptions & { readonly lasts?: 'passing' | 'final'; readonly code?: string | undefined } = {},
  ) {
    super(explain, options)
    this.rule = rule
    this.lasts = options.lasts ?? 'final'
    this.code = options.code
  }
}
