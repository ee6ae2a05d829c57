/** A no to a call that becomes a no to its tool, in the configuration. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SALLYPORT } from '../program.ts'
import {
  type Answer,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  postModern,
  startHttpGateway,
} from './harness.ts'
import { atTerminal } from './terminal.ts'

let home: Home
const clients: PipeClient[] = []

beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  home.remove()
})

/** In YAML, as people write it. */
function inYaml(lists = '{ allow: [echo, pid], ask: [echo] }', more = ''): string {
  const { command } = faultOnPipe(home, 'f', 'legacy')
  const file = home.path('sallyport.yaml')
  const lines = [
    'version: 1 # mine',
    `audit: { dir: ${JSON.stringify(home.path('audit'))} }`,
    'servers:',
    '  f: # the only one',
    `    command: ${JSON.stringify(command)}`,
    '    era: legacy',
    '    trust: trusted',
    '    confirm: never',
    '    rate: unlimited',
    '    schemas: { arguments: "off", results: "off" }',
    `    tools: ${lists}`,
    'approvals:',
    '  wait: 1s',
    more,
  ]
  writeFileSync(file, lines.join('\n'))
  return file
}

async function start(file: string, capabilities: object = {}): Promise<PipeClient> {
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  clients.push(client)
  await client.initialize(capabilities)
  return client
}

const sent = () => home.witness('f.log').filter(({ method }) => method === 'tools/call')
const ruleOf = ({ result }: Answer) =>
  (result?._meta as { 'sallyport/refusal'?: { rule: string } } | undefined)?.['sallyport/refusal']?.rule
const ticketIn = ({ result }: Answer) =>
  /ticket ([A-Z0-9]{6})/.exec(result?.content?.[0]?.text ?? '')?.[1] ?? 'none'

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { env: { ...home.env, ...env }, encoding: 'utf8' as const }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [SALLYPORT, ...args, '--config', file],
    options,
  )
  return { code: status, stdout, stderr }
}
/** At a terminal; `meanwhile` is done while the question is on the screen. */
const always = (
  file: string,
  ticket: string,
  answer = 'deny',
  env: Readonly<Record<string, string>> = {},
  meanwhile: () => void = () => undefined,
) => {
  const asks = /leaves it: $/
  const test = (screen: string) => {
    const asked = /leaves it: $/.test(screen)
    if (asked) meanwhile()
    return asked
  }
  const args = ['deny', ticket, '--always', '--config', file]
  return atTerminal(home, args, answer, env, Object.assign(asks, { test }))
}
const decisions = (file: string) =>
  run(file, ['audit', 'export'])
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { event?: string; details?: Record<string, unknown> })
    .filter(({ event }) => event === 'approval.decided')
    .map(({ details }) => details)

describe('a no for good', () => {
  it('refuses the call and every other one of its tool, as the diff said, and leaves the rest as it was', async () => {
    const file = inYaml()
    const before = readFileSync(file, 'utf8')
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    const done = await always(file, ticket)
    expect(done.code, done.screen).toBe(0)
    const line = '    tools: { allow: [echo, pid], ask: [echo], "deny": [ "echo" ] }'
    for (const shown of [
      '/text: "hello"',
      `+ ${line}`,
      'It refuses every call of this tool, whoever makes it and whatever its arguments: this one too, about which access/ask asked.',
      'servers.f.tools.allow names the tool as well',
    ])
      expect(done.screen).toContain(shown)
    expect(readFileSync(file, 'utf8')).toBe(
      before.replace('    tools: { allow: [echo, pid], ask: [echo] }', line),
    )
    expect(decisions(file)).toEqual([
      expect.objectContaining({ ticket, decision: 'deny', via: 'command', adds: 'servers.f.tools.deny' }),
    ])
    await client.close()
    const next = await start(file)
    for (const text of ['hello', 'other'])
      expect(ruleOf(await next.call(text, 'f__echo', { text }))).toBe('access/deny')
    const listed = (await next.request('l', 'tools/list')).result?.tools as { name: string }[]
    expect(listed.map(({ name }) => name)).toEqual(['f__pid'])
    expect(sent()).toEqual([])
    // The twin: what nobody said no to is called.
    expect(ruleOf(await next.call('p', 'f__pid', {}))).toBeUndefined()
    expect(sent()).toHaveLength(1)
    // Said again, it is there once, and nobody is asked.
    const again = run(file, ['deny', ticket, '--always'])
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`denied ${ticket} already, always: f/echo`),
    })
    expect(readFileSync(file, 'utf8').match(/"echo"/g)).toHaveLength(1)
    expect(decisions(file)).toHaveLength(1)
  }, 60_000)

  it('holds at once in a gateway that follows its file', async () => {
    const entry = { ...faultOnPipe(home, 'f', 'modern'), rate: 'unlimited', tools: { ask: ['echo'] } }
    const schemas = { arguments: 'off', results: 'off' }
    const gateway = await startHttpGateway(home, { servers: { f: { ...entry, schemas } } })
    try {
      const call = async (id: number, text: string) => {
        const params = { name: 'f__echo', arguments: { text } }
        return (await postModern(gateway.url, id, 'tools/call', params)).messages.at(-1) as Answer
      }
      const file = home.path('sallyport.json')
      const done = await always(file, ticketIn(await call(1, 'hello')))
      expect(done.code, done.screen).toBe(0)
      await eventually('the new configuration', () => gateway.stderr().includes('config.reloaded'))
      expect(ruleOf(await call(2, 'hello'))).toBe('access/deny')
      expect(ruleOf(await call(3, 'other'))).toBe('access/deny')
      expect(sent()).toEqual([])
    } finally {
      await gateway.stop()
    }
  }, 60_000)

  it('is for a person at a terminal alone: whoever else asks changes neither the call nor the file', async () => {
    const file = inYaml()
    const before = readFileSync(file, 'utf8')
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    expect(run(file, ['deny', ticket, '--always'])).toMatchObject({ code: 4 })
    expect(run(file, ['deny', ticket, '--always', '--yes'])).toMatchObject({ code: 2 })
    expect(await always(file, ticket, 'deny', { CLAUDECODE: '1' })).toMatchObject({ code: 4 })
    expect(await always(file, ticket, 'deny', { CI: 'true' })).toMatchObject({ code: 4 })
    for (const answer of ['y', 'yes', 'allow', ''])
      expect(await always(file, ticket, answer)).toMatchObject({ code: 4 })
    expect(run(file, ['deny', ticket, '--always', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: `would deny ${ticket} (always): f/echo\n`,
    })
    expect(run(file, ['deny', 'f/tool/echo', '--always'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--always is for a ticket'),
    })
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(decisions(file)).toEqual([])
    expect(run(file, ['approvals']).stdout).toContain(ticket)
  }, 60_000)

  it('can follow a no that was given before, by the command or in a dialog, and not a yes', async () => {
    const file = inYaml()
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    const plain = run(file, ['deny', ticket])
    expect(plain.stderr).toContain(`sallyport deny ${ticket} --always`)
    const done = await always(file, ticket)
    expect(done.code, done.screen).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain('"deny": [ "echo" ]')

    const again = inYaml()
    const asked = await start(again, { elicitation: {} })
    const called = asked.call(1, 'f__echo', { text: 'in a dialog' })
    const { answer } = await asked.next(({ method }) => method === 'elicitation/create')
    const result = { action: 'accept', content: { decision: 'deny' } }
    asked.send(JSON.stringify({ jsonrpc: '2.0', id: answer.id, result }))
    const denied = await called
    expect(ruleOf(denied)).toBe('approvals/denied')
    expect(await always(again, ticketIn(denied))).toMatchObject({ code: 0 })
    expect(readFileSync(again, 'utf8')).toContain('"deny": [ "echo" ]')

    const other = inYaml()
    const allowed = ticketIn(await (await start(other)).call(1, 'f__echo', { text: 'yes' }))
    expect((await atTerminal(home, ['approve', allowed, '--config', other], 'allow')).code).toBe(0)
    expect(await always(other, allowed)).toMatchObject({ code: 4 })
    expect(readFileSync(other, 'utf8')).not.toContain('"deny"')
  }, 60_000)

  it('refuses a call that a rule asked about, and no rule opens it again', async () => {
    const rules =
      'rules:\n  - { when: \'args.text == "hello"\', do: ask }\n  - { when: \'tool.name == "echo"\', do: allow }\n'
    const file = inYaml('{ ask: [pid] }', rules)
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    const done = await always(file, ticket)
    expect(done.code, done.screen).toBe(0)
    expect(done.screen).toContain('this one too, about which access/')
    await client.close()
    const next = await start(file)
    for (const text of ['hello', 'other'])
      expect(ruleOf(await next.call(text, 'f__echo', { text }))).toBe('access/deny')
    expect(sent()).toEqual([])
  }, 60_000)

  it('is not written where it cannot be safely: it says what to write, and the call waits on', async () => {
    const file = inYaml('&lists { ask: [echo] }', 'access:\n  - { servers: [other], tools: *lists }\n')
    const before = readFileSync(file, 'utf8')
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    const done = await always(file, ticket)
    expect(done.code, done.screen).toBe(2)
    expect(done.screen.replace(/\s+/g, ' ')).toContain('servers.f.tools.deny: ["echo"]')
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(run(file, ['approvals']).stdout).toContain(ticket)
  }, 60_000)

  it('adds nothing where it cannot be recorded', async () => {
    const file = inYaml()
    const before = readFileSync(file, 'utf8')
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    await client.close()
    rmSync(home.path('audit'), { recursive: true, force: true })
    writeFileSync(home.path('audit'), 'in the way')
    expect((await always(file, ticket)).code).not.toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(run(file, ['approvals']).stdout).toContain(ticket)
  }, 60_000)

  it('keeps what was written into the file while it was asked about, and is given again where that was in its way', async () => {
    const file = inYaml()
    const before = readFileSync(file, 'utf8')
    const client = await start(file)
    const ticket = ticketIn(await client.call(1, 'f__echo', { text: 'hello' }))
    const spoiled = before.replace('servers:', 'survers:')
    const failed = await always(file, ticket, 'deny', {}, () => writeFileSync(file, spoiled))
    expect(failed.code, failed.screen).toBe(3)
    expect(failed.screen.replace(/\s+/g, ' ')).toContain(`Again: sallyport deny ${ticket} --always`)
    expect(readFileSync(file, 'utf8')).toBe(spoiled)
    writeFileSync(file, before)
    const later = before.replace('# mine', '# mine, and later')
    const done = await always(file, ticket, 'deny', {}, () => writeFileSync(file, later))
    expect(done.code, done.screen).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(
      later.replace('ask: [echo] }', 'ask: [echo], "deny": [ "echo" ] }'),
    )
  }, 60_000)
})
