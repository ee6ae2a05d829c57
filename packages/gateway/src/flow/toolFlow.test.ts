import { describe, expect, it } from 'vitest'
import { configOf } from '../config/testing/parse.ts'
import { ToolFlow } from './toolFlow.ts'

const flow = (server: string, more = '') =>
  new ToolFlow(configOf(`version: 1\n${more}servers:\n  x: { command: [x], ${server} }\n`))
const annotated = (annotations: object) => ({ name: 'wipe', inputSchema: {}, annotations }) as never

describe('what a tool does', () => {
  it('is what its server says, where that is believed, and the worse of its word and its name where not', () => {
    const reads = annotated({ readOnlyHint: true })
    expect(flow('trust: trusted').effects('x', 'wipe', reads)?.writes).toBe(false)
    expect(flow('trust: partial').effects('x', 'wipe', reads)?.writes).toBe(false)
    expect(flow('trust: untrusted').effects('x', 'wipe', reads)?.writes).toBe(true)
    // One column further to the right.
    expect(flow('trust: partial', 'profile: strict\n').effects('x', 'wipe', reads)?.writes).toBe(true)
  })

  it('is what the configuration says before all, by the first glob that fits', () => {
    const said = flow(
      'trust: untrusted, flow: { tools: { "wipe_all": { destructive: true }, "wipe*": { writes: false } } }',
    )
    expect(said.effects('x', 'wipe', annotated({}))?.writes).toBe(false)
    expect(said.effects('x', 'wipe_all', annotated({}))?.destructive).toBe(true)
    expect(said.effects('x', 'other', annotated({}))?.writes).toBe(true)
  })

  it('is judged anew when its definition changes', () => {
    const said = flow('trust: trusted')
    const definition = { name: 'wipe', inputSchema: {}, annotations: { readOnlyHint: true } } as never
    expect(said.effects('x', 'wipe', definition)).toBe(said.effects('x', 'wipe', definition))
    expect(said.effects('x', 'wipe', annotated({ readOnlyHint: false }))?.writes).toBe(true)
  })

  it('of a server there is not is not known', () => {
    expect(flow('').effects('y', 'wipe', undefined)).toBeUndefined()
    expect(flow('').toolLabels('y', 'wipe', undefined)).toMatchObject({ untrusted: true })
    expect(flow('').privateData('y')).toBe('no')
  })
})

describe('the labels of a result', () => {
  it.each([
    ['trust: untrusted', true],
    ['trust: partial', true],
    ['trust: trusted', false],
    ['trust: partial, flow: { results: trusted }', false],
    ['trust: trusted, flow: { results: untrusted }', true],
    ['trust: untrusted, flow: { tools: { "w*": { results: trusted } } }', false],
    ['trust: untrusted, flow: { tools: { "x*": { results: trusted } } }', true],
  ])('of %s: from a stranger %s', (server, untrusted) => {
    expect(flow(server).toolLabels('x', 'wipe', undefined).untrusted).toBe(untrusted)
  })

  it('say who says that it is private', () => {
    expect(flow('flow: { private: true }').toolLabels('x', 'list_files', undefined)).toMatchObject({
      private: true,
      privateBy: 'declared',
    })
    expect(
      flow('flow: { private: true, tools: { list_files: { private: false } } }').toolLabels(
        'x',
        'list_files',
        undefined,
      ).private,
    ).toBe(false)
    expect(flow('').toolLabels('x', 'read_email', undefined)).toMatchObject({
      private: true,
      privateBy: 'inferred',
    })
    expect(flow('').otherLabels('x', 'resource', 'file:///home/ada/a.txt')).toMatchObject({
      private: true,
      privateBy: 'inferred',
    })
    expect(
      flow('flow: { resources: { "file:///public/*": { private: false } } }').otherLabels(
        'x',
        'resource',
        'file:///public/a',
      ).private,
    ).toBe(false)
  })
})
