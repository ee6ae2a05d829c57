/**
 * How often a change is asked about that only puts back a sentence of an honest tool: a second measure, on servers whose
 * updates the rules were not looked at with. The corpora lie beside the repository.
 */
import { makeInventory } from '@sallyport/controls/detection'
import { isObject } from '@sallyport/controls/json'
import { corporaExist, readCorpus, toolNames, toolOf } from '../detection/corpora.ts'
import { scanChange, wordsOfAll } from './scan.ts'

export interface HonestSentences {
  readonly tried: number
  readonly asked: number
  readonly servers: number
  readonly serversAsked: number
}

/** Of a server's other tools at most this many count as approved: reading all of a thousand for each takes long. */
const MAX_SIBLINGS = 60
const SENTENCE = /(?<=[.!?])\s+|\n+/

/** `undefined` where the corpora are not there. */
export function honestSentences(): HonestSentences | undefined {
  if (!corporaExist()) return undefined
  const rows = readCorpus('tools_benign')
  const names = toolNames(rows)
  const byServer = Map.groupBy(rows, ({ server }) => server)
  const asked = new Set<string>()
  const servers = new Set<string>()
  const figures = { tried: 0, asked: 0 }
  for (const row of rows) {
    const item = toolOf(row)
    const { value } = item
    if (!isObject(value) || typeof value.description !== 'string') continue
    const sentences = value.description.split(SENTENCE).filter((one) => one.trim().length > 15)
    const left = sentences[(figures.tried * 7) % sentences.length]
    if (sentences.length < 2 || left === undefined) continue
    const before = { ...item, value: { ...value, description: value.description.replace(left, '') } }
    const others = (byServer.get(row.server) ?? []).filter((other) => other !== row).slice(0, MAX_SIBLINGS)
    const inventory = makeInventory(new Map([[row.server, names.get(row.server) ?? []]]))
    const words = wordsOfAll(row.server, others.map(toolOf))
    figures.tried++
    servers.add(row.server)
    if (scanChange(before, item, { server: row.server, inventory, words }) === 'pass') continue
    figures.asked++
    asked.add(row.server)
  }
  return { ...figures, servers: servers.size, serversAsked: asked.size }
}
