import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestText } from './digest.ts'
import { AuditUnavailable } from './entry.ts'
import { listChains, SIGNING_KEY_FILE } from './layout.ts'
import {
  allBytesAt,
  appendMany,
  checkpointsAt,
  exchange,
  makePlace,
  openAt,
  type Place,
  recordsAt,
  segmentsAt,
  verifyAt,
  writeTrail,
} from './testing/trailFixture.ts'

let place: Place
beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.remove())

const lastSegment = () => segmentsAt(place).at(-1) ?? ''

it('a resolved append is in the file, in the order of the calls', async () => {
  const trail = await openAt(place)
  await appendMany(trail, 100)
  const ids = recordsAt(place)
    .filter(({ kind }) => kind === 'exchange')
    .map(({ requestId }) => requestId)
  expect(ids).toEqual(Array.from({ length: 100 }, (_, at) => String(at + 1)))
  await trail.close()
  expect(verifyAt(place).outcome).toBe('intact')
})

it('a stranger can check the chain with nothing but SHA-256, by the rule in docs/audit.md', async () => {
  await writeTrail(place, 20)
  let prev = '0'.repeat(64)
  for (const line of readFileSync(lastSegment(), 'latin1').split('\n').slice(0, -1)) {
    const [covered = '', end = ''] = line.split(',"hash":"')
    const record = JSON.parse(line)
    expect(record.prev).toBe(prev)
    expect(digestText(covered)).toBe(end.slice(0, 64))
    prev = record.hash
  }
})

it('keeps the documented order of members', async () => {
  const trail = await openAt(place)
  await trail.append(
    exchange(1, {
      era: 'modern',
      rule: 'a/b',
      explain: 'x',
      resultBytes: 3,
      argumentsDigest: digestText('{}'),
    }),
  )
  await trail.close()
  const record = recordsAt(place).find(({ kind }) => kind === 'exchange') ?? {}
  expect(Object.keys(record)).toEqual([
    ...[
      'v',
      'chain',
      'seq',
      'time',
      'kind',
      'outcome',
      'principal',
      'transport',
      'direction',
      'era',
      'method',
      'server',
      'name',
    ],
    ...[
      'requestId',
      'rule',
      'explain',
      'arguments',
      'argumentsDigest',
      'resultBytes',
      'durationMs',
      'prev',
      'hash',
    ],
  ])
})

it('folders and files are readable by their owner alone', async () => {
  await writeTrail(place, 1)
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
  expect(mode(place.dir)).toBe('700')
  expect(mode(join(place.dir, listChains(place.dir)[0] ?? ''))).toBe('700')
  for (const file of [
    lastSegment(),
    checkpointsAt(place),
    join(place.stateDir, SIGNING_KEY_FILE),
    join(lastSegment(), '..', 'lock'),
  ]) {
    expect(mode(file)).toBe('600')
  }
})

describe('what is stored', () => {
  it('holds no secret, wherever it was', async () => {
    const canary = ['ghp_', 'cAnArY0cAnArY1cAnArY2cAnArY3cAnArY4cA'].join('')
    const trail = await openAt(place)
    await trail.append(
      exchange(`"${canary}"`, {
        name: `https://alice:${canary}@example.test/x`,
        explain: `refused: ${canary}`,
        client: canary,
        conversation: canary,
        principal: canary,
        method: canary,
        server: canary,
        rule: canary,
        correlation: { traceparent: canary, [canary]: 'x' },
        findings: [{ rule: 'a/b', severity: 'high', where: `arguments.${canary}` }],
        arguments: {
          password: 'cAnArY-in-plain-words',
          deep: [{ list: [`Bearer ${canary}`] }],
          [canary]: 1,
          text: `${'x'.repeat(2040)} ${canary}`,
        },
      }),
    )
    await trail.append({
      kind: 'event',
      event: 'server.crashed',
      explain: canary,
      server: canary,
      details: { stderr: `token ${canary}` },
    })
    await trail.close()
    expect(allBytesAt(place)).not.toMatch(/cAnArY/)
    expect(recordsAt(place)).toHaveLength(4)
  })

  it('holds no secret when the text of the arguments was at hand, and that very text when there is none', async () => {
    const trail = await openAt(place)
    const secret = { note: 'x', password: 'cAnArY-in-plain-words' }
    const plain = { n: 1, text: 'tab\t and "quotes"', list: [{}, null] }
    for (const value of [secret, plain]) {
      await trail.append(exchange(1, { arguments: value, argumentsText: JSON.stringify(value) }))
    }
    await trail.close()
    expect(allBytesAt(place)).not.toMatch(/cAnArY|argumentsText/)
    expect(allBytesAt(place)).toContain(`"arguments":${JSON.stringify(plain)},`)
  })

  it('loses arguments that are too long even when nothing in them had to be cut', async () => {
    const trail = await openAt(place)
    await trail.append(exchange(1, { arguments: {}, argumentsText: `{"a":"${'x'.repeat(300_000)}"}` }))
    await trail.close()
    expect(recordsAt(place)[1]).toMatchObject({ arguments: '[cut: too long]' })
  })

  it('keeps members apart that say the same, whatever was stored before', async () => {
    const trail = await openAt(place)
    await trail.append(exchange(1, { server: 'same', name: 'same', client: 'same' }))
    await trail.append(exchange(2, { server: 'same', name: 'other', client: 'same' }))
    await trail.close()
    expect(recordsAt(place).slice(1, 3)).toMatchObject([
      { server: 'same', name: 'same', client: 'same' },
      { server: 'same', name: 'other', client: 'same' },
    ])
  })

  it('is bounded, with a mark where it was cut, however large the arguments are', async () => {
    const trail = await openAt(place)
    const huge = {
      text: 'é'.repeat(5_000_000),
      list: Array.from({ length: 100_000 }, (_, at) => `item ${at}`),
    }
    await trail.append(
      exchange(1, { arguments: huge, name: 'n'.repeat(1_000_000), explain: '\u0000'.repeat(100_000) }),
    )
    await trail.close()
    expect(statSync(lastSegment()).size).toBeLessThan(60_000)
    expect(JSON.stringify(recordsAt(place))).toContain('more characters]')
    expect(JSON.stringify(recordsAt(place))).toContain('more]')
    expect(verifyAt(place).outcome).toBe('intact')
  })

  it('is printable ASCII whatever was in names and arguments, and reads back as what it was', async () => {
    const evil = 'a\r\n{"v":1}\u001b[2J\u202e\u2028\u009b1m\u007f\ud800é😀\u0000'
    const trail = await openAt(place)
    await trail.append(exchange(1, { name: evil, arguments: { [evil]: evil } }))
    await trail.close()
    expect(readFileSync(lastSegment(), 'latin1')).toMatch(/^[\x20-\x7e\n]*$/)
    const record = recordsAt(place).find(({ kind }) => kind === 'exchange')
    expect(record).toMatchObject({ name: evil, arguments: { [evil]: evil } })
  })

  it('has numbers exactly as they were sent', async () => {
    const raw = JSON.rawJSON
    const trail = await openAt(place)
    await trail.append(
      exchange(1, { arguments: { big: raw('12345678901234567890'), zero: raw('-0'), exp: raw('1E400') } }),
    )
    await trail.close()
    expect(readFileSync(lastSegment(), 'latin1')).toContain(
      '"arguments":{"big":12345678901234567890,"zero":-0,"exp":1E400}',
    )
  })

  it('an entry that is no JSON is refused alone', async () => {
    const trail = await openAt(place)
    const good = trail.append(exchange(1))
    await expect(trail.append(exchange(2, { arguments: { n: 1n } }))).rejects.toThrow(AuditUnavailable)
    await good
    expect(trail.healthy).toBe(true)
    await trail.close()
    expect(verifyAt(place).chains[0]?.records).toBe(3)
  })
})

describe('chains', () => {
  it('a stopped process leaves its chain to the next, which goes on with seq and prev', async () => {
    for (let run = 0; run < 3; run++) await writeTrail(place, 2)
    expect(listChains(place.dir)).toHaveLength(1)
    expect(recordsAt(place).map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1))
    expect(verifyAt(place).outcome).toBe('intact')
  })

  it('two trails at once write two chains, and the third takes the first that is free', async () => {
    const one = await openAt(place)
    const two = await openAt(place)
    await Promise.all([appendMany(one, 10), appendMany(two, 10, 100)])
    expect(listChains(place.dir)).toHaveLength(2)
    await one.close()
    const three = await openAt(place)
    await appendMany(three, 5)
    expect(listChains(place.dir)).toHaveLength(2)
    await two.close()
    await three.close()
    expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
  })

  it('a chain that rested while others were signed a thousand times is gone on with', async () => {
    const both = await Promise.all([openAt(place), openAt(place)])
    for (const trail of both) await trail.close()
    const [resting = '', other = ''] = listChains(place.dir)
    const lines = readFileSync(checkpointsAt(place), 'utf8').split('\n')
    const signed = lines.find((line) => line.includes(other)) ?? ''
    appendFileSync(checkpointsAt(place), `${signed}\n`.repeat(1_200))
    await writeTrail(place, 1)
    const opened = recordsAt(place).filter(
      ({ chain, event }) => chain === resting && event === 'audit.opened',
    )
    expect(opened).toHaveLength(2)
    expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
    expect(listChains(place.dir)).toHaveLength(2)
  })

  it('a half-written record is cut off on the next start, and a record says so', async () => {
    await writeTrail(place, 3)
    const fd = openSync(lastSegment(), 'a')
    writeSync(fd, '{"v":1,"chain":"half a rec')
    closeSync(fd)
    await writeTrail(place, 1)
    expect(recordsAt(place).find(({ event }) => event === 'audit.recovered')).toMatchObject({
      details: { cutBytes: 26, segment: 1 },
    })
    expect(verifyAt(place)).toMatchObject({ outcome: 'intact', notes: [] })
    expect(listChains(place.dir)).toHaveLength(1)
  })

  it('a stop right after a rotation, with an empty or a torn first record, is recovered', async () => {
    await writeTrail(place, 3)
    writeFileSync(join(lastSegment(), '..', '00000002.jsonl'), '')
    await writeTrail(place, 1)
    writeFileSync(join(lastSegment(), '..', '00000003.jsonl'), '{"v":1,"ch')
    await writeTrail(place, 1)
    expect(segmentsAt(place)).toHaveLength(3)
    expect(verifyAt(place)).toMatchObject({
      outcome: 'intact',
      notes: [],
      chains: [{ records: 3 + 1 + 1 + 6 + 1 }],
    })
  })

  it.each([
    ['was altered', (text: string) => text.replace(/audit\.closed/, 'audit.clozed')],
    [
      'ends before its checkpoint',
      (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
    ],
  ])(
    'a chain whose end %s is not continued: it stays as evidence, and the new one names it',
    async (_name, change) => {
      await writeTrail(place, 3)
      const [altered = ''] = listChains(place.dir)
      writeFileSync(lastSegment(), change(readFileSync(lastSegment(), 'latin1')))
      const size = statSync(lastSegment()).size
      await writeTrail(place, 3)
      expect(listChains(place.dir)).toHaveLength(2)
      expect(statSync(join(place.dir, altered, '00000001.jsonl')).size).toBe(size)
      expect(recordsAt(place).map(({ details }) => details)).toContainEqual(
        expect.objectContaining({ alteredChains: altered }),
      )
      expect(verifyAt(place)).toMatchObject({ outcome: 'altered', problems: [{ chain: altered }] })
    },
  )
})

it('segments are rotated by size, and a checkpoint is signed at each', async () => {
  await writeTrail(place, 60, { maxSegmentBytes: 4000 })
  const sizes = segmentsAt(place).map((path) => statSync(path).size)
  expect(sizes.length).toBeGreaterThan(4)
  expect(Math.max(...sizes)).toBeLessThan(4600)
  const kinds = readFileSync(checkpointsAt(place), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).kind)
  expect(kinds.filter((kind) => kind === 'rotation').length).toBeGreaterThan(0)
  expect(kinds.at(-1)).toBe('close')
  expect(verifyAt(place).outcome).toBe('intact')
})

it('a checkpoint follows every thousand records', async () => {
  const trail = await openAt(place)
  for (let round = 0; round < 25; round++) {
    await appendMany(trail, 100)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await expect.poll(() => verifyAt(place).chains[0]?.unsigned).toBeLessThan(1000)
  await trail.close()
  expect(verifyAt(place).chains[0]?.unsigned).toBe(0)
})

it('the last record of a closed segment is signed, however late the disk lets the signature come', async () => {
  const { diskIo } = await import('./segmentIo.ts')
  let hold = false
  const held: (() => void)[] = []
  const trail = await openAt(place, {
    maxSegmentBytes: 4000,
    io: {
      ...diskIo,
      sync: async (fd) => {
        if (hold) await new Promise<void>((resolve) => held.push(resolve))
        await diskIo.sync(fd)
      },
    },
  })
  hold = true
  await trail.append(exchange(1))
  // A sync is under way and does not end; meanwhile a segment is closed and the next one is written to.
  await expect.poll(() => held.length).toBeGreaterThan(0)
  for (let id = 2; segmentsAt(place).length < 2; id++) await trail.append(exchange(id))
  await trail.append(exchange('behind'))
  const closed =
    readFileSync(segmentsAt(place)[0] ?? '', 'latin1')
      .trimEnd()
      .split('\n')
      .at(-1) ?? ''
  hold = false
  for (const release of held) release()
  const rotations = () =>
    readFileSync(checkpointsAt(place), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { kind: string; seq: number; hash: string })
      .filter(({ kind }) => kind === 'rotation')
  await expect.poll(() => rotations().length).toBe(1)
  const { seq, hash } = JSON.parse(closed) as { seq: number; hash: string }
  expect(rotations()[0]).toMatchObject({ seq, hash })
  await trail.close()
})

it('with durability fsync an append resolves only after the sync', async () => {
  const order: string[] = []
  const { diskIo } = await import('./segmentIo.ts')
  const trail = await openAt(place, {
    durability: 'fsync',
    io: {
      ...diskIo,
      write: (...call) => {
        order.push('write')
        return diskIo.write(...call)
      },
      sync: async (fd) => {
        await diskIo.sync(fd)
        order.push('sync')
      },
    },
  })
  order.length = 0
  await Promise.all([trail.append(exchange(1)), trail.append(exchange(2))])
  expect(order).toEqual(['write', 'sync'])
  await trail.close()
})

it('without a place to write, opening fails with what to do', async () => {
  writeFileSync(join(place.root, 'file'), '')
  await expect(openAt(place, { dir: join(place.root, 'file', 'audit') })).rejects.toThrow(
    /cannot be opened.*set audit\.dir/s,
  )
  mkdirSync(place.stateDir, { recursive: true })
  writeFileSync(join(place.stateDir, SIGNING_KEY_FILE), 'no key')
  await expect(openAt(place)).rejects.toThrow(/holds no key in PEM: restore it from a backup/)
})

it('after close, appends are refused and closing again is harmless', async () => {
  const trail = await openAt(place)
  const last = trail.append(exchange(1))
  await trail.close()
  await last
  await expect(trail.append(exchange(2))).rejects.toThrow(AuditUnavailable)
  await trail.close()
  expect(recordsAt(place).map(({ kind, event }) => event ?? kind)).toEqual([
    'audit.opened',
    'exchange',
    'audit.closed',
  ])
})

it('a turn with more entries than the buffer holds is written in parts, and all of it is there', async () => {
  const trail = await openAt(place)
  const text = 'w '.repeat(1000)
  await Promise.all(
    Array.from({ length: 3000 }, (_, at) => trail.append(exchange(at, { arguments: { text } }))),
  )
  await trail.close()
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', chains: [{ records: 3002 }] })
})

it('verify never cries wolf while trails are written, rotated, shortened and begun', async () => {
  const options = { maxSegmentBytes: 20_000, retainBytes: 60_000 }
  const trails = [await openAt(place, options)]
  for (let round = 0; round < 60; round++) {
    await Promise.all(trails.map((trail) => appendMany(trail, 20, round * 20)))
    if (round % 20 === 10) trails.push(await openAt(place, options))
    expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [] })
  }
  await Promise.all(trails.map((trail) => trail.close()))
  expect(verifyAt(place)).toMatchObject({ outcome: 'intact', problems: [], notes: [] })
  expect(listChains(place.dir)).toHaveLength(4)
})
