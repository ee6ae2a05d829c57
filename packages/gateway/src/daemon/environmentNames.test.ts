// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { expect, it } from 'vitest'
import { configOf } from '../config/testing/parse.ts'
import { BASIC_VARIABLES } from '../upstream/environment.ts'
import { environmentNames } from './environmentNames.ts'

it('names what servers get, what they take over and what is referred to, and nothing that is only mentioned', () => {
  const config = configOf(`version: 1
defaults: { env: [SSH_AUTH_SOCK] }
servers:
  a: { command: x, env: { A: "\${env:ONE}", B: "p\${env:TWO}q\${env:ONE}", C: "$\${env:NOT}" } }
  b: { url: "https://example.com/mcp", headers: { authorization: "Bearer \${env:THREE}" } }
`)
  expect(environmentNames(config)).toEqual(
    [...BASIC_VARIABLES, 'ONE', 'SSH_AUTH_SOCK', 'THREE', 'TWO'].sort(),
  )
})
