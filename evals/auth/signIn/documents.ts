/** Documents about clients, on this machine, with a count of who asked for them. */
import { createServer, type Server, type ServerResponse } from 'node:http'

export interface Served {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class Documents {
  readonly origin: string
  readonly #server: Server
  readonly #served = new Map<string, Served>()
  readonly #asked = new Map<string, number>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.origin = `http://127.0.0.1:${port}`
  }

  static async open(): Promise<Documents> {
    let documents: Documents | undefined
    const server = createServer((request, response) => documents?.answer(request.url ?? '', response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port to be had')
    documents = new Documents(server, address.port)
    return documents
  }

  /** Serves one; gives its address. */
  serve(path: string, served: Served): string {
    this.#served.set(path, served)
    return this.origin + path
  }

  /** A client's document at `path`: a good one but for the changes. */
  client(path: string, changes: Readonly<Record<string, unknown>> = {}, headers = {}): string {
    const id = this.origin + path
    const document = {
      client_id: id,
      client_name: 'Document App',
      redirect_uris: ['https://app.example/cb'],
      token_endpoint_auth_method: 'none',
      ...changes,
    }
    return this.serve(path, { body: JSON.stringify(document), headers })
  }

  asked(path: string): number {
    return this.#asked.get(path) ?? 0
  }

  answer(path: string, response: ServerResponse): void {
    this.#asked.set(path, this.asked(path) + 1)
    const served = this.#served.get(path)
    response.writeHead(served === undefined ? 404 : (served.status ?? 200), {
      'content-type': 'application/json',
      ...served?.headers,
    })
    response.end(served?.body ?? '')
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
