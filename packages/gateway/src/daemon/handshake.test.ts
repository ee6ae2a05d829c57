import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, greetDaemon, greetRelay, type ProvenRelay } from './handshake.ts'
import { freshNonce, isProof, prove } from './proof.ts'

const key = 'aaaabbbbccccdddd'
const token = randomBytes(32)
const secrets = { key, token, nonce: freshNonce }
const request = { program: '1', patienceMs: 20_000, values: () => ({}) }

let dir: string
let server: Server
let path: string
const sockets: Socket[] = []
/** What the server saw of the last connection. */
let accepted: PromiseWithResolvers<Socket>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  path = join(dir, 's')
  accepted = Promise.withResolvers()
  server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    accepted.resolve(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
  rmSync(dir, { recursive: true, force: true })
})

async function dial(): Promise<Socket> {
  const socket = connect(path)
  sockets.push(socket)
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return socket
}

/** Everything a socket hears until it is closed. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text))
    socket.resume()
  })
}

/** Both sides; the daemon goes on with `then`. */
async function meet(
  then: (relay: ProvenRelay, socket: Socket) => unknown,
  more: Partial<Parameters<typeof greetDaemon>[2]> = {},
): Promise<{ answer: Answer; socket: Socket }> {
  const socket = await dial()
  const inner = await accepted.promise
  const daemon = greetRelay(inner, secrets).then((relay) => then(relay, inner))
  const answer = await greetDaemon(socket, secrets, { ...request, ...more })
  await daemon
  return { answer, socket }
}

describe('two that know the token', () => {
  it('agree, and every byte behind the last line is the client’s', async () => {
    const { answer, socket } = await meet(
      async (relay, inner) => {
        expect(await relay.ask(['A', 'B'])).toEqual({ server: 's', environment: { A: 'of a' } })
        relay.accept(['look out'])
        inner.write('first bytes\n')
        inner.end()
      },
      { server: 's', values: () => ({ A: 'of a', C: 'not asked for' }) },
    )
    expect(answer).toEqual({ kind: 'ready', notices: ['look out'] })
    expect(await heard(socket)).toBe('first bytes\n')
  })

  it('part when the daemon says why', async () => {
    const { answer } = await meet((relay) => relay.refuse('program', 'another one'))
    expect(answer).toEqual({ kind: 'refused', why: 'program', explain: 'another one' })
  })

  it('the daemon knows which program the relay is before it asks for anything', async () => {
    let program = ''
    const values = () => {
      throw new Error('the environment was asked for')
    }
    await meet(
      (relay) => {
        program = relay.program
        relay.refuse('leaving', '')
      },
      { program: '0.0.9 old', values },
    )
    expect(program).toBe('0.0.9 old')
  })

  it('keep what no name could have meant: __proto__ and the like are values like others', async () => {
    await meet(
      async (relay) => {
        const { environment } = await relay.ask(['__proto__', 'constructor', 'A'])
        expect(Object.keys(environment)).toEqual(['A'])
        relay.accept([])
      },
      { values: () => ({ A: 'a' }) },
    )
  })
})

describe('a relay gives nothing to', () => {
  it('somebody who does not know the token: no environment, no proof', async () => {
    const socket = await dial()
    const inner = await accepted.promise
    const asked: string[] = []
    const values = () => {
      asked.push('environment')
      return { SECRET: 'hunter2' }
    }
    inner.write(`${JSON.stringify({ nonce: freshNonce(), proof: freshNonce() })}\n`)
    await expect(greetDaemon(socket, secrets, { ...request, values })).rejects.toThrow(
      'does not know the token',
    )
    expect(await heard(inner)).toMatch(/^\{"nonce":"[0-9a-f]{64}"\}\n$/)
    expect(asked).toEqual([])
  })

  it('somebody who sends its own challenge and proof back, or what another daemon said before', async () => {
    const recorded = { nonce: freshNonce(), relayNonce: freshNonce() }
    const old = { key, relayNonce: recorded.relayNonce, daemonNonce: recorded.nonce }
    for (const line of [
      { nonce: recorded.nonce, proof: prove(token, 'daemon', old) },
      { nonce: recorded.nonce, proof: prove(token, 'relay', old) },
      { nonce: recorded.nonce, proof: prove(randomBytes(32), 'daemon', old) },
      { nonce: recorded.nonce, proof: '' },
      { nonce: 'short', proof: prove(token, 'daemon', old) },
    ]) {
      accepted = Promise.withResolvers()
      const socket = await dial()
      const inner = await accepted.promise
      inner.write(`${JSON.stringify(line)}\n`)
      await expect(greetDaemon(socket, secrets, request)).rejects.toThrow(/token|challenge/)
    }
  })

  it('silence', async () => {
    const socket = await dial()
    const inner = await accepted.promise
    const greeted = greetDaemon(socket, secrets, request)
    inner.end()
    await expect(greeted).rejects.toThrow('ended')
  })

  it('somebody who stays silent, for longer than the relay itself has', async () => {
    const greeted = greetDaemon(await dial(), secrets, { ...request, patienceMs: 50 })
    await expect(greeted).rejects.toThrow('nothing came within 50 ms')
  })
})

describe('a daemon says nothing to', () => {
  const challengeOf = async (socket: Socket) => {
    const line = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(String(chunk))),
    )
    return JSON.parse(line) as { nonce: string; proof: string }
  }

  it('a relay with a forged, a replayed or its own proof', async () => {
    const relayNonce = freshNonce()
    const forgeries: ((daemon: { nonce: string; proof: string }) => unknown)[] = [
      () => freshNonce(),
      () => prove(token, 'relay', { key, relayNonce, daemonNonce: freshNonce() }),
      ({ proof }) => proof,
      ({ nonce }) => prove(token, 'daemon', { key, relayNonce, daemonNonce: nonce }),
      ({ nonce }) => prove(token, 'relay', { key: 'another daemon', relayNonce, daemonNonce: nonce }),
      ({ nonce }) => prove(token, 'relay', { key, relayNonce, daemonNonce: nonce }).toUpperCase(),
      () => [1],
      () => undefined,
    ]
    for (const forge of forgeries) {
      accepted = Promise.withResolvers()
      const socket = await dial()
      const greeted = greetRelay(await accepted.promise, secrets)
      socket.write(`${JSON.stringify({ nonce: relayNonce })}\n`)
      const proof = forge(await challengeOf(socket))
      socket.write(`${JSON.stringify({ proof, program: '1' })}\n`)
      await expect(greeted).rejects.toThrow('does not know the token')
      expect(await heard(socket)).toBe('')
    }
  })

  it('whatever is no handshake', async () => {
    const garbage = fc.oneof(
      fc.constantFrom('', '\n', '{}\n', '[]\n', 'null\n', '{"nonce":1}\n', 'GET / HTTP/1.1\r\n\r\n', '\0'),
      fc.string({ unit: 'binary' }),
      fc.json().map((text) => `${text}\n`),
      fc.constant(`{"nonce":"${'a'.repeat(10_000)}"}\n`),
    )
    await fc.assert(
      fc.asyncProperty(garbage, async (text) => {
        accepted = Promise.withResolvers()
        const socket = await dial()
        const greeted = greetRelay(await accepted.promise, secrets)
        const said = heard(socket)
        socket.end(text)
        await expect(greeted).rejects.toThrow()
        expect(await said).toBe('')
      }),
      { numRuns: 50 },
    )
  })

  it('one that sends a byte now and then: it has ten seconds for everything', async () => {
    const socket = await dial()
    const greeted = greetRelay(await accepted.promise, secrets)
    const drip = setInterval(() => socket.write(' '), 100)
    await expect(greeted).rejects.toThrow()
    clearInterval(drip)
    expect(await heard(socket)).toBe('')
  })
})

it('a proof is only the one of this token, role and challenge', () => {
  const challenge = { key, relayNonce: freshNonce(), daemonNonce: freshNonce() }
  expect(isProof(token, 'daemon', challenge, prove(token, 'daemon', challenge))).toBe(true)
  const flips = fc.record({ at: fc.nat(63), by: fc.integer({ min: 1, max: 15 }) })
  fc.assert(
    fc.property(flips, ({ at, by }) => {
      const good = prove(token, 'daemon', challenge)
      const digit = (Number.parseInt(good.charAt(at), 16) ^ by).toString(16)
      expect(isProof(token, 'daemon', challenge, good.slice(0, at) + digit + good.slice(at + 1))).toBe(false)
    }),
  )
})
