/**
 * A benign day of coding through a gateway: some four hundred calls as an agent makes them, to servers as people have
 * them, with a configuration as a careful person writes it. What was asked, and by which rule.
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { exposeName } from '../../../packages/gateway/src/protocol/names.ts'
import type { Era, Wire } from '../cells.ts'
import { mainOf, startGateway } from '../gatewayProcess.ts'
import { approve, makeHome, ROOT, type StoryHome } from '../home.ts'
import { connect, type Form, type FormAnswer, type StoryClient } from '../storyClient.ts'
import { PROJECT } from './project.ts'
import { DAY, type DayCall } from './session.ts'

/** What a person was asked, and before which call. */
export interface DayQuestion {
  readonly call: string
  readonly rules: readonly string[]
  readonly message: string
  /** What was chosen; nothing where nothing that the person wants was offered. */
  readonly decision: string | undefined
}

export interface Day {
  readonly calls: number
  readonly questions: readonly DayQuestion[]
  /** Calls that did not do what they should: refused, or failed at their server. */
  readonly failed: readonly { readonly call: string; readonly text: string; readonly refusedBy?: string }[]
  /** For `policy replay` and `audit`: what was recorded, and under which configuration. */
  readonly auditDir: string
  readonly config: string
  readonly env: Readonly<Record<string, string>>
  /** Removes all of it. */
  remove(): void
}

export interface DayFigures {
  readonly calls: number
  readonly asked: number
  /** Asked for nothing but flow: all else that such a question names was allowed before, or nothing else is named. */
  readonly flow: number
  /** Questions that name flow at all, beside other reasons. */
  readonly flowNamed: number
  readonly failed: number
}

const isFlow = (rule: string): boolean => rule.startsWith('flow/')

/** @example dayFigures(await runDay()) // { calls: 407, asked: 4, flow: 0, flowNamed: 2, failed: 0 } */
export function dayFigures({ calls, questions, failed }: Day): DayFigures {
  const allowed = new Set<string>()
  let flow = 0
  let flowNamed = 0
  for (const { call, rules, decision } of questions) {
    const isKnown = (rule: string) => isFlow(rule) || allowed.has(`${call} ${rule}`)
    if (rules.some(isFlow)) {
      flowNamed++
      if (rules.every(isKnown)) flow++
    }
    // What was allowed once only is a question again the next time, with or without flow.
    if (decision === 'conversation' || decision === '1-hour' || decision === 'always')
      for (const rule of rules) allowed.add(`${call} ${rule}`)
  }
  return { calls, asked: questions.length, flow, flowNamed, failed: failed.length }
}

/** At most one question in twenty calls, one that names flow at most in two hundred, and nothing stopped. */
export function isQuiet({ calls, asked, flowNamed, failed }: DayFigures): boolean {
  return asked <= calls / 20 && flowNamed <= calls / 200 && failed === 0
}

export interface DayOptions {
  readonly era?: Era
  readonly wire?: Wire
  /** What the person chooses when the gateway asks, the first that is offered. */
  readonly decisions?: readonly string[]
  /** More keys of the configuration, or others. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly root?: string
}

const packaged = (path: string): string => createRequire(import.meta.url).resolve(path)
const DAY_SERVER = fileURLToPath(new URL('./dayServer.ts', import.meta.url))

/**
 * Own files, git, and the notebook are trusted; the forge is known, but strangers write there; pages and community servers are
 * anybody's. The project is open to everybody, so nothing of it is private.
 */
function configuration(home: StoryHome): Record<string, unknown> {
  const own = (...args: string[]) => ({ command: [process.execPath, DAY_SERVER, ...args], era: 'modern' })
  const server = (path: string, ...args: string[]) => ({
    command: [process.execPath, packaged(`@modelcontextprotocol/${path}`), ...args],
    era: 'legacy',
  })
  const work = home.path('work')
  const open = { flow: { private: false } }
  return {
    version: 1,
    profile: 'balanced',
    audit: { dir: home.auditDir },
    listen: { http: '127.0.0.1:0' },
    approvals: { wait: '10s', notify: false },
    // The day takes seconds here: what is counted by the minute would count all of it.
    defaults: { rate: 'unlimited' },
    servers: {
      files: { ...server('server-filesystem/dist/index.js', '.'), cwd: work, trust: 'trusted', ...open },
      git: { ...own('git', work), trust: 'trusted', ...open },
      memory: {
        ...server('server-memory/dist/index.js'),
        env: { MEMORY_FILE_PATH: home.path('memory.jsonl') },
        trust: 'trusted',
      },
      devdb: { ...own('database'), trust: 'trusted' },
      github: { ...own('forge'), trust: 'partial' },
      fetch: { ...own('web'), trust: 'untrusted' },
      context7: { ...own('library'), trust: 'untrusted' },
      everything: { ...server('server-everything/dist/index.js', 'stdio'), trust: 'untrusted' },
    },
  }
}

const UNTRUSTED = ['fetch', 'context7', 'everything']

/** Says yes for as long as the work lasts; where the client reveals no conversation, for good. */
const TIRELESS: readonly string[] = ['conversation', '1-hour', 'always', 'once']

function choicesOf(schema: unknown): readonly string[] {
  const { properties } = schema as {
    readonly properties?: { readonly decision?: { readonly enum?: readonly string[] } }
  }
  return properties?.decision?.enum ?? []
}

/** The project as a repository with one commit. */
function layOut(home: StoryHome): void {
  for (const [path, text] of Object.entries(PROJECT)) home.write(`work/${path}`, text)
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: home.path('work'), env: home.env, stdio: 'pipe' })
  git('init', '--quiet', '--initial-branch', 'main')
  git('config', 'user.name', 'Ada Wright')
  git('config', 'user.email', 'ada@tidewater.example')
  git('add', '.')
  git('commit', '--quiet', '--message', 'Tidewater 2.3.1')
}

export async function runDay(options: DayOptions = {}): Promise<Day> {
  const { era = 'legacy', wire = 'stdio', decisions = TIRELESS, settings = {}, root = ROOT } = options
  const home = makeHome()
  layOut(home)
  home.write('sallyport.json', JSON.stringify({ ...configuration(home), ...settings }))
  const gateway = await startGateway(mainOf(root), home, wire)
  const questions: DayQuestion[] = []
  let current: DayCall | undefined
  const person = ({ message, schema }: Form): FormAnswer => {
    const offered = choicesOf(schema)
    const decision = decisions.find((one) => offered.includes(one))
    questions.push({ call: current?.call ?? 'none', rules: rulesIn(message), message, decision })
    return decision === undefined ? { action: 'cancel' } : { action: 'accept', content: { decision } }
  }
  const failed: Day['failed'][number][] = []
  try {
    const client = await connect(era, gateway.target, { person })
    try {
      await review(client, home, root)
      for (current of DAY) {
        const called = await client.call(exposed(current.call), { ...current.args })
        if (called.isError) failed.push({ ...called, call: current.call })
      }
    } finally {
      await client.close()
    }
  } catch (error) {
    home.remove()
    throw error
  } finally {
    await gateway.stop()
  }
  const { auditDir, config, env } = home
  return { calls: DAY.length, questions, failed, auditDir, config, env, remove: home.remove }
}

async function review(client: StoryClient, home: StoryHome, root: string): Promise<void> {
  await client.listTools()
  for (const server of UNTRUSTED) await approve(home, mainOf(root), server)
  for (const until = Date.now() + 20_000; Date.now() < until; ) {
    const shown = await client.listTools()
    if (UNTRUSTED.every((server) => shown.some((name) => name.startsWith(`${server}__`)))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('servers that were approved are not there')
}

/** What the tool is called by clients of the gateway. */
function exposed(call: string): string {
  const [server = '', tool = ''] = call.split('.')
  return exposeName(server, tool)
}

/** Rules that a question is asked by: each reason ends in the id of its own. */
function rulesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\[([a-z-]+\/[a-z-]+)\]$/gm), ([, rule = '']) => rule))]
}
