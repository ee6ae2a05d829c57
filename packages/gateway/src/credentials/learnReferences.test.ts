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
  ['SERVICE_KEY_2', '${env:MINE}', 'correct horse nine'],
  ['KEY_PROD', '${env:MINE}', 'correct horse nine'],
  ['serviceKey1', '${env:MINE}', 'correct horse nine'],
  // An id by one name, a key by the other.
  ['ACCOUNT_ID', '${env:SERVICE_KEY}', 'correct horse nine'],
  // By what it is, whatever it is called.
  ['ACCOUNT_ID', '${env:MINE}', ['ghp', 'q7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12ab'].join('_')],
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
  ['PRIMARY_KEY', '${env:MINE}', 'customer_id'],
  ['JIRA_PROJECT_KEY', '${env:MINE}', 'platform-core'],
  ['DEPLOY_PUBLIC_KEY', '${env:MINE}', 'MCowBQYDK2VwAyEAq7Rm2xZp9LdK4vTnq7Rm2xZp9LdK4vTn12'],
  ['CLOUDFLARE_ACCOUNT_ID', '${env:MINE}', 'f3a1c2e4b5d6478899aabbccddeeff00'],
  ['SHEET', '${env:SHEET_ID}', '1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms'],
  ['BASE_ID', '${env:MINE}', 'appAbC123dEf456Gh'],
  ['GIT_COMMIT', '${env:MINE}', '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432'],
  ['WHERE', '${env:MINE}', 'ep-cool-darkness-a1b2c3d4.eu-central-1.aws.neon.tech'],
  ['WHO', '${env:MINE}', 'ann.b3rg_2024.x7@mail.example.com'],
  ['ROLE', '${env:MINE}', 'arn:aws:iam::123456789012:role/Dev2Ops4Role6'],
])(
  '%s: %s is not learned when it stands for %j: answers are full of such',
  async (variable, source, value) => {
    expect(await isLearned(variable, source, value)).toBe(false)
  },
)
