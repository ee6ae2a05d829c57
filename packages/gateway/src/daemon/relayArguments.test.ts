import { describe, expect, it } from 'vitest'
import { readRelayArguments } from './relayArguments.ts'

describe('the command line of a relay', () => {
  it.each([
    [['stdio'], {}],
    [['stdio', '--config', 'a.yaml'], { config: 'a.yaml' }],
    [['--config=a.yaml', '--json', 'stdio', '--server=x'], { config: 'a.yaml', server: 'x' }],
    [['--quiet', 'stdio', '--server', 'x'], { quiet: true, server: 'x' }],
  ])('%j is one', (args, expected) => {
    expect(readRelayArguments(args)).toEqual(expected)
  })

  it.each([
    [[]],
    [['serve']],
    [['stdio', '--standalone']],
    [['stdio', '--help']],
    [['stdio', '-V']],
    [['stdio', '--config']],
    [['stdio', '--config', '--server']],
    [['stdio', '--config=']],
    [['--server', 'x', 'stdio']],
    [['stdio', 'stdio']],
    [['stdio', 'more']],
    [['run', '--', 'stdio']],
  ])('%j is for the program, which knows what to say', (args) => {
    expect(readRelayArguments(args)).toBeUndefined()
  })
})
