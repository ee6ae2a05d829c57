/**
 * The parts that every legacy server has in common, for tests of the rest.
 */
import { type Behaviour, resultOf, sendJson } from './httpServer.ts'

/** A server with a session (none when `undefined`); `behaviour` gets what the common part does not answer. */
export function withSession(behaviour: Behaviour, session: string | undefined = 'abc'): Behaviour {
  return (request, response) => {
    if (request.message.method === 'initialize') {
      sendJson(response, resultOf(request), 200, session === undefined ? {} : { 'mcp-session-id': session })
    } else if (request.message.method === 'notifications/initialized') {
      response.writeHead(202).end()
    } else if (request.method === 'DELETE') {
      response.writeHead(200).end()
    } else {
      behaviour(request, response)
    }
  }
}

/** Answers everything at once and has no stream of its own. */
export const plain: Behaviour = (request, response) => {
  if (request.method === 'GET') response.writeHead(405).end()
  else if (request.message.id === undefined || request.message.method === undefined)
    response.writeHead(202).end()
  else sendJson(response, resultOf(request))
}
