/** `sallyport policy check|explain SERVER`; what would become of a call is in `policyCall.ts`. */
import { visible } from '@sallyport/controls/text'
import { type ExplainedParameter, explainParameters } from '../arguments/explainParameters.ts'
import { describeOrigin, explainServer } from '../config/explain.ts'
import { lintAccess } from '../pipeline/lintAccess.ts'
import { type GlobalOptions, requireConfig, sourceOf, unknownServer } from './context.ts'
import { EXIT } from './exit.ts'
import { readPins } from './pinsAtHand.ts'
import { table } from './table.ts'

export async function runPolicyCheck(options: GlobalOptions): Promise<number> {
  const { config, sources } = await readPins(options)
  const where = sourceOf(config)
  const notes = lintAccess(config, (server) => [...(sources.lock.servers.get(server)?.items.keys() ?? [])])
  if (options.json) {
    const ok = notes.length === 0
    process.stdout.write(`${JSON.stringify({ ok, config: where, servers: config.servers.length, notes })}\n`)
  } else {
    const lines = notes.map(({ from, explain }) => visible(`${from}: ${explain}`))
    const count = config.servers.length
    const head = `${where}: valid, ${count === 1 ? '1 server' : `${count} servers`}, profile ${config.profile}`
    process.stdout.write(`${[head, ...lines].join('\n')}\n`)
  }
  return notes.length === 0 ? EXIT.fine : EXIT.findings
}

export async function runPolicyExplain(server: string, options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const explained = explainServer(config, server)
  if (explained === undefined) throw unknownServer(config, server)
  const parameters = await parametersOf(server, options)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...explained, parameters })}\n`)
    return EXIT.fine
  }
  const rows = explained.values.map((value) => [
    value.name,
    value.value,
    describeOrigin(value.origin),
    value.enforced ? '' : 'stated, not enforced in this release',
  ])
  process.stdout.write(
    `${explained.id}, profile ${explained.profile}\n${table(['setting', 'value', 'from', ''], rows)}\n`,
  )
  if (parameters.length > 0) {
    const taken = parameters.map(({ tool, place, taken, from }) => [
      visible(tool),
      visible(place),
      taken,
      from,
    ])
    process.stdout.write(`\n${table(['tool', 'parameter', 'taken for', 'from'], taken)}\n`)
  }
  return EXIT.fine
}

/** Of what was approved or is held of the server, as far as it is known. */
async function parametersOf(id: string, options: GlobalOptions): Promise<readonly ExplainedParameter[]> {
  const { config, sources } = await readPins(options)
  const server = config.servers.find((each) => each.id === id)
  if (server === undefined) return []
  return explainParameters(server, (await sources.contents(id)).values())
}
