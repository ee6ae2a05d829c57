/**
 * The end of a trail, and what is added to it: all chains together, over rotations, by time.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listChains, listSegments } from './layout.ts'
import { readFrame } from './record.ts'
import { readLines } from './segmentReader.ts'

/** Up to where each chain was read. */
export type TrailCursor = Map<string, { segment: number; offset: number }>

/**
 * The last `count` lines of the trail by time that `accept` takes, and the cursor behind them. Throws when the trail
 * cannot be read.
 */
export function lastLines(
  dir: string,
  count: number,
  accept: (line: string) => boolean,
): { readonly lines: string[]; readonly cursor: TrailCursor } {
  const cursor: TrailCursor = new Map()
  const lines: string[] = []
  for (const chain of listChains(dir)) {
    const segments = listSegments(join(dir, chain))
    const ofChain: string[] = []
    for (const { number, path } of segments.toReversed()) {
      const end = readEnd(path, count - ofChain.length, accept)
      if (!cursor.has(chain)) cursor.set(chain, { segment: number, offset: end.whole })
      ofChain.unshift(...end.lines)
      if (ofChain.length >= count) break
    }
    lines.push(...ofChain)
  }
  return { lines: byTime(lines).slice(Math.max(0, lines.length - count)), cursor }
}

/** Lines added behind the cursor, by time; moves the cursor on. A chain that is new is read from its start. */
export function newLines(dir: string, cursor: TrailCursor): string[] {
  const lines: string[] = []
  for (const chain of listChains(dir)) {
    const at = cursor.get(chain) ?? { segment: 0, offset: 0 }
    for (const { number, path } of listSegments(join(dir, chain))) {
      if (number < at.segment) continue
      const size = statSync(path).size
      const from = number === at.segment ? Math.min(at.offset, size) : 0
      at.segment = number
      at.offset = from
      for (const { text, offset, whole } of readLines(path, from, size)) {
        if (!whole) break
        lines.push(text)
        at.offset = offset + text.length + 1
      }
    }
    cursor.set(chain, at)
  }
  return byTime(lines)
}

function byTime(lines: readonly string[]): string[] {
  return lines
    .map((text) => ({ text, time: readFrame(text)?.time ?? '' }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    .map(({ text }) => text)
}

const FIRST_READ_BYTES = 64 * 1024

/** Accepted whole lines at the end of a file, and where its last whole line ends. Reads further back until there are enough. */
function readEnd(
  path: string,
  count: number,
  accept: (line: string) => boolean,
): { readonly lines: string[]; readonly whole: number } {
  const fd = openSync(path, 'r')
  try {
    const size = statSync(path).size
    for (let length = Math.min(size, FIRST_READ_BYTES); ; length = Math.min(size, length * 4)) {
      const buffer = Buffer.alloc(length)
      const start = size - length
      const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, length, start))
      const end = text.lastIndexOf('\n')
      const lines = end === -1 ? [] : text.slice(0, end).split('\n')
      if (start > 0) lines.shift()
      const accepted = count > 0 ? lines.filter(accept) : []
      if (accepted.length >= count || start === 0) {
        return { lines: count > 0 ? accepted.slice(-count) : [], whole: start + end + 1 }
      }
    }
  } finally {
    closeSync(fd)
  }
}
