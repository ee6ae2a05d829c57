import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
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
})
