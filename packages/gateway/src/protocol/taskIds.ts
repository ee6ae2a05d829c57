/**
 * Task ids as clients see them: sealed to the principal and the server that made them.
 *
 * A task id is a capability: whoever knows it may read a result (protocol.md, "Tasks": bind to principal, map per
 * upstream). The exposed id carries the server and the server's own id with a MAC over both and the principal, so that
 * an id of another principal, another server or of one's own making is unknown, after a restart and on any replica.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface OwnTask {
  readonly server: string
  readonly taskId: string
}

/**
 * Seals a server's task id for one principal. The result is header-safe ASCII.
 *
 * @example exposeTaskId(key, 'local|me', { server: 'build', taskId: '42' }) // 'build.NDI.kJ3…'
 */
export function exposeTaskId(key: Buffer, principal: string, own: OwnTask): string {
  const id = Buffer.from(own.taskId, 'utf8').toString('base64url')
  return `${own.server}.${id}.${mac(key, principal, own).toString('base64url')}`
}

/** The server and its own id, or `undefined` when this principal was never given that id. */
export function openTaskId(key: Buffer, principal: string, exposed: string): OwnTask | undefined {
  const [server, id, tag, ...rest] = exposed.split('.')
  if (server === undefined || id === undefined || tag === undefined || rest.length > 0) return undefined
  const own = { server, taskId: Buffer.from(id, 'base64url').toString('utf8') }
  const given = Buffer.from(tag, 'base64url')
  const right = mac(key, principal, own)
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  // One spelling only: base64url decoding ignores stray characters, a second spelling would be a second name.
  return exposeTaskId(key, principal, own) === exposed ? own : undefined
}

function mac(key: Buffer, principal: string, own: OwnTask): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([principal, own.server, own.taskId]))
    .digest()
    .subarray(0, 18)
}
