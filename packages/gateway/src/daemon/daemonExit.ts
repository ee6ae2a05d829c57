/** How the daemon's process ends, as the relay that started it sees. */
export const DAEMON_EXIT = {
  fine: 0,
  /** It could not start or not serve; its log says why. */
  failed: 1,
  /** Another process is the daemon. */
  another: 75,
} as const
