/** Secrets that are literal, missing, open to others, renewed, given to programs. */
import { readFileSync } from 'node:fs'
import { run } from '../../../tests/gateway/workerClient.ts'
import type { AuthCheck } from '../check.ts'
import {
  bearer,
  call,
  credentials,
  elsewhere,
  equal,
  good,
  home,
  keys,
  must,
  reference,
  runWith,
  toolText,
  until,
  vault,
} from './stage.ts'

export const secretChecks: readonly AuthCheck[] = [
  {
    id: 'SEC-001',
    title: 'a literal secret in the configuration is refused with its key and the command that moves it',
    run: () =>
      elsewhere(async (other) => {
        const literal = ['ghp_', 'q7Rm2xZp9LdK4vTn', 'q7Rm2xZp9LdK4vTn12ab'].join('')
        const file = other.configure({ servers: { a: { command: ['x'], env: { GITHUB_TOKEN: literal } } } })
        const { code, stderr } = await run(other, 'servers', '--config', file)
        equal('the exit code', code, 2)
        must(
          stderr.includes('GITHUB_TOKEN') && !stderr.includes(literal),
          'the field is not named, or the value is',
        )
        must(stderr.includes('sallyport secrets set GITHUB_TOKEN'), 'nobody says how to move it')
      }),
  },
  {
    id: 'SEC-002',
    title: 'a variable that is not set stops its server, named',
    run: () => stopped('unset', [reference('env:IS_NOT_SET')]),
  },
  {
    id: 'SEC-003',
    title: 'a secret file that others can read stops its server',
    run: () => stopped('open', ['open.secret', 'chmod 600']),
  },
  {
    id: 'SEC-005',
    title: 'what a vault renews is used without a restart',
    async run() {
      await call(bearer(good), 'away__echo')
      await until('the first value was sent', async () => {
        await call(bearer(good), 'away__echo')
        return credentials.has('Bearer first-value-of-the-remote')
      })
      vault.secrets.set('secret/data/remote', { token: 'renewed-value-of-the-remote' })
      await until('the renewed value was sent', async () => {
        await call(bearer(good), 'away__echo')
        return credentials.has('Bearer renewed-value-of-the-remote')
      })
    },
  },
  {
    id: 'SEC-007',
    title: 'no secret is taken from the command line',
    async run() {
      const config = ['--config', home.path('sallyport.json')]
      const set = await runWith('', 'secrets', 'set', 'name', 'value-on-a-command-line', ...config)
      equal('secrets set NAME VALUE', set.code, 2)
      const revoke = await keys('revoke', good)
      equal('keys revoke KEY', revoke.code, 2)
      must(!revoke.stderr.includes(good), 'the key is repeated')
      const kept = await runWith('value-on-standard-input\n', 'secrets', 'set', 'name', ...config)
      equal('secrets set NAME', kept.code, 0)
      must(!kept.said.includes('value-on-standard-input'), 'the value is repeated')
    },
  },
  {
    id: 'SEC-008',
    title: 'a local server gets the variables it is given, and no others of the gateway',
    async run() {
      await call(bearer(good), 'env__echo')
      const environment = JSON.parse(readFileSync(home.path('dump'), 'utf8'))
      must('SAID' in environment, 'what was given is missing')
      const others = ['UNRELATED_TOKEN', 'VAULT_TOKEN'].filter((name) => name in environment)
      equal('variables of the gateway', others, [])
    },
  },
  {
    id: 'SEC-009',
    title: 'a program for a secret: named, no shell, a deadline, a limit, no other variables',
    async run() {
      await call(bearer(good), 'env__echo')
      const [args, environment] = JSON.parse(JSON.parse(readFileSync(home.path('dump'), 'utf8')).SAID)
      equal('its arguments', args, ['$(id)', '; id', '*'])
      must(
        !('UNRELATED_TOKEN' in environment) && !('VAULT_TOKEN' in environment),
        'it sees the variables of the gateway',
      )
      await stopped('slow', [reference('exec:slow'), 'did not end within'])
      await stopped('large', [reference('exec:large'), 'more than'])
      await stopped('unnamed', [reference('exec:unnamed'), 'secrets.exec'])
    },
  },
]

/** The server was not started, its caller is told why, and the others go on. */
async function stopped(server: string, says: readonly string[]): Promise<void> {
  const text = await toolText(`${server}__echo`)
  for (const one of says) must(text.includes(one), `"${server}" says ${text.slice(0, 200)}, without ${one}`)
  equal(`what "${server}" was sent`, home.witness(`${server}.log`).length, 0)
  equal('another server', (await call(bearer(good))).status, 200)
}
