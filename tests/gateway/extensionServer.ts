/**
 * A server with what extensions add: skills (SEP-2640) and an app (MCP Apps), of either era, on a pipe or over HTTP. Made
 * with the SDK, so that what crosses the gateway is what real servers send.
 *
 *   node extensionServer.ts --era legacy|modern --name NAME [--skills a,b] [--http 0]
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { memorySkillFiles, SkillsExtension } from '@modelcontextprotocol/server/ext/skills'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    name: { type: 'string', default: 'extensions' },
    skills: { type: 'string', default: '' },
    http: { type: 'boolean', default: false },
  },
})
const { name } = values
const VIEW = 'ui://clock/view.html'

/** Every skill says whose it is, so that a reader sees which server it came from. */
const files = Object.fromEntries(
  values.skills
    .split(',')
    .filter((skill) => skill !== '')
    .flatMap((skill) => [
      [`${skill}/SKILL.md`, `---\nname: ${skill}\ndescription: ${skill} of ${name}\n---\nRead notes.\n`],
      [`${skill}/notes/one.md`, `one of ${name}`],
    ]),
)
const catalog = await SkillsExtension.load(memorySkillFiles(files))

function build(): McpServer {
  const server = new McpServer({ name, version: '1.0.0' })
  if (values.skills !== '') catalog.attach(server)
  server.registerTool(
    'clock',
    { description: 'shows the time', _meta: { ui: { resourceUri: VIEW, visibility: ['model', 'app'] } } },
    () => ({ content: [{ type: 'text', text: `time of ${name}` }] }),
  )
  // As the extension allows, the view is not among the listed resources: only its tool names it.
  const html = `<!doctype html><title>${name}</title>`
  server.registerResource('view', VIEW, { mimeType: 'text/html;profile=mcp-app' }, () => ({
    contents: [{ uri: VIEW, mimeType: 'text/html;profile=mcp-app', text: html, _meta: { ui: { csp: {} } } }],
  }))
  server.server.setRequestHandler('resources/list', () => ({ resources: [] }))
  return server
}

if (values.http) {
  const handle = toNodeHandler(createMcpHandler(build, { legacy: 'reject' }))
  const server = createServer(
    (request, response) => void handle(request as NodeIncomingMessageLike, response),
  )
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    process.stdout.write(`listening http://127.0.0.1:${port}/mcp\n`)
  })
} else if (values.era === 'modern') serveStdio(build, { legacy: 'reject' })
else await build().connect(new StdioServerTransport())
