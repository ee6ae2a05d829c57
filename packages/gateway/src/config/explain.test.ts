// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { describe, expect, test } from 'vitest'
import { describeOrigin, explainServer } from './explain.ts'
import { configOf, FILE } from './testing/parse.ts'

function explained(text: string, id = 'a'): Record<string, string> {
  const values = explainServer(configOf(text), id)?.values ?? []
  return Object.fromEntries(
    values.map(({ name, value, origin, enforced }) => [
      name,
      `${value} <- ${describeOrigin(origin)}${enforced ? '' : ' (later)'}`,
    ]),
  )
}

describe('every value says where it came from', () => {
  test('the file, its defaults, the table, or nobody', () => {
    const values = explained(
      [
        'version: 1',
        'defaults:',
        '  trust: partial',
        '  idle: 5m',
        'servers:',
        '  a:',
        '    command: x "b c"',
        '    deadline: 90s',
        '    env: { TOKEN: "${env:T}" }',
      ].join('\n'),
    )
    expect(values).toMatchObject({
      trust: `partial <- defaults.trust at ${FILE}:3:10`,
      idle: `5m <- defaults.idle at ${FILE}:4:9`,
      command: `x "b c" <- servers.a.command at ${FILE}:7:14`,
      deadline: `90s <- servers.a.deadline at ${FILE}:8:15`,
      env: `TOKEN="\${env:T}" <- servers.a.env at ${FILE}:9:10`,
      maxResult: '1MiB <- trust table, row resultSize, column partial',
      startDeadline: '30s <- default',
      sandbox: 'declared paths and hosts <- trust table, row sandbox, column partial (later)',
      profile: 'balanced <- default',
    })
  })

  test('limits and timeouts, those that are derived too', () => {
    const text = [
      'version: 1',
      'defaults: { rate: 5/s }',
      'servers:',
      '  a: { command: x, circuit: { pause: 1m } }',
    ]
    expect(explained(text.join('\n'))).toMatchObject({
      rate: `5/s <- defaults.rate at ${FILE}:2:19`,
      totalRate: 'unlimited <- default',
      deadlineCap: '10m <- default',
      circuit: `5 failures, 1m <- servers.a.circuit.pause at ${FILE}:4:38`,
    })
    expect(explained('version: 1\nservers: { a: { command: x } }').rate).toBe(
      '60/min <- trust table, row rate, column untrusted',
    )
  })

  test('a profile shows in the column', () => {
    const values = explained('version: 1\nprofile: strict\nservers: { a: { url: "https://x.example/" } }')
    expect(values).toMatchObject({
      url: `https://x.example/ <- servers.a.url at ${FILE}:3:22`,
      deadline: '30s <- trust table, row deadline, column distrusted, profile strict',
      collisions: 'yields to both <- trust table, row collisions, column untrusted, profile strict',
      profile: `strict <- profile at ${FILE}:2:10`,
    })
  })
})

test('observe records only', () => {
  const config = configOf('version: 1\nprofile: observe\nservers: { a: { command: x } }')
  expect(explainServer(config, 'a')).toMatchObject({ decisions: 'record' })
  expect(config.servers[0]).toMatchObject({ deadlineMs: 120_000, maxResultBytes: 4_194_304 })
})

test('a server that is not there has no explanation', () => {
  expect(explainServer(configOf('version: 1'), 'constructor')).toBeUndefined()
})
