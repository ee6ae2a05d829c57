/** A remote client that calls without end, of either era. Killed, it leaves in the middle of whatever it was told. */
import { type Answer, postModern } from '../gateway/harness.ts'
import type { Dice } from './dice.ts'
import type { GatewayUnderFire } from './gatewayUnderFire.ts'
import type { Ledger, OpenCall } from './ledger.ts'
import type { ChaosClient } from './pipeClient.ts'

const OPEN_CALLS = 4
/** A connection that was kept may turn out to be dead this long after its gateway was killed. */
const AFTERMATH_MS = 10_000
const PAUSE_MS = 100

export class ChaosHttpClient implements ChaosClient {
  readonly name: string
  readonly pid = undefined
  readonly #era: 'legacy' | 'modern'
  readonly #gateway: GatewayUnderFire
  readonly #tools: readonly [string, ...string[]]
  readonly #ledger: Ledger
  readonly #dice: Dice
  readonly #over: Promise<unknown>
  #life = new AbortController()
  #session: Promise<string> | undefined
  #stopping = false

  constructor(options: {
    readonly name: string
    readonly era: 'legacy' | 'modern'
    readonly gateway: GatewayUnderFire
    readonly tools: readonly [string, ...string[]]
    readonly ledger: Ledger
    readonly dice: Dice
  }) {
    this.name = options.name
    this.#era = options.era
    this.#gateway = options.gateway
    this.#tools = options.tools
    this.#ledger = options.ledger
    this.#dice = options.dice
    this.#over = Promise.all(Array.from({ length: OPEN_CALLS }, () => this.#callOn()))
  }

  die(): void {
    this.#life.abort()
    this.#life = new AbortController()
    this.#session = undefined
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#over
  }

  async #callOn(): Promise<void> {
    while (!this.#stopping) {
      const tool = this.#dice.pick(this.#tools)
      const { signal } = this.#life
      const session = this.#era === 'legacy' ? await this.#open(signal) : ''
      if (session === undefined) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        continue
      }
      const call = this.#ledger.open(this.name, tool)
      const params = { name: tool, arguments: { tag: call.value, ms: this.#dice.roll(40), steps: 1 } }
      try {
        const answer = await this.#send(call, params, session, signal)
        call.answer(answer)
        if (answer.error !== undefined) this.#session = undefined
      } catch (error) {
        this.#session = undefined
        if (signal.aborted || this.#gateway.sinceKilledMs() < AFTERMATH_MS) call.cut()
        else call.silence(`${String(error)}, ${String((error as Error).cause)}`)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  }

  async #send(call: OpenCall, params: object, session: string, signal: AbortSignal): Promise<Answer> {
    if (this.#era === 'legacy')
      return (await this.#post(call.value, 'tools/call', params, session, signal)).answer
    const { messages } = await postModern(this.#gateway.url, call.value, 'tools/call', params, { signal })
    return messages.at(-1) ?? {}
  }

  /** The session of this life; `undefined` while there is no gateway to have one with. */
  async #open(signal: AbortSignal): Promise<string | undefined> {
    this.#session ??= this.#initialize(signal)
    const session = this.#session
    try {
      return await session
    } catch {
      // The gateway is not there: it is asked again after a pause.
      if (this.#session === session) this.#session = undefined
      return undefined
    }
  }

  async #initialize(signal: AbortSignal): Promise<string> {
    const { session } = await this.#post(
      'init',
      'initialize',
      {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: this.name, version: '1' },
      },
      '',
      signal,
    )
    if (session === '') throw new Error('no session')
    return session
  }

  async #post(id: string, method: string, params: object, session: string, signal: AbortSignal) {
    const response = await fetch(this.#gateway.url, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session !== '' && { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    })
    const text = await response.text()
    const body = text.startsWith('{') ? text : ([...text.matchAll(/^data: (\{.*)$/gm)].at(-1)?.[1] ?? '')
    // A stream that broke off has no answer: that is what a cut connection looks like.
    if (body === '') throw new Error(`no answer in ${JSON.stringify(text.slice(0, 200))}`)
    return { answer: JSON.parse(body) as Answer, session: response.headers.get('mcp-session-id') ?? '' }
  }
}
