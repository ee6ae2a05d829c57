import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Connections } from './connections.ts'

function responseOn(socket: Socket): ServerResponse {
  return new ServerResponse(requestOn(socket))
}

function requestOn(socket: Socket, complete = true): IncomingMessage {
  return Object.assign(new IncomingMessage(socket), { complete })
}

describe('a connection', () => {
  it('takes one request after the other', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    for (let i = 0; i < 3; i++) {
      const response = responseOn(socket)
      expect(connections.begin(requestOn(socket), response)).toBe(true)
      expect(connections.active(socket)).toEqual({ response, isWhole: true })
      response.end()
    }
  })

  it('takes none behind one that is not answered, ends with its answer, and takes none after it', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    const first = responseOn(socket)
    connections.begin(requestOn(socket), first)
    expect(connections.begin(requestOn(socket), responseOn(socket))).toBe(false)
    expect(first.shouldKeepAlive).toBe(false)
    first.end()
    expect(connections.begin(requestOn(socket), responseOn(socket))).toBe(false)
  })

  it('takes none once it ends with an answer, though that is written and the connection still stands', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    const refused = responseOn(socket)
    connections.begin(requestOn(socket), refused)
    connections.endWith(socket, refused)
    refused.end()
    expect(connections.begin(requestOn(socket), responseOn(socket))).toBe(false)
  })

  it('is stopped once', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    expect([connections.stop(socket), connections.stop(socket)]).toEqual([true, false])
    expect(connections.begin(requestOn(socket), responseOn(socket))).toBe(false)
    expect(connections.stop(new Socket())).toBe(true)
  })

  it('ends with an answer that has begun when that is through, and at once with one that has no end', () => {
    for (const endless of [false, true]) {
      const [connections, socket] = [new Connections(), new Socket()]
      const response = responseOn(socket)
      connections.begin(requestOn(socket), response)
      response.shouldKeepAlive = true
      if (endless) connections.markEndless(socket)
      response.writeHead(200)
      response.flushHeaders()
      connections.endAfterActive(socket)
      connections.endAfterActive(socket)
      expect([socket.destroyed, response.listenerCount('close')]).toEqual(endless ? [true, 0] : [false, 1])
    }
  })

  it('knows whether the request underway is all there, and forgets it when its answer is through', () => {
    const [connections, socket] = [new Connections(), new Socket()]
    const response = responseOn(socket)
    connections.begin(requestOn(socket, false), response)
    expect(connections.active(socket)).toEqual({ response, isWhole: false })
    expect(connections.isRefused(socket)).toBe(false)
    connections.refuse(socket)
    expect(connections.isRefused(socket)).toBe(true)
    response.destroy()
    expect(connections.active(socket)).toBeUndefined()
  })
})
