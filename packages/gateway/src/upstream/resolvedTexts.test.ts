// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { expect, it } from 'vitest'
import { resolveTexts, secretVariables } from './resolvedTexts.ts'

const sources = { env: { T: 'abcdef', U: 'user-name' } }

it('a reference is secret by itself and with what stands around it', async () => {
  const texts = { authorization: { source: 'Basic ${env:U}:${env:T} $${x}', secret: true } }
  expect(await resolveTexts(texts, sources)).toEqual({
    values: { authorization: 'Basic user-name:abcdef ${x}' },
    secrets: ['user-name', 'abcdef', 'Basic user-name:abcdef ${x}'],
  })
})

it('a literal is secret where its name says so, and only there', async () => {
  const texts = {
    API_KEY: { source: 'literal-key', secret: false },
    NODE_ENV: { source: 'production', secret: false },
  }
  const { values, secrets } = await resolveTexts(texts, sources)
  expect({ ...values }).toEqual({ API_KEY: 'literal-key', NODE_ENV: 'production' })
  expect(secrets).toEqual(['literal-key'])
  expect(secretVariables({ GITHUB_TOKEN: 'ghs', HOME: '/home/ada' })).toEqual(['ghs'])
})

it('a reference that cannot be resolved is refused, by name', async () => {
  const texts = { a: { source: 'x ${env:MISSING}', secret: true } }
  await expect(resolveTexts(texts, sources)).rejects.toThrow('${env:MISSING}')
})
