import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { ArgumentEdges } from '../../arguments/edges.ts'
import { parseConfig } from '../../config/load.ts'
import type { Exchange } from '../exchange.ts'
import { argumentChecks } from './arguments.ts'

const text = {
  version: 1,
  servers: {
    s: {
      url: 'https://files.example/mcp',
      arguments: {
        review: { file: { path: { roots: ['/project'], flavour: 'posix' } } },
        'resources/read': { uri: { path: { roots: ['/project'], flavour: 'posix' } } },
      },
    },
  },
}
const parsed = parseConfig(Buffer.from(JSON.stringify(text)), '/c.json', { env: {}, homeDir: '/h' })
if (!parsed.ok) throw parsed.error
const control = argumentChecks(parsed.config, { of: () => undefined })

async function ruleOf(params: JsonObject): Promise<string | undefined> {
  const exchange: Exchange = {
    principal: '["local","me"]',
    transport: 'http',
    direction: 'client-to-server',
    era: 'modern',
    method: 'completion/complete',
    row: undefined,
    server: 's',
    params,
    bytes: 0,
    startedAt: 0,
    findings: [],
  }
  const verdict = await control.decide(exchange)
  return verdict.kind === 'refuse' ? verdict.rule : undefined
}

// Completions of paths list folders: what is begun is looked up like what is given.
describe('a completion', () => {
  const prompt = (name: string, value: string, given: JsonObject = {}) =>
    ruleOf({
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name, value },
      context: { arguments: given },
    })

  it.each(['/etc/pass', '../etc', '/project/../etc', '/project-evil/'])(
    'of an argument of a prompt is held against what is declared of it: %s',
    async (value) => {
      expect(await prompt('file', value)).toMatch(/^path\//)
    },
  )

  it('is held to it in the arguments that were given before as well', async () => {
    expect(await prompt('style', 'short', { file: '/etc/passwd' })).toMatch(/^path\//)
    expect(await prompt('style', 'short', { file: '/project/a' })).toBeUndefined()
  })

  it('passes within it', async () => {
    expect(await prompt('file', '/project/rea')).toBeUndefined()
    expect(await prompt('style', '/etc/passwd')).toBeUndefined()
  })

  it('of a variable of a template is the URI it makes', async () => {
    const template = (value: string) =>
      ruleOf({
        ref: { type: 'ref/resource', uri: 'file:///project/{+path}' },
        argument: { name: 'path', value },
      })
    expect(await template('../../etc/passwd')).toMatch(/^path\//)
    expect(await template('docs/rea')).toBeUndefined()
  })

  it.each<[string, JsonObject]>([
    ['a value that is a list', { argument: { name: 'file', value: ['/etc/passwd'] } }],
    ['a value that is an object', { argument: { name: 'file', value: { '/etc/passwd': 1 } } }],
    ['a value that is a number', { argument: { name: 'file', value: 5 } }],
    ['a name that is none', { argument: { name: 5, value: '/etc/passwd' } }],
    ['no argument', { argument: '/etc/passwd' }],
    ['a context that is a list', { argument: { name: 'style', value: 'a' }, context: ['/etc/passwd'] }],
    [
      'a context of no texts',
      { argument: { name: 'style', value: 'a' }, context: { arguments: { file: ['/etc'] } } },
    ],
  ])('of %s is refused: only texts can be looked at', async (_what, params) => {
    expect(await ruleOf({ ref: { type: 'ref/prompt', name: 'review' }, ...params })).toBe('arguments/type')
  })

  it('without a context, or with an empty one, passes', async () => {
    const params = { ref: { type: 'ref/prompt', name: 'review' }, argument: { name: 'style', value: '' } }
    expect(await ruleOf(params)).toBeUndefined()
    expect(await ruleOf({ ...params, context: {} })).toBeUndefined()
  })

  it('of a template is held to what was given of its other variables, too', async () => {
    const template = (dir: string) =>
      ruleOf({
        ref: { type: 'ref/resource', uri: 'file:///project/{dir}/{name}' },
        argument: { name: 'name', value: 'pass' },
        context: { arguments: { dir } },
      })
    expect(await template('../etc')).toMatch(/^path\//)
    expect(await template('docs')).toBeUndefined()
  })
})

describe('what is looked up', () => {
  const call = (value: JsonObject): Exchange => ({
    principal: '["local","me"]',
    transport: 'http',
    direction: 'client-to-server',
    era: 'modern',
    method: 'tools/call',
    row: undefined,
    server: 'local',
    name: 'fetch',
    params: {},
    arguments: value,
    bytes: 0,
    startedAt: 0,
    findings: [],
  })
  const file = (name: string): JsonObject => ({ file: `/project/${name}` })
  const local = JSON.stringify({
    version: 1,
    servers: {
      local: {
        command: 'x',
        arguments: { fetch: { file: { path: { roots: ['/project'], flavour: 'posix' } } } },
      },
    },
  })
  const read = () => {
    const result = parseConfig(Buffer.from(local), '/c.json', { env: {}, homeDir: '/h' })
    if (!result.ok) throw result.error
    return result.config
  }

  /** As a gateway has it: one control when a call comes, another one just before it is sent. */
  function world() {
    let [time, asked] = [0, 0]
    const shown = { definition: { name: 'fetch', description: 'Fetches.' } as JsonObject }
    const answers: boolean[] = []
    const answer = async () => {
      asked++
      return answers.shift() === false ? { rule: 'path/link', explain: 'It leads elsewhere.' } : undefined
    }
    const edges: ArgumentEdges = { realPath: answer, host: answer }
    const config = read()
    const make = (of = config) => argumentChecks(of, { of: () => shown.definition }, edges, () => time)
    const after = (ms: number) => {
      time += ms
    }
    return { make, shown, answers, after, asked: () => asked }
  }

  it('a link is followed once where nothing else was waited for', async () => {
    const { make, after, asked } = world()
    const one = call(file('a'))
    expect(await make().decide(one)).toEqual({ kind: 'pass' })
    after(200)
    expect(make().decide(one)).toEqual({ kind: 'pass' })
    expect(asked()).toBe(1)
  })

  it('a link is followed again after a while: one that leads elsewhere by then is refused', async () => {
    const { make, after, asked, answers } = world()
    answers.push(true, false)
    const one = call(file('a'))
    expect(await make().decide(one)).toEqual({ kind: 'pass' })
    after(251)
    expect(await make().decide(one)).toMatchObject({ kind: 'refuse', rule: 'path/link' })
    expect(asked()).toBe(2)
  })

  it('a name is resolved again, also at once: one that answers otherwise each time is refused', async () => {
    const { make, answers } = world()
    answers.push(true, true, true, false)
    const one = call({ ...file('a'), url: 'https://a.example/' })
    expect(await make().decide(one)).toEqual({ kind: 'pass' })
    expect(await make().decide(one)).toMatchObject({ kind: 'refuse' })
  })

  it('after a refusal, and of another call, arguments, definition or configuration, links are followed', async () => {
    const { make, asked, answers, shown } = world()
    answers.push(false)
    const one = call(file('a'))
    expect(await make().decide(one)).toMatchObject({ kind: 'refuse' })
    expect(await make().decide(one)).toEqual({ kind: 'pass' })
    const changed: { -readonly [Key in keyof Exchange]: Exchange[Key] } = call(file('a'))
    await make().decide(changed)
    changed.arguments = file('b')
    await make().decide(changed)
    shown.definition = { name: 'fetch', description: 'Fetches another thing.' }
    await make().decide(changed)
    await make(read()).decide(changed)
    expect(asked()).toBe(6)
  })
})
