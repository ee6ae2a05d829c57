import {
  type Inspection,
  type Inventory,
  inspectItem,
  inspectServer,
  inspectText,
  makeInventory,
} from '../../packages/controls/detection/index.ts'
import type { LinearModel } from '../../packages/controls/detection/model/linear.ts'
import { familyOf, type Row, readCorpus, toolNames, toolOf } from './corpora.ts'
import { dealServers, readRows, trainModel } from './training.ts'

/** A row and what was said of it by a model that had seen neither its source nor its server. */
export interface Verdict {
  readonly row: Row
  readonly inspection: Inspection
  readonly latencyMs: number
}

export interface Evaluation {
  readonly benign: readonly Verdict[]
  readonly malicious: readonly Verdict[]
  readonly results: { readonly benign: readonly Verdict[]; readonly malicious: readonly Verdict[] }
  readonly prompts: readonly Verdict[]
  readonly steering: Steering
  readonly trainMs: readonly number[]
}

export interface Steering {
  readonly attacks: number
  readonly found: number
  /** A check is one benign tool beside seven other servers. */
  readonly checks: number
  readonly alarms: number
  readonly mentions: number
  readonly missed: readonly string[]
}

/**
 * Whole sources of attacks and whole servers are left out together: in each fold one family of sources and a fifth of the servers is
 * judged by a model that was trained, and whose thresholds were set, on the rest.
 */
export function evaluate(): Evaluation {
  const benignRows = readCorpus('tools_benign')
  const maliciousRows = readCorpus('tools_malicious')
  const names = toolNames(benignRows)
  const benign = readRows(benignRows, names)
  const malicious = readRows(maliciousRows, names)
  const families = [...new Set(maliciousRows.map(({ source }) => familyOf(source)))]
  const groups = dealServers(benign, families.length + 1)

  const judgedBenign: Verdict[] = []
  const judgedMalicious: Verdict[] = []
  const trainMs: number[] = []
  const models: LinearModel[] = []
  for (const [fold, group] of groups.entries()) {
    const held = new Set(group)
    const family = families[fold]
    const started = performance.now()
    const model = trainModel(
      benign.filter(({ row }) => !held.has(row.server)),
      malicious.filter(({ row }) => familyOf(row.source) !== family),
    )
    models.push(model)
    trainMs.push(performance.now() - started)
    judgedBenign.push(
      ...judgeTools(
        benignRows.filter(({ server }) => held.has(server)),
        names,
        model,
      ),
    )
    judgedMalicious.push(
      ...judgeTools(
        maliciousRows.filter(({ source }) => familyOf(source) === family),
        names,
        model,
      ),
    )
  }
  const [model] = models
  const texts = (
    name: 'results_benign' | 'results_malicious' | 'prompts_malicious',
    kind: 'result' | 'prompt',
  ) =>
    readCorpus(name).map((row) =>
      timed(row, () => inspectText(row.text ?? '', kind, model === undefined ? {} : { model })),
    )
  return {
    benign: judgedBenign,
    malicious: judgedMalicious,
    results: { benign: texts('results_benign', 'result'), malicious: texts('results_malicious', 'result') },
    prompts: texts('prompts_malicious', 'prompt'),
    steering: judgeSteering(benignRows, maliciousRows, names),
    trainMs,
  }
}

function judgeTools(
  rows: readonly Row[],
  names: ReadonlyMap<string, string[]>,
  model: LinearModel,
): Verdict[] {
  const inventories = new Map<string, Inventory>()
  return rows.map((row) => {
    const item = toolOf(row)
    const known = inventories.get(row.server)
    const inventory = known ?? makeInventory(new Map([[row.server, names.get(row.server) ?? [item.name]]]))
    inventories.set(row.server, inventory)
    return timed(row, () => inspectItem(item, { server: row.server, inventory, model }), LOOKS)
  })
}

const LOOKS = 3

/** The best of a few looks is what the work takes; the others say what else the machine did. */
function timed(row: Row, inspect: () => Inspection, looks = 1): Verdict {
  let latencyMs = Number.POSITIVE_INFINITY
  let inspection: Inspection | undefined
  for (let look = 0; look < looks || inspection === undefined; look++) {
    const started = performance.now()
    inspection = inspect()
    latencyMs = Math.min(latencyMs, performance.now() - started)
  }
  return { row, inspection, latencyMs }
}

const SETUPS = 120
const SERVERS_IN_SETUP = 8

/**
 * Steering is a matter of who else is there, so it is judged in set-ups of eight servers, drawn always alike: every benign tool of a
 * set-up is a check; an attack that names a tool is put into a set-up with a server that has it.
 */
function judgeSteering(
  benign: readonly Row[],
  malicious: readonly Row[],
  names: ReadonlyMap<string, string[]>,
): Steering {
  const servers = [...names.keys()]
  let seed = 7
  const draw = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return (seed >>> 8) % below
  }
  const byServer = Map.groupBy(benign, ({ server }) => server)
  let checks = 0
  let alarms = 0
  let mentions = 0
  for (let setup = 0; setup < SETUPS; setup++) {
    const chosen = new Set<string>()
    while (chosen.size < SERVERS_IN_SETUP) chosen.add(servers[draw(servers.length)] ?? '')
    const inventory = makeInventory(new Map([...chosen].map((server) => [server, names.get(server) ?? []])))
    for (const server of chosen) {
      for (const { findings } of inspectServer((byServer.get(server) ?? []).map(toolOf), {
        server,
        inventory,
      }).values()) {
        checks++
        if (findings.some(({ rule }) => rule === 'shadow/steering')) alarms++
        if (findings.some(({ rule }) => rule === 'shadow/mention')) mentions++
      }
    }
  }
  const owners = new Map<string, string>()
  for (const [server, list] of names) for (const name of list) owners.set(name, server)
  let attacks = 0
  let found = 0
  const missed: string[] = []
  for (const row of malicious) {
    const put = row.meta?.inj ?? ''
    if (row.meta?.loc === 'param_name') continue
    const named = put
      .match(/[\w.-]*\w/g)
      ?.find((name) => (/[_.-]|[a-z][A-Z]/.test(name) || put.includes(`\`${name}\``)) && isOthers(name, row))
    if (named === undefined) continue
    const owner = owners.get(named) ?? ''
    const inventory = makeInventory(
      new Map([
        [row.server, names.get(row.server) ?? []],
        [owner, names.get(owner) ?? []],
      ]),
    )
    attacks++
    const { findings } = inspectItem(toolOf(row), { server: row.server, inventory })
    if (findings.some(({ rule }) => rule === 'shadow/steering')) found++
    else missed.push(`${row.meta?.loc}: ${put}`)
  }
  return { attacks, found, checks, alarms, mentions, missed }

  function isOthers(name: string, row: Row): boolean {
    const owner = owners.get(name)
    return (
      owner !== undefined &&
      owner !== row.server &&
      name !== row.tool?.name &&
      !(names.get(row.server) ?? []).includes(name)
    )
  }
}
