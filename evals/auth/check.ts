/** One case of the authorization table, as something that is run against a real gateway over the wire. */
export interface AuthCheck {
  /** The id of the case, e.g. `JWT-ALG-001`; our own cases begin with `SP-`. */
  readonly id: string
  /** What is expected, in a few words. */
  readonly title: string
  /** Rejects, with one sentence, when the gateway does otherwise. */
  run(): Promise<void>
}
