/** CPU time of a process, thread by thread, from the kernel's accounting. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ThreadTimes {
  readonly mainUs: number
  /** Of libuv's pool, which writes files. */
  readonly poolUs: number
  /** All of them, with the compiler's and the collector's. */
  readonly totalUs: number
}

/** Microseconds used so far. Threads that have ended are forgotten; a gateway under load has none. */
export function threadTimes(pid: number): ThreadTimes {
  let mainUs = 0
  let poolUs = 0
  let totalUs = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`
    const us = Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ', 1)[0]) / 1000
    totalUs += us
    if (Number(thread) === pid) mainUs += us
    else if (readFileSync(`${folder}/comm`, 'utf8').startsWith('libuv')) poolUs += us
  }
  return { mainUs, poolUs, totalUs }
}

export function timesSince(before: ThreadTimes, now: ThreadTimes): ThreadTimes {
  return {
    mainUs: now.mainUs - before.mainUs,
    poolUs: now.poolUs - before.poolUs,
    totalUs: now.totalUs - before.totalUs,
  }
}
