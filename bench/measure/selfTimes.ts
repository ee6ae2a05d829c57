/** Self time by file and function, from a profile as V8 writes it (`--cpu-prof`). */
import { fileURLToPath } from 'node:url'

/** The parts of a `.cpuprofile` that are read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface FileTime {
  /** Relative to the repository; `node:...` for Node's own; `(native)` for what is in C++; `(program)` and the like for V8's. */
  readonly file: string
  readonly selfUs: number
  readonly functions: readonly { readonly name: string; readonly selfUs: number }[]
}

/** Files by falling self time, each with its functions by falling self time. Idle time is counted apart. */
export function selfTimes(
  profile: CpuProfile,
  root: string,
): { readonly totalUs: number; readonly idleUs: number; readonly files: readonly FileTime[] } {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const files = new Map<string, Map<string, number>>()
  let totalUs = 0
  let idleUs = 0
  profile.samples.forEach((id, at) => {
    const us = profile.timeDeltas[at] ?? 0
    const frame = frames.get(id)
    if (frame === undefined) return
    totalUs += us
    if (frame.functionName === '(idle)') {
      idleUs += us
      return
    }
    const called = frame.functionName || '(anonymous)'
    const native = frame.url === ''
    const file = native ? (called.startsWith('(') ? called : '(native)') : fileOf(frame.url, root)
    const name = native ? called : `${called} :${frame.lineNumber + 1}`
    const functions = files.get(file) ?? new Map<string, number>()
    functions.set(name, (functions.get(name) ?? 0) + us)
    files.set(file, functions)
  })
  const byTime = (a: { selfUs: number }, b: { selfUs: number }) => b.selfUs - a.selfUs
  const list = [...files].map(([file, functions]) => ({
    file,
    selfUs: [...functions.values()].reduce((sum, us) => sum + us, 0),
    functions: [...functions].map(([name, selfUs]) => ({ name, selfUs })).sort(byTime),
  }))
  return { totalUs, idleUs, files: list.sort(byTime) }
}

function fileOf(url: string, root: string): string {
  if (!url.startsWith('file:')) return url
  const path = fileURLToPath(url)
  return path.startsWith(root) ? path.slice(root.length) : path
}
