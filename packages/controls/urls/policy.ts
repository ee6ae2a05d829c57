export interface UrlPolicy {
  /** Schemes that are allowed, without the colon. By default `http` and `https`. */
  readonly schemes?: readonly string[]
  /** If given, only hosts that match one of these patterns are allowed. They narrow what is allowed and never widen it. */
  readonly allowHosts?: readonly string[]
  /** Hosts that match one of these patterns are refused, whatever else is said. */
  readonly denyHosts?: readonly string[]
  /**
   * Allows this machine, private networks and what is reserved. Never link-local addresses, multicast, or the metadata
   * services of clouds.
   */
  readonly allowPrivate?: boolean
  /** If given, the only ports that are allowed. */
  readonly ports?: readonly number[]
}
