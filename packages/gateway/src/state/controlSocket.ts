/**
 * How `sallyport status` finds running gateways: each listens on a socket of its own in a private folder and answers
 * one question, what it is and how its servers are. It takes no orders.
 */
import { mkdir, readdir, unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { requirePrivateFolder } from './privateFolder.ts'
import { socketFolder } from './socketFolder.ts'

const SUFFIX = '.sock'
const ANSWER_MS = 2_000
const MAX_ANSWER = 4 * 1024 * 1024

export interface ControlSocket {
  readonly path: string
  close(): Promise<void>
}

/** Listens in `runtime`, or in the short folder that stands for it, made private, and answers every connection with what `status()` gives as one line of JSON. */
export async function openControlSocket(runtime: string, status: () => unknown): Promise<ControlSocket> {
  const folder = socketFolder(runtime)
  if (folder === runtime) await mkdir(folder, { recursive: true, mode: 0o700 })
  else requirePrivateFolder(folder)
  const path = join(folder, `${process.pid}${SUFFIX}`)
  await unlink(path).catch(ignoreMissing)
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    Promise.resolve(status()).then(
      (answer) => socket.end(`${JSON.stringify(answer)}\n`),
      (error: Error) => socket.destroy(error),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  server.unref()
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

/** What gateways say, and why one of them says nothing. */
export interface Statuses {
  readonly answers: readonly unknown[]
  /** One sentence for each that is there and gave no answer. */
  readonly silent: readonly string[]
}

/**
 * The statuses of all gateways of this user; one that hangs does not hide the others. Sockets that nobody listens on are
 * removed. Throws `NotPrivate` when others may put sockets there: whoever answers on them writes to this terminal.
 */
export async function readStatuses(runtime: string): Promise<Statuses> {
  const folder = socketFolder(runtime)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (names === undefined) return { answers: [], silent: [] }
  requirePrivateFolder(folder)
  const paths = names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(folder, name))
  const read = await Promise.allSettled(paths.map(readStatus))
  return {
    answers: read.flatMap((one) =>
      one.status === 'fulfilled' && one.value !== undefined ? [one.value] : [],
    ),
    silent: read.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.message)] : [])),
  }
}

function readStatus(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path)
    // Of the whole answer: one that comes byte by byte is none.
    const timer = setTimeout(() => socket.destroy(new Error(`${path} did not answer`)), ANSWER_MS)
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > MAX_ANSWER) socket.destroy(new Error(`${path} answered too much`))
    })
    socket.on('end', () => {
      // It was killed before it could say a word.
      if (text === '') return resolve(undefined)
      try {
        resolve(JSON.parse(text))
      } catch (error) {
        reject(new Error(`${path} gave no usable answer`, { cause: error }))
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Left behind by a gateway that was killed.
      if (error.code === 'ECONNREFUSED') {
        unlink(path)
          .catch(ignoreMissing)
          .then(() => resolve(undefined), reject)
      } else if (error.code === 'ENOENT' || error.code === 'ECONNRESET') resolve(undefined)
      else reject(error)
    })
    socket.on('close', () => clearTimeout(timer))
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
