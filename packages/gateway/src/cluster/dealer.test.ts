import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { Dealer, type Dealt } from './dealer.ts'

const HUNG_MS = 300
let dealer: Dealer | undefined
const clients: Socket[] = []
afterEach(() => {
  dealer?.close()
  for (const client of clients.splice(0)) client.destroy()
})

/** A hand that takes what it is given, or nothing. */
function hand(takes: boolean) {
  const seen = { given: 0, hung: Promise.withResolvers<void>(), calls: 0 }
  const dealt: Dealt = {
    give(connection) {
      seen.given++
      if (takes) dealer?.took(connection)
    },
    hung() {
      seen.calls++
      seen.hung.resolve()
    },
  }
  return { seen, dealt }
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  clients.push(socket)
  await once(socket, 'connect')
  return socket
}

it('a hand that takes nothing is found out, and with it end those who wait for it; one that takes is left alone', async () => {
  dealer = new Dealer({ hungMs: HUNG_MS })
  const [stuck, good] = [hand(false), hand(true)]
  dealer.add(stuck.dealt)
  dealer.add(good.dealt)
  const { port } = await dealer.listen('127.0.0.1', 0)
  const closed = (await Promise.all([client(port), client(port)])).map((socket) =>
    once(socket.resume(), 'close'),
  )
  await stuck.seen.hung.promise
  expect([stuck.seen.given, good.seen.given, good.seen.calls]).toEqual([1, 1, 0])
  // As when its process was killed for it.
  dealer.remove(stuck.dealt)
  await Promise.all(closed)
})
