import { describe, expect, it } from 'vitest'
import { answerTo } from './answer.ts'
import { FIRST_ID, faultOf, requestTemplate, stampId } from './messages.ts'

const plan = { tool: 'lookup', requestBytes: 1024, resultBytes: 2048 }

function requestOf(id: number): string {
  const { bytes, idOffsets } = requestTemplate(plan)
  stampId(bytes, idOffsets, id)
  return bytes.toString()
}

describe('messages of the benchmark', () => {
  it('a request has its size, its id and a nonce that is its id', () => {
    const text = requestOf(FIRST_ID + 4711)
    expect(Math.abs(text.length - plan.requestBytes)).toBeLessThanOrEqual(2)
    const request = JSON.parse(text)
    expect(request.id).toBe(FIRST_ID + 4711)
    expect(request.params.arguments.nonce).toBe(String(FIRST_ID + 4711))
    expect(request.params._meta['io.modelcontextprotocol/protocolVersion']).toBe('2026-07-28')
  })

  it('the right answer is accepted in any member order, and whatever is wrong with one is named', () => {
    const id = FIRST_ID + 1
    const right = answerTo(requestOf(id)) ?? ''
    expect(faultOf(right, id, 2048)).toBeUndefined()
    const { result } = JSON.parse(right)
    expect(faultOf(JSON.stringify({ id, jsonrpc: '2.0', result }), id, 2048)).toBeUndefined()

    const others = answerTo(requestOf(FIRST_ID + 2)) ?? ''
    expect(faultOf(others, id, 2048)).toContain('answered with id 1000000002')
    expect(faultOf(others.replace(/"id":\d+/, `"id":${id}`), id, 2048)).toContain("another call's")
    expect(faultOf(right.replace('quarterly', 'quarterLy'), id, 2048)).toContain('altered text')
    expect(faultOf(right.replace('complete', 'task'), id, 2048)).toContain('resultType')
    expect(faultOf(right.slice(1), id, 2048)).toContain('not JSON')
    const refused = { jsonrpc: '2.0', id, error: { code: 1, message: 'refused' } }
    expect(faultOf(JSON.stringify(refused), id, 2048)).toContain('the error "refused"')
  })
})
