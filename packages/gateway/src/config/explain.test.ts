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

describe('what is in force, once', () => {
  const text = [
    'version: 1',
    'defaults: { confirm: writes }',
    'servers:',
    '  a:',
    '    command: x',
    '    answers: { injection: note, links: all }',
    '    ask: { sampling: true, elicitation: false, rate: 5/min }',
    '    flow: { results: trusted, privateData: "no" }',
    '    secrets: { toServer: { token: pass }, except: [secret/jwt] }',
    '    tools: { deny: [wipe], allow: ["read_*"] }',
    '  b: { command: y }',
    'secrets: { fromServer: { likely: pass }, personal: [card], except: [secret/github] }',
    'access:',
    '  - { trust: [trusted], tools: { deny: [never_shown] } }',
    '  - { servers: ["a*"], principals: ["local *"], groups: [interns], resources: { hide: ["file:///etc/*"] } }',
    'rules:',
    '  - { when: tool.destructive, do: ask }',
  ].join('\n')

  test('an entry of the file stands in the place of its row of the trust table', () => {
    expect(explained(text)).toMatchObject({
      suspectAnswer: `note <- servers.a.answers.injection at ${FILE}:6:27`,
      injectedAnswer: `note <- servers.a.answers.injection at ${FILE}:6:27`,
      links: `all <- servers.a.answers.links at ${FILE}:6:40`,
      labels: `trusted <- servers.a.flow.results at ${FILE}:8:22`,
      privateData: `no <- servers.a.flow.privateData at ${FILE}:8:44`,
      destructive: `ask ignoring annotations, about every write <- defaults.confirm at ${FILE}:2:22`,
      'ask.sampling': `yes <- servers.a.ask.sampling at ${FILE}:7:22`,
      'ask.elicitation': `no <- servers.a.ask.elicitation at ${FILE}:7:41`,
      'ask.roots': 'no <- trust table, row questions, column untrusted',
      'ask.rate': `5/min <- servers.a.ask.rate at ${FILE}:7:54`,
    })
    const names = explainServer(configOf(text), 'a')?.values.map(({ name }) => name) ?? []
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual(['secrets.except'])
    for (const gone of ['questions', 'answers.injection', 'answers.links', 'confirm', 'flow.results'])
      expect(names).not.toContain(gone)
  })

  test('secrets, from the server, from all, from the table', () => {
    expect(explained(text)).toMatchObject({
      'secrets.toServer.token': `pass <- servers.a.secrets.toServer.token at ${FILE}:9:35`,
      'secrets.toServer.likely': 'ask <- table of secrets, row likely, column untrusted',
      'secrets.fromServer.likely': `pass <- secrets.fromServer.likely at ${FILE}:12:34`,
      'secrets.toServer.personal': 'ask <- table of secrets, row personal, column untrusted',
      'secrets.personal': `card <- secrets.personal at ${FILE}:12:52`,
    })
    const except = explainServer(configOf(text), 'a')?.values.filter(({ name }) => name === 'secrets.except')
    expect(except?.map(({ value, origin }) => `${value} <- ${describeOrigin(origin)}`)).toEqual([
      `secret/jwt <- servers.a.secrets.except at ${FILE}:9:51`,
      `secret/github <- secrets.except at ${FILE}:12:68`,
    ])
    const plain = explained('version: 1\nprofile: strict\nservers: { a: { command: x } }')
    expect(plain['secrets.toServer.token']).toBe(
      'refuse <- table of secrets, row token, column distrusted, profile strict',
    )
    expect(plain).not.toHaveProperty('secrets.toServer.personal')
  })

  test('access that holds there, for whom, and the rules; nothing of other servers', () => {
    const values = explained(text)
    expect(values).toMatchObject({
      'tools.deny': `wipe <- servers.a.tools.deny at ${FILE}:10:20`,
      'tools.allow': `read_* <- servers.a.tools.allow at ${FILE}:10:35`,
      'resources.hide': `file:///etc/* (for local *, group interns) <- access[1].resources.hide at ${FILE}:15:87`,
      'rules[0]': `ask when tool.destructive <- rules[0] at ${FILE}:17:5`,
    })
    expect(JSON.stringify(values)).not.toContain('never_shown')
    expect(explained(text, 'b')).not.toHaveProperty('tools.deny')
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
