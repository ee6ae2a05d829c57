/**
 * All that lies outside a server, in this process: the proxy that its requests go through. It connects nowhere, gives the
 * pages it was given, and knows every address that was asked for, whatever it leads to.
 */
import { createServer } from 'node:http'

export interface OutsideWorld {
  /** Environment of a server on Node 24 or newer that is to live in it. */
  readonly env: Readonly<Record<string, string>>
  /** Every address that was asked for, in order. */
  readonly asked: readonly string[]
  close(): void
}

/** Starts it with these pages, by path; every other one reads "a page". */
export async function startOutsideWorld(pages: Readonly<Record<string, string>>): Promise<OutsideWorld> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const address = request.url ?? ''
    asked.push(address)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(pages[URL.parse(address)?.pathname ?? ''] ?? 'a page')
  })
  // What is encrypted would be asked for by its host alone.
  server.on('connect', (request, socket) => {
    asked.push(`https://${request.url}/`)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const proxy = `http://127.0.0.1:${port}`
  return {
    env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
    asked,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
