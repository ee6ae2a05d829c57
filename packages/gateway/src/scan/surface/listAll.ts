/**
 * Lists every server that was agreed to, a few at a time; who was not agreed to is not touched.
 */
import { redactText } from '@sallyport/controls/secrets'
import type { Candidate, Start } from '../candidate.ts'
import { safeText } from '../finding.ts'
import type { ScannedPackage } from '../report.ts'
import type { ScanWorld } from '../world.ts'
import type { SurfaceAnswers } from './answers.ts'
import { listServer } from './listServer.ts'

export type Looked =
  | { readonly state: 'read'; readonly surface: SurfaceAnswers; readonly learned?: ScannedPackage }
  | {
      readonly state: 'not-started' | 'failed' | 'none'
      readonly why: string
      readonly learned?: ScannedPackage
    }

/** Servers that are listed at the same time. */
const AT_ONCE = 3
/** Downloading is agreed to, then starting: more rounds than that there are not. */
const MAX_ROUNDS = 3

interface Pending {
  readonly index: number
  readonly start: Start
  readonly learned?: ScannedPackage
}

/** What became of each candidate, in order. */
export async function listAll(candidates: readonly Candidate[], world: ScanWorld): Promise<Looked[]> {
  const looked: Looked[] = candidates.map((one) => withoutStart(one, world))
  let pending: Pending[] = candidates.flatMap(({ start, enabled }, index) =>
    start !== undefined && enabled && world.mayStart ? [{ index, start }] : [],
  )
  for (let round = 0; round < MAX_ROUNDS && pending.length > 0; round++) {
    const agreed = await agree(pending, world)
    for (const { index, learned } of pending) {
      if (!agreed.has(index))
        looked[index] = { ...refused(agreed.asked), ...(learned === undefined ? {} : { learned }) }
    }
    const next: Pending[] = []
    await someAtOnce(
      pending.filter(({ index }) => agreed.has(index)),
      async (one) => {
        const result = await lookAt(one, world)
        if ('start' in result) next.push(result)
        else looked[one.index] = result
      },
    )
    pending = next.sort((a, b) => a.index - b.index)
  }
  return looked.map((one, index) => orWhatItSays(one, candidates[index]))
}

/** A bundle that was not started is judged by what its manifest declares, and that is said. */
function orWhatItSays(looked: Looked, candidate: Candidate | undefined): Looked {
  if (looked.state === 'read' || looked.state === 'none' || candidate?.said === undefined) return looked
  const { surface } = candidate.said
  return { state: 'read', surface: { ...surface, unread: [...surface.unread, looked.why] } }
}

function withoutStart({ said, enabled, unstartable, start }: Candidate, world: ScanWorld): Looked {
  if (said !== undefined) return { state: 'read', surface: said.surface }
  if (!enabled) return { state: 'none', why: 'it is switched off' }
  if (start === undefined) {
    const why = unstartable ?? 'there is nothing to start'
    return { state: world.mayStart ? 'not-started' : 'none', why }
  }
  return { state: 'none', why: 'not started, as asked (--no-start)' }
}

/** Which of them were agreed to; `asked` is false when there was nobody to ask. */
async function agree(
  pending: readonly Pending[],
  world: ScanWorld,
): Promise<{ readonly asked: boolean; has(index: number): boolean }> {
  const open = pending.filter(({ start }) => start.agreed !== true)
  const answers = open.length === 0 ? [] : await world.ask(open.map(({ start }) => start.request))
  const yes = new Set([
    ...pending.filter(({ start }) => start.agreed === true).map(({ index }) => index),
    ...open.filter((_, at) => answers?.[at] === true).map(({ index }) => index),
  ])
  return { asked: answers !== undefined, has: (index) => yes.has(index) }
}

function refused(asked: boolean): Looked {
  return {
    state: 'not-started',
    why: asked ? 'not started: you said no' : 'not started: there is nobody to ask; --yes agrees beforehand',
  }
}

async function lookAt({ index, start, learned }: Pending, world: ScanWorld): Promise<Looked | Pending> {
  const about = learned === undefined ? {} : { learned }
  if (world.signal.aborted) return { state: 'failed', why: 'the scan was stopped', ...about }
  world.progress(`${VERBS[start.request.kind]} ${start.request.say}`)
  const opened = await start.open(world)
  if (opened.kind === 'failed') return { state: 'failed', why: safeText(opened.explain, 300), ...about }
  const known = opened.learned === undefined ? about : { learned: opened.learned }
  if (opened.kind === 'next') return { index, start: opened.start, ...known }
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(world.deadlineMs)])
  const listed = await listServer(opened.config, { ...world, redact: redactText }, signal)
  if (!listed.ok) return { state: 'failed', why: safeText(listed.explain, 300), ...known }
  return { state: 'read', surface: listed.surface, ...known }
}

const VERBS = { start: 'starting', connect: 'connecting to', download: 'running' } as const

async function someAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
