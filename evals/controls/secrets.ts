/**
 * How many secrets are found, how many ordinary texts are taken for one, and what a look costs. Every secret is made up,
 * by the shapes of the rules themselves or by hand, and stands in texts such as tools get and give.
 */
import { existsSync, readFileSync } from 'node:fs'
import {
  knownSecrets,
  PERSONAL_KINDS,
  type ScanOptions,
  scanSecrets,
  scanValue,
} from '../../packages/controls/secrets/index.ts'
import {
  ALNUM,
  HEX,
  jumbleSample,
  type Random,
  randomOf,
  tokenSamples,
} from '../../packages/controls/secrets/samples.fixture.ts'

export interface SecretFigures {
  /** Secrets in the texts, and the share of them that was found with the right kind. */
  readonly cases: number
  readonly recall: number
  /** Texts of real tools and results in which something was found, of so many. */
  readonly falseAlarms: number
  readonly benign: number
  /** Texts that hold what looks like a secret and is none, made by hand: how many were taken for one. */
  readonly twinAlarms: number
  readonly mbPerSecond: number
  /** The same where twenty secrets of the gateway's own are looked for too. */
  readonly mbPerSecondWithOwn: number
  /** For an argument of 400 characters. */
  readonly p50Ms: number
  /** By rule, up to forty. */
  readonly missedCases: readonly string[]
}

const CORPORA = new URL('../../../shared/reference/data/detection/', import.meta.url)
const ROUNDS = 8

/** @example const { recall, falseAlarms } = await measureSecrets() */
export async function measureSecrets(): Promise<SecretFigures> {
  const random = randomOf(20_261_128)
  const missed: string[] = []
  let cases = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (const { rule, secret } of [...tokenSamples(random), ...otherSamples(random)]) {
      cases++
      const text = framed(secret, random)
      if (!finds(text, rule)) missed.push(rule)
    }
  }
  const known = jumbleSample(random, 20)
  for (const form of [...formsOf(known), ...formsOf(known).flatMap(formsOf)]) {
    cases++
    if (!knownSecrets([known]).isIn(`some text before ${form} and after`)) missed.push('secret/own')
  }
  const corpora = ['tools_benign', 'results_benign'].flatMap(readCorpus)
  const alarms = corpora.filter((value) => scanValue(value, {}).sightings.length > 0)
  const texts = corpora.flatMap(textsOf)
  const clean = texts.length > 0 ? texts : [CLEAN.repeat(200)]
  const own = knownSecrets(Array.from({ length: 20 }, (_, at) => jumbleSample(random, 12 + at * 2)))
  return {
    cases,
    recall: (cases - missed.length) / cases,
    falseAlarms: alarms.length,
    benign: corpora.length,
    twinAlarms: TWINS.filter((text) => scanSecrets(text, { personal: PERSONAL_KINDS }).length > 0).length,
    mbPerSecond: throughput(clean, {}),
    mbPerSecondWithOwn: throughput(clean, { known: own }),
    p50Ms: median400({ known: own }),
    missedCases: [...new Set(missed)].slice(0, 40),
  }
}

function finds(text: string, rule: string): boolean {
  return scanSecrets(text, { personal: PERSONAL_KINDS }).some((found) =>
    rule.startsWith('personal/') ? found.rule === rule : found.kind !== 'personal',
  )
}

/** What tools get and give: prose, JSON, a log, a file, an address, a program. */
function framed(secret: string, random: Random): string {
  const frames = [
    `Please use this for the deployment: ${secret} and tell me when it is done.`,
    `{"status": "ok", "items": [{"id": 4711, "value": "${secret}"}], "next": null}`,
    `2026-11-28T09:14:02Z INFO worker[12] connected with ${secret}\n2026-11-28T09:14:03Z INFO done`,
    `# settings\nREGION=eu-central-1\nVALUE=${secret}\nDEBUG=false\n`,
    `{\\"output\\": \\"first line\\n${secret}\\nlast line\\"}`,
    `const client = new Client('${secret}', { retries: 3 })`,
    secret,
  ]
  return frames[Math.floor(random() * frames.length)] ?? secret
}

function otherSamples(random: Random): { readonly rule: string; readonly secret: string }[] {
  const text = (length: number) => jumbleSample(random, length)
  const digits = (length: number) => jumbleSample(random, length, '0123456789')
  const jwt = ['{"alg":"RS256","typ":"JWT"}', `{"sub":"${digits(8)}","jti":"${text(12)}"}`]
    .map((part) => Buffer.from(part).toString('base64url'))
    .concat(text(86))
    .join('.')
  const pem = (kind: string) =>
    `-----BEGIN ${kind}PRIVATE KEY-----\n${text(64)}\n${text(64)}\n-----END ${kind}PRIVATE KEY-----`
  return [
    { rule: 'secret/jwt', secret: jwt },
    ...['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '].map((kind) => ({
      rule: 'secret/private-key',
      secret: pem(kind),
    })),
    {
      rule: 'secret/private-key',
      secret: `PuTTY-User-Key-File-3: x\nPrivate-Lines: 1\n${text(40)}\nPrivate-MAC: ${text(40)}`,
    },
    ...['postgres', 'mysql', 'mongodb+srv', 'redis', 'amqp'].map((scheme) => ({
      rule: 'secret/url-userinfo',
      secret: `${scheme}://app:${text(12)}@db.internal:5432/main`,
    })),
    { rule: 'secret/connection-string', secret: `Server=db;User Id=app;Password=${text(10)};` },
    { rule: 'secret/authorization', secret: `Bearer ${text(32)}` },
    { rule: 'secret/authorization', secret: `Basic ${Buffer.from(`ada:${text(12)}`).toString('base64')}` },
    ...['api_key', 'client_secret', 'DB_PASSWORD', 'accessToken'].flatMap((name) => [
      { rule: 'secret/assignment', secret: `${name}=${jumbleSample(random, 24, ALNUM)}` },
      { rule: 'secret/assignment', secret: `"${name}": "${jumbleSample(random, 32, HEX)}"` },
    ]),
    { rule: 'personal/card', secret: luhn(`4${digits(14)}`) },
    { rule: 'personal/email', secret: `${text(6)}@${text(5).toLowerCase()}.example` },
    { rule: 'personal/phone', secret: `+49 30 ${digits(7)}` },
  ]
}

function luhn(start: string): string {
  let sum = 0
  for (let at = 0; at < start.length; at++) {
    const digit = Number(start[start.length - 1 - at])
    const doubled = at % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return `${start}${(10 - (sum % 10)) % 10}`
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  return [
    value,
    bytes.toString('hex'),
    ...[0, 1, 2].map((at) => Buffer.from('ab'.slice(0, at) + value).toString('base64')),
  ]
}

function readCorpus(name: string): unknown[] {
  const file = new URL(`${name}.jsonl`, CORPORA)
  if (!existsSync(file)) {
    process.stderr.write(`secrets: no corpus ${name}, so false alarms are not measured on it\n`)
    return []
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { tool, text } = JSON.parse(line) as { readonly tool?: unknown; readonly text?: string }
      return tool ?? text
    })
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

/** By processor time: other work on the machine must not count. */
function throughput(texts: readonly string[], options: ScanOptions): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  for (const text of texts) scanSecrets(text, options)
  const before = process.cpuUsage()
  for (const text of texts) scanSecrets(text, options)
  const { user, system } = process.cpuUsage(before)
  return Math.round(bytes / (user + system))
}

const CLEAN =
  'Please update the quarterly summary in /project/reports/2026/november/summary.md and tell Alice that the numbers for the northern region are final: revenue 1,204,551, margin 18.4%, churn 2.1%. The source is the spreadsheet "q3-final.xlsx"; use the second tab and keep the formatting of the table as it was. If anything does not add up, ask me before you send it to the team. '

function median400(options: ScanOptions): number {
  const text = CLEAN.repeat(2).slice(0, 400)
  const times: number[] = []
  for (let round = 0; round < 20_000; round++) {
    const started = performance.now()
    scanSecrets(text, options)
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[10_000] ?? 0
}

const TWINS = [
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'commit 3f786850e387550fdab836ed7e6dc881de23001b',
  'id 550e8400-e29b-41d4-a716-446655440000',
  'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'sk-ant-api03-your-key-here-your-key-here',
  'postgres://user:password@localhost:5432/app',
  'const token = await getToken(process.env.API_KEY)',
  'password: string, api_key: z.string().min(20)',
  'nextPageToken: "CAUQAAq7Rm2xZp9LdK4vTn"',
  'order 4111 1111 1111 1112, version 1.22.333.4444, 1700000000000',
  'git@github.com:org/repo.git and https://user@host/x',
  'integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  'class="sk-fading-circle-spinner-animation-wrapper"',
  '-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END CERTIFICATE-----',
  'The Basic plan and the Bearer bonds are described below.',
]
