/**
 * A real PostgreSQL in this process, on a port of its own. Its front door writes down every statement before it runs, so
 * what is not in there has not reached the database.
 */
import { createServer, type Socket } from 'node:net'
import { PGlite } from '@electric-sql/pglite'

export interface Postgres {
  /** For a client; every connection is the owner's. */
  readonly url: string
  /** Every statement that came in, in order. */
  readonly arrived: readonly string[]
  /** Runs statements past the door, once no transaction is open; gives the rows of the last one. */
  run(sql: string): Promise<readonly object[]>
  close(): Promise<void>
}

/** Starts it with these statements. */
export async function startPostgres(setup: string): Promise<Postgres> {
  const database = await PGlite.create()
  await database.exec(setup)
  const session = new Session(database)
  const arrived: string[] = []
  const sockets = new Set<Socket>()

  const server = createServer((socket) => {
    sockets.add(socket)
    const cut = new Messages()
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      for (const message of cut.take(chunk)) {
        const statement = statementOf(message)
        if (statement !== undefined) arrived.push(statement)
        session.send(message, (answer) => {
          if (socket.writable) socket.write(answer)
        })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }

  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    arrived,
    run: (sql) => session.run(sql),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await session.close()
    },
  }
}

/** The one session that the database has: what comes from all connections, in the order in which it came. */
class Session {
  readonly #database: PGlite
  #last: Promise<unknown> = Promise.resolve()
  #inTransaction = false
  #waiting: (() => void)[] = []

  constructor(database: PGlite) {
    this.#database = database
  }

  send(message: Buffer, answered: (answer: Uint8Array) => void): void {
    this.#last = this.#last.then(async () => {
      const answer = await this.#database.execProtocolRaw(message)
      answered(answer)
      // It ends in "ready for query", whose last byte says whether a transaction is open (I: no).
      if (answer.at(-6) !== 'Z'.charCodeAt(0)) return
      this.#inTransaction = answer.at(-1) !== 'I'.charCodeAt(0)
      if (!this.#inTransaction) for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  async run(sql: string): Promise<readonly object[]> {
    await this.#last
    if (this.#inTransaction) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      return await this.run(sql)
    }
    const results = this.#database.exec(sql)
    this.#last = results
    return (await results).at(-1)?.rows ?? []
  }

  async close(): Promise<void> {
    await this.#last
    await this.#database.close()
  }
}

/** Cuts what a connection sends into messages: the first has no letter before its length. */
class Messages {
  #rest: Buffer = Buffer.alloc(0)
  #started = false

  take(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const messages: Buffer[] = []
    for (;;) {
      const at = this.#started ? 1 : 0
      if (this.#rest.length < at + 4) return messages
      const length = at + this.#rest.readUInt32BE(at)
      if (this.#rest.length < length) return messages
      messages.push(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
      this.#started = true
    }
  }
}

/** The statements of a query (`Q`) or the statement that is prepared (`P`, behind a name). */
function statementOf(message: Buffer): string | undefined {
  const letter = String.fromCharCode(message[0] ?? 0)
  if (letter !== 'Q' && letter !== 'P') return undefined
  const texts = message.toString('utf8', 5).split('\0')
  return letter === 'Q' ? texts[0] : texts[1]
}
