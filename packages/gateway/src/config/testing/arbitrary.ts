// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** For tests: configurations made from the description itself, so that no key is forgotten, and ways to spoil them. */
import fc from 'fast-check'
import type { Field, Plain, Shape, TextShape } from '../shape.ts'

/** What each kind of text may look like, by the name the docs give it. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  tool: ['read_file', 'read_*', '*', 'Files.Read'],
  parameter: ['path', 'files.*.path', 'a b'],
  'command pattern': ['git status', 'ls *'],
  scheme: ['https', 'git+ssh'],
  host: ['api.example', '*.example', '[::1]', '10.0.0.1'],
  function: ['my_total', 'sales.total'],
  table: ['orders', 'sales.*', 'Orders'],
  'asking rule': ['approvals/destructive', 'flow/private-to-outside'],
  text: ['x', 'a b', 'https://example/schema', '${env:NAME}', 'a ${file:/run/x} b', '', 'ä→'],
  path: ['work', '~/work', '/srv/x', '../up'],
  command: ['npx x', 'node ./server.js "a b"', "/bin/x 'a|b'", 'x ~/code'],
  rate: ['60/min', '100/10s', '5/d', 'unlimited'],
  argument: ['', '-v', '~/code', 'a b', '*'],
  program: ['node', './x', '/usr/bin/env'],
  'header value': ['x', 'a b', '${env:NAME}'],
  'client id': ['gateway-1', 'https://gate.example/oauth/client.json'],
  scope: ['files:read', 'mcp'],
  'secret reference': ['${env:NAME}', '${file:/run/x}', '${keychain:NAME}', '${vault:kv/x#y}'],
  id: ['a', 'files', 'a_b', 'x1', '0123456789abcdef', 'valueof'],
  'variable name': ['PATH', 'lang', '_X1'],
  'header name': ['X-A', 'x_b', "a!#$%&'*+.^`|~"],
  'vault address': ['https://vault.example:8200', 'http://127.0.0.1:8200', 'http://[::1]:8200/'],
  'vault path': ['secret', 'teams/blue'],
  secret: ['github', 'A_1.b-c'],
  'name of a header': ['X-API-Key', 'apikey'],
  'env or file reference': ['${env:NAME}', '${file:/run/secrets/pepper}'],
  name: ['query', 'list_*', '*', 'file:///project/*'],
  principal: ['local ada', 'local *', 'https://idp.example user 1'],
  condition: ['true', 'tool.destructive && server.trust != "trusted"', 'has(args.path)'],
  method: ['vendor/search', '$/x', 'a.b'],
  rule: ['secret/jwt', 'personal/email'],
  client: ['claude-code', 'my host', 'ä'],
  address: ['https://x.example/mcp', 'http://127.0.0.1:8080/', 'https://[::1]/?a=b'],
  'address:port': ['127.0.0.1:7337', 'localhost:0', '[::1]:65535'],
  'address or range': ['10.0.0.0/8', '::1', '192.0.2.7'],
  issuer: ['https://idp.example', 'https://idp.example/realms/a', 'http://127.0.0.1:9000/'],
  endpoint: ['https://idp.example/jwks', 'http://localhost:9000/jwks', 'https://[::1]/keys'],
  audience: ['api://gate', 'https://gate.example/mcp', '0oa1'],
  claim: ['scp', 'realm_access.roles', 'https://x.example/groups'],
  'registered id': ['ci', 'nightly-report', 'A.1_b'],
  redirect: ['https://app.example/cb', 'http://127.0.0.1/cb', 'cursor://app/cb'],
  who: ['anyone', 'group:staff', 'domain:x.example', 'email:a@x.example', 'subject:1'],
  'host[:port]': ['gate.example', 'gate.example:8443', '[::1]:80'],
  origin: ['https://app.example', 'http://localhost:3000', 'vscode-webview://abc'],
}

const QUANTITIES = {
  duration: ['100ms', '1s', '30s', '15m', '1h', '24h', '7d'],
  size: ['256B', '64KiB', '1MB', '4MiB', '1GiB'],
}

/** Documents that the description allows. Quantities may be out of bounds: those are the reader's alone. */
export function validDocument(shape: Shape): fc.Arbitrary<Plain> {
  switch (shape.kind) {
    case 'text':
      return validText(shape)
    case 'choice':
      return fc.constantFrom(...shape.options)
    case 'integer':
      return fc.integer({ min: shape.min, max: shape.max })
    case 'flag':
      return fc.boolean()
    case 'duration':
    case 'size':
      return fc.constantFrom(...QUANTITIES[shape.kind], ...(shape.never === undefined ? [] : [shape.never]))
    case 'list': {
      const rest = fc.array(validDocument(shape.items), { maxLength: 3 })
      if (shape.first)
        return fc.tuple(validDocument(shape.first), rest).map(([first, others]) => [first, ...others])
      return shape.notEmpty === undefined
        ? rest
        : fc.array(validDocument(shape.items), { minLength: 1, maxLength: 3 })
    }
    case 'either':
      return fc.oneof(validDocument(shape.text), validDocument(shape.list))
    case 'map':
      return fc.dictionary(validText(shape.keys), validDocument(shape.values), {
        maxKeys: 3,
        noNullPrototype: true,
      })
    case 'record': {
      const { fields } = shape
      const whole = (names: readonly string[], must: readonly string[]) =>
        fc
          .record(
            Object.fromEntries(names.map((name) => [name, validDocument(fieldOf(fields, name).shape)])),
            {
              requiredKeys: names.filter(
                (name) => must.includes(name) || fieldOf(fields, name).presence === 'required',
              ),
              noNullPrototype: true,
            },
          )
          .map((made) => withWhatItNeeds(made, shape.needs ?? {}))
      if (!shape.oneOf) return whole(Object.keys(fields), [])
      return fc.oneof(
        ...shape.oneOf.map((chosen) => {
          const fits = (name: string) => name === chosen || !shape.oneOf?.includes(name)
          const served = (name: string) => [undefined, chosen].includes(shape.needs?.[name])
          return whole(
            Object.keys(fields).filter((name) => fits(name) && served(name)),
            [chosen],
          )
        }),
      )
    }
  }
}

/** Keys that make sense only beside another one that is not there are left out. */
function withWhatItNeeds<T extends object>(made: T, needs: Readonly<Record<string, string>>): T {
  for (const [key, needed] of Object.entries(needs)) if (!(needed in made)) Reflect.deleteProperty(made, key)
  return made
}

function fieldOf(fields: Readonly<Record<string, Field>>, name: string): Field {
  const field = fields[name]
  if (!field) throw new Error(`no field ${name}`)
  return field
}

function validText(shape: TextShape): fc.Arbitrary<string> {
  const texts = TEXTS[shape.called]
  if (!texts) throw new Error(`testing/arbitrary.ts has no example of: ${shape.called}`)
  return fc.constantFrom(...texts)
}

/** What people and attackers write instead. */
const WRONG: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  64,
  64.5,
  1e9,
  1e308,
  '',
  ' ',
  'x',
  '1',
  'true',
  '60',
  '60s',
  '0s',
  '-5s',
  '5 s',
  '1.5h',
  '999999999d',
  '4MiB',
  '4mib',
  '10',
  'trusted',
  'strict',
  'localhost:80',
  '0.0.0.0:80',
  '127.0.0.1',
  '127.0.0.1:99999',
  '127.0.0.256:80',
  '[::]:80',
  'https://u:p@x/',
  'ftp://x',
  'https://',
  '*',
  'null',
  '${HOME}',
  '${env:X}',
  '${vault:x}',
  'a | b',
  '$(x)',
  'a\nb',
  'a\u0000b',
  '\ud800',
  '__proto__',
  [],
  [[]],
  ['x'],
  [1],
  ['', 'x'],
  {},
  { x: 1 },
  { version: 1 },
  { constructor: {} },
]
const KEYS = [
  'version',
  'servers',
  'command',
  'url',
  'args',
  'headers',
  'env',
  '__proto__',
  'constructor',
  'Files',
  'a__b',
  'gate',
  'X-A',
  'x-a',
  'x y',
  '',
]

/** One value replaced, one key removed, added or renamed, anywhere in the document. */
export function mutation(): fc.Arbitrary<(document: unknown) => unknown> {
  return fc
    .tuple(
      fc.nat(),
      fc.constantFrom('replace', 'remove', 'add', 'rename'),
      fc.constantFrom(...WRONG),
      fc.constantFrom(...KEYS),
    )
    .map(([where, kind, value, key]) => (document: unknown) => {
      const spots: (readonly [unknown, string])[] = []
      const walk = (node: unknown) => {
        if (typeof node !== 'object' || node === null) return
        for (const name of Object.keys(node)) {
          spots.push([node, name])
          walk(Reflect.get(node, name))
        }
      }
      // A copy through JSON: own `__proto__` keys stay keys.
      const copy: unknown = JSON.parse(JSON.stringify(document))
      walk(copy)
      const spot = spots[where % Math.max(spots.length, 1)]
      if (!spot) return value
      const [owner, name] = spot
      if (typeof owner !== 'object' || owner === null) return value
      const define = (at: string, what: unknown) =>
        Object.defineProperty(owner, at, {
          value: what,
          enumerable: true,
          configurable: true,
          writable: true,
        })
      if (Array.isArray(owner)) {
        const index = Number(name)
        if (kind === 'remove') owner.splice(index, 1)
        else owner[index] = value
      } else if (kind === 'replace') define(name, value)
      else if (kind === 'add') define(key, value)
      else {
        const moved: unknown = Reflect.get(owner, name)
        Reflect.deleteProperty(owner, name)
        if (kind === 'rename') define(key, moved)
      }
      return copy
    })
}
