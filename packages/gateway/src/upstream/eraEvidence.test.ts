import { isObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import { readInbound } from '../protocol/message.ts'
import { eraEvidence } from './eraEvidence.ts'

function evidenceOf(message: unknown) {
  const read = readInbound(Buffer.from(JSON.stringify(message)))
  if (!read.ok) throw new Error(read.explain)
  return eraEvidence(read.message)
}
const result = (body: unknown) => evidenceOf({ jsonrpc: '2.0', id: 1, result: body })
const error = (code: number, data?: unknown) =>
  evidenceOf({ jsonrpc: '2.0', id: 1, error: { code, message: 'm', ...(isObject(data) ? { data } : {}) } })

describe('an answer to server/discover', () => {
  it.each([
    ['a result without revisions', result({})],
    ['revisions that are no list', result({ supportedVersions: '2026-07-28' })],
    ['revisions that are no texts', result({ supportedVersions: [20260728, null] })],
    ['legacy revisions only', result({ supportedVersions: ['2025-11-25', '2024-11-05'] })],
    ['-32022 with legacy revisions only', error(-32022, { supported: ['2025-11-25'] })],
    ['-32022 with no revision at all', error(-32022, { supported: [] })],
  ])('%s is that of a legacy server', (_, evidence) => {
    expect(evidence).toMatchObject({ says: 'legacy' })
  })

  it.each([
    ['our revision', result({ supportedVersions: ['2026-07-28'] })],
    ['both eras', result({ supportedVersions: ['2025-11-25', '2026-07-28'] })],
    ['a revision to come', result({ supportedVersions: ['2027-03-01'] })],
    ['-32020', error(-32020)],
    ['-32021', error(-32021)],
    ['-32022 that names none', error(-32022)],
    ['-32022 with a revision to come', error(-32022, { supported: ['2027-03-01'] })],
  ])('%s is that of a modern server', (_, evidence) => {
    expect(evidence).toEqual({ says: 'modern' })
  })

  it.each([-32601, -32602, -32603, -32000, 0])('error %i alone proves nothing', (code) => {
    expect(error(code)).toMatchObject({ says: 'refused' })
  })

  it('a notification before it is no answer', () => {
    expect(evidenceOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} })).toBeUndefined()
  })
})
