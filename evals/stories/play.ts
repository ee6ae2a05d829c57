/** Tells one script of a story in one cell: real processes, a real client, and what was there to see when it was over. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { JsonObject, Script, Step, Story, StoryServer } from '../../examples/stories/story.ts'
import type { Cell } from './cells.ts'
import { end, mainOf, saidBy, startGateway } from './gatewayProcess.ts'
import { approve, makeHome, ROOT, type StoryHome } from './home.ts'
import { callsOf, type Evidence, harmDone, wasTold } from './judge.ts'
import {
  type Called,
  type Company,
  connect,
  type Form,
  type FormAnswer,
  type StoryClient,
} from './storyClient.ts'

export interface Played {
  /** In an attack: what happened that must not have. In a twin: what did not go as it should. */
  readonly wrong: readonly string[]
  readonly steps: readonly { readonly step: Step; readonly called: Called | 'not done' }[]
  /** Questions of the gateway to the person. */
  readonly asked: readonly string[]
  /** Calls that reached a server although the client was told that they were refused. */
  readonly upstreamCallsOnRefusal: number
}

/** How long a person may take before a call comes back with a ticket; nobody is there to take it. */
const WAIT = '1s'

export async function play(
  story: Story,
  kind: 'attack' | 'twin',
  cell: Cell,
  root: string = ROOT,
): Promise<Played> {
  const home = makeHome()
  const started: ChildProcess[] = []
  try {
    const entries = await startServers(story, kind, cell, home, started)
    home.write(
      'sallyport.json',
      JSON.stringify({
        version: 1,
        servers: entries,
        audit: { dir: home.auditDir },
        listen: { http: '127.0.0.1:0' },
        approvals: { wait: WAIT, notify: false },
      }),
    )
    const gateway = await startGateway(mainOf(root), home, cell.client.wire)
    try {
      return await tell({ story, kind, cell, home, root, target: gateway.target })
    } finally {
      await gateway.stop()
    }
  } finally {
    await Promise.all(started.map(end))
    home.remove()
  }
}

interface Scene {
  readonly story: Story
  readonly kind: 'attack' | 'twin'
  readonly cell: Cell
  readonly home: StoryHome
  readonly root: string
  readonly target: Parameters<typeof connect>[1]
}

async function tell({ story, kind, cell, home, root, target }: Scene): Promise<Played> {
  const script = story[kind]
  const asked: string[] = []
  const client = await connect(cell.client.era, target, companyOf(story, kind, cell, asked))
  try {
    await review(client, story, home, root)
    const steps: Played['steps'][number][] = []
    let upstreamCallsOnRefusal = 0
    for (const step of script.steps) {
      if (step.because !== undefined && !wasTold(step.because, client.heard)) {
        steps.push({ step, called: 'not done' })
        continue
      }
      const before = callsOf(step.call, home.witness).length
      const args = inFolder(step.args ?? {}, home) as Record<string, unknown>
      const called = await client.call(step.call.replace('.', '__'), args, { asTask: step.asTask === true })
      steps.push({ step, called })
      // Where the answer was refused the call had been made, and the client is told so.
      if (called.refusedBy !== undefined && !called.text.includes('The call had been sent'))
        upstreamCallsOnRefusal += callsOf(step.call, home.witness).length - before
      if (turns(script, step)) await changeIsKnown(client, step, home)
    }
    const evidence = { witness: home.witness, heard: client.heard }
    const wrong =
      kind === 'attack'
        ? story.attack.harms.flatMap((harm) => harmDone(harm, evidence) ?? [])
        : failures(story, steps, asked, evidence)
    return { wrong, steps, asked, upstreamCallsOnRefusal }
  } finally {
    await client.close()
  }
}

/** What a twin should have done and did not. */
function failures(
  { twin }: Story,
  steps: Played['steps'],
  asked: readonly string[],
  { witness, heard }: Evidence,
): string[] {
  const wrong: string[] = []
  for (const { step, called } of steps) {
    if (called === 'not done') wrong.push(`${step.call} was not done`)
    else if (called.isError) wrong.push(`${step.call}: ${called.text}`)
  }
  for (const { tool, with: text = '' } of twin.reaches) {
    const found = callsOf(tool, witness).some(({ params }) =>
      JSON.stringify(params?.arguments).includes(text),
    )
    if (!found) wrong.push(`${tool} was not called with ${JSON.stringify(text)}`)
  }
  for (const { call } of twin.steps) {
    const reply = twin.says[call]
    const text = typeof reply === 'object' && 'text' in reply ? reply.text : reply
    if (typeof text === 'string' && !wasTold(text, heard))
      wrong.push(`what ${call} says did not arrive as it is`)
  }
  const { answers } = twin
  if (answers !== undefined) {
    const arrived = harmDone(
      { kind: 'answered', server: answers.server, with: [answers.with] },
      { witness, heard },
    )
    if (arrived === undefined) wrong.push(`${answers.server} did not get the answer to its question`)
  }
  if (asked.length > (twin.asks ?? 0)) wrong.push(`the person was asked: ${asked.join(' / ')}`)
  return wrong
}

/** Who sits at the client. */
function companyOf(story: Story, kind: 'attack' | 'twin', cell: Cell, asked: string[]): Company {
  const script: Script = story[kind]
  const answers = kind === 'twin' ? 'once' : cell.person === 'denies' ? 'deny' : undefined
  const isThere = answers !== undefined || script.types !== undefined
  const person = ({ message, schema }: Form): FormAnswer => {
    if (isApproval(schema)) {
      asked.push(message)
      return answers === undefined
        ? { action: 'cancel' }
        : { action: 'accept', content: { decision: answers } }
    }
    // To a server this person is as open as can be.
    return { action: 'accept', content: { ...script.types } }
  }
  return {
    ...(isThere ? { person } : {}),
    ...(script.samples === undefined ? {} : { samples: script.samples }),
  }
}

/** A question of the gateway: one choice, of which the first is no. */
function isApproval(schema: unknown): boolean {
  const { properties } = schema as {
    readonly properties?: { readonly decision?: { readonly enum?: unknown[] } }
  }
  return properties?.decision?.enum?.[0] === 'deny'
}

/** Lists until everything is known, and approves what waits, as a careful person does before the work begins. */
async function review(client: StoryClient, story: Story, home: StoryHome, root: string): Promise<void> {
  await client.listTools()
  const strangers = Object.entries(story.servers).filter(([, { entry }]) => entry.trust === 'untrusted')
  for (const [id] of strangers) {
    await approve(home, mainOf(root), id)
    await until(async () => (await client.listTools()).some((name) => name.startsWith(`${id}__`)))
  }
}

/** Waits until the gateway has looked at a server that said it changed, and the client at the gateway. */
async function changeIsKnown(client: StoryClient, { call }: Step, home: StoryHome): Promise<void> {
  const server = call.split('.')[0] ?? ''
  const looks = () => home.witness(server).findLastIndex(({ method }) => method === 'tools/list')
  const called = home.witness(server).findLastIndex(({ method }) => method === 'tools/call')
  await until(async () => looks() > called)
  await client.listTools()
}

/** Gives up quietly: what did not come is seen by what comes of it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end; await pause(50)) if (await holds()) return
}

function turns(script: Script, { call }: Step): boolean {
  const reply = script.says[call]
  return typeof reply === 'object' && 'turns' in reply
}

function inFolder(value: JsonObject, home: StoryHome): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('${folder}', home.path('work')))
}

/** Starts those that listen; gives the entries of all in the configuration. */
async function startServers(
  story: Story,
  kind: 'attack' | 'twin',
  cell: Cell,
  home: StoryHome,
  started: ChildProcess[],
): Promise<Record<string, object>> {
  const entries: Record<string, object> = {}
  for (const [id, server] of Object.entries(story.servers)) {
    if (server.kind === 'packaged') entries[id] = packaged(id, server, home)
    else {
      const { era, wire } = cell.servers
      const args = [
        join(ROOT, 'examples/stories/server.ts'),
        ...['--story', story.name, '--script', kind, '--server', id],
        ...['--era', era, '--log', home.witnessFile(id)],
      ]
      if (wire === 'stdio') {
        entries[id] = { command: [process.execPath, ...args], era, ...server.entry }
        continue
      }
      const child = spawn(process.execPath, [...args, '--http', '0'], { stdio: ['pipe', 'pipe', 'inherit'] })
      started.push(child)
      entries[id] = { url: await saidBy(child, child.stdout, /listening (http:\S+)/), era, ...server.entry }
    }
  }
  return entries
}

const PROGRAMS = {
  filesystem: { module: '@modelcontextprotocol/server-filesystem/dist/index.js', args: ['.'] },
  memory: { module: '@modelcontextprotocol/server-memory/dist/index.js', args: [] },
  everything: { module: '@modelcontextprotocol/server-everything/dist/index.js', args: ['stdio'] },
} as const

function packaged(
  id: string,
  { program, files, entry }: Extract<StoryServer, { kind: 'packaged' }>,
  home: StoryHome,
): object {
  const { module, args } = PROGRAMS[program]
  home.write('work/.keep', '')
  for (const [path, text] of Object.entries(files)) home.write(join('work', path), text)
  const command = [process.execPath, createRequire(import.meta.url).resolve(module), ...args]
  return {
    command: [process.execPath, join(ROOT, 'examples/stories/watched.ts'), home.witnessFile(id), ...command],
    cwd: home.path('work'),
    env: { MEMORY_FILE_PATH: home.path('work/memory.jsonl') },
    era: 'legacy',
    ...entry,
  }
}
