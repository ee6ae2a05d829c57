/**
 * A notification on the desktop: that somebody should look. It says of which servers calls wait, and nothing that a server or
 * model wrote.
 */
import { execFile } from 'node:child_process'
import type { Log } from '../log.ts'

/** Nobody is told more often than this, in milliseconds: what comes meanwhile is told together. */
const QUIET_MS = 20_000
const MAX_MS = 5_000

export interface DesktopNoticeParts {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

export class DesktopNotice {
  readonly #parts: DesktopNoticeParts
  readonly #waiting = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(parts: DesktopNoticeParts) {
    this.#parts = parts
  }

  /** A call of this server waits for a person. */
  tell(server: string): void {
    this.#waiting.add(server)
    if (this.#timer !== undefined) return
    const wait = Math.max(0, this.#last + QUIET_MS - performance.now())
    this.#timer = setTimeout(() => this.#show(), wait).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #show(): void {
    this.#timer = undefined
    this.#last = performance.now()
    const servers = [...this.#waiting].join(', ')
    this.#waiting.clear()
    const { platform, env, log } = this.#parts
    const command = noticeCommand(platform, `Calls to ${servers} wait for your approval: sallyport approvals`)
    if (command === undefined) return
    const [program, ...args] = command
    const passed = Object.fromEntries(KEEPS.map((name) => [name, env[name]]))
    execFile(program, args, { env: passed, timeout: MAX_MS }, (error) => {
      if (error !== null) log.debug('approvals.not-notified', { explain: error.message })
    })
  }
}

/** What a notification needs of the environment, and nothing else of it. */
const KEEPS = ['PATH', 'HOME', 'DISPLAY', 'WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS']

/** The program that shows it, without a shell. @example noticeCommand('linux', 'x') // ['notify-send', ...] */
export function noticeCommand(
  platform: NodeJS.Platform,
  text: string,
): readonly [string, ...string[]] | undefined {
  if (platform === 'linux') return ['notify-send', '--app-name=Sallyport', 'Sallyport', text]
  if (platform === 'darwin')
    return ['osascript', '-e', `display notification ${JSON.stringify(text)} with title "Sallyport"`]
  return undefined
}
