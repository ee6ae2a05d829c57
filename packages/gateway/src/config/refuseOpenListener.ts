/**
 * What listens where others can reach it needs to know who they are, and TLS. Said when the configuration is read, at the
 * key that is wrong, and again at the door (`ingress/http.ts`).
 */
import { isLoopbackHost } from '@sallyport/controls/urls'
import type { Config } from './config.ts'
import type { Complaint, Path } from './document.ts'
import { pointer } from './document.ts'

/** Complains of every combination of `listen` and `auth` that would leave the door open, or shut for everybody. */
export function refuseOpenListener(config: Config, complain: (complaint: Complaint) => void): void {
  const { listen, auth, source } = config
  const places = source.kind === 'file' ? source.places : undefined
  const say = (path: Path, explain: string, hint: string) => {
    const place = places?.get(pointer(path)) ?? { line: 1, column: 1 }
    complain({ rule: 'config/open-door', explain, hint, path, place })
  }
  const local = isLoopbackHost(listen.host)
  const http: Path = ['listen', 'http']
  if (!local && auth === undefined) {
    const explain = 'listen.http can be reached from other machines, and nothing says who may come in'
    say(http, explain, 'add "auth", or write "127.0.0.1:7337"')
  }
  if (!local && listen.tls === undefined && listen.behindTlsProxy !== true) {
    const explain =
      'listen.http can be reached from other machines without TLS: credentials could be read on the way'
    say(http, explain, 'add "listen.tls", or "listen.behindTlsProxy: true" where a proxy takes TLS off')
  }
  if (local && listen.behindTlsProxy === true && auth === undefined) {
    const explain = 'listen.behindTlsProxy: all that the proxy lets through would be the user of this machine'
    say(['listen', 'behindTlsProxy'], explain, 'add "auth"')
  }
  if (!local && listen.tls?.kind === 'local') {
    const explain =
      'listen.localTls vouches for this machine alone, and listen.http can be reached from others'
    say(['listen', 'localTls'], explain, 'give a certificate: listen.tls.certificate and listen.tls.key')
  }
  if (auth === undefined) return
  if (auth.issuers === undefined && auth.keys === undefined && auth.server === undefined) {
    const explain = 'auth has no way in: nobody could connect'
    say(['auth'], explain, 'add "server: {}" (people sign in here), "keys: {}" (API keys) or "issuers"')
  }
  const publicUrl = auth.publicUrl === undefined ? undefined : new URL(auth.publicUrl)
  if (publicUrl === undefined) {
    // API keys are issued for no address.
    if (auth.issuers === undefined && auth.server === undefined) return
    if (!local) say(http, 'auth needs the address that clients use', 'add "auth.publicUrl: https://..."')
    else if (listen.port === 0) {
      say(
        http,
        'auth needs a port that stays the same: tokens are issued for it',
        'name a port, or "auth.publicUrl"',
      )
    }
    return
  }
  const at: Path = ['auth', 'publicUrl']
  if (publicUrl.pathname !== '/' || publicUrl.search !== '')
    say(at, 'auth.publicUrl must be an origin, without a path', `write "${publicUrl.origin}"`)
  if (publicUrl.protocol !== 'https:' && !isLoopbackHost(publicUrl.hostname))
    say(at, 'auth.publicUrl must be https, or of this machine', 'write "https://..."')
}
