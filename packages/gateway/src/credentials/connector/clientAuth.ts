/**
 * How a client proves itself at a token endpoint (RFC 6749, 2.3; RFC 7523, 2.2).
 */
import type { ClientAuth } from 'oauth4webapi'

export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'

/** A client as one authorization server knows it. The secret is in the vault, or comes from the configuration. */
export interface KnownClient {
  readonly id: string
  readonly secret?: string
  /** A private key, PKCS #8 in PEM. */
  readonly privateKey?: string
  readonly method: AuthMethod
}

/**
 * The method for a client. What its registration says comes first; else the best of what the server takes, where a
 * server that says nothing takes Basic (RFC 8414, 2).
 *
 * @example chooseMethod({ hasSecret: true, supported: ['client_secret_post'] }) // 'client_secret_post'
 */
export function chooseMethod(about: {
  readonly hasSecret: boolean
  readonly hasKey?: boolean
  readonly stated?: unknown
  readonly supported?: readonly string[] | undefined
}): AuthMethod {
  const { hasSecret, hasKey = false, stated, supported = ['client_secret_basic'] } = about
  if (hasKey) return 'private_key_jwt'
  if (!hasSecret) return 'none'
  if (stated === 'client_secret_basic' || stated === 'client_secret_post') return stated
  if (supported.includes('client_secret_basic')) return 'client_secret_basic'
  if (supported.includes('client_secret_post')) return 'client_secret_post'
  return supported.includes('none') ? 'none' : 'client_secret_basic'
}

/** The proof, as the token requests of `oauth4webapi` want it. */
export async function clientAuthOf(
  client: KnownClient,
  oauth: typeof import('oauth4webapi'),
): Promise<ClientAuth> {
  const { id, secret = '', method, privateKey } = client
  if (method === 'none') return oauth.None()
  if (method === 'client_secret_post') return oauth.ClientSecretPost(secret)
  if (method === 'private_key_jwt') return oauth.PrivateKeyJwt(await importKey(privateKey ?? ''))
  // Not the library's: that writes `-` as `%2D`, which servers that compare before they decode refuse.
  const basic = Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`, 'utf8').toString('base64')
  return (_as, _client, _body, headers) => {
    headers.set('authorization', `Basic ${basic}`)
  }
}

/** RFC 6749, appendix B. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

async function importKey(pem: string): Promise<CryptoKey> {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  const key = createPrivateKey(pem)
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const curve = key.asymmetricKeyDetails?.namedCurve
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : key.asymmetricKeyType === 'ed25519'
        ? { name: 'Ed25519' }
        : { name: 'ECDSA', namedCurve: curve === 'secp384r1' ? 'P-384' : 'P-256' }
  return await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}
