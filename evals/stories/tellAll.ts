/** Tells stories in all their cells, a few at a time. */
import type { Story } from '../../examples/stories/story.ts'
import { type Cell, cellFor } from './cells.ts'
import { type Played, play } from './play.ts'

/** What became of one script in one cell. */
export interface Row {
  readonly story: Story
  readonly kind: 'attack' | 'twin'
  readonly cell: Cell
  readonly outcome:
    | { readonly kind: 'told'; readonly played: Played }
    /** It cannot be told there, and the story says why. */
    | { readonly kind: 'skipped'; readonly why: string }
    /** Something did not work, so that nothing was shown: neither that it holds nor that it does not. */
    | { readonly kind: 'broken'; readonly why: string }
}

export interface TellOptions {
  readonly stories: readonly Story[]
  readonly kinds: readonly Row['kind'][]
  readonly cells: readonly Cell[]
  readonly jobs: number
  /** The source tree of the gateway, if it is not this one. */
  readonly root?: string
  readonly onRow?: (row: Row) => void
}

/** In the order of stories, cells and kinds, whichever was over first. */
export async function tellAll(options: TellOptions): Promise<Row[]> {
  const { stories, kinds, cells, jobs, onRow } = options
  const wanted = stories.flatMap((story) =>
    cells.flatMap((cell) => kinds.map((kind) => ({ story, cell, kind }))),
  )
  const rows: Row[] = []
  const left = wanted.entries()
  const work = async () => {
    // All workers take from the same iterator: each script is told once.
    for (const [at, scene] of left) {
      const row = await tell(scene, options.root)
      rows[at] = row
      onRow?.(row)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return rows
}

async function tell(scene: Pick<Row, 'story' | 'kind' | 'cell'>, root: string | undefined): Promise<Row> {
  const cell = cellFor(scene.story, scene.cell)
  if ('skipped' in cell) return { ...scene, outcome: { kind: 'skipped', why: cell.skipped } }
  const row = { ...scene, cell }
  try {
    const played = await play({ ...row, ...(root === undefined ? {} : { root }) })
    const failed = row.kind === 'attack' ? failedStep(played) : undefined
    return {
      ...row,
      outcome: failed === undefined ? { kind: 'told', played } : { kind: 'broken', why: failed },
    }
  } catch (error) {
    return { ...row, outcome: { kind: 'broken', why: String(error) } }
  }
}

/** A step of an attack that failed without being refused: then it was no control that held, if anything did. */
function failedStep({ steps }: Played): string | undefined {
  for (const { step, called } of steps) {
    if (called !== 'not done' && called.isError && called.refusedBy === undefined)
      return `${step.call} failed: ${called.text.slice(0, 300)}`
  }
  return undefined
}
