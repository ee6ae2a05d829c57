/**
 * Files, a memory and a server of everything, from npm: what must not reach them, and what they must not bring. Texts of an
 * attacker lie where such texts lie: in files and their names, in a shared memory, in what a prompt is filled with.
 *
 * What no server from npm can be made to say is tested with one of our own (`answers.test.ts`): orders in progress, logs,
 * completions, questions by form, data of errors, `_meta` and names of members.
 */
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  type Home,
  type HttpGateway,
  makeHome,
  PipeClient,
  startHttpGateway,
  textOf,
} from './harness.ts'
import { ATTACKS, harmfulIn, TOKEN, TWINS, textsOf } from './hostileTexts.ts'
import { Calls, reached, watched } from './npmServers.ts'

const ERAS = ['legacy', 'modern'] as const

const [INJECTED] = ATTACKS.injected ?? ['']
const OWN = ['canary', 'Zq8-vN3-kP5', 'tR9'].join('-')
/** Which no call can do without: no secret, for all that a generator made it. */
const ACCOUNT = 'f3a1c2e4b5d6478899aabbccddeeff00'
const SHA = '3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b'
const base64 = (text: string) => Buffer.from(text).toString('base64')

let home: Home
beforeAll(() => {
  home = makeHome()
  home.env.SERVICE_TOKEN = OWN
  home.env.ACCOUNT_ID = ACCOUNT
  for (const name of ['data', 'data-evil', 'outside', 'outside\u001b[2J', `outside ${INJECTED}`]) {
    mkdirSync(home.path(name))
    writeFileSync(home.path(`${name}/x.txt`), `this is ${name}`)
  }
  const texts = {
    ...Object.fromEntries(Object.entries(ATTACKS).map(([name, [text]]) => [name, text])),
    ...TWINS,
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(home.path(`data/${name}.txt`), text)
  writeFileSync(home.path('data/.env'), `NAME=shop\nKEY=${TOKEN}\n`)
  symlinkSync(home.path('outside'), home.path('data/link'))
  linkSync(home.path('outside/x.txt'), home.path('data/second-name.txt'))
  symlinkSync(home.path('outside\u001b[2J'), home.path('data/ansi-link'))
  symlinkSync(home.path(`outside ${INJECTED}`), home.path('data/order-link'))
  mkdirSync(home.path('data/names'))
  writeFileSync(home.path('data/names/a\u001b[2Jb.txt'), '')
  remember([])
})
afterAll(() => home.remove())

/** What the memory is made of: what somebody left there, and what is added. */
function remember(more: readonly object[]): void {
  const entities = [
    { name: 'left', entityType: 'note', observations: [INJECTED] },
    { name: 'shown', entityType: 'note', observations: [ATTACKS.image?.[0], ATTACKS.tags?.[0]] },
    { name: 'known', entityType: 'note', observations: [TWINS.plain, TWINS.emoji] },
    ...more,
  ]
  const lines = entities.map((entity) => JSON.stringify({ type: 'entity', ...entity }))
  writeFileSync(home.path('memory.jsonl'), lines.join('\n'))
}

function servers() {
  // Their tools are pinned at first sight; nobody vouches for them.
  const common = {
    trust: 'partial',
    rate: 'unlimited',
    share: true,
    secrets: { toServer: { token: 'refuse' } },
    answers: { links: 'own-hosts', hosts: ['own.example'] },
  }
  const within = { path: { roots: [home.path('data')], refuseHardLinks: true } }
  return {
    files: {
      ...common,
      command: watched(home, 'files', 'files', home.dir),
      arguments: { '*': { path: within, paths: within } },
    },
    // It keeps to its folder by itself, and says in its errors where a link leads.
    bare: { ...common, command: watched(home, 'bare', 'files', home.path('data')) },
    memory: {
      ...common,
      command: watched(home, 'memory', 'memory'),
      env: { MEMORY_FILE_PATH: home.path('memory.jsonl') },
    },
    everything: {
      ...common,
      command: watched(home, 'everything', 'everything', 'stdio'),
      env: {
        SERVICE_TOKEN: '$'.concat('{env:SERVICE_TOKEN}'),
        ACCOUNT_ID: '$'.concat('{env:ACCOUNT_ID}'),
        PLACE: 'shop',
      },
    },
  }
}

const paths = () => [
  [home.path('data-evil/x.txt'), 'path/sibling'],
  [home.path('data/../data-evil/x.txt'), 'path/'],
  [home.path('data/link/x.txt'), 'path/link'],
  [home.path('data/second-name.txt'), 'path/hardlink'],
  [home.path('data/../outside/x.txt'), 'path/'],
  [home.path('outside/x.txt'), 'path/absolute'],
]

describe('behind a gateway', () => {
  let gateway: HttpGateway
  beforeAll(async () => {
    gateway = await startHttpGateway(home, { servers: servers() })
  })
  afterAll(() => gateway.stop())

  describe.each(ERAS)('for a %s client', (era) => {
    let files: Calls
    let bare: Calls
    let memory: Calls
    let everything: Calls
    beforeAll(async () => {
      const at = (name: string) => Calls.at(gateway.url, name, era)
      ;[files, bare, memory, everything] = await Promise.all([
        at('files'),
        at('bare'),
        at('memory'),
        at('everything'),
      ])
    })

    /** The answer of a call that must not reach its server. */
    const refused = async (name: string, call: () => Promise<Answer>): Promise<string> => {
      const before = reached(home, name)
      const text = textOf(await call())
      expect(reached(home, name)).toBe(before)
      return text
    }
    const read = (path: string) => files.call('read_text_file', { path })

    it('no file is read but those of the declared folder, by a neighbour, a link or a second name', async () => {
      for (const [path = '', rule] of paths())
        expect(await refused('files', () => read(path)), path).toContain(`[rule ${rule}`)
      const many = [home.path('data/x.txt'), home.path('outside/x.txt')]
      expect(await refused('files', () => files.call('read_multiple_files', { paths: many }))).toContain(
        '[rule path/',
      )
      expect(textOf(await read(home.path('data/x.txt')))).toBe('this is data')
    })

    it.each(Object.keys(ATTACKS))('a file does no harm: %s', async (name) => {
      const answer = await read(home.path(`data/${name}.txt`))
      expect(harmfulIn(answer, name)).toEqual([])
      expect(textOf(answer)).toMatch(/after|hxxps|withheld/)
    })

    it.each(Object.entries(TWINS))('and an honest one comes as it is: %s', async (name, text) => {
      const { result } = await read(home.path(`data/${name}.txt`))
      expect(result?.content).toEqual([{ type: 'text', text }])
      expect(result?.structuredContent).toEqual({ content: text })
    })

    it('nor does the name of a file, in a list or in an error', async () => {
      const list = await files.call('list_directory', { path: home.path('data/names') })
      expect(textOf(list)).toBe('[FILE] ab.txt')
      const follow = (link: string) => bare.call('read_text_file', { path: home.path(`data/${link}/x.txt`) })
      const ansi = await follow('ansi-link')
      expect(ansi.result?.isError).toBe(true)
      expect(textOf(ansi)).toContain(`outside allowed directories: ${home.path('outside/x.txt')}`)
      const order = await follow('order-link')
      expect(order.result?.isError).toBe(true)
      expect(textsOf(order).join('\n')).toMatch(/^\[Sallyport|withheld/m)
      expect(textOf(await follow('link'))).toContain(home.path('outside/x.txt'))
    })

    it('a secret in a file is not shown, and what stands around it is', async () => {
      expect(textOf(await read(home.path('data/.env')))).toBe('NAME=shop\nKEY=[redacted:secret/github]\n')
    })

    it('a memory is given no secret and nothing but what its schema has', async () => {
      const create = (entity: object) => memory.call('create_entities', { entities: [entity] })
      const note = (text: string) => ({
        name: `${era} ${text.slice(0, 4)}`,
        entityType: 'note',
        observations: [text],
      })
      const before = readFileSync(home.path('memory.jsonl'), 'utf8')
      for (const text of [TOKEN, base64(`the key is ${TOKEN}`)])
        expect(await refused('memory', () => create(note(text)))).toContain('[rule secret/github]')
      expect(await refused('memory', () => create({ ...note('x'), entityType: 7 }))).toContain(
        '[rule schema/arguments]',
      )
      expect(readFileSync(home.path('memory.jsonl'), 'utf8')).toBe(before)
      expect(textOf(await create(note(SHA)))).toContain(SHA)
      expect(readFileSync(home.path('memory.jsonl'), 'utf8')).toContain(SHA)
    })

    it('what a stranger left in a memory does no harm', async () => {
      const open = (name: string) => memory.call('open_nodes', { names: [name] })
      const left = await open('left')
      expect(JSON.stringify(left)).toContain('withheld')
      expect(JSON.stringify(left)).not.toContain('Ignore all')
      const shown = await open('shown')
      for (const attack of ['image', 'tags']) expect(harmfulIn(shown, attack)).toEqual([])
      expect(JSON.stringify(shown)).toContain('hxxps')
      const known = await open('known')
      const observations = [TWINS.plain, TWINS.emoji]
      expect(known.result?.structuredContent).toMatchObject({ entities: [{ observations }] })
    })

    it('a secret of the gateway is given to the server that needs it, and comes back by nothing', async () => {
      const env = JSON.parse(textOf(await everything.call('get-env', {})))
      expect(env).toMatchObject({
        SERVICE_TOKEN: '[redacted:secret/own]',
        ACCOUNT_ID: ACCOUNT,
        PLACE: 'shop',
      })
      const echo = (message: string) => everything.call('echo', { message })
      for (const message of [OWN, base64(OWN), `https://x.example/?q=${encodeURIComponent(OWN)}`])
        expect(await refused('everything', () => echo(message))).toContain('[rule secret/own]')
      for (const message of ['hello', `of ${ACCOUNT}`])
        expect(textOf(await echo(message))).toBe(`Echo: ${message}`)
    })

    it.each(Object.keys(ATTACKS))('a prompt does no harm: %s', async (name) => {
      const [city] = ATTACKS[name] ?? ['']
      if (city.includes(TOKEN)) return
      const answer = await everything.request('prompts/get', { name: 'args-prompt', arguments: { city } })
      expect(harmfulIn(answer, name)).toEqual([])
      expect(JSON.stringify(answer)).toMatch(/after|hxxps|withheld/)
    })

    it('and an honest one comes as it is', async () => {
      const answer = await everything.request('prompts/get', {
        name: 'args-prompt',
        arguments: { city: TWINS.persian },
      })
      expect(textsOf(answer)).toContain(`What's weather in ${TWINS.persian}?`)
    })
  })
})

it('a server puts no orders to the model of a client', async () => {
  // It lists the tool to clients that have a model: to be seen for the first time by one.
  const own = makeHome()
  const command = watched(own, 'everything', 'everything', 'stdio')
  const file = own.configure({ servers: { everything: { command, trust: 'partial' } } })
  const pipe = new PipeClient(own, ['stdio', '--standalone', '--config', file])
  try {
    await pipe.initialize({ sampling: {} })
    const { result } = await pipe.request('list', 'tools/list')
    const names = (result?.tools as { name: string }[] | undefined)?.map(({ name }) => name)
    const tool = names?.find((name) => name.startsWith('everything__trigger_sampling_request')) ?? ''
    const asked: string[] = []
    pipe
      .next(({ id, method, params }) => {
        if (method !== 'sampling/createMessage') return false
        asked.push(JSON.stringify(params))
        const result = { role: 'assistant', model: 'm', content: { type: 'text', text: 'sunny' } }
        pipe.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
        return false
      })
      .catch(() => undefined)
    const ask = (id: number, prompt: string) => pipe.call(id, tool, { prompt })
    await ask(1, INJECTED)
    expect(reached(own, 'everything')).toBe(1)
    expect(asked).toEqual([])
    expect(textOf(await ask(2, 'Will it rain?'))).toContain('sunny')
    expect(asked).toEqual([expect.stringContaining('Will it rain?')])
  } finally {
    await pipe.close()
    own.remove()
  }
})

describe('where a gateway only observes', () => {
  it('all of it arrives, and all of it is shown', async () => {
    const { files, memory } = servers()
    const gateway = await startHttpGateway(home, { profile: 'observe', servers: { files, memory } })
    try {
      const calls = await Calls.at(gateway.url, 'files', 'modern')
      const before = reached(home, 'files')
      for (const [path = ''] of paths())
        expect(textOf(await calls.call('read_text_file', { path }))).toMatch(
          /^this is (?:data-evil|outside)$/,
        )
      for (const [name, [text]] of Object.entries(ATTACKS)) {
        const path = home.path(`data/${name}.txt`)
        expect(textOf(await calls.call('read_text_file', { path })), name).toBe(text)
      }
      expect(reached(home, 'files') - before).toBe(paths().length + Object.keys(ATTACKS).length)
      const notes = await Calls.at(gateway.url, 'memory', 'legacy')
      const entity = { name: 'observed', entityType: 'note', observations: [TOKEN] }
      await notes.call('create_entities', { entities: [entity] })
      expect(readFileSync(home.path('memory.jsonl'), 'utf8')).toContain(TOKEN)
    } finally {
      await gateway.stop()
    }
  })
})
