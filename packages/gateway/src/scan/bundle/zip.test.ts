import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type PackedFile, pack } from './bundle.fixture.ts'
import { readZip } from './zip.ts'

const manifest: PackedFile = { path: 'manifest.json', data: '{"name":"x"}' }
const faultOf = (bytes: Buffer) => {
  const zip = readZip(bytes)
  if (!zip.ok) return zip.rule
  const bad = zip.entries.map((entry) => entry.read()).find((content) => !content.ok)
  return bad === undefined || bad.ok ? undefined : bad.rule
}

describe('an honest archive', () => {
  it('is read as it was packed', () => {
    const noise = randomBytes(1000)
    const zip = readZip(
      pack([
        manifest,
        { path: 'server/', data: '', mode: 0o040755, stored: true },
        { path: 'server/run.sh', data: noise, mode: 0o100755 },
        { path: 'ü/日本.txt', data: 'x', stored: true },
      ]),
    )
    if (!zip.ok) throw new Error(zip.explain)
    expect(
      zip.entries.map(({ path, isFolder, isExecutable, bytes }) => [path, isFolder, isExecutable, bytes]),
    ).toEqual([
      ['manifest.json', false, false, 12],
      ['server/', true, true, 0],
      ['server/run.sh', false, true, 1000],
      ['ü/日本.txt', false, false, 1],
    ])
    expect(zip.entries[2]?.read()).toEqual({ ok: true, bytes: noise })
  })

  it('may carry a comment, or the signature of its author', () => {
    expect(readZip(pack([manifest], { comment: 'made by hand' }))).toMatchObject({ ok: true, signed: false })
    const signed = Buffer.concat([pack([manifest]), Buffer.from('MCPB_SIG_V1\x04\0\0\0abcdMCPB_SIG_END')])
    expect(readZip(signed)).toMatchObject({ ok: true, signed: true })
  })
})

const HOSTILE: readonly (readonly [what: string, bytes: () => Buffer, rule: string])[] = [
  ['climbs out', () => pack([manifest, { path: '../../.bashrc', data: 'x' }]), 'bundle/escape'],
  ['climbs out in the middle', () => pack([{ path: 'a/../../b', data: 'x' }]), 'bundle/escape'],
  ['has an absolute path', () => pack([{ path: '/etc/cron.d/x', data: 'x' }]), 'bundle/escape'],
  ['has a drive', () => pack([{ path: 'C:/x', data: 'x' }]), 'bundle/escape'],
  ['has backslashes', () => pack([{ path: '..\\..\\x', data: 'x' }]), 'bundle/escape'],
  [
    'has a link',
    () => pack([{ path: 'a', data: '/etc/passwd', mode: 0o120777, stored: true }]),
    'bundle/escape',
  ],
  ['has a device', () => pack([{ path: 'a', data: '', mode: 0o020666, stored: true }]), 'bundle/escape'],
  ['has one name twice', () => pack([manifest, { path: 'manifest.json', data: '{}' }]), 'bundle/duplicate'],
  [
    'has one name twice on some systems',
    () => pack([manifest, { path: 'MANIFEST.json', data: '{}' }]),
    'bundle/duplicate',
  ],
  [
    'has a file that is also a folder',
    () =>
      pack([
        { path: 'a', data: '', stored: true },
        { path: 'a/', data: '', stored: true },
      ]),
    'bundle/duplicate',
  ],
  [
    'says it unpacks to 4 GiB',
    () => pack([{ path: 'a', data: 'x', lie: { bytes: 0xfffffff0 } }]),
    'bundle/size',
  ],
  [
    'unpacks to more than it says',
    () => pack([{ path: 'a', data: Buffer.alloc(10_000_000), lie: { bytes: 100 } }]),
    'bundle/malformed',
  ],
  [
    'unpacks to less than it says',
    () => pack([{ path: 'a', data: 'x', lie: { bytes: 100 } }]),
    'bundle/malformed',
  ],
  [
    'has another name inside',
    () => pack([{ path: 'good.js', data: 'x', lie: { localPath: 'evil.js' } }]),
    'bundle/malformed',
  ],
  [
    'uses one file twice',
    () =>
      pack([manifest, { path: 'manifest2json', data: '{"name":"x"}', lie: { offset: 0, localPath: 'x' } }]),
    'bundle/malformed',
  ],
  ['is encrypted', () => pack([{ path: 'a', data: 'x', lie: { flags: 0x0801 } }]), 'bundle/malformed'],
  ['is packed strangely', () => pack([{ path: 'a', data: 'x', lie: { method: 93 } }]), 'bundle/malformed'],
  ['is damaged', () => pack([{ path: 'a', data: 'x', lie: { crc: 1 } }]), 'bundle/malformed'],
  ['hides something before itself', () => pack([manifest], { prefix: '#!/bin/sh\n' }), 'bundle/malformed'],
  [
    'has a name that is no UTF-8 by its flag',
    () => pack([{ path: 'ü', data: 'x', lie: { flags: 0 } }]),
    'bundle/malformed',
  ],
  ['has a NUL in a name', () => pack([{ path: 'a\0.js', data: 'x' }]), 'bundle/malformed'],
  ['has an empty part', () => pack([{ path: 'a//b', data: 'x' }]), 'bundle/malformed'],
  ['ends before its end', () => pack([manifest]).subarray(0, -5), 'bundle/malformed'],
  ['goes on after its end', () => Buffer.concat([pack([manifest]), Buffer.from('x')]), 'bundle/malformed'],
  [
    'has a second archive in its comment',
    () => {
      const outer = pack([manifest])
      const inner = Buffer.from(outer.subarray(outer.length - 22))
      const end = Buffer.from(inner)
      end.writeUInt16LE(22, 20)
      return Buffer.concat([outer.subarray(0, outer.length - 22), end, inner])
    },
    'bundle/malformed',
  ],
  ['is no archive', () => Buffer.from('PK\x03\x04 not really'), 'bundle/malformed'],
  ['is empty', () => Buffer.alloc(0), 'bundle/malformed'],
]

describe('a hostile archive', () => {
  it.each(HOSTILE)('is refused when it %s', (_what, bytes, rule) => {
    expect(faultOf(bytes())).toBe(rule)
  })

  it('is refused by its directory, before anything is unpacked', () => {
    const files = Array.from({ length: 60_000 }, (_, index) => ({
      path: `f${index}`,
      data: '',
      stored: true,
    }))
    expect(readZip(pack(files))).toMatchObject({ rule: 'bundle/size' })
    const zeros = Buffer.alloc(4_000_000)
    const bomb = Array.from({ length: 10 }, (_, index) => ({ path: `z${index}`, data: zeros }))
    expect(readZip(pack(bomb), { maxEntries: 100, maxTotalBytes: 20_000_000 })).toMatchObject({
      rule: 'bundle/size',
    })
  })
})
