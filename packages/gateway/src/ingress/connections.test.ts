import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Connections } from './connections.ts'

function responseOn(socket: Socket): ServerResponse {
  return new ServerResponse(new IncomingMessage(socket))
}

describe('a connection', () => {
  it('takes one request after the other', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    for (let i = 0; i < 3; i++) {
      const response = responseOn(socket)
      expect(connections.begin(socket, response)).toBe(true)
      expect(connections.active(socket)).toBe(response)
      response.end()
    }
  })

  it('takes none behind one that is not answered, ends with its answer, and takes none after it', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    const first = responseOn(socket)
    connections.begin(socket, first)
    expect(connections.begin(socket, responseOn(socket))).toBe(false)
    expect(first.shouldKeepAlive).toBe(false)
    first.end()
    expect(connections.begin(socket, responseOn(socket))).toBe(false)
  })

  it('takes none once it ends with an answer, though that is written and the connection still stands', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    const refused = responseOn(socket)
    connections.begin(socket, refused)
    connections.endWith(socket, refused)
    refused.end()
    expect(connections.begin(socket, responseOn(socket))).toBe(false)
  })

  it('is stopped once', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    expect([connections.stop(socket), connections.stop(socket)]).toEqual([true, false])
    expect(connections.begin(socket, responseOn(socket))).toBe(false)
    expect(connections.stop(new Socket())).toBe(true)
  })
})
