import { ERROR } from '../protocol/errors.ts'
import type { Refusal } from './refusal.ts'
import type { Visit } from './visit.ts'

/**
 * Takes a place for a stream that is the answer to a GET, and gives it back when the response closes. False: there is
 * none for it, and whoever is still there has been told so.
 *
 * @example if (takeStreamPlace(visit)) session.openStream(visit)
 */
export function takeStreamPlace(visit: Visit): boolean {
  const { door, response } = visit
  // Who left while it was found out who it is closes no response that would give the place back: coming and leaving
  // like that would use up all places.
  if (visit.gone) return false
  if (!door.streams.take()) {
    visit.refuse(tooManyStreams(door.listen.maxStreams))
    return false
  }
  door.connections.markEndless(visit.socket)
  response.on('close', () => door.streams.giveBack())
  return true
}

/** 503, rule `http/streams`: every place (`listen.maxStreams`) is taken. */
export function tooManyStreams(maxStreams: number): Refusal {
  return {
    status: 503,
    code: ERROR.unavailable,
    rule: 'http/streams',
    explain: `all ${maxStreams} streams (listen.maxStreams) are taken: close one, or try again later`,
    headers: ['Retry-After', '10'],
  }
}
