/** For tests: pins in a folder of their own, and items to pin. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TextFinding } from '@sallyport/controls/detection'
import { contentDigest, itemDigest, type SurfaceItem } from '@sallyport/controls/surface'
import type { Log } from '../../log.ts'
import type { Hold } from '../hold.ts'
import type { ApprovedVersion } from '../lock.ts'
import { pinFolder } from '../pinFiles.ts'
import { PinStore, type PinStoreOptions } from '../pinStore.ts'

export const SECRECY = 'poison/secrecy'
export const RULES: ReadonlySet<string> = new Set([SECRECY, 'text/tags'])
export const AT = '2026-11-28T09:00:00.000Z'

export interface PinPlace {
  readonly dir: string
  readonly lockPath: string
  readonly folder: string
  /** Events of the stores' log. */
  readonly events: string[]
  readonly options: PinStoreOptions
  path(...names: string[]): string
  open(): Promise<PinStore>
  remove(): Promise<void>
}

export function makePinPlace(): PinPlace {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-pins-'))
  const lockPath = join(dir, 'config', 'sallyport.lock')
  const folder = pinFolder(join(dir, 'data'), lockPath)
  const events: string[] = []
  const note = (event: string) => void events.push(event)
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const options = { lockPath, folder, rules: RULES, log }
  const opened: PinStore[] = []
  return {
    dir,
    lockPath,
    folder,
    events,
    options,
    path: (...names) => join(dir, ...names),
    async open() {
      const store = await PinStore.open(options)
      opened.push(store)
      return store
    },
    async remove() {
      for (const store of opened) await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export function tool(name: string, description = `Does ${name}.`): SurfaceItem {
  return { kind: 'tool', name, value: { name, description, inputSchema: { type: 'object' } } }
}

export function version(item: SurfaceItem, more: Partial<ApprovedVersion> = {}): ApprovedVersion {
  return { hash: itemDigest(item), at: AT, by: 'ada', ...more }
}

export function holdOf(server: string, item: SurfaceItem, more: Partial<Hold> = {}): Hold {
  return {
    server,
    kind: item.kind,
    name: item.name,
    state: 'waiting',
    rule: 'pins/first-use',
    explain: 'it was seen for the first time, and nobody approved it yet',
    hash: itemDigest(item),
    content: contentDigest(item),
    classes: ['new'],
    findings: [],
    since: AT,
    ...more,
  }
}

export function finding(more: Partial<TextFinding> = {}): TextFinding {
  return {
    rule: SECRECY,
    severity: 'high',
    where: '/description',
    start: 0,
    end: 4,
    evidence: 'Does',
    explain: 'Tells the model to keep something from the user.',
    ...more,
  }
}
