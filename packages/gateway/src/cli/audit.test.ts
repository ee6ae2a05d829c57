import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { INDEX_FILE, listChains } from '../audit/layout.ts'
import { isIntact } from '../audit/record.ts'
import {
  appendMany,
  exchange,
  makePlace,
  openAt,
  type Place,
  recordsAt,
  segmentsAt,
  writeTrail,
} from '../audit/testing/trailFixture.ts'
import { runAuditExport, runAuditQuery, runAuditTail, runAuditVerify } from './audit.ts'

const START = Date.parse('2026-11-22T12:00:00.000Z')
let place: Place
let clock: number
beforeEach(() => {
  place = makePlace()
  clock = START
})
afterEach(() => place.remove())

/** Ten calls, a minute apart: of two principals, to two servers, with several outcomes. */
async function tenCalls(): Promise<void> {
  const trail = await openAt(place, { now: () => clock })
  for (let at = 1; at <= 10; at++) {
    clock = START + at * 60_000
    await trail.append(
      exchange(at, {
        principal: at % 2 === 0 ? '["local","alice"]' : '["https://idp.example","bob"]',
        server: at <= 5 ? 'files' : 'memory',
        name: at % 3 === 0 ? 'delete_file' : 'read_file',
        outcome: at % 5 === 0 ? 'refused' : 'ok',
        ...(at % 5 === 0 ? { rule: 'limits/rate', explain: 'too many calls' } : {}),
        ...(at === 7
          ? { findings: [{ rule: 'poison/secrecy', severity: 'high' }], arguments: { path: 'Größe "x"' } }
          : {}),
        method: at === 4 ? 'prompts/get' : 'tools/call',
      }),
    )
  }
  clock = START + 11 * 60_000
  await trail.close()
}

function io() {
  const out = new PassThrough()
  const err = new PassThrough()
  const texts = { out: '', err: '' }
  out.setEncoding('utf8').on('data', (text) => (texts.out += text))
  err.setEncoding('utf8').on('data', (text) => (texts.err += text))
  return { out, err, now: () => clock, texts, lines: () => texts.out.split('\n').filter(Boolean) }
}

const ids = (lines: string[]) => lines.map((line) => Number(JSON.parse(line).requestId))

describe('audit query', () => {
  it.each([
    ['--server', { server: 'memory' }, [6, 7, 8, 9, 10]],
    ['--name', { name: 'delete_file' }, [3, 6, 9]],
    ['--principal by subject', { principal: 'bob' }, [1, 3, 5, 7, 9]],
    ['--principal as a whole', { principal: '["local","alice"]', server: 'files' }, [2, 4]],
    ['--outcome', { outcome: 'refused' }, [5, 10]],
    ['--rule that decided', { rule: 'limits/rate' }, [5, 10]],
    ['--rule of a finding', { rule: 'poison/secrecy' }, [7]],
    ['--method', { method: 'prompts/get' }, [4]],
    ['--text in any case, beyond ASCII, with quotes', { text: 'grÖSSe "X'.replace('SS', 'ß') }, [7]],
    [
      '--since and --until',
      { since: '2026-11-22T12:02:00Z', until: '2026-11-22T12:04:00Z', method: 'tools/call' },
      [2, 3],
    ],
    ['--since as ago', { since: '3m', server: 'memory' }, [8, 9, 10]],
    ['nothing found', { server: 'nobody' }, []],
  ])('finds by %s', async (_name, filter, expected) => {
    await tenCalls()
    const all = io()
    expect(await runAuditQuery({ dir: place.dir, limit: 100, json: true, ...filter }, all)).toBe(0)
    expect(ids(all.lines())).toEqual(expected)
    // The export reads the segments themselves, and must agree with the index.
    const exported = io()
    expect(await runAuditExport({ dir: place.dir, format: 'jsonl', ...filter }, exported)).toBe(0)
    expect(exported.lines()).toEqual(all.lines())
  })

  it('gives the newest within --limit, the oldest of them first, and says that there are more', async () => {
    await tenCalls()
    const found = io()
    await runAuditQuery({ dir: place.dir, limit: 3, json: true, method: 'tools/call' }, found)
    expect(ids(found.lines())).toEqual([8, 9, 10])
    expect(found.texts.err).toContain('the newest 3 are shown')
  })

  it('keeps up with new records, other chains, rotation, and what retention removed', async () => {
    const query = async () => {
      const found = io()
      await runAuditQuery({ dir: place.dir, limit: 10_000, json: true, method: 'tools/call' }, found)
      return new Set(ids(found.lines()))
    }
    const one = await openAt(place, { maxSegmentBytes: 3000 })
    await appendMany(one, 5)
    expect((await query()).size).toBe(5)
    const two = await openAt(place)
    for (let at = 0; at < 10; at++)
      await Promise.all([appendMany(one, 5, 100 + at * 10), appendMany(two, 5, 1000 + at * 10)])
    expect((await query()).size).toBe(105)
    await one.close()
    await two.close()
    const [first = ''] = segmentsAt(place).filter(
      (path) => path.includes('00000001') && readFileSync(path, 'utf8').includes('"requestId":"1"'),
    )
    rmSync(first)
    expect((await query()).has(1)).toBe(false)
  })

  it.each([
    ['was deleted', (path: string) => rmSync(path)],
    [
      'is no database',
      (path: string) => writeFileSync(path, 'not a database at all, but longer than nothing'.repeat(50)),
    ],
    ['was cut short', (path: string) => truncateSync(path, 5000)],
  ])('builds the index anew when it %s', async (_name, damage) => {
    await tenCalls()
    await runAuditQuery({ dir: place.dir, limit: 5, json: true }, io())
    damage(join(place.dir, INDEX_FILE))
    const found = io()
    expect(await runAuditQuery({ dir: place.dir, limit: 100, json: true, outcome: 'refused' }, found)).toBe(0)
    expect(ids(found.lines())).toEqual([5, 10])
  })

  it('notices that a segment is not the one that was indexed', async () => {
    await tenCalls()
    await runAuditQuery({ dir: place.dir, limit: 5, json: true }, io())
    const [path = ''] = segmentsAt(place)
    const lines = readFileSync(path, 'latin1').split('\n')
    writeFileSync(path, [...lines.slice(1, 6), ...lines.slice(0, 1), ...lines.slice(6)].join('\n'), 'latin1')
    const found = io()
    expect(await runAuditQuery({ dir: place.dir, limit: 100, json: true, outcome: 'ok' }, found)).toBe(0)
    expect(ids(found.lines())).toEqual([1, 2, 3, 4, 6, 7, 8, 9])
  })

  it.skipIf(process.getuid?.() === 0)('works on a folder it may only read', async () => {
    await tenCalls()
    chmodSync(place.dir, 0o500)
    const found = io()
    expect(await runAuditQuery({ dir: place.dir, limit: 100, json: true, outcome: 'refused' }, found)).toBe(0)
    chmodSync(place.dir, 0o700)
    expect(ids(found.lines())).toEqual([5, 10])
  })

  it.each([
    [{ since: 'yesterday' }, '--since yesterday: give a time like'],
    [{ until: '12:00' }, '--until 12:00: give a time like'],
    [{ outcome: 'denied' }, '--outcome denied: it is one of ok, tool-error'],
  ])('says what an option should be (%o)', async (filter, message) => {
    await tenCalls()
    const found = io()
    expect(await runAuditQuery({ dir: place.dir, limit: 5, json: true, ...filter }, found)).toBe(2)
    expect(found.texts.err).toContain(message)
  })
})

it('nothing that is printed for people carries control, bidirectional or invisible characters', async () => {
  const evil = 'x\r\n\u001b[2J\u202e\u2028\u009b1m\u007f\u200bend'
  const trail = await openAt(place)
  await trail.append(
    exchange(1, { name: evil, server: evil, principal: evil, rule: evil, explain: evil, method: evil }),
  )
  await trail.append({ kind: 'event', event: evil, details: { [evil]: evil } })
  await trail.close()
  const shown = io()
  await runAuditQuery({ dir: place.dir, limit: 10, json: false }, shown)
  await runAuditTail({ dir: place.dir, lines: 10, follow: false, json: false }, shown)
  await runAuditExport({ dir: place.dir, format: 'jsonl' }, shown)
  expect(shown.texts.out).toMatch(/^[\x20-\x7e\n]*$/)
  expect(shown.lines()).toHaveLength(12)
  expect(shown.texts.out).toContain('x\\u{d}\\u{a}\\u{1b}[2J\\u{202e}')
})

describe('audit tail', () => {
  it('prints the last records of all chains by time', async () => {
    await tenCalls()
    const shown = io()
    expect(await runAuditTail({ dir: place.dir, lines: 3, follow: false, json: false }, shown)).toBe(0)
    expect(shown.lines()).toEqual([
      '2026-11-22 12:09:00.000Z  ok             bob       memory/delete_file  tools/call  1.5 ms',
      '2026-11-22 12:10:00.000Z  refused        alice     memory/read_file  tools/call  1.5 ms  [limits/rate]  too many calls',
      '2026-11-22 12:11:00.000Z  audit.closed   -',
    ])
  })

  it('prints as many as were asked for of those that match, however far back they are', async () => {
    await tenCalls()
    const shown = io()
    const filter = { server: 'files', name: 'read_file' }
    const options = { dir: place.dir, lines: 2, follow: false, json: false }
    expect(await runAuditTail({ ...options, ...filter }, shown)).toBe(0)
    expect(shown.lines().map((line) => line.slice(11, 19))).toEqual(['12:04:00', '12:05:00'])
    const refused = io()
    expect(await runAuditTail({ ...options, outcome: 'nonsense' }, refused)).toBe(2)
    expect(refused.texts.err).toContain('--outcome nonsense: it is one of ok,')
  })

  it('reads back over segments for as many as were asked for', async () => {
    await writeTrail(place, 60, { maxSegmentBytes: 3000 })
    const shown = io()
    await runAuditTail({ dir: place.dir, lines: 25, follow: false, json: true }, shown)
    expect(shown.lines()).toEqual(
      recordsAt(place)
        .slice(-25)
        .map((record) => JSON.stringify(record)),
    )
  })

  it('follows new records, over rotations and into new chains, each once', async () => {
    await writeTrail(place, 3)
    const stop = new AbortController()
    const shown = io()
    const done = runAuditTail(
      {
        dir: place.dir,
        lines: 0,
        follow: true,
        json: true,
        signal: stop.signal,
        pollMs: 5,
        method: 'tools/call',
      },
      shown,
    )
    const one = await openAt(place, { maxSegmentBytes: 2000 })
    const two = await openAt(place)
    for (let at = 0; at < 20; at++) {
      await appendMany(one, 2, 100 + at * 2)
      await appendMany(two, 2, 200 + at * 2)
    }
    await one.close()
    await two.close()
    await vi.waitFor(() => expect(shown.lines().length).toBe(80), { timeout: 20_000 })
    stop.abort()
    expect(await done).toBe(0)
    expect(ids(shown.lines()).sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 40 }, (_, at) => 100 + at),
      ...Array.from({ length: 40 }, (_, at) => 200 + at),
    ])
  })
})

describe('audit verify', () => {
  const verify = (more: { json?: boolean; keys?: string[]; checkpoints?: string[] } = {}) => {
    const shown = io()
    const options = {
      dir: place.dir,
      stateDir: place.stateDir,
      keys: [],
      checkpoints: [],
      json: false,
      ...more,
    }
    return runAuditVerify(options, shown).then((code) => ({ code, ...shown.texts }))
  }

  it('exits 0 and says what it proved', async () => {
    await tenCalls()
    const { code, out } = await verify()
    expect(code).toBe(0)
    expect(out).toMatch(
      /^intact: 12 records in 1 chain, 2 checkpoints\n {2}chain [0-9a-f]{16}: records 1 to 12 in 1 segments, all signed\n/,
    )
    const json = JSON.parse((await verify({ json: true })).out)
    expect(json).toMatchObject({ outcome: 'intact', problems: [] })
    expect(json.keys[0].pem).toContain('PUBLIC KEY')
  })

  it('exits 1 and names the first bad record', async () => {
    await tenCalls()
    const [path = ''] = segmentsAt(place)
    writeFileSync(path, readFileSync(path, 'latin1').replace('delete_file', 'remove_file'), 'latin1')
    const { code, out } = await verify()
    expect(code).toBe(1)
    const [chain] = listChains(place.dir)
    expect(out).toContain(
      `edited: chain ${chain}, segment 1, line 4, record 4: its content does not give its hash`,
    )
  })

  it('finds a cut end by the exported checkpoints and key', async () => {
    await tenCalls()
    const [checkpoints, key] = [join(place.root, 'checkpoints.copy'), join(place.root, 'key.copy')]
    for (const [what, file] of [
      ['checkpoints', checkpoints],
      ['public-key', key],
    ] as const) {
      const exported = io()
      expect(await runAuditExport({ dir: place.dir, format: 'jsonl', what }, exported)).toBe(0)
      writeFileSync(file, exported.texts.out)
    }
    rmSync(join(place.dir, 'checkpoints.jsonl'))
    const [path = ''] = segmentsAt(place)
    writeFileSync(
      path,
      readFileSync(path, 'latin1').split('\n').slice(0, 3).join('\n').concat('\n'),
      'latin1',
    )
    const { code, out } = await verify({ checkpoints: [checkpoints], keys: [key] })
    expect(code).toBe(1)
    expect(out).toContain('truncated: chain')
  })

  it('exits 3 when it could not check: no trail, no records, no key, a file that is not there', async () => {
    expect(await verify()).toMatchObject({ code: 3, err: expect.stringContaining('no audit trail at') })
    await tenCalls()
    expect(await verify({ keys: ['/nowhere/key.pem'] })).toMatchObject({
      code: 3,
      err: expect.stringContaining('ENOENT'),
    })
    expect(await verify({ keys: [segmentsAt(place)[0] ?? ''] })).toMatchObject({
      code: 3,
      err: expect.stringContaining('holds no key'),
    })
    rmSync(place.stateDir, { recursive: true })
    rmSync(join(place.dir, 'public-key.pem'))
    expect(await verify()).toMatchObject({ code: 3, out: expect.stringContaining('no key') })
  })
})

describe('audit export', () => {
  it('gives every record of every chain by time, still provable by its own hash', async () => {
    const one = await openAt(place, { maxSegmentBytes: 3000 })
    const two = await openAt(place)
    for (let at = 0; at < 20; at++)
      await Promise.all([one.append(exchange(at)), two.append(exchange(at + 100))])
    await one.close()
    await two.close()
    const exported = io()
    expect(await runAuditExport({ dir: place.dir, format: 'jsonl' }, exported)).toBe(0)
    const lines = exported.lines()
    expect(lines).toHaveLength(44)
    expect(lines.every((line) => isIntact(line))).toBe(true)
    const times = lines.map((line) => JSON.parse(line).time)
    expect(times).toEqual(times.toSorted())
  })

  it('leaves out a damaged line, says so, and falls short', async () => {
    await tenCalls()
    const [path = ''] = segmentsAt(place)
    writeFileSync(path, readFileSync(path, 'latin1').replace('{"v":1', '{"v":x'), 'latin1')
    const exported = io()
    expect(await runAuditExport({ dir: place.dir, format: 'jsonl' }, exported)).toBe(1)
    expect(exported.lines()).toHaveLength(11)
    expect(exported.texts.err).toContain('segment 1, line 1')
  })

  it('ends quietly when its reader goes away', async () => {
    await writeTrail(place, 2000)
    const program = `import { runAuditExport } from ${JSON.stringify(new URL('./audit.ts', import.meta.url).href)}
      process.exitCode = await runAuditExport({ dir: process.argv[1], format: 'jsonl' }, { out: process.stdout, err: process.stderr, now: Date.now })`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, place.dir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = await once(child, 'close')
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
  })
})
