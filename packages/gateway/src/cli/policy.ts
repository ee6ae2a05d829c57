/** `sallyport policy check|explain`. */
import { describeOrigin, explainServer } from '../config/explain.ts'
import { type GlobalOptions, requireConfig, sourceOf, unknownServer } from './context.ts'
import { EXIT } from './exit.ts'
import { table } from './table.ts'

export async function runPolicyCheck(options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const where = sourceOf(config)
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: true, config: where, servers: config.servers.length })}\n`)
  else process.stdout.write(`${where}: valid, ${config.servers.length} servers, profile ${config.profile}\n`)
  return EXIT.fine
}

export async function runPolicyExplain(server: string, options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const explained = explainServer(config, server)
  if (explained === undefined) throw unknownServer(config, server)
  if (options.json) {
    process.stdout.write(`${JSON.stringify(explained)}\n`)
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
  return EXIT.fine
}
