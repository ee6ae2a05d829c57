/**
 * Refresh tokens are renewed with each use, and a used one that comes again ends all that was given with it (RFC 9700,
 * 4.14.2). But hosts refresh in several threads at once, with one token: so for a short time a used token gets the very
 * answer again that it got, and no second line of tokens comes of it.
 *
 * The answer is kept sealed with a key that only who has the token can make.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context, errors as Errors, GrantHandler } from 'oidc-provider'
import { hashed } from './store/identityDatabase.ts'

/** How long a request waits for the answer that another worker is about to have. */
const WAIT_MS = 2_000
const WAIT_STEP_MS = 20

export interface RefreshEvents {
  /** It was used before, and its time of grace is over. */
  reused(ctx: Context): void
  replayed(ctx: Context): void
}

export class RefreshReplays {
  readonly #database: DatabaseSync
  readonly #graceMs: number
  readonly #now: () => number
  readonly #events: RefreshEvents
  /** Requests underway in this process. */
  readonly #underway = new Map<string, Promise<unknown>>()

  constructor(
    database: DatabaseSync,
    options: { readonly graceMs: number; readonly now: () => number; readonly events: RefreshEvents },
  ) {
    this.#database = database
    this.#graceMs = options.graceMs
    this.#now = options.now
    this.#events = options.events
  }

  /** Answers a refresh: from what was answered, or by `renew`. The client is authenticated by now. */
  async answer(ctx: Context, renew: GrantHandler, errors: typeof Errors): Promise<void> {
    const { refresh_token: token, scope, resource } = ctx.oidc.params
    const clientId = ctx.oidc.client?.clientId
    if (typeof token !== 'string' || clientId === undefined) return await renew(ctx)
    const id = hashed(`replay:${token}`)
    // Another client, or another wish: not the same request.
    const request = hashed(JSON.stringify([clientId, scope ?? null, resource ?? null]))
    const first = this.#underway.get(id)
    if (first !== undefined) await first.catch(() => undefined)
    if (this.#give(ctx, id, request, token)) return
    const consumedAt = this.#consumedAt(token)
    if (consumedAt !== undefined) {
      const inGrace = this.#now() - consumedAt < this.#graceMs
      if (!inGrace) this.#events.reused(ctx)
      else if (await this.#await(ctx, id, request, token)) return
      // Too early to tell an attack from an answer that was lost on its way: nothing, but nothing is ended either.
      else throw new errors.InvalidGrant('the refresh token was used before')
    }
    const work = this.#renew(ctx, renew, id, request, token)
    this.#underway.set(id, work)
    try {
      await work
    } catch (error) {
      // Another worker was faster by a moment.
      if (consumedAt === undefined && this.#consumedAt(token) !== undefined) {
        if (await this.#await(ctx, id, request, token)) return
      }
      throw error
    } finally {
      if (this.#underway.get(id) === work) this.#underway.delete(id)
    }
  }

  async #renew(ctx: Context, renew: GrantHandler, id: string, request: string, token: string): Promise<void> {
    await renew(ctx)
    if (this.#graceMs === 0) return
    this.#database
      .prepare('INSERT OR REPLACE INTO replays VALUES (?, ?, ?, ?)')
      .run(id, request, seal(token, JSON.stringify(ctx.body)), this.#now() + this.#graceMs)
  }

  async #await(ctx: Context, id: string, request: string, token: string): Promise<boolean> {
    for (let waited = 0; waited < WAIT_MS; waited += WAIT_STEP_MS) {
      if (this.#give(ctx, id, request, token)) return true
      await pause(WAIT_STEP_MS)
    }
    return false
  }

  #give(ctx: Context, id: string, request: string, token: string): boolean {
    // What it was given with was ended meanwhile: then it is as unknown as any other token.
    if (this.#consumedAt(token) === undefined) return false
    const row = this.#database
      .prepare('SELECT request, sealed FROM replays WHERE token = ? AND expires_at > ?')
      .get(id, this.#now())
    if (row === undefined || row.request !== request || !(row.sealed instanceof Uint8Array)) return false
    ctx.body = JSON.parse(open(token, Buffer.from(row.sealed)))
    this.#events.replayed(ctx)
    return true
  }

  #consumedAt(token: string): number | undefined {
    const at = this.#database
      .prepare("SELECT consumed_at FROM artifacts WHERE kind = 'RefreshToken' AND id = ?")
      .get(hashed(token))?.consumed_at
    return typeof at === 'number' ? at : undefined
  }
}

function keyOf(token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', 'sallyport refresh replay', 32))
}

function seal(token: string, text: string): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), iv)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body])
}

function open(token: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(12, 28))
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8')
}
