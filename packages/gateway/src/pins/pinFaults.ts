/** Pins that cannot be read or written. The message says which file, why, and what to do. */
export class PinsUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PinsUnavailable'
  }
}

/** Somebody was faster: what was decided on is not what is there now. Nothing was changed. */
export class PinsChanged extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PinsChanged'
  }
}
