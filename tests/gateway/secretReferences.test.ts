/**
 * References to keychain, vault and programs: each value reaches the server that names it and nobody else, one that cannot be
 * had stops its own server, and what a vault renews is used without a restart. The vault is a server of our own that speaks
 * the part of the API that is asked (KV version 2).
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SecretBox } from '../../packages/gateway/src/credentials/stores/secretBox.ts'
import {
  openTestVault,
  type TestVault,
} from '../../packages/gateway/src/credentials/stores/testVault.fixture.ts'
import {
  eventually,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  postModern,
  startHttpGateway,
} from './harness.ts'
import { type RemoteServer, startRemote } from './remoteServer.ts'
import { atTerminal } from './terminal.ts'
import { run } from './workerClient.ts'

const MAIN = fileURLToPath(new URL('../../packages/gateway/src/cli/main.ts', import.meta.url))
const reference = (text: string) => '$'.concat(`{${text}}`)
const VAULT_TOKEN = ['hvs', 'only-for-this-test-8431'].join('.')
const FROM = {
  keychain: 'kc-value-Zq8vN3kP5',
  exec: 'ex-value-Wm4xT7bR2',
  vault: 'va-value-Jd6sH9cL1',
  renewed: 'va-value-renewed-Qy3g',
}

let home: Home
let gateway: HttpGateway
let vault: TestVault
let remote: RemoteServer
let front: Server
/** What the remote server was sent as its credential. */
const authorizations = new Set<string | undefined>()

beforeAll(async () => {
  home = makeHome()
  vault = await openTestVault(VAULT_TOKEN)
  vault.secrets.set('secret/data/team/remote', { token: FROM.vault })
  vault.leaseSeconds = 1
  remote = await startRemote(home, 'away')
  const address = new URL(remote.url)
  front = createServer((incoming, outgoing) => {
    authorizations.add(incoming.headers.authorization)
    const options = {
      host: address.hostname,
      port: address.port,
      path: address.pathname,
      method: incoming.method,
    }
    const passed = request({ ...options, headers: { ...incoming.headers, host: address.host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  // The vault's token is in the gateway's environment, as people have it.
  home.env.VAULT_TOKEN = VAULT_TOKEN
  writeFileSync(
    home.path('dump.mjs'),
    `import { writeFileSync } from 'node:fs'
     writeFileSync(process.env.DUMP, JSON.stringify(process.env))`,
  )
  home.configure({})
  expect(await setSecret('github', FROM.keychain)).toMatchObject({ code: 0 })
  gateway = await startHttpGateway(home, config())
})
afterAll(async () => {
  await gateway?.stop()
  await vault.close()
  remote.stop()
  front.closeAllConnections()
  front.close()
  home.remove()
})

function config() {
  const free = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const onPipe = (name: string, env: object) => {
    const { command, ...rest } = faultOnPipe(home, name, 'modern')
    const [node = ''] = command
    const dump = ['--import', home.path('dump.mjs')]
    return {
      ...free,
      ...rest,
      command: [node, ...dump, ...command.slice(1)],
      env: { DUMP: home.path(`${name}.env`), ...env },
    }
  }
  return {
    secrets: {
      vault: { address: vault.url },
      exec: {
        op: { command: [process.execPath, '-e', `process.stdout.write(${JSON.stringify(FROM.exec)})`] },
      },
    },
    servers: {
      kc: onPipe('kc', { GITHUB_TOKEN: reference('keychain:github') }),
      ex: onPipe('ex', { API_KEY: reference('exec:op') }),
      away: {
        ...free,
        url: `http://127.0.0.1:${(front.address() as AddressInfo).port}/mcp`,
        era: 'modern',
        headers: { Authorization: `Bearer ${reference('vault:secret/team/remote#token')}` },
      },
      nokey: onPipe('nokey', { A: reference('keychain:never_set') }),
      novault: onPipe('novault', { A: reference('vault:secret/none#token') }),
      noexec: onPipe('noexec', { A: reference('exec:unnamed') }),
      noenv: onPipe('noenv', { A: reference('env:NOT_SET_ANYWHERE') }),
    },
  }
}

async function setSecret(name: string, value: string) {
  const child = spawn(
    process.execPath,
    [MAIN, 'secrets', 'set', name, '--config', home.path('sallyport.json')],
    {
      env: home.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  child.stdin.end(`${value}\n`)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

const seen: string[] = []
async function call(name: string, args: object = {}) {
  const { messages, text } = await postModern(gateway.url, 1, 'tools/call', { name, arguments: args })
  seen.push(text)
  return messages.at(-1)
}
const textOf = (answer: Awaited<ReturnType<typeof call>>) =>
  answer?.result?.content?.[0]?.text ?? answer?.error?.message ?? ''
const environmentOf = (name: string) => readFileSync(home.path(`${name}.env`), 'utf8')

describe('a value', () => {
  it('from the keychain, or the file in its place, reaches the server that names it (SEC-008)', async () => {
    expect(textOf(await call('kc__env', { name: 'GITHUB_TOKEN' }))).toBe('[redacted:secret/own]')
    expect(JSON.parse(environmentOf('kc')).GITHUB_TOKEN).toBe(FROM.keychain)
  })

  it('from a program reaches the server that names it', async () => {
    expect(textOf(await call('ex__env', { name: 'API_KEY' }))).toBe('[redacted:secret/own]')
    expect(JSON.parse(environmentOf('ex')).API_KEY).toBe(FROM.exec)
  })

  it('from a vault reaches the remote server that names it, and is renewed while it is connected (SEC-005)', async () => {
    await call('away__echo', { text: 'hi' })
    expect([...authorizations]).toEqual([`Bearer ${FROM.vault}`])
    vault.secrets.set('secret/data/team/remote', { token: FROM.renewed })
    await eventually('the renewed token is used', () => {
      call('away__echo', { text: 'again' }).catch(() => undefined)
      return authorizations.has(`Bearer ${FROM.renewed}`)
    })
  })

  it('reaches no other server, and no server has the token of the vault', () => {
    const ofKc = environmentOf('kc')
    const ofEx = environmentOf('ex')
    for (const [name, text] of [['ex', ofKc] as const, ['kc', ofEx] as const])
      expect(name === 'ex' ? text.includes(FROM.exec) : text.includes(FROM.keychain)).toBe(false)
    expect(`${ofKc}${ofEx}`.includes(FROM.vault) || `${ofKc}${ofEx}`.includes(VAULT_TOKEN)).toBe(false)
  })
})

describe('a reference that cannot be resolved stops its own server, and says which it is', () => {
  it.each([
    ['nokey', 'keychain:never_set', 'sallyport secrets set never_set'],
    ['novault', 'vault:secret/none#token', 'no such secret'],
    ['noexec', 'exec:unnamed', 'secrets.exec'],
    ['noenv', 'env:NOT_SET_ANYWHERE', 'not set'],
  ])('%s (SEC-002)', async (name, missing, says) => {
    const text = textOf(await call(`${name}__echo`, { text: 'x' }))
    expect(text).toContain(reference(missing))
    expect(text).toContain(says)
    expect(home.witness(`${name}.log`)).toEqual([])
    expect(textOf(await call('kc__echo', { text: 'still here' }))).toContain('still here')
  })
})

it('no value is in an answer, a log, a record or a list, and none in a file in clear', async () => {
  const listed = await run(home, 'secrets', 'list', '--config', home.path('sallyport.json'))
  expect(listed.stdout).toContain('github')
  const said = [
    ...seen,
    gateway.stderr(),
    listed.stdout,
    ...files(home.path('audit')),
    ...files(home.path('.local')),
  ]
  for (const [from, value] of Object.entries({ ...FROM, token: VAULT_TOKEN })) {
    const forms = [value, Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex')]
    expect(
      forms.filter((form) => said.some((text) => text.includes(form))),
      from,
    ).toEqual([])
  }
})

it('a value that a person types is not shown, and Ctrl-C keeps nothing', async () => {
  const typed = 'typed-by-a-person-Rw5'
  const args = (name: string) => ['secrets', 'set', name, '--config', home.path('sallyport.json')]
  // One character too many, taken back.
  const kept = await atTerminal(home, args('typed'), `${typed}x\u007f`, {}, /not shown\): $/)
  expect(kept.code).toBe(0)
  expect(kept.screen).not.toContain('typed-by')
  const broken = await atTerminal(home, args('broken'), `${typed}\u0003`, {}, /not shown\): $/)
  expect(broken.code).toBe(130)
  const { stdout } = await run(home, 'secrets', 'list', '--json')
  expect(JSON.parse(stdout).secrets.map(({ name }: { name: string }) => name)).toEqual(['github', 'typed'])
  const box = new SecretBox(home.path('.local/share/sallyport'))
  expect(await box.open('typed')).toBe(typed)
})

it('a secret that is missing is there after it was set: the next start of the server has it', async () => {
  expect(await setSecret('never_set', 'now-it-is-there-Kd8')).toMatchObject({ code: 0 })
  let text = ''
  await eventually('the server starts', () => {
    call('nokey__echo', { text: 'started' }).then(
      (answer) => {
        text = textOf(answer)
      },
      () => undefined,
    )
    return text.includes('started')
  })
  expect(JSON.parse(environmentOf('nokey')).A).toBe('now-it-is-there-Kd8')
})

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}
