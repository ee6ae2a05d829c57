/** What a person sees and decides about what servers say of themselves: the commands as processes, on real files. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { contentDigest, itemDigest, type SurfaceItem } from '@sallyport/controls/surface'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../packages/gateway/src/log.ts'
import type { Hold } from '../../packages/gateway/src/pins/hold.ts'
import { knownRules } from '../../packages/gateway/src/pins/knownRules.ts'
import { lockedServer } from '../../packages/gateway/src/pins/lock.ts'
import { writeLock } from '../../packages/gateway/src/pins/lockFile.ts'
import { pinFolder } from '../../packages/gateway/src/pins/pinFiles.ts'
import { PinStore } from '../../packages/gateway/src/pins/pinStore.ts'
import { holdOf, tool } from '../../packages/gateway/src/pins/testing/pinFixture.ts'
import { localUser } from '../../packages/gateway/src/state/localUser.ts'
import { SALLYPORT } from '../program.ts'
import { eventually, type Home, makeHome, PipeClient } from './harness.ts'

const SERVER = fileURLToPath(new URL('./surfaceServer.ts', import.meta.url))
const SCRIPT = '/usr/bin/script'
const ME = localUser()
const [RULE = 'poison/none'] = knownRules()

let home: Home
let config: string
beforeEach(() => {
  home = makeHome()
  config = home.configure({
    servers: {
      files: { command: ['node', 'x.js'], trust: 'untrusted' },
      notes: { command: ['node', 'y.js'] },
    },
  })
})
afterEach(() => home.remove())

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command for this home's configuration, with nobody at a terminal. */
async function sallyport(...args: string[]): Promise<Ran> {
  return await run([...args, '--config', config])
}

async function run(
  args: readonly string[],
  more: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SALLYPORT, ...args], {
      env: { ...home.env, ...more.env },
      cwd: more.cwd ?? home.dir,
      maxBuffer: 64 * 1024 * 1024,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as Ran
    return { code, stdout, stderr }
  }
}

/** Runs a command at a terminal; answers each question with the next answer, after doing what belongs to it. */
async function atTerminal(
  args: readonly string[],
  answers: readonly (string | (() => Promise<string>))[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; shown: string }> {
  const words = [process.execPath, SALLYPORT, ...args, '--config', config].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  )
  const child = spawn(SCRIPT, ['-qec', words.join(' '), '/dev/null'], {
    env: { ...home.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    cwd: home.dir,
    stdio: 'pipe',
  })
  let shown = ''
  let asked = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    if ((shown.match(/\[N\]o: |leaves it out: /g) ?? []).length <= asked) return
    const answer = answers[asked++]
    void (async () => child.stdin.write(typeof answer === 'function' ? await answer() : (answer ?? '\r')))()
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, shown }
}

const lockPath = () => join(realpathSync(home.dir), 'sallyport.lock')
const folder = () => pinFolder(join(home.dir, '.local/share/sallyport'), lockPath())

async function withPins<T>(use: (store: PinStore) => Promise<T>): Promise<T> {
  const store = await PinStore.open({
    lockPath: lockPath(),
    folder: folder(),
    rules: knownRules(),
    log: silentLog,
  })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Has the gateway hold these, as if a server had shown them. */
async function hold(...holds: readonly (readonly [string, SurfaceItem, Partial<Hold>?])[]): Promise<void> {
  await withPins(async (store) => {
    const contents = new Map<string, SurfaceItem[]>()
    for (const [server, item] of holds) contents.set(server, [...(contents.get(server) ?? []), item])
    await store.commit({
      holds: holds.map(([server, item, more]) => ({ kind: 'hold', hold: holdOf(server, item, more) })),
      contents,
    })
  })
}

const BLOCKED: Partial<Hold> = {
  state: 'blocked',
  rule: 'pins/finding',
  explain: 'something was found in it that a person has to judge',
  findings: [
    {
      rule: RULE,
      severity: 'high',
      where: '/description',
      start: 0,
      end: 4,
      evidence: 'Does',
      explain: 'Tells the model to keep it secret.',
    },
  ],
}

/** Keys of what is approved, and of what is held with its state. */
const state = () =>
  withPins(async ({ lock, holds }) => ({
    approved: [...lock.servers]
      .flatMap(([id, { items }]) => [...items.keys()].map((key) => `${id}/${key}`))
      .sort(),
    held: [...holds].flatMap(([id, own]) => [...own].map(([key, one]) => `${id}/${key} ${one.state}`)).sort(),
  }))

const records = async (event: string) =>
  (await sallyport('audit', 'export')).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter((record) => record.event?.startsWith(event))

describe('sallyport review', () => {
  it('lists what waits and is blocked by server, and ends with 1; with nothing to look at with 0', async () => {
    expect(await sallyport('review')).toEqual({
      code: 0,
      stdout: 'Nothing waits: 0 items are approved.\n',
      stderr: '',
    })
    await hold(['files', tool('read')], ['files', tool('rm'), BLOCKED], ['notes', tool('add')])
    const { code, stdout, stderr } = await sallyport('review')
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(
      /^files {2}untrusted\n {2}1 waiting\n {4}\+ tool\/read {2}first seen\n {2}1 blocked, .*\n {4}\+ tool\/rm {2}new {2}\u25b2 high /,
    )
    expect(stdout).toContain('\nnotes  ')
    expect(stdout).toContain(`approve  sallyport approve files --config ${config}\n`)
    expect((await sallyport('review', 'notes')).stdout).not.toContain('files')
  })

  it('shows an item in full, its findings and its digest', async () => {
    await hold(['files', tool('rm'), BLOCKED])
    const { code, stdout } = await sallyport('review', 'files', 'tool/rm')
    expect(code).toBe(1)
    expect(stdout).toContain(`version   ${itemDigest(tool('rm'))}`)
    expect(stdout).toContain(`\u25b2 high ${RULE}`)
    for (const spelled of [['files/tool/rm'], ['files', 'files/tool/rm'], ['files', '--show']])
      expect((await sallyport('review', ...spelled)).stdout).toContain(`version   ${itemDigest(tool('rm'))}`)
  })

  it('says everything as JSON', async () => {
    await hold(['files', tool('read')], ['files', tool('rm'), BLOCKED])
    const { servers, lock } = JSON.parse((await sallyport('review', '--json')).stdout)
    expect(lock).toBe(lockPath())
    expect(servers).toHaveLength(1)
    expect(servers[0]).toMatchObject({
      server: 'files',
      changeSet: expect.stringMatching(/^sha256-[0-9a-f]{64}$/),
      waiting: [
        {
          item: 'tool/read',
          state: 'waiting',
          hash: itemDigest(tool('read')),
          definition: tool('read').value,
        },
      ],
      blocked: [{ item: 'tool/rm', state: 'blocked', rule: 'pins/finding', findings: BLOCKED.findings }],
    })
  })

  it('names what there is when it is asked for what there is not, and ends with 2', async () => {
    await hold(['files', tool('read_file')])
    const server = await sallyport('review', 'flies')
    expect([server.code, server.stdout]).toEqual([2, ''])
    expect(server.stderr).toContain('no server "flies"')
    expect(server.stderr).toContain('there is: files, notes')
    const item = await sallyport('review', 'files', 'read_file')
    expect(item.code).toBe(2)
    expect(item.stderr).toContain('Did you mean files/tool/read_file? Of files: held are tool/read_file')
    expect((await sallyport('review', '--approved', '--exceptions')).code).toBe(2)
  })

  it('says where a lock file is wrong, and what to do when it is gone', async () => {
    writeFileSync(lockPath(), '{"version":1,\n"servers":{"files":{"opened":{},"items":{"tool/x":[{}]}}}}\n')
    const wrong = await sallyport('review')
    expect([wrong.code, wrong.stdout]).toEqual([2, ''])
    expect(wrong.stderr).toMatch(/at .*sallyport\.lock:2:\d+/)
    writeFileSync(lockPath(), writeLock({ servers: new Map(), exceptions: [] }))
    expect((await sallyport('review')).code).toBe(0)
    rmSync(lockPath())
    const gone = await sallyport('review')
    expect(gone.code).toBe(3)
    expect(gone.stderr).toContain('is gone, though it held approvals. Restore it from version control')
  })

  it('ends quietly when its reader goes away', async () => {
    await hold(
      ...Array.from({ length: 400 }, (_, at) => ['files', tool(`t${at}`, 'x'.repeat(1000))] as const),
    )
    const child = spawn(
      '/bin/sh',
      ['-c', `"${process.execPath}" "${SALLYPORT}" review files --show --config "${config}" | head -1`],
      {
        env: home.env,
        stdio: 'pipe',
      },
    )
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    await new Promise((resolve) => child.on('close', resolve))
    expect(stderr).toBe('')
  })
})

describe('sallyport approve', () => {
  it('asks, and without anybody to answer does nothing and ends with 2', async () => {
    await hold(['files', tool('read')])
    const ran = await sallyport('approve', 'files')
    expect([ran.code, ran.stdout]).toEqual([2, ''])
    expect(ran.stderr).toMatch(
      /nobody is there to confirm it: give --yes, best with --hash sha256-[0-9a-f]{64}/,
    )
    expect((await state()).approved).toEqual([])
  })

  it('lets all that waits through in one decision, and never what is blocked', async () => {
    await hold(
      ['files', tool('read')],
      ['files', tool('write')],
      ['files', tool('rm'), BLOCKED],
      ['notes', tool('add')],
    )
    const ran = await sallyport('approve', 'files', '--yes', '--reason', 'read both')
    expect(ran).toEqual({
      code: 0,
      stdout: `approved files/tool/read ${itemDigest(tool('read'))}\napproved files/tool/write ${itemDigest(tool('write'))}\n`,
      stderr: '',
    })
    expect(await state()).toEqual({
      approved: ['files/tool/read', 'files/tool/write'],
      held: ['files/tool/rm blocked', 'notes/tool/add waiting'],
    })
    const again = await sallyport('approve', 'files', '--yes')
    expect(again).toEqual({
      code: 0,
      stdout: 'nothing of files waits; 1 blocked must be named\n',
      stderr: '',
    })
    expect((await sallyport('approve', 'files/tool/rm', '--yes')).code).toBe(0)
    expect((await state()).held).toEqual(['notes/tool/add waiting'])
    const list = await sallyport('review', '--approved')
    expect(list.code).toBe(0)
    expect(list.stdout).toMatch(
      new RegExp(`files/tool/read +${ME} +2\\d{3}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC .*read both`),
    )
  })

  it('is recorded with who, why, and which version, before it counts; the trail verifies', async () => {
    await hold(['files', tool('read')], ['files', tool('rm'), BLOCKED])
    await sallyport(
      'approve',
      'files/tool/read',
      'files/tool/rm',
      '--yes',
      '--reason',
      'looked at both',
      '--expires',
      '30d',
    )
    const all = await records('pins.')
    expect(
      all.map(({ event, principal, server, explain, details }) => [
        event,
        principal,
        server,
        explain,
        details.item,
        details.was,
      ]),
    ).toEqual([
      ['pins.approved', `["local","${ME}"]`, 'files', 'looked at both', 'tool/read', 'waiting'],
      ['pins.approved', `["local","${ME}"]`, 'files', 'looked at both', 'tool/rm', 'blocked'],
    ])
    expect(all[1]).toMatchObject({
      rule: 'pins/finding',
      details: { hash: itemDigest(tool('rm')), expires: expect.stringMatching(/Z$/) },
    })
    expect((await sallyport('audit', 'verify')).code).toBe(0)
  })

  it('does nothing where it cannot be recorded, and ends with 3', async () => {
    await hold(['files', tool('read')])
    writeFileSync(home.path('audit'), 'in the way')
    for (const verb of ['approve', 'deny']) {
      const ran = await sallyport(verb, 'files', '--yes')
      expect(ran.code).toBe(3)
      expect(ran.stderr).toContain('nothing was changed, since nothing could be recorded')
    }
    expect(await state()).toEqual({ approved: [], held: ['files/tool/read waiting'] })
  })

  it('of another version or change set than was reviewed is refused with 4, and changes and records nothing', async () => {
    await hold(['files', tool('read')])
    const reviewed = JSON.parse((await sallyport('review', 'files', '--json')).stdout).servers[0]
    await hold(['files', tool('read', 'Otherwise.')], ['files', tool('more')])
    const item = await sallyport('approve', 'files/tool/read', '--yes', '--hash', reviewed.waiting[0].hash)
    expect([item.code, item.stdout]).toEqual([4, ''])
    expect(item.stderr).toContain(
      `files/tool/read is not what was reviewed, it is ${itemDigest(tool('read', 'Otherwise.'))} now. Look again: sallyport review files tool/read`,
    )
    const set = await sallyport('approve', 'files', '--yes', '--hash', reviewed.changeSet)
    expect(set.code).toBe(4)
    expect((await state()).approved).toEqual([])
    expect(await records('pins.')).toEqual([])
    const now = JSON.parse((await sallyport('review', 'files', '--json')).stdout).servers[0].changeSet
    expect((await sallyport('approve', 'files', '--yes', '--hash', now)).code).toBe(0)
  })

  it('of what cannot be shown needs its digest', async () => {
    await hold(['files', tool('read')])
    rmSync(join(folder(), 'contents', 'files.jsonl'))
    const blind = await sallyport('approve', 'files/tool/read', '--yes')
    expect(blind.code).toBe(3)
    expect(blind.stderr).toContain('cannot be shown')
    expect(
      (await sallyport('approve', 'files/tool/read', '--yes', '--hash', itemDigest(tool('read')))).code,
    ).toBe(0)
  })

  it('says what it would do and does not do it, with --dry-run', async () => {
    await hold(['files', tool('read')])
    for (const verb of ['approve', 'deny']) {
      const ran = await sallyport(verb, 'files', '--dry-run', '--json')
      expect(ran.code).toBe(0)
      expect(JSON.parse(ran.stdout)).toMatchObject({ dryRun: true })
    }
    expect(await state()).toEqual({ approved: [], held: ['files/tool/read waiting'] })
    expect(existsSync(home.path('audit'))).toBe(false)
  })

  it.skipIf(knownRules().size === 0)(
    'excepts a finding for this rule, item and version, until it is taken back',
    async () => {
      await hold(['files', tool('rm'), BLOCKED])
      const ran = await sallyport('approve', 'files/tool/rm', '--except', RULE, '--expires', '30d', '--yes')
      expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(` for 30d, except ${RULE}`) })
      const list = await sallyport('review', '--exceptions')
      expect(list.stdout).toMatch(new RegExp(`files/tool/rm +${RULE} `))
      expect(
        JSON.parse((await sallyport('review', '--exceptions', '--json')).stdout).exceptions,
      ).toMatchObject([
        {
          server: 'files',
          item: 'tool/rm',
          hash: itemDigest(tool('rm')),
          rule: RULE,
          by: ME,
          expired: false,
        },
      ])
      writeFileSync(
        lockPath(),
        readFileSync(lockPath(), 'utf8').replaceAll(/"expires":"\d{4}/g, '"expires":"2001'),
      )
      expect((await sallyport('review', '--exceptions')).stdout).toContain('expired 2001')
      expect((await sallyport('unexcept', 'files/tool/rm', RULE)).code).toBe(0)
      expect((await sallyport('review', '--exceptions')).stdout).toBe('There is no exception.\n')
      expect((await records('pins.')).map(({ event }) => event)).toEqual([
        'pins.approved',
        'pins.excepted',
        'pins.unexcepted',
      ])
    },
  )
})

describe('sallyport deny', () => {
  it('blocks a definition by what it says, records it, and approve takes it back', async () => {
    await hold(['files', tool('rm')])
    const ran = await sallyport('deny', 'files/tool/rm', '--reason', 'asks for keys')
    expect(ran).toEqual({ code: 0, stdout: `denied files/tool/rm ${itemDigest(tool('rm'))}\n`, stderr: '' })
    expect((await state()).held).toEqual(['files/tool/rm blocked'])
    expect(await withPins(async ({ lock }) => [...lockedServer(lock, 'files').denied])).toMatchObject([
      [contentDigest(tool('rm')), { item: 'tool/rm', by: ME, reason: 'asks for keys' }],
    ])
    expect((await sallyport('deny', 'files/tool/rm')).stdout).toBe(
      'nothing of files/tool/rm is left to deny\n',
    )
    expect((await sallyport('approve', 'files', '--yes')).stdout).toContain('must be named')
    expect((await sallyport('approve', 'files/tool/rm', '--yes')).code).toBe(0)
    expect(await withPins(async ({ lock }) => lockedServer(lock, 'files').denied.size)).toBe(0)
    expect((await records('pins.')).map(({ event, explain }) => [event, explain])).toEqual([
      ['pins.denied', 'asks for keys'],
      ['pins.approved', undefined],
    ])
  })

  it('takes back what was approved', async () => {
    await hold(['files', tool('rm')])
    await sallyport('approve', 'files', '--yes')
    const ran = await sallyport('deny', 'files/tool/rm', '--json')
    expect(JSON.parse(ran.stdout)).toMatchObject({
      denied: [{ server: 'files', item: 'tool/rm', was: 'approved', byName: false }],
    })
    expect(await state()).toEqual({ approved: [], held: ['files/tool/rm blocked'] })
    expect((await sallyport('audit', 'verify')).code).toBe(0)
  })
})

describe('a name that a server chose', () => {
  const EVIL = "x'; touch pwned; '\u202e\u200b\u001b[2J\nfiles  trusted"

  it('never acts on a terminal or a shell, and can be typed again as it is shown', async () => {
    await hold(['files', tool(EVIL), BLOCKED])
    const safe = /^[^\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u
    const outputs = [
      await sallyport('review'),
      await sallyport('review', 'files', '--show'),
      await sallyport('review', '--json'),
      await sallyport('review', 'files', 'tool/nothing'),
      await sallyport('approve', 'files/tool/nothing', '--yes'),
      await sallyport('deny', 'files', '--dry-run'),
    ]
    for (const { stdout, stderr } of outputs)
      for (const line of `${stdout}\n${stderr}`.split('\n')) {
        expect(line).toMatch(safe)
        expect(line).not.toMatch(/^files {2}trusted/)
      }
    const suggested = /approve {2}(sallyport approve .*)/.exec(outputs[0]?.stdout ?? '')?.[1] ?? ''
    const words = suggested.replace(/^sallyport/, `"${process.execPath}" "${SALLYPORT}"`)
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `${words} --yes`], {
      env: home.env,
      cwd: home.dir,
    })
    expect(stdout).toMatch(/^approved files\/tool\/x'; touch pwned; '/)
    expect(existsSync(home.path('pwned'))).toBe(false)
    expect((await state()).approved).toEqual([`files/tool/${EVIL}`])
    for (const line of (await sallyport('audit', 'tail')).stdout.split('\n')) expect(line).toMatch(safe)
  })
})

describe.skipIf(!existsSync(SCRIPT))('at a terminal', () => {
  it('a person sees the item in full, confirms, and is asked why when it was blocked', async () => {
    await hold(['files', tool('rm'), BLOCKED])
    const { code, shown } = await atTerminal(['approve', 'files/tool/rm'], ['y\r', 'it is ours\r'])
    expect(code).toBe(0)
    expect(shown).toContain(itemDigest(tool('rm')))
    expect(shown).toContain('Tells the model to keep it secret.')
    expect(await records('pins.approved')).toMatchObject([{ explain: 'it is ours' }])
  })

  it('anything but yes changes nothing and ends with 4', async () => {
    await hold(['files', tool('read')])
    for (const answer of ['\r', 'n\r', 'yess\r', '\u0004'])
      expect((await atTerminal(['approve', 'files'], [answer])).code).toBe(4)
    expect((await atTerminal(['approve', 'files'], ['\u0003'])).code).toBe(130)
    expect((await state()).approved).toEqual([])
  })

  it('many at once can be looked at before they are confirmed', async () => {
    await hold(['files', tool('read')], ['files', tool('write')])
    const { code, shown } = await atTerminal(['approve', 'files'], ['s\r', 'y\r'])
    expect(code).toBe(0)
    expect(shown).toContain(itemDigest(tool('write')))
    expect(shown).toContain('Does write.')
    expect((await state()).approved).toEqual(['files/tool/read', 'files/tool/write'])
  })

  it('what changes while the question stands is not what is approved', async () => {
    await hold(['files', tool('read')])
    const swap = async () => {
      await hold(['files', tool('read', 'Reads your keys.')])
      return 'y\r'
    }
    const { code, shown } = await atTerminal(['approve', 'files/tool/read'], [swap])
    expect(code).toBe(4)
    expect(shown).toContain('nothing was changed: files/tool/read is another version now')
    expect(await state()).toEqual({ approved: [], held: ['files/tool/read waiting'] })
    expect(await records('pins.')).toEqual([])
  })

  it('there are colours, unless nobody wants them', async () => {
    await hold(['files', tool('read')])
    const ESC = '\u001b['
    expect((await atTerminal(['review'], [])).shown).toContain(ESC)
    expect((await atTerminal(['review'], [], { NO_COLOR: '1' })).shown).not.toContain(ESC)
    expect((await atTerminal(['review'], [], { TERM: 'dumb' })).shown).not.toContain(ESC)
    expect((await atTerminal(['review', '--no-color'], [])).shown).not.toContain(ESC)
    expect((await sallyport('review')).stdout).not.toContain(ESC)
  })

  it('nobody is asked in CI', async () => {
    await hold(['files', tool('read')])
    expect((await atTerminal(['approve', 'files'], [], { CI: 'true' })).code).toBe(2)
  })
})

describe('many at once', () => {
  it('decisions of several people leave one of them, each recorded, and a trail that verifies', async () => {
    await hold(...Array.from({ length: 6 }, (_, at) => ['files', tool(`t${at}`)] as const))
    const runs = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        sallyport(
          at % 2 === 0 ? 'approve' : 'deny',
          ...(at % 3 === 0 ? ['files'] : [`files/tool/t${at}`]),
          '--yes',
        ),
      ),
    )
    // Refused because somebody was faster, or done.
    for (const { code, stderr } of runs) expect([0, 4], stderr).toContain(code)
    expect(runs.some(({ code }) => code === 0)).toBe(true)
    const { approved, held } = await state()
    const named = [...approved, ...held.map((one) => one.split(' ')[0])]
    expect(new Set(named).size).toBe(6)
    expect(named.length).toBe(6)
    const recorded = await records('pins.')
    for (const key of approved)
      expect(
        recorded.some(({ event, details }) => event === 'pins.approved' && `files/${details.item}` === key),
      ).toBe(true)
    expect((await sallyport('audit', 'verify')).code).toBe(0)
  })
})

describe('a gateway that runs', () => {
  const says = (tools: readonly object[]) =>
    writeFileSync(home.path('surface.json'), JSON.stringify({ tools }))
  const command = () => [
    process.execPath,
    SERVER,
    '--surface',
    home.path('surface.json'),
    '--log',
    home.path('witness.log'),
  ]
  const calls = () => home.witness('witness.log').filter(({ method }) => method === 'tools/call').length
  const toolsOf = async (client: PipeClient, id: string) =>
    (((await client.request(id, 'tools/list', {})).result?.tools ?? []) as { name: string }[]).map(
      ({ name }) => name,
    )
  const changed = (answer: { method?: string }) => answer.method === 'notifications/tools/list_changed'

  it('shows and calls a tool as soon as a person approved it, and no longer once it is denied', async () => {
    says([tool('read').value as object])
    config = home.configure({ servers: { files: { command: command(), era: 'legacy', trust: 'untrusted' } } })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    await client.initialize()
    expect(await toolsOf(client, 'before')).toEqual([])
    expect(JSON.stringify(await client.call('no', 'files__read'))).toContain('sallyport review')
    expect(calls()).toBe(0)
    const told = client.next(changed)
    expect((await sallyport('approve', 'files', '--yes')).code).toBe(0)
    await told
    expect(await toolsOf(client, 'after')).toEqual(['files__read'])
    expect((await client.call('yes', 'files__read')).result?.isError).not.toBe(true)
    expect(calls()).toBe(1)
    const again = client.next(changed)
    expect((await sallyport('deny', 'files/tool/read')).code).toBe(0)
    await again
    expect(await toolsOf(client, 'denied')).toEqual([])
    expect(JSON.stringify(await client.call('never', 'files__read'))).toContain('pins/denied')
    expect(calls()).toBe(1)
    await client.close()
    expect((await sallyport('audit', 'verify')).code).toBe(0)
  })

  it('that wraps one command has its pins beside the configuration, whatever lock its folder brings along', async () => {
    says([tool('read').value as object])
    const project = home.path('project')
    mkdirSync(project)
    const planted = writeLock({
      servers: new Map([
        [
          'wrapped',
          {
            opened: new Map(),
            items: new Map([
              ['tool/read', [{ hash: itemDigest(tool('read')), at: '2026-11-28T09:00:00.000Z', by: 'ada' }]],
            ]),
            denied: new Map(),
          },
        ],
      ]),
      exceptions: [],
    })
    writeFileSync(join(project, 'sallyport.lock'), planted)
    const inside = { ...home, dir: project }
    const wrap = () => new PipeClient(inside, ['run', '--id', 'wrapped', '--', ...command()])
    const first = wrap()
    await first.initialize()
    expect(await toolsOf(first, 'before')).toEqual([])
    const review = await run(['review'])
    expect(review.code).toBe(1)
    expect(review.stdout).toContain('wrapped  not in this configuration')
    expect((await run(['approve', 'wrapped', '--yes'])).code).toBe(0)
    await eventually('the approval', () => existsSync(home.path('.config/sallyport/sallyport.lock')))
    await first.close()
    const second = wrap()
    await second.initialize()
    expect(await toolsOf(second, 'after')).toEqual(['read'])
    await second.close()
    expect(readFileSync(join(project, 'sallyport.lock'), 'utf8')).toBe(planted)
  })

  it('that wraps two programs with files of one name takes them for two, and says what keeps one of them out', async () => {
    says([tool('read').value as object])
    const program = (folder: string) => {
      const file = join(home.path(folder), 'server.mjs')
      mkdirSync(home.path(folder))
      writeFileSync(file, `// ${folder}\nawait import(${JSON.stringify(pathToFileURL(SERVER).href)})\n`)
      const [node = '', _server, ...args] = command()
      return [node, file, ...args]
    }
    const greeted = async (...args: string[]) => {
      const client = new PipeClient(home, ['run', '--trust', 'untrusted', ...args])
      const answer = await client.initialize()
      await client.close()
      return answer
    }
    const one = program('one')
    const other = program('other')
    for (const server of [one, other]) await greeted('--', ...server)
    const { stdout } = await run(['review', '--json'])
    const ids = stdout.matchAll(/"server": *"((?:one|other)_[0-9a-f]{4})"/g)
    expect(new Set([...ids].map(([, id]) => id)).size).toBe(2)

    // A person says that they are one: then the other is not what was approved.
    await greeted('--id', 'same', '--', ...one)
    expect((await run(['approve', 'same', '--yes'])).code).toBe(0)
    // What is remembered of the first would speak for the other as well, until it is called.
    rmSync(home.path('.cache'), { recursive: true })
    const { error } = await greeted('--id', 'same', '--', ...program('third'))
    expect(error?.message).toContain('what it runs is not what was approved: sallyport review same')
  })
})
