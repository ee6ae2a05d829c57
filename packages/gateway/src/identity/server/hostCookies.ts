/**
 * Cookies that no other host, path or port can plant or overwrite.
 *
 * The engine sets `session`, and for each sign-in underway `interaction` and `resume` with a path of their own. Outside they
 * are `__Host-` cookies (RFC 6265bis, 4.1.3.2): bound to this very host, `Secure`, path `/`. Their names carry a mark of the
 * sign-in, so that several can be underway in one browser. Over plain `http:`, which is only served to this machine, a
 * browser takes no such names: there they are prefixed with the port instead, since cookies of `127.0.0.1` are shared by
 * all its ports.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'

const PER_SIGN_IN = ['interaction', 'resume']

export class HostCookies {
  readonly #prefix: string
  readonly #secure: boolean

  /** @param origin what browsers see */
  constructor(origin: URL) {
    this.#secure = origin.protocol === 'https:'
    this.#prefix = this.#secure ? '__Host-sallyport-' : `sallyport-${origin.port || '80'}-`
  }

  /** The `Cookie` header for the engine: what belongs to it, and of sign-ins only the one that is meant. */
  inward(header: string | undefined, uid: string | undefined): string | undefined {
    const mark = uid === undefined ? undefined : markOf(uid)
    const pairs: string[] = []
    for (const [name, value] of readCookies(header)) {
      if (!name.startsWith(this.#prefix)) continue
      const own = name.slice(this.#prefix.length)
      if (/^session(?:\.sig)?$/.test(own)) pairs.push(`${own}=${value}`)
      const [, kind, marked, sig] = /^(interaction|resume)-([0-9a-f]{16})(\.sig)?$/.exec(own) ?? []
      if (kind !== undefined && marked === mark) pairs.push(`${kind}${sig ?? ''}=${value}`)
    }
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  /** Makes the cookies that the engine sets ours, when the head of the answer is written. `uid`: of the sign-in it is about. */
  outward(response: ServerResponse, uid: string | undefined): void {
    const write = response.writeHead.bind(response)
    response.writeHead = (...head: never[]) => {
      const set = response.getHeader('set-cookie')
      if (set !== undefined) response.setHeader('set-cookie', this.#translate([set].flat().map(String), uid))
      return (write as (...all: never[]) => ServerResponse)(...head)
    }
  }

  /** A cookie of our own beside the engine's. */
  own(name: string, value: string, maxAgeSeconds: number): string {
    return `${this.#prefix}${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${this.#secure ? '; Secure' : ''}`
  }

  /** Takes back what a sign-in set: it is over. */
  cleared(uid: string): readonly string[] {
    return ['', '.sig'].map((end) => this.own(`interaction-${markOf(uid)}${end}`, '', 0))
  }

  read(header: string | undefined, name: string): string | undefined {
    return readCookies(header).find(([found]) => found === this.#prefix + name)?.[1]
  }

  #translate(lines: readonly string[], uid: string | undefined): string[] {
    const marks = new Map<string, string>()
    return lines.map((line) => {
      const semicolon = line.indexOf(';')
      const pair = semicolon < 0 ? line : line.slice(0, semicolon)
      const equals = pair.indexOf('=')
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
      // Its signature follows each cookie.
      const base = name.replace(/\.sig$/, '')
      if (base !== 'session' && !PER_SIGN_IN.includes(base)) return line
      const isSignature = base !== name
      if (!isSignature && base !== 'session') marks.set(base, markOf(value === '' ? (uid ?? '') : value))
      const mark = base === 'session' ? '' : `-${marks.get(base) ?? ''}`
      const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1]
      const until = expires === undefined ? '' : `; Expires=${expires}`
      const secure = this.#secure ? '; Secure' : ''
      return `${this.#prefix}${base}${mark}${isSignature ? '.sig' : ''}=${value}; Path=/; HttpOnly; SameSite=Lax${until}${secure}`
    })
  }
}

/** Names a sign-in without saying what opens it. */
export function markOf(uid: string): string {
  return createHash('sha256').update(uid).digest('hex').slice(0, 16)
}

function readCookies(header: string | undefined): readonly (readonly [string, string])[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()] as const]
  })
}
