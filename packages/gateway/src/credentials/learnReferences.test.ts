// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import { learnReferences } from './learnReferences.ts'
import { OwnSecrets } from './ownSecrets.ts'

async function isLearned(variable: string, source: string, value: string): Promise<boolean> {
  const own = new OwnSecrets()
  const server = { kind: 'stdio', env: { [variable]: { source, secret: true } } } as unknown as ServerConfig
  const name = /env:(\w+)/.exec(source)?.[1] ?? ''
  await learnReferences(server, { [name]: value }, own)
  return own.known.isIn(`before ${value} behind`)
}

it.each([
  // By the name of either end.
  ['API_KEY', '${env:MINE}', 'correct horse nine'],
  ['SERVICE', '${env:DB_PASSWORD}', 'correct horse nine'],
  ['SERVICE_KEY', '${env:MINE}', 'correct horse nine'],
  ['SERVICE', '${env:SERVICE_KEY}', 'correct horse nine'],
  ['service-pwd', '${env:MINE}', 'correct horse nine'],
  // By what it is, whatever it is called.
  ['WORKSPACE', '${env:MINE}', 'q7Rm2xZp9LdK4vTn'],
  ['WORKSPACE', 'prefix ${env:MINE}', 'q7Rm2xZp9LdK4vTn'],
])('%s: %s is learned when it stands for %j', async (variable, source, value) => {
  expect(await isLearned(variable, source, value)).toBe(true)
})

it.each([
  ['AWS_REGION', '${env:REGION}', 'eu-central-1'],
  ['HOST', '${env:MINE}', 'db-7.internal.example.com'],
  ['KEY_FILE', '${env:WHERE}', '/run/secrets/service.json'],
  ['MONKEY', '${env:MINE}', 'gorilla-2026'],
  ['KEYBOARD', '${env:MINE}', 'qwertz-2026'],
])(
  '%s: %s is not learned when it stands for %j: answers are full of such',
  async (variable, source, value) => {
    expect(await isLearned(variable, source, value)).toBe(false)
  },
)
