/** What is wrong with `auth.issuers` taken together. Said when the configuration is read, at the key that is wrong. */
import type { Config } from '../config.ts'
import { type Complaint, type Path, pointer } from '../document.ts'

/** Complains of issuers of which a token could mean either, or of which one would be shown the tokens of another. */
export function refuseIssuers({ auth, source }: Config, complain: (complaint: Complaint) => void): void {
  const places = source.kind === 'file' ? source.places : undefined
  const issuers = auth?.issuers ?? []
  const say = (path: Path, explain: string, hint: string) => {
    const place = places?.get(pointer(path)) ?? { line: 1, column: 1 }
    complain({ rule: 'config/together', explain, hint, path, place })
  }
  const asked = issuers.findIndex(({ introspection }) => introspection !== undefined)
  for (const [at, { issuer, introspection }] of issuers.entries()) {
    const path: Path = ['auth', 'issuers', at]
    const first = issuers.findIndex((other) => other.issuer === issuer)
    if (first < at) {
      say([...path, 'issuer'], `auth.issuers[${at}] is auth.issuers[${first}] again`, 'keep one of them')
    }
    if (auth?.server !== undefined && issuer === auth.publicUrl) {
      const explain = `auth.issuers[${at}] is this gateway itself, which auth.server describes`
      say([...path, 'issuer'], explain, 'remove it')
    }
    // A token without a form does not say whose it is.
    if (introspection !== undefined && asked < at) {
      const explain = `auth.issuers[${at}].introspection would be shown the opaque tokens of auth.issuers[${asked}]`
      say([...path, 'introspection'], explain, 'ask one issuer only')
    }
  }
}
