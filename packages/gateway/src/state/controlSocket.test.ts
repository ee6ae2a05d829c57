import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openControlSocket, readStatuses } from './controlSocket.ts'

let dir: string
const servers: Server[] = []
const sockets: Socket[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Something else that listens there. */
async function plant(name: string, then: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    then(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(join(dir, name), resolve))
}

it('a gateway that hangs, floods or talks nonsense does not hide the others', async () => {
  const control = await openControlSocket(dir, () => ({ pid: 1 }))
  await plant('2.sock', () => undefined)
  await plant('3.sock', (socket) => void socket.end('garbage\n'))
  await plant('4.sock', (socket) => void socket.end('x'.repeat(5 * 1024 * 1024)))
  await plant('5.sock', drip)
  const { answers, silent } = await readStatuses(dir)
  await control.close()
  expect(answers).toEqual([{ pid: 1 }])
  expect(silent).toHaveLength(4)
  for (const [at, why] of [
    /2.sock did not/,
    /3.sock gave no usable/,
    /4.sock (answered too much|did not)/,
    /5.sock did not/,
  ].entries())
    expect(silent.toSorted()[at]).toMatch(why)
})

/** A byte now and then, for ever. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write(' '), 100)
  socket.on('close', () => clearInterval(timer))
}

it('one that was killed is no gateway any more, at whatever moment', async () => {
  const control = await openControlSocket(dir, () => ({ pid: 1 }))
  await plant('2.sock', (socket) => void socket.end())
  writeFileSync(join(dir, '3.sock'), '')
  expect(await readStatuses(dir)).toEqual({ answers: [{ pid: 1 }], silent: [] })
  await control.close()
  expect(existsSync(join(dir, '3.sock'))).toBe(false)
})

it('nobody is asked in a folder that others may write to: what they answer is shown on a terminal', async () => {
  const control = await openControlSocket(dir, () => ({ pid: 1 }))
  chmodSync(dir, 0o777)
  await expect(readStatuses(dir)).rejects.toThrow('is open to other users')
  chmodSync(dir, 0o700)
  await control.close()
})

it('where there is no folder nothing runs, and none is made', async () => {
  expect(await readStatuses(join(dir, 'none'))).toEqual({ answers: [], silent: [] })
  expect(existsSync(join(dir, 'none'))).toBe(false)
})
