import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SALLYPORT } from '../program.ts'
import { faultOnPipe, type Home, makeHome, PipeClient, textOf } from './harness.ts'

let home: Home
let config: string
beforeAll(async () => {
  home = makeHome()
  config = home.configure({
    servers: {
      files: {
        ...faultOnPipe(home, 'files', 'legacy'),
        tools: { deny: ['crash'], hide: ['Echo'], ask: ['crash'] },
        arguments: { echo: { path: { path: { roots: ['data'] } } } },
        secrets: { toServer: { token: 'refuse' } },
      },
    },
    rules: [
      { when: 'tool.name == "echo" && args.text == "secret"', do: 'deny', reason: 'not this' },
      { when: 'server.trust == "trusted"', do: 'allow' },
    ],
  })
  // Its tools are pinned at first sight.
  const client = new PipeClient(home, ['--config', config, 'stdio', '--standalone'])
  await client.initialize()
  await client.request(1, 'tools/list')
  await client.close()
})
afterAll(() => home.remove())

async function sallyport(...args: readonly string[]) {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [SALLYPORT, ...args, '--config', config], {
      env: home.env,
      cwd: home.dir,
    })
    return { code: 0, stdout, stderr: '' }
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string }
  }
}

describe('policy explain of a call', () => {
  it.each([
    [
      'what passes, and by which rule',
      ['files/tool/echo', '--arguments', '{"text":"x"}'],
      0,
      /rules\[1\] +holds/,
    ],
    [
      'what a rule denies, and why',
      ['files/tool/echo', '--arguments', '{"text":"secret"}'],
      4,
      /access\/rule +not this/,
    ],
    ['a rule without an answer', ['files/tool/echo'], 4, /rules\[0\] +has no answer/],
    ['what a list denies, and where', ['files/tool/crash'], 4, /servers\.files\.tools\.deny\[0\]/],
    ['that rules behind a denial are not reached', ['files/tool/crash'], 4, /rules\[0\] +not reached/],
    [
      'what the checks of arguments say',
      ['files/tool/echo', '--arguments', '{"text":"x","path":"../secret"}'],
      4,
      /arguments +refuse +path\//,
    ],
    [
      'that a secret would not be sent',
      [
        'files/tool/echo',
        '--arguments',
        JSON.stringify({ text: ['ghp', 'x9Kq2LmZ7vRtY4wN8sBdF3hJ6pCgT1aQeUiO'].join('_') }),
      ],
      4,
      /secrets +refuse +secret\//,
    ],
    [
      'that a tool was approved, and by whom',
      ['files/tool/echo', '--arguments', '{"text":"x"}'],
      0,
      /pins +approved by/,
    ],
    ['that nothing is known of a tool', ['files/tool/nothing', '--arguments', '{}'], 3, /not seen yet/],
    [
      'what to do so that more is known of it',
      ['files/tool/nothing', '--arguments', '{}'],
      3,
      /arguments +not checked +its definition is not known: have a client list/,
    ],
    [
      'for somebody else',
      ['files/tool/echo', '--arguments', '{"text":"x"}', '--principal', 'corp eve'],
      0,
      /for corp eve/,
    ],
  ])('says %s', async (_, args, code, says) => {
    const result = await sallyport('policy', 'explain', ...args)
    expect(result.stdout + result.stderr).toMatch(says)
    expect(result.code).toBe(code)
  })

  it.each([
    ['a target that names no call', ['files/echo'], /SERVER\/tool\/NAME/],
    ['arguments of no call', ['files', '--arguments', '{}'], /"files" is a server, and --arguments/],
    ['a server that there is not', ['nope/tool/x'], /nope/],
    ['arguments that are no JSON', ['files/tool/echo', '--arguments', '{'], /--arguments/],
    ['arguments that are no object', ['files/tool/echo', '--arguments', '[]'], /JSON object/],
    ['a principal without its issuer', ['files/tool/echo', '--principal', 'ada'], /ISSUER SUBJECT/],
  ])('refuses %s', async (_, args, says) => {
    const result = await sallyport('policy', 'explain', ...args)
    expect(result.code).toBe(2)
    expect(result.stderr).toMatch(says)
  })
})

it('policy check points at what has no effect', async () => {
  const result = await sallyport('policy', 'check', '--json')
  expect(result.code).toBe(1)
  expect(JSON.parse(result.stdout)).toMatchObject({
    ok: false,
    notes: [
      {
        from: 'servers.files.tools.ask[0]',
        explain: 'never asks, since servers.files.tools.deny[0] refuses it',
      },
      { from: 'servers.files.tools.hide[0]', explain: 'no approved tool is called "Echo"' },
    ],
  })
})

it('policy replay decides anew on numbers as they were sent', async () => {
  const client = new PipeClient(home, ['--config', config, 'stdio', '--standalone'])
  await client.initialize()
  for (const n of ['9007199254740992', '9007199254740993']) {
    const answered = client.next(({ id }) => id === n)
    const params = `{"name":"files__echo","arguments":{"text":"x","n":${n}}}`
    client.send(`{"jsonrpc":"2.0","id":"${n}","method":"tools/call","params":${params}}`)
    expect(textOf((await answered).answer)).toContain(n)
  }
  await client.close()
  const tried = home.path('tried.json')
  const rule = { when: 'has(args.n) && args.n == 9007199254740993', do: 'deny' }
  writeFileSync(tried, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), rules: [rule] }))
  const { stdout } = await sallyport('policy', 'replay', '--with', tried, '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    calls: 2,
    changes: [{ before: 'passed', after: 'refused', rules: ['access/rule'], count: 1 }],
  })
})
