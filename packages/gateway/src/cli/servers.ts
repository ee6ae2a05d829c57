/** `sallyport servers`: what the configuration says. */
import { type GlobalOptions, requireConfig, sourceOf } from './context.ts'
import { EXIT } from './exit.ts'
import { table } from './table.ts'

export async function runServers(options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const { servers } = config
  if (options.json) {
    const plain = servers.map((server) => ({
      id: server.id,
      kind: server.kind,
      trust: server.trust,
      era: server.era,
      enabled: server.enabled,
      target: server.kind === 'stdio' ? server.command : server.url,
    }))
    process.stdout.write(`${JSON.stringify({ servers: plain })}\n`)
    return EXIT.fine
  }
  if (servers.length === 0) {
    const explain = `No server is configured (${sourceOf(config)}): add one under "servers", or name another file with --config FILE.`
    process.stdout.write(`${explain}\n`)
    return EXIT.fine
  }
  const rows = servers.map((server) => [
    server.id,
    server.trust,
    server.era,
    server.enabled ? 'on' : 'off',
    server.kind === 'stdio' ? server.command.join(' ') : server.url,
  ])
  process.stdout.write(`${table(['server', 'trust', 'era', 'state', 'runs'], rows)}\n`)
  return EXIT.fine
}
