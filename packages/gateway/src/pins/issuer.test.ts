import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../audit/entry.ts'
import { parseConfig } from '../config/load.ts'
import { silentLog } from '../log.ts'
import { issuerOf } from './identity.ts'
import { PinBook } from './pinBook.ts'
import { pinFolder } from './pinFiles.ts'
import { PinStore } from './pinStore.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const ORIGIN = 'https://api.example'

/** A book over real files, of remote servers with these trust levels, all at one origin. */
async function makeBook(
  levels: readonly string[],
  { folder, profile = 'balanced' }: { folder?: string; profile?: string } = {},
) {
  const dir = folder ?? mkdtempSync(join(tmpdir(), 'sallyport-issuer-'))
  if (folder === undefined) folders.push(dir)
  const servers = Object.fromEntries(
    levels.map((trust, at) => [`s${at}`, { url: `${ORIGIN}/mcp/${at}`, trust }]),
  )
  const text = { version: 1, profile, servers: { ...servers, far: { url: 'https://far.example/mcp' } } }
  const source = Buffer.from(JSON.stringify(text))
  const parsed = parseConfig(source, join(dir, 'sallyport.json'), { env: {}, homeDir: dir })
  if (!parsed.ok) throw parsed.error
  const lockPath = join(dir, 'sallyport.lock')
  const store = await PinStore.open({
    lockPath,
    folder: pinFolder(join(dir, 'data'), lockPath),
    rules: new Set(),
    log: silentLog,
  })
  const events: AuditEntry[] = []
  const book = new PinBook({
    store,
    config: () => parsed.config,
    audit: { append: async (entry) => void events.push(entry) },
    log: silentLog,
    now: () => Date.parse('2026-06-01T12:00:00.000Z'),
  })
  return { book, store, events, dir }
}

const certificate = (issuer: string, leaf = 'a') => ({
  subject: 'CN=api.example',
  issuer,
  fingerprint256: leaf,
  validTo: 'Jan  1 00:00:00 2027 GMT',
})
const KNOWN = certificate("C=US\nO=Let's Encrypt\nCN=R11")
const RENEWED = certificate("C=US\nO=Let's Encrypt\nCN=E7", 'b')
const OTHER = certificate('C=US\nO=Other Trust\nCN=R11', 'c')

describe('who vouches for a remote server', () => {
  it.each(['untrusted', 'partial'])('is pinned, and another one waits for review: %s', async (trust) => {
    const { book, store, dir } = await makeBook([trust])
    expect(await book.admitCertificate(ORIGIN, KNOWN)).toBeUndefined()
    expect(await book.admitCertificate(ORIGIN, RENEWED)).toBeUndefined()
    const refused = await book.admitCertificate(ORIGIN, OTHER)
    expect(refused).toContain('pins/identity')
    expect(refused).toContain('sallyport review s0')
    expect(book.holds('s0').get('identity/issuer')).toMatchObject({ state: 'waiting', rule: 'pins/identity' })
    // After a restart too; and the known one is let through as before.
    const again = await makeBook([trust], { folder: dir })
    expect(await again.book.admitCertificate(ORIGIN, OTHER)).toContain('pins/identity')
    expect(await again.book.admitCertificate(ORIGIN, KNOWN)).toBeUndefined()
    expect(again.book.holds('s0').size).toBe(0)
    store.close?.()
  })

  it('may change at a trusted server, which is noted', async () => {
    const { book, events } = await makeBook(['trusted'])
    await book.admitCertificate(ORIGIN, KNOWN)
    const before = events.length
    expect(await book.admitCertificate(ORIGIN, OTHER)).toBeUndefined()
    expect(events.slice(before)).toMatchObject([{ event: 'pins.accepted' }])
  })

  it('is asked for every server of the origin, and of no other: the strictest decides', async () => {
    const { book } = await makeBook(['trusted', 'untrusted'])
    await book.admitCertificate(ORIGIN, KNOWN)
    expect(await book.admitCertificate(ORIGIN, OTHER)).toContain('"s1"')
    expect(book.holds('far').size).toBe(0)
  })

  it('is only written down in profile observe', async () => {
    const { book } = await makeBook(['untrusted'], { profile: 'observe' })
    await book.admitCertificate(ORIGIN, KNOWN)
    expect(await book.admitCertificate(ORIGIN, OTHER)).toBeUndefined()
    expect(book.holds('s0').has('identity/issuer')).toBe(true)
  })

  it('lets nobody of an untrusted server be heard: it says nothing', async () => {
    const { book } = await makeBook(['untrusted'])
    await book.admitCertificate(ORIGIN, KNOWN)
    expect(book.mayBeHeard('s0')).toBe(false)
  })

  it('is the organisation, or the whole name of an authority that has none', () => {
    expect(issuerOf(KNOWN)).toEqual(issuerOf(RENEWED))
    expect(issuerOf(KNOWN).value).toEqual({ vouches: "O=Let's Encrypt, C=US" })
    expect(issuerOf(certificate('CN=our own')).value).toEqual({ vouches: 'CN=our own' })
    expect(issuerOf(certificate('CN=our own'))).not.toEqual(issuerOf(certificate('CN=another')))
  })
})
