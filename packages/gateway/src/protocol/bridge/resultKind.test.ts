import type { JsonObject } from '@sallyport/controls/json'
import { expect, it } from 'vitest'
import { unlessComplete } from './resultKind.ts'

const call = { server: 's', method: 'tools/call' }
const refused = (result: JsonObject) => unlessComplete(call, result)

it.each(['task', 'input_required', 'zzz', 'Complete', 'complete ', '', null, 7, true, {}, ['complete']])(
  'a result of the kind %j is not the whole one',
  (resultType) => {
    expect(refused({ resultType, content: [] })).toMatchObject({ kind: 'refuse', rule: 'shape/result' })
  },
)

it('one that is complete, or of a server that does not say yet, is', () => {
  expect(refused({ resultType: 'complete', content: [] })).toBeUndefined()
  expect(refused({ content: [] })).toBeUndefined()
})
