/** `sallyport servers`: what the configuration says. */
import { type GlobalOptions, requireConfig } from './context.ts'
import { EXIT } from './exit.ts'
import { table } from './table.ts'

export async function runServers(options: GlobalOptions): Promise<number> {
  const { servers } = await requireConfig(options)
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
