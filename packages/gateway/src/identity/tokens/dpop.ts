/**
 * Proof of possession (RFC 9449): a token that is bound to a key is good only beside a fresh proof, signed with that key,
 * for this very method, address and token.
 *
 * The address is the configured one, never what a request says of where it is. No nonces are given out: a proof is fresh for
 * a minute by its own `iat`, and is taken once in that time by the gateway, however many workers it has.
 */
import { hash } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import type { RequestHead } from '../../ingress/exchangeTypes.ts'
import { type DoorTally, LocalTally } from '../doorTally.ts'
import { FRESH_MS } from './freshness.ts'
import { isFit, readKey } from './keySet.ts'

export interface DpopOptions {
  readonly publicUrl: string
  readonly now: () => number
  /** Who takes proofs. Absent: this process by itself. */
  readonly taken?: Pick<DoorTally, 'proof'> | undefined
}

export type ProofCheck =
  | { readonly ok: true }
  /** `busy`: whether it is good could not be found out now. */
  | { readonly ok: false; readonly why: string; readonly busy?: true }

export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519'] as const

const MAX_PROOF_CHARS = 4 * 1024
/** To both sides: a client's clock may be wrong. */
const BUDGET = { maxBytes: MAX_PROOF_CHARS, maxDepth: 8, maxKeys: 64, maxValues: 256 }

export class DpopProofs {
  readonly #options: DpopOptions
  readonly #taken: Pick<DoorTally, 'proof'>

  constructor(options: DpopOptions) {
    this.#options = options
    this.#taken = options.taken ?? new LocalTally(undefined, options.now)
  }

  /** Never rejects. `thumbprint`: of the key that the token is bound to (`cnf.jkt`). */
  async check(request: RequestHead, token: string, thumbprint: string): Promise<ProofCheck> {
    const text = proofOf(request.rawHeaders)
    if (text === undefined) return no('there is not exactly one DPoP header')
    const read = readProof(text)
    if (typeof read === 'string') return no(read)
    const { header, claims } = read
    const { alg } = header
    const key = header.jwk === undefined ? undefined : readKey(header.jwk)
    if (typeof alg !== 'string' || !DPOP_ALGORITHMS.some((known) => known === alg))
      return no('its algorithm is not one of those taken here')
    if (key === undefined || !isFit(key, alg)) return no('it brings no public key for its algorithm')
    if (
      isObject(header.jwk) &&
      PRIVATE_MEMBERS.some((member) => Object.hasOwn(header.jwk as JsonObject, member))
    )
      return no('it brings a private key')
    const { calculateJwkThumbprint, compactVerify, importJWK } = await import('jose')
    try {
      if ((await calculateJwkThumbprint(key.jwk, 'sha256')) !== thumbprint)
        return no('it is signed with another key')
      await compactVerify(text, await importJWK(key.jwk, alg), { algorithms: [alg] })
    } catch {
      return no('its signature is not right')
    }
    return await this.#checkClaims(claims, request, token, thumbprint)
  }

  async #checkClaims(
    { htm, htu, ath, iat, jti }: JsonObject,
    request: RequestHead,
    token: string,
    thumbprint: string,
  ): Promise<ProofCheck> {
    const { publicUrl, now } = this.#options
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (htm !== request.method) return no('it is for another method')
    if (typeof htu !== 'string' || !isSameAddress(htu, `${publicUrl}${path}`))
      return no('it is for another address')
    if (ath !== hash('sha256', token, 'base64url')) return no('it is for another token')
    const nowMs = now()
    if (typeof iat !== 'number' || Math.abs(nowMs - iat * 1000) > FRESH_MS) return no('it is not fresh')
    if (typeof jti !== 'string' || jti.length === 0 || jti.length > 256) return no('it has no "jti"')
    // Of one key: nobody uses up the ids of somebody else.
    const taken = await this.#taken.proof(hash('sha256', `${thumbprint} ${jti}`, 'base64url'))
    if (taken === 'taken') return { ok: true }
    if (taken === 'unknown') return { ...no('who remembers proofs does not answer'), busy: true }
    return no(taken === 'used' ? 'it was used before' : 'too many proofs are remembered')
  }
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

function proofOf(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'dpop') continue
    if (found !== undefined) return undefined
    found = rawHeaders[at + 1]
  }
  return found
}

/** RFC 9449, 4.3: without query and fragment; scheme and host have no case, a default port is none. */
function isSameAddress(said: string, ours: string): boolean {
  if (said === ours) return true
  if (!URL.canParse(said)) return false
  const { origin, pathname, username, password } = new URL(said)
  const expected = new URL(ours)
  return username === '' && password === '' && origin === expected.origin && pathname === expected.pathname
}

function readProof(text: string): { readonly header: JsonObject; readonly claims: JsonObject } | string {
  if (text.length > MAX_PROOF_CHARS) return 'it is too long'
  const parts = text.split('.', 4)
  const [head = '', body = ''] = parts
  if (parts.length !== 3) return 'it has not three parts'
  const header = readPart(head)
  const claims = readPart(body)
  if (header === undefined || claims === undefined) return 'it cannot be read'
  if (header.typ !== 'dpop+jwt') return 'it is no proof, to judge by its "typ"'
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'it uses an extension'
  return { header, claims }
}

function readPart(part: string): JsonObject | undefined {
  const parsed = parseJson(Buffer.from(part, 'base64url'), BUDGET)
  return parsed.ok && isObject(parsed.value) ? parsed.value : undefined
}

function no(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why }
}
