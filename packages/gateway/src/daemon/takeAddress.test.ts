import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DaemonAddress, daemonAddress } from './address.ts'
import { type TakenAddress, takeAddress } from './takeAddress.ts'
import { readToken } from './tokenFile.ts'

let dir: string
let address: DaemonAddress
const taken: TakenAddress[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sp-'))
  address = daemonAddress({ env: { XDG_RUNTIME_DIR: dir }, homeDir: dir })
})
afterEach(() => {
  for (const one of taken.splice(0)) one.give()
  rmSync(dir, { recursive: true, force: true })
})

async function take(): Promise<TakenAddress | undefined> {
  const one = await takeAddress(address)
  if (one !== undefined) taken.push(one)
  return one
}

async function must(): Promise<TakenAddress> {
  const one = await take()
  if (one === undefined) throw new Error('somebody else has it')
  return one
}

const answers = () =>
  new Promise<boolean>((resolve) => {
    const socket = connect(address.socket)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

describe('the address of the daemon', () => {
  it('has one holder at a time, with a token of its own', async () => {
    const one = await must()
    expect(await take()).toBeUndefined()
    expect(readToken(address.token)).toEqual(one.token)
    one.give()
    expect(await answers()).toBe(false)
    expect(readToken(address.token)).toBeUndefined()
    const two = await must()
    expect(two.token).not.toEqual(one.token)
    one.give()
    expect(await answers()).toBe(true)
  })

  it('is open to this user only', async () => {
    await must()
    const modes = readdirSync(address.folder).map((name) => statSync(join(address.folder, name)).mode & 0o777)
    expect(statSync(address.folder).mode & 0o777).toBe(0o700)
    expect(modes.length).toBeGreaterThanOrEqual(3)
    for (const mode of modes) expect(mode & 0o077).toBe(0)
  })

  it('is taken over from one that was killed and left everything lying about', async () => {
    const dead = createServer()
    await must().then((one) => one.give())
    await new Promise<void>((resolve) => dead.listen(`${address.socket}x`, resolve))
    // A socket nobody listens on any more: closing would remove the file, so it is moved first.
    renameSync(`${address.socket}x`, address.socket)
    await new Promise((resolve) => dead.close(resolve))
    writeFileSync(address.token, 'x'.repeat(32), { mode: 0o600 })
    writeFileSync(address.start, '')
    writeFileSync(address.socket.replace('.daemon', '.new'), '')
    const one = await must()
    expect(await answers()).toBe(true)
    expect(readToken(address.token)).toEqual(one.token)
    expect(existsSync(address.start)).toBe(false)
  })

  it('knows when relays cannot find it any more, and then removes nothing that is not its own', async () => {
    const one = await must()
    expect(one.stillOurs()).toBe(true)
    rmSync(address.socket)
    rmSync(address.lock)
    expect(one.stillOurs()).toBe(false)
    const two = await must()
    one.give()
    expect(two.stillOurs()).toBe(true)
    expect(await answers()).toBe(true)
  })

  it('loses no connection that comes before anybody takes them', async () => {
    const one = await must()
    expect(await answers()).toBe(true)
    const seen = await new Promise((resolve) => one.receive(resolve))
    expect(seen).toBeDefined()
  })
})

describe('a token file', () => {
  const write = (mode: number, text = 'x'.repeat(32)) => {
    writeFileSync(join(dir, 't'), text)
    chmodSync(join(dir, 't'), mode)
  }

  it.each([0o604, 0o640, 0o644, 0o666])('that others may read or write (%o) is refused', (mode) => {
    write(mode)
    expect(() => readToken(join(dir, 't'))).toThrow('not a private file')
  })

  it('that is a link, a folder, or not 32 bytes long is refused', () => {
    write(0o600)
    symlinkSync(join(dir, 't'), join(dir, 'link'))
    expect(() => readToken(join(dir, 'link'))).toThrow()
    expect(() => readToken(dir)).toThrow()
    write(0o600, 'short')
    expect(() => readToken(join(dir, 't'))).toThrow('32 bytes')
    expect(() => readToken(join(dir, 't'))).not.toThrow('short')
  })

  it('that is not there is no token yet', () => {
    expect(readToken(join(dir, 'none'))).toBeUndefined()
  })
})
