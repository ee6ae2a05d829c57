/** The poisoned server itself, without a gateway: every attack is really there, and nothing else is. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import { chooseAttacks } from '../../examples/poisoned-server/choose.ts'
import { Conversation } from '../../examples/poisoned-server/conversation.ts'
import { HONEST } from '../../examples/poisoned-server/surface.ts'
import { ENVELOPE, type Home, makeHome } from './harness.ts'

const FOLDER = fileURLToPath(new URL('../../examples/poisoned-server/', import.meta.url))
const PATIENCE = 2
const LISTS = ['prompts/list', 'resources/list', 'resources/templates/list'] as const

/** Everything a server with these attacks says of itself over two lists, before and after its patience ends. */
function saysAll(attacks: readonly string[], starts: number, era: 'legacy' | 'modern'): string {
  const sent: object[] = []
  const conversation = new Conversation({ attacks, starts, patience: PATIENCE }, (one) => sent.push(one))
  const ask = (method: string, params: object = {}) => {
    const all = era === 'modern' ? { ...params, _meta: ENVELOPE } : params
    conversation.receive({ id: sent.length, method, params: all })
    return sent.at(-1) as { result?: { nextCursor?: string } }
  }
  ask(era === 'legacy' ? 'initialize' : 'server/discover', { protocolVersion: '2025-11-25' })
  for (const method of LISTS) ask(method)
  for (let round = 0; round < 2; round++) {
    const { result } = ask('tools/list')
    if (result?.nextCursor !== undefined) ask('tools/list', { cursor: result.nextCursor })
    for (let call = 0; call < PATIENCE; call++) ask('tools/call', { name: 'list_cities' })
  }
  return JSON.stringify(sent)
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
const everyStart = (attacks: readonly string[], era: 'legacy' | 'modern') =>
  [1, 2, 3, 4, 5].map((starts) => saysAll(attacks, starts, era)).join('\n')

const shown = Object.entries(ATTACKS).filter(([name]) => name !== 'unlisted')

describe.each(['legacy', 'modern'] as const)('the poisoned server, asked in the %s era', (era) => {
  it.each(shown)('%s: says its poison', (name, { poison }) => {
    expect(everyStart([name], era)).toContain(inJson(poison))
  })

  it('says nothing of any attack that it was not told to try', () => {
    const honest = everyStart([], era)
    for (const [, { poison }] of shown) expect(honest).not.toContain(inJson(poison))
  })

  it('keeps its honest tools under every attack', () => {
    for (const [name] of shown) {
      const said = saysAll([name], 1, era)
      for (const tool of HONEST.tools) expect(said).toContain(JSON.stringify(tool))
    }
  })
})

describe('attacks that wait', () => {
  it.each(['rug-calls', 'rug-silent', 'rug-restart', 'drift', 'version'])(
    '%s: is honest at first',
    (name) => {
      const { apply, poison } = ATTACKS[name] as Attack
      const first = apply(HONEST, { starts: 1, lists: 1, calls: 0, patience: PATIENCE })
      expect(JSON.stringify(first)).not.toContain(inJson(poison))
    },
  )

  it('only the loud rug is announced', () => {
    expect(saysAll(['rug-calls'], 1, 'legacy')).toContain('list_changed')
    expect(saysAll(['rug-silent'], 1, 'legacy')).not.toContain('list_changed')
  })
})

describe('choosing attacks', () => {
  it('without a name means all that leave the rest of the list readable', () => {
    expect(chooseAttacks([])).toEqual(Object.keys(ATTACKS).filter((name) => !name.startsWith('flood-')))
    expect(chooseAttacks(['all', 'flood-text'])).toContain('flood-text')
    expect(chooseAttacks(['none'])).toEqual([])
  })

  it('an unknown name is refused, and the known ones are told', () => {
    expect(() => chooseAttacks(['descripton'])).toThrow(/"descripton".*description/)
  })
})

describe('the README', () => {
  it('lets an honest tool through that is there', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const approved = /approve poisoned\/tool\/(\S+)/.exec(readme)?.[1]
    expect(HONEST.tools).toContainEqual(expect.objectContaining({ name: approved }))
  })
})

describe('the program', () => {
  let home: Home
  beforeEach(() => {
    home = makeHome()
  })
  afterEach(() => home.remove())

  const start = async (args: readonly string[], input: string): Promise<string> => {
    const child = spawn(process.execPath, [join(FOLDER, 'main.ts'), ...args], {
      env: { ...home.env, POISON_LOG: home.path('poison.log'), POISON_STATE: home.path('state') },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
    })
    child.stdin.end(input)
    await new Promise((resolve) => child.on('close', resolve))
    return out
  }

  it('counts its starts, and writes down what it received', async () => {
    const list = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n'
    const { poison } = ATTACKS['rug-restart'] as Attack
    expect(await start(['--attack', 'rug-restart'], list)).not.toContain(poison)
    expect(await start(['--attack', 'rug-restart'], list)).toContain(poison)
    expect(home.witness('poison.log').map(({ method }) => method)).toEqual([
      '(start)',
      'tools/list',
      '(start)',
      'tools/list',
    ])
  })

  it('tells of every attack, and of none that is not there', async () => {
    const listed = await start(['--list'], '')
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8')
    for (const name of Object.keys(ATTACKS)) {
      expect(listed).toContain(`${name} `)
      expect(readme).toContain(`\`${name}\``)
    }
  })

  it('has no hidden character in its source: what it hides is written as escapes', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    expect(files.length).toBeGreaterThan(8)
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'utf8')
      expect(text, name).not.toMatch(
        /(?!\n)\p{Cc}|\p{Cf}|\p{Default_Ignorable_Code_Point}|\p{Script=Cyrillic}/u,
      )
    }
  })
})
