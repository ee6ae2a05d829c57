/**
 * The sign-in pages on this machine alone (RFC 8252, 7.3): a listener on 127.0.0.1, opened when the first link is made and
 * closed when no link can be good any more.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LinkPages } from './linkPages.ts'

export interface LoopbackDoor {
  /** Its address, opened if need be. */
  origin(): Promise<string>
  close(): Promise<void>
}

/** Longer than a link lives. */
const IDLE_MS = 12 * 60_000
const MAX_HEADERS_BYTES = 16 * 1024

export interface LoopbackDoorOptions {
  readonly pages: (origin: string) => LinkPages
  /** Tried first: what was registered with this port goes on working. */
  readonly port: () => Promise<number | undefined>
}

export function makeLoopbackDoor({ pages, port }: LoopbackDoorOptions): LoopbackDoor {
  let opening: Promise<{ readonly server: Server; readonly origin: string }> | undefined
  let timer: NodeJS.Timeout | undefined
  const close = async (): Promise<void> => {
    clearTimeout(timer)
    const open = opening
    opening = undefined
    const { server } = (await open?.catch(() => undefined)) ?? {}
    server?.close()
    server?.closeAllConnections()
  }
  return {
    close,
    async origin() {
      opening ??= port().then((wanted) => open(pages, wanted))
      clearTimeout(timer)
      timer = setTimeout(() => void close(), IDLE_MS).unref()
      return (await opening).origin
    },
  }
}

async function open(
  pages: LoopbackDoorOptions['pages'],
  wanted: number | undefined,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer({ maxHeaderSize: MAX_HEADERS_BYTES })
  server.unref()
  try {
    await listen(server, wanted ?? 0)
  } catch (error) {
    if (wanted === undefined) throw error
    await listen(server, 0)
  }
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const shown = pages(origin)
  server.on('request', (request, response) => {
    // A name that leads here is not ours (DNS rebinding).
    const isOurs = request.headers.host === `127.0.0.1:${port}`
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (isOurs && shown.takes(path)) shown.receive(request, response)
    else response.writeHead(isOurs ? 404 : 421).end()
  })
  return { server, origin }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
