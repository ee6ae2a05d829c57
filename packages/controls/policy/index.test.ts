import { describe, expect, it } from 'vitest'
import {
  type AccessKind,
  type AccessRequest,
  type AccessRule,
  compileCondition,
  decideAccess,
  namedGlobs,
  type RuleContext,
} from './index.ts'

interface Written {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly hide?: readonly string[]
  readonly ask?: readonly string[]
}

const lists = (from: string, written: Written, kind: AccessKind = 'tool') => ({
  ...(written.allow === undefined ? {} : { allow: namedGlobs(written.allow, kind, `${from}.allow`) }),
  deny: namedGlobs(written.deny ?? [], kind, `${from}.deny`),
  hide: namedGlobs(written.hide ?? [], kind, `${from}.hide`),
  ask: namedGlobs(written.ask ?? [], kind, `${from}.ask`),
})

const CONTEXT: RuleContext = {
  server: { id: 'pg', trust: 'partial', local: true },
  tool: {
    name: 'query',
    annotated: true,
    readOnly: true,
    destructive: false,
    idempotent: true,
    openWorld: false,
  },
  request: { method: 'tools/call', kind: 'tool', name: 'query' },
  principal: {
    issuer: 'local',
    subject: 'ada',
    client: '',
    scopes: [],
    groups: ['dev'],
    claims: { department: ['sales', 'europe'] },
  },
  conversation: { id: 'c1' },
  client: { name: 'test', version: '1' },
}

function request(name: string, more: Partial<AccessRequest> = {}): AccessRequest {
  return { item: { kind: 'tool', name }, context: () => CONTEXT, ...more }
}

function rule(when: string, outcome: AccessRule['outcome'], at = 0): AccessRule {
  const compiled = compileCondition(when)
  if (!compiled.ok) throw new Error(compiled.explain)
  return { condition: compiled.condition, outcome, from: `rules[${at}]` }
}

const decide = (written: readonly Written[], name: string, kind: AccessKind = 'tool') =>
  decideAccess(
    { lists: written.map((one, at) => lists(`access[${at}]`, one, kind)), rules: [] },
    { item: { kind, name }, context: () => CONTEXT },
  )

describe('lists', () => {
  it.each<[string, readonly Written[], string, string]>([
    ['nothing said: what was approved passes', [], 'query', 'allow'],
    ['a name that is denied', [{ deny: ['drop'] }], 'drop', 'deny'],
    ['a glob that denies', [{ deny: ['delete_*'] }], 'delete_all', 'deny'],
    ['its benign twin', [{ deny: ['delete_*'] }], 'undelete_all', 'allow'],
    ['a name that is on the list', [{ allow: ['query', 'list_*'] }], 'list_tables', 'allow'],
    ['one that is not', [{ allow: ['query', 'list_*'] }], 'drop', 'deny'],
    ['denied wins over allowed', [{ allow: ['*'], deny: ['drop'] }], 'drop', 'deny'],
    ['denied elsewhere wins over allowed here', [{ allow: ['drop'] }, { deny: ['*'] }], 'drop', 'deny'],
    ['allowed here and not there', [{ allow: ['a', 'b'] }, { allow: ['b'] }], 'a', 'deny'],
    ['allowed here and there', [{ allow: ['a', 'b'] }, { allow: ['b'] }], 'b', 'allow'],
    ['hidden', [{ hide: ['x'], allow: ['x'] }], 'x', 'hide'],
    ['to be asked about', [{ ask: ['merge_*'] }], 'merge_pr', 'ask'],
    ['to be asked about, and denied elsewhere', [{ ask: ['*'] }, { deny: ['*_pr'] }], 'merge_pr', 'deny'],
  ])('%s', (_, written, name, kind) => {
    expect(decide(written, name).kind).toBe(kind)
  })

  // Control C02: what is compared is what is executed. A server that folds names itself would execute these.
  it.each([
    'Query',
    'QUERY',
    ' query',
    'query ',
    'query\u200b',
    '\uff51uery',
    'qu\u0435ry',
    'query%00',
    'query\0',
    'query/',
    './query',
  ])('an allow-list takes %j for no other name', (name) => {
    expect(decide([{ allow: ['query'] }], name).kind).toBe('deny')
  })

  it('names its own place in the configuration', () => {
    expect(decide([{}, { deny: ['a', 'b*'] }], 'bc')).toMatchObject({
      rule: 'access/deny',
      from: 'access[1].deny[1]',
    })
    expect(decide([{ allow: ['a'] }], 'b')).toMatchObject({
      rule: 'access/not-allowed',
      from: 'access[0].allow',
    })
  })
})

describe('a resource', () => {
  const PASSWD = [
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'file:///etc/%70asswd',
    'file:///etc/%2570asswd',
    'file:///etc/./passwd',
    'file:///etc/x/../passwd',
    'file:///etc/x/%2e%2e/passwd',
    'file:///etc\\passwd',
    'file:///etc//passwd',
    'file://localhost/../etc/%70asswd',
  ]
  it.each(PASSWD.slice(0, 9))('is denied under every reading of its URI: %s', (uri) => {
    expect(decide([{ deny: ['file:///etc/*'] }], uri, 'resource').kind).toBe('deny')
  })
  it.each(PASSWD)('is not allowed by a folder that no reading of it may leave: %s', (uri) => {
    const inside = uri.replace('file:///', 'file:///project/../')
    expect(decide([{ allow: ['file:///project/*'] }], inside, 'resource').kind).toBe('deny')
  })
  it.each([
    ['file:///project/*', 'file:///project/a/b.md'],
    ['file:///project/*', 'file:///project/100%25.txt'],
    ['file:///my docs/*', 'file:///my docs/a b.md'],
    ['file:///my docs/*', 'file:///my%20docs/a%20b.md'],
    ['file:///my docs/read me', 'file:///my docs/read me'],
    ['https://wiki.example/*', 'https://wiki.example/a?b=c#d'],
    ['HTTPS://Wiki.example/*', 'https://wiki.example/a'],
    ['note://*', 'note://42'],
    ['urn:isbn:*', 'urn:isbn:0451450523'],
  ])('is allowed by %s: %s', (glob, uri) => {
    expect(decide([{ allow: [glob] }], uri, 'resource').kind).toBe('allow')
  })
})

describe('rules', () => {
  const decided = (rules: readonly AccessRule[], more: Partial<AccessRequest> = {}) =>
    decideAccess({ lists: [], rules }, request('query', more))

  it('the first that holds decides', () => {
    const rules = [
      rule('server.trust == "untrusted"', 'deny', 0),
      rule('tool.readOnly', 'allow', 1),
      rule('true', 'deny', 2),
    ]
    expect(decided(rules)).toEqual({ kind: 'allow', from: 'rules[1]' })
  })

  it('none opens what a list denies, and one that allows spares a question', () => {
    const policy = { lists: [lists('l', { deny: ['drop'], ask: ['query'] })], rules: [rule('true', 'allow')] }
    expect(decideAccess(policy, request('drop')).kind).toBe('deny')
    expect(decideAccess(policy, request('query')).kind).toBe('allow')
  })

  it('reads arguments at any depth, numbers exactly', () => {
    const args = {
      path: '/tmp/x',
      options: { force: true, tags: ['a', 'b'] },
      count: 7,
      id: JSON.rawJSON('9007199254740993'),
    }
    const holds = (when: string) => decided([rule(when, 'deny')], { args }).kind === 'deny'
    expect(holds('args.path.startsWith("/tmp/")')).toBe(true)
    expect(holds('args.options.force && "b" in args.options.tags')).toBe(true)
    expect(holds('args.count > 6')).toBe(true)
    expect(holds('args.id == 9007199254740993')).toBe(true)
    expect(holds('args.id == 9007199254740992')).toBe(false)
    expect(holds('args.options.tags.exists(tag, tag.glob("a*"))')).toBe(true)
    expect(holds('has(args.__proto__) || "constructor" in args')).toBe(false)
  })

  it('matches patterns in time linear in the text, and says so where it takes too long', () => {
    const decidedFor = (when: string, text: string) => decided([rule(when, 'deny')], { args: { text } })
    const evil = 'args.text.matches("^(a+)+$")'
    expect(decidedFor(evil, 'aaaa')).toMatchObject({ rule: 'access/rule' })
    expect(decidedFor(evil, `${'a'.repeat(10_000)}!`)).toEqual({ kind: 'allow' })
    expect(decidedFor(evil, `${'a'.repeat(1_000_000)}!`)).toMatchObject({ rule: 'access/rule-failed' })
    const two = 'args.text.matches("^x") && "matches".matches("^m") && args.text . matches ("[0-9]$")'
    expect(decidedFor(two, 'x1')).toMatchObject({ rule: 'access/rule' })
    expect(decidedFor(two, 'xy')).toEqual({ kind: 'allow' })
  })

  it.each([
    ['a member that is not there', 'args.path == "/"', {}],
    ['a text compared with a number', 'args.path > 3', { path: 'x' }],
    ['a value that is neither true nor false', 'args.path', { path: 'x' }],
    ['arguments that are no object', 'args.path == "x"', [1, 2]],
    [
      'more to look through than a rule may',
      'args.all(k, args.all(l, k != "" && l != ""))',
      Object.fromEntries(Array.from({ length: 2000 }, (_v, at) => [`k${at}`, at])),
    ],
  ])('one without an answer refuses: %s', (_, when, args) => {
    const decision = decided([rule(when, 'allow')], { args: args as never })
    expect(decision).toMatchObject({ kind: 'deny', rule: 'access/rule-failed', from: 'rules[0]' })
  })

  it('one about another tool is not asked about what that tool would have', () => {
    expect(decided([rule('tool.name == "write" && args.path == "/"', 'deny')], { args: {} }).kind).toBe(
      'allow',
    )
  })

  it.each([
    ['tool.name ==', /unexpected token/i, 12],
    ['tol.name == "x"', /unknown variable: tol/i, 0],
    ['tool.nam == "x"', /no such key: nam/i, 5],
    ['tool.name', /gives string/, 0],
    ['tool.name == 3', /no such overload/i, 0],
    ['true && args.path.matches("(a)\\\\1")', /refers back/, 26],
    ['args.a.matches(args.b)', /written out/, 15],
    ['timestamp("2026-01-01T00:00:00Z") == timestamp("2026-01-01T00:00:00Z")', /no clock/, 0],
    [`${'('.repeat(200)}true${')'.repeat(200)}`, /./, 0],
    [Array.from({ length: 400 }, () => 'true').join(' && '), /./, 0],
  ])('%s is refused when it is read', (when, says, offset) => {
    const compiled = compileCondition(when)
    expect(compiled.ok).toBe(false)
    if (compiled.ok) return
    expect(compiled.explain).toMatch(says)
    if (when.length < 100) expect(compiled.offset).toBe(offset)
  })
})

describe('a claim of the token', () => {
  const holds = (when: string): boolean => {
    const compiled = compileCondition(when)
    if (!compiled.ok) throw new Error(compiled.explain)
    return compiled.condition.holds(request('query'))
  }

  it('is a list of texts', () => {
    expect(holds('"sales" in principal.claims["department"]')).toBe(true)
    expect(holds('"sale" in principal.claims["department"]')).toBe(false)
    expect(holds('"tenant" in principal.claims && "x" in principal.claims["tenant"]')).toBe(false)
  })

  it('that is not there has no answer, which refuses', () => {
    expect(() => holds('"x" in principal.claims["tenant"]')).toThrow()
  })

  it.each(['principal.claims["department"] == "sales"', 'principal.claims.department + 1 == 2'])(
    'compared with something else is refused when it is read: %s',
    (when) => expect(compileCondition(when).ok).toBe(false),
  )
})
