/** Thrown when a server cannot take a call now. The message is for people and holds nothing secret. */
export class UpstreamUnavailable extends Error {
  readonly server: string
  readonly remedy: string
  constructor(server: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UpstreamUnavailable'
    this.server = server
    this.remedy = remedy
  }
}
