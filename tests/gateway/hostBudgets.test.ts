/** Hosts that do not wait for ever: the short budgets here are said in the configuration, as a person would say them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ENVELOPE, eventually, faultOnPipe, type Home, makeHome, PipeClient } from './harness.ts'

const BUDGETS = {
  impatient: { callTimeout: '5s', progressExtends: false },
  patient: { callTimeout: '5s', progressExtends: true },
}
const SERVERS = ['old', 'new'] as const

let home: Home
let gate: PipeClient
beforeEach(() => {
  home = makeHome()
  const file = home.configure({
    servers: { old: faultOnPipe(home, 'old', 'legacy'), new: faultOnPipe(home, 'new', 'modern') },
    hosts: BUDGETS,
  })
  gate = new PipeClient(home, ['stdio', '--standalone', '--config', file])
})
afterEach(async () => {
  await gate.close()
  home.remove()
})

interface Host {
  call(id: string, name: string, args: object, token?: string): Promise<Answer>
}

async function open(era: 'legacy' | 'modern', name: keyof typeof BUDGETS): Promise<Host> {
  const clientInfo = { name, version: '1' }
  if (era === 'legacy') {
    await gate.request('init', 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo })
    gate.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
  }
  const envelope = era === 'legacy' ? {} : { ...ENVELOPE, 'io.modelcontextprotocol/clientInfo': clientInfo }
  return {
    call: (id, tool, args, token) =>
      gate.call(id, tool, args, { ...envelope, ...(token === undefined ? {} : { progressToken: token }) }),
  }
}

const cancelled = (server: string) =>
  home.witness(`${server}.log`).filter(({ method }) => method === 'notifications/cancelled').length
const heartbeats = (token: string) =>
  gate.lines
    .map((line) => JSON.parse(line) as Answer)
    .filter(({ method, params }) => method === 'notifications/progress' && params?.progressToken === token)
    .map(({ params }) => Number(params?.progress))

describe.each(['legacy', 'modern'] as const)('a %s host', (era) => {
  it('that gives up at a fixed time is answered before, with the reason, and the server is told to stop', async () => {
    const host = await open(era, 'impatient')
    await Promise.all(
      SERVERS.map(async (server) => {
        // Up already: a start that takes a while is told as progress.
        await host.call(`pid-${server}`, `${server}__pid`, {})
        const answer = await host.call(`hang-${server}`, `${server}__hang`, {}, `token-${server}`)
        expect(answer.result).toMatchObject({ isError: true })
        const text = answer.result?.content?.[0]?.text ?? ''
        expect(text).toMatch(/impatient waits for a call \(5 s\)/)
        expect(text).toContain('host/deadline')
        await eventually(`"${server}" is told`, () => cancelled(server) === 1)
        expect(heartbeats(`token-${server}`)).toEqual([])
      }),
    )
  })

  it('that waits on while it hears of progress gets heartbeats, then the answer, under values that grow', async () => {
    const host = await open(era, 'patient')
    await Promise.all(
      SERVERS.map(async (server) => {
        const slow = { steps: 1, ms: 7_000, tag: 'done' }
        const answer = await host.call(`slow-${server}`, `${server}__slow`, slow, `token-${server}`)
        expect(answer.result?.content?.[0]?.text).toBe('slow done')
        const told = heartbeats(`token-${server}`)
        expect(told.length).toBeGreaterThan(2)
        expect(told.every((value, at) => at === 0 || value > (told[at - 1] ?? value))).toBe(true)
        // The server's own word is the last, as it was said.
        expect(told.at(-1)).toBe(1)
        expect(cancelled(server)).toBe(0)
      }),
    )
  })

  it('that waits on but gave no token is answered before it gives up', async () => {
    const host = await open(era, 'patient')
    const answer = await host.call('hang', 'old__hang', {})
    expect(answer.result).toMatchObject({ isError: true })
    await eventually('the server is told', () => cancelled('old') === 1)
  })
})
