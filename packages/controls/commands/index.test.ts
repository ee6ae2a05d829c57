import { describe, expect, it } from 'vitest'
import { COMMAND_RULES, type CommandPolicy, checkCommand, type Shell, type ValueContext } from './index.ts'

const rule = (candidate: string | readonly string[], policy: CommandPolicy) => {
  const decision = checkCommand(candidate, policy)
  return decision.ok ? 'ok' : decision.rule
}
const value = (text: string, context?: ValueContext, shells?: readonly Shell[]) =>
  rule(text, {
    kind: 'value',
    ...(context === undefined ? {} : { context }),
    ...(shells === undefined ? {} : { shells }),
  })
const line = (command: string | readonly string[], allow: readonly string[], shell?: Shell) =>
  rule(command, { kind: 'command', allow, ...(shell === undefined ? {} : { shell }) })

describe('a value whose place is not known', () => {
  it.each([
    ['a; id', 'command/metacharacter'],
    ['a & id', 'command/metacharacter'],
    ['a | id', 'command/metacharacter'],
    ['a > /etc/x', 'command/metacharacter'],
    ['a #b', 'command/metacharacter'],
    ['$(id)', 'command/expansion'],
    ['`id`', 'command/expansion'],
    ['a$IFS', 'command/expansion'],
    ['~root', 'command/expansion'],
    ['%PATH%', 'command/expansion'],
    ['!PATH!', 'command/metacharacter'],
    ['a !PATH!', 'command/expansion'],
    ["it's", 'command/quote'],
    ['a "b"', 'command/quote'],
    ['\u{2019}; id', 'command/quote'],
    ['a\\', 'command/quote'],
    ['a ^', 'command/quote'],
    ['*', 'command/glob'],
    ['/bin/c?t', 'command/glob'],
    ['{id,-a}', 'command/metacharacter'],
    ['a\nid', 'command/control-character'],
    ['a\r', 'command/control-character'],
    ['a\u{0}', 'command/control-character'],
    ['a\u{1b}[2J', 'command/control-character'],
    ['--output=/x', 'command/option'],
    ['-oProxyCommand=id', 'command/option'],
    ['a -oProxyCommand=id', 'command/option'],
    ['\u{2013}Command', 'command/option'],
    ['+!id', 'command/option'],
    ['LD_PRELOAD=/x.so', 'command/assignment'],
    ['ext::sh -c id', 'command/transport'],
    ['a ext::sh', 'command/transport'],
    ['ssh://-oProxyCommand=id/x', 'command/transport'],
    ['git@-oProxyCommand=id:x', 'command/transport'],
    ['\u{d800}', 'command/unreadable'],
  ])('refuses %j', (text, expected) => expect(value(text)).toBe(expected))

  it.each([
    '',
    'main',
    'my file (copy)'.replace(' (copy)', ''),
    'C:\\Users\\ann',
    'https://example.com/a/b',
    'ann@example.com',
    '@scope/package',
    'HEAD~1',
    '-5',
    '-5.5',
    'a - b',
    '50%',
    'NAME=value',
    'std::vector',
    '+49123',
    'Grüße, 北京',
  ])('lets through %j', (text) => expect(value(text)).toBe('ok'))
})

describe('a value whose place is known', () => {
  it.each<[string, ValueContext, string]>([
    ["it's; $(id)", 'single', 'command/quote'],
    ['a; b & c | $(id)', 'single', 'ok'],
    ['a; b | c', 'double', 'ok'],
    ['$(id)', 'double', 'command/expansion'],
    ['"', 'double', 'command/quote'],
    ["it's", 'double', 'ok'],
    ['a\\', 'double', 'command/quote'],
    ['a\\\\', 'double', 'ok'],
    ['*', 'double', 'ok'],
    ['a; $(id) `b` "c" \'d\' | e\nf', 'argument', 'ok'],
    ['--exec=id', 'argument', 'command/option'],
    ['ext::sh -c id', 'argument', 'command/transport'],
    ['a\u{0}b', 'argument', 'command/control-character'],
  ])('%j %s: %s', (text, context, expected) => expect(value(text, context, ['sh'])).toBe(expected))

  it('cmd.exe knows no single quotes, and expands within double ones', () => {
    expect(value('a & b', 'single', ['cmd'])).toBe('command/metacharacter')
    expect(value('%PATH%', 'double', ['cmd'])).toBe('command/expansion')
    expect(value('a;b', 'bare', ['cmd'])).toBe('ok')
  })

  it('PowerShell takes curly quotes for straight ones', () => {
    expect(value('O\u{2019}Brien', 'single', ['powershell'])).toBe('command/quote')
    expect(value('O\u{2019}Brien', 'single', ['sh'])).toBe('ok')
  })

  it('a list is a value each', () => {
    expect(rule(['a', '--x'], { kind: 'value', context: 'argument' })).toBe('command/option')
    expect(rule(['a', 'b'], { kind: 'value', context: 'argument' })).toBe('ok')
  })
})

describe('a command line', () => {
  const git = ['git status', 'git log *', 'git clone *', 'git commit -m *']

  it.each([
    ['git status', 'ok'],
    ["git commit -m 'a; b & $(c)'", 'ok'],
    ['git log --oneline -5 main..x', 'ok'],
    ['git log --since=yesterday', 'ok'],
    ['git push', 'command/not-allowed'],
    ['git status x', 'command/not-allowed'],
    ['Git status', 'command/not-allowed'],
    ['/tmp/git status', 'command/not-allowed'],
    ['git status; id', 'command/metacharacter'],
    ['git status\nid', 'command/control-character'],
    ['git commit -m "$(id)"', 'command/expansion'],
    ["git commit -m 'open", 'command/unreadable'],
    ['git log --output=/x', 'command/option'],
    ['git log --outp=/x', 'command/option'],
    ["git log '--out'put=/x", 'command/option'],
    ['git log --o\\utput=/x', 'command/option'],
    ['git clone -u id x', 'command/option'],
    ['git clone ext::sh', 'command/transport'],
    ['git log {a,--output=x}', 'command/expansion'],
    ['git log *', 'command/glob'],
    ['git log -*', 'command/glob'],
    ['GIT_SSH=id git status', 'command/assignment'],
    ['', 'command/empty'],
  ])('%j: %s', (command, expected) => expect(line(command, git)).toBe(expected))

  it('as words there is no shell, but options are still options', () => {
    expect(line(['git', 'commit', '-m', 'a; $(b)\nc'], git)).toBe('ok')
    expect(line(['git', 'log', '--output=/x'], git)).toBe('command/option')
    expect(line([], git)).toBe('command/empty')
  })

  it('says what the words are', () => {
    expect(
      checkCommand(`git commit -m 'a b' "c\\"d" e\\ f`, { kind: 'command', allow: ['git commit *'] }),
    ).toEqual({
      ok: true,
      words: ['git', 'commit', '-m', 'a b', 'c"d', 'e f'],
    })
  })

  it.each([
    ['find . -exec id', 'command/option'],
    ['find . -- -delete', 'command/option'],
    ["find . -name '*.ts' -type f", 'ok'],
    ['tar -tf x.tar', 'ok'],
    ['tar --checkpoint-a=exec=id x', 'command/option'],
    ['tar -cIid x', 'command/option'],
    ['curl -so /tmp/x e', 'command/option'],
    ['curl -sI https://e/', 'ok'],
    ['unheard-of --anything', 'command/option'],
    ['unheard-of thing', 'ok'],
    ['ls -la', 'ok'],
  ])('what a star stands for does nothing that the policy did not name: %j: %s', (command, expected) =>
    expect(line(command, ['find . *', 'tar *', 'curl *', 'ls *', 'unheard-of *'])).toBe(expected),
  )

  it.each([
    ['python -c 1', ['python *'], 'command/interpreter'],
    ['python3.12 -c 1', ['python3.12 *'], 'command/interpreter'],
    ['/usr/bin/python3 x.py', ['/usr/bin/python3 *'], 'command/interpreter'],
    ['python report.py -c 1', ['python report.py *'], 'ok'],
    ['python -c 1', ['python -c 1'], 'ok'],
    ['env id', ['env *'], 'command/interpreter'],
    ['env', ['env'], 'ok'],
    ['git config x', ['git *'], 'command/not-allowed'],
    ['npm run build-docs', ['npm run build-*'], 'ok'],
    ['npm run publish', ['npm run build-*'], 'command/not-allowed'],
  ] as const)('what runs what it is given must be named: %j with %j: %s', (command, allow, expected) =>
    expect(line(command, allow)).toBe(expected),
  )

  it('cmd.exe and PowerShell have characters of their own', () => {
    expect(line('dir "C:\\Program Files"', ['dir *'], 'cmd')).toBe('ok')
    expect(line('dir ^& id', ['dir *'], 'cmd')).toBe('command/expansion')
    expect(line('dir "%X%"', ['dir *'], 'cmd')).toBe('command/expansion')
    expect(line("dir 'a b'", ['dir *'], 'powershell')).toBe('ok')
    expect(line('dir \u{201c}a', ['dir *'], 'powershell')).toBe('command/metacharacter')
    expect(line('dir @(1)', ['dir *'], 'powershell')).toBe('command/metacharacter')
  })

  it('nothing is allowed where nothing is named', () => expect(line('ls', [])).toBe('command/not-allowed'))
})

it('a text may be as long as its policy says', () => {
  expect(rule('abc', { kind: 'value', maxLength: 2 })).toBe('command/size')
  expect(rule(['a', 'b'], { kind: 'command', allow: ['a b'], maxLength: 2 })).toBe('command/size')
})

it('explanations can be shown, and rules say what they mean', () => {
  const decision = checkCommand('x\u{202e}y \u{1b}', { kind: 'command', allow: ['z'] })
  expect(decision.ok ? '' : decision.explain).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
  for (const text of Object.values(COMMAND_RULES)) expect(text).toMatch(/\.$/)
})
