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

/** The statuses of all gateways of this user that answer; sockets that nobody listens on are removed. */
export async function readStatuses(runtime: string): Promise<unknown[]> {
  const folder = socketFolder(runtime)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw error
  })
  const answers = names.filter((name) => name.endsWith(SUFFIX)).map((name) => readStatus(join(folder, name)))
  return (await Promise.all(answers)).filter((answer) => answer !== undefined)
}

function readStatus(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path)
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`${path} did not answer`)))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > MAX_ANSWER) socket.destroy(new Error(`${path} answered too much`))
    })
    socket.on('end', () => {
      try {
        resolve(JSON.parse(text))
      } catch (error) {
        reject(error)
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Left behind by a gateway that was killed.
      if (error.code === 'ECONNREFUSED') unlink(path).then(() => resolve(undefined), reject)
      else if (error.code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
