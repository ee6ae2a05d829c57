/**
 * Tokens that say by their form whose they are: one row a kind. What is written here are shapes (a prefix, how many
 * characters of which set follow), as providers document them for secret scanners and as their tokens show.
 *
 * Lengths are lower bounds where a provider promises none: tokens have grown before. A row is certain enough to act on
 * by itself; what is only probable stands in `labelled.ts`.
 */
import {
  alnum,
  anyHex,
  base64,
  digits,
  dotted,
  escaped,
  hex,
  LONG,
  letters,
  lower,
  MANY,
  padding,
  type Shape,
  upper,
  uuid,
  word,
} from './shape.ts'

export interface TokenRule {
  /** Stable id, used in `[redacted:<rule>]` and in exceptions. */
  readonly rule: string
  readonly shapes: readonly Shape[]
  /** Its prefix also begins ordinary words and pieces of Base64: it must be a jumble, and stand by itself. */
  readonly mixed?: true
}

function token(name: string, ...shapes: readonly Shape[]): TokenRule {
  return { rule: `secret/${name}`, shapes }
}

/** Prefixes that also begin class names, file names, identifiers. */
function mixed(name: string, ...shapes: readonly Shape[]): TokenRule {
  return { rule: `secret/${name}`, shapes, mixed: true }
}

const slack = (kind: string): Shape => [`xox${kind}-`, word(16, MANY)]
const gitlab = (kind: string): Shape => [`gl${kind}-`, word(20, MANY)]
const stripe = (kind: string): Shape => [`${kind}_`, alnum(16, MANY)]
const jumbled = (prefix: string, least: number): Shape => [prefix, word(least, MANY)]

/** A Discord token begins with its bot's number in Base64. */
const discord = ['MT', 'Mj', 'Mz', 'ND', 'NT', 'Nj', 'Nz', 'OD', 'OT'].flatMap((first) =>
  [...'AEIMQUYcgk'].map(
    (second): Shape => [`${first}${second}`, alnum(21, 25), '.', word(6), '.', word(27, 40)],
  ),
)

// biome-ignore format: a table is read by its rows
export const TOKEN_RULES: readonly TokenRule[] = [
  // The gateway's own API keys
  token('sallyport', ['sp_', lower(10), '_', alnum(49)]),
  // Code hosting and builds
  token('github', ...['p', 'o', 'u', 's', 'r'].map((kind): Shape => [`gh${kind}_`, alnum(36, MANY)])),
  token('github-fine-grained', ['github_pat_', word(22, MANY)]),
  token('gitlab', gitlab('pat'), gitlab('dt'), gitlab('rt'), gitlab('cbt'), gitlab('ptt'), gitlab('ft'), gitlab('soat'), gitlab('imt'), gitlab('agent'), gitlab('oas'), gitlab('ffct')),
  token('bitbucket', ['ATBB', alnum(32)]),
  token('circleci', ['CCIPAT_', word(40, MANY)], ['CCIPRJ_', word(40, MANY)]),
  token('buildkite', ['bkua_', hex(40)], ['bkaj_', word(40, MANY)]),
  token('sourcegraph', ['sgp_', hex(40)], ['sgp_', hex(16), '_', hex(40)], ['sgp_local_', hex(40)]),
  token('sonar', ['sqp_', hex(40)], ['squ_', hex(40)], ['sqa_', hex(40)]),
  token('snyk', jumbled('snyk_uat.', 30), jumbled('snyk_sat.', 30)),
  token('octopus', ['API-', upper(26)]),
  token('scalingo', jumbled('tk-us-', 48)),
  token('gitbook', jumbled('gb_api_', 32)),
  token('readme', ['rdme_', lower(70)]),
  token('postman', ['PMAK-', hex(24), '-', hex(34)]),
  // Package registries
  token('npm', ['npm_', alnum(36, MANY)]),
  token('pypi', jumbled('pypi-', 50)),
  token('rubygems', ['rubygems_', hex(48)]),
  token('docker', jumbled('dckr_pat_', 20), jumbled('dckr_oat_', 20)),
  token('nuget', ['oy2', lower(43)]),
  token('clojars', ['CLOJARS_', lower(60)]),
  token('packagist', ['packagist_ack_', hex(60, MANY)], ['packagist_uut_', hex(60, MANY)]),
  mixed('crates', ['cio', alnum(32)]),
  mixed('artifactory', ['AKCp', alnum(69, 73)], ['cmVmdGtu', alnum(56)]),
  token('deno', ['ddp_', alnum(36)], ['ddo_', alnum(36)], ['ddw_', alnum(36)]),
  // Models and their surroundings
  token('anthropic', jumbled('sk-ant-', 20)),
  token('openai', jumbled('sk-proj-', 20), jumbled('sk-svcacct-', 20), jumbled('sk-admin-', 20), [word(16, 200), 'T3BlbkFJ', word(16, 200)]),
  mixed('model-key', ['sk-', alnum(32, MANY)]),
  token('openrouter', jumbled('sk-or-', 20)),
  token('langfuse', jumbled('sk-lf-', 20)),
  token('helicone', jumbled('sk-helicone-', 20)),
  token('groq', ['gsk_', alnum(40, MANY)]),
  token('xai', ['xai-', alnum(60, MANY)]),
  token('replicate', ['r8_', alnum(30, MANY)]),
  token('huggingface', ['hf_', letters(30, MANY)], ['api_org_', letters(30, MANY)], ['hf_', alnum(34)]),
  token('perplexity', ['pplx-', alnum(40, MANY)]),
  token('pinecone', jumbled('pcsk_', 30)),
  token('cerebras', ['csk-', lower(40, MANY)]),
  token('together', jumbled('tgp_v1_', 30)),
  mixed('fireworks', ['fw_', alnum(22, 24)]),
  token('nvidia', jumbled('nvapi-', 50)),
  token('elevenlabs', ['sk_', hex(48)]),
  token('langsmith', ['lsv2_pt_', hex(32), '_', hex(10)], ['lsv2_sk_', hex(32), '_', hex(10)], ['ls__', hex(32)]),
  mixed('tavily', ['tvly-', word(28, MANY)]),
  mixed('firecrawl', ['fc-', hex(32)]),
  mixed('voyage', ['pa-', word(40, 60)]),
  token('jina', ['jina_', word(50, MANY)]),
  token('e2b', ['e2b_', hex(40)]),
  token('apify', ['apify_api_', alnum(36)]),
  token('browserbase', jumbled('bb_live_', 20)),
  token('wandb', jumbled('wandb_v1_', 40)),
  token('anyscale', ['esecret_', alnum(24, MANY)]),
  token('cursor', ['crsr_', hex(64)]),
  token('n8n', jumbled('n8n_api_', 40)),
  // Clouds and infrastructure
  token('aws', ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((kind): Shape => [kind, upper(16)])),
  token('aws-bedrock', ['ABSK', base64(100, 300), padding(0, 2)], ['bedrock-api-key-', base64(60, MANY), padding(0, 2)]),
  token('google', ['AIza', word(35)], ['GOCSPX-', word(20, MANY)]),
  token('google-oauth', ['ya29.', word(20, MANY)], ['1//0', word(40, MANY)]),
  token('azure-ad', [dotted(3), '8Q~', dotted(31, 34)], [dotted(3), '7Q~', dotted(31, 34)]),
  token('azure-key', [base64(76), '+ASt', base64(6), '=='], [word(44), 'AzFu', word(5, 6), padding(0, 2)], [alnum(42), 'AzSe', alnum(6)], [base64(33, 44), '+AIoT', base64(5, 6), '=']),
  token('azure-devops', [alnum(76), 'AZDO', alnum(4)]),
  token('alibaba', ['LTAI', alnum(20)]),
  token('tencent', ['AKID', alnum(32)]),
  token('yandex', ['AQVN', word(35, 38)], ['t1.', word(20, LONG), '.', word(80, 90)]),
  token('digitalocean', ['dop_v1_', hex(64)], ['doo_v1_', hex(64)], ['dor_v1_', hex(64)]),
  token('cloudflare', ['v1.0-', hex(24), '-', hex(140, 150)], jumbled('cfut_', 40), jumbled('cfat_', 40)),
  token('heroku', ['HRKU-AA', word(50, MANY)]),
  token('netlify', ['nfp_', alnum(36, MANY)]),
  token('vercel', ['vcp_', alnum(24, MANY)], ['vercel_blob_rw_', alnum(16), '_', alnum(20, MANY)]),
  token('render', ['rnd_', alnum(28, MANY)]),
  token('fly', ['fo1_', word(40, MANY)], ['fm2_', base64(100, MANY), padding(0, 3)]),
  token('databricks', ['dapi', hex(32)], ['dose', hex(32)]),
  token('vault', ...['hvs', 'hvb', 'hvr'].map((kind): Shape => [`${kind}.`, word(20, MANY)])),
  token('terraform', [alnum(14), '.atlasv1.', word(60, 70)]),
  token('pulumi', ['pul-', hex(40)]),
  token('doppler', ['dp.pt.', alnum(40, 44)], ['dp.ct.', alnum(40, 44)], ['dp.sa.', alnum(40, 44)], ['dp.scim.', alnum(40, 44)], ['dp.audit.', alnum(40, 44)], ['dp.st.', word(2, 35), '.', alnum(40, 44)]),
  token('onepassword', ['ops_eyJ', word(100, MANY)], ['A3-', upper(6), '-', upper(6, 11), '-', upper(5), '-', upper(5), '-', upper(5)]),
  token('openshift', ['sha256~', word(43)]),
  token('tailscale', jumbled('tskey-auth-', 20), jumbled('tskey-api-', 20), jumbled('tskey-client-', 20), jumbled('tskey-', 30)),
  token('age', ['AGE-SECRET-KEY-1', upper(50, MANY)], ['AGE-SECRET-KEY-PQ-1', upper(50, MANY)]),
  token('defined-networking', jumbled('dnkey-', 26)),
  // Databases
  token('supabase', ['sbp_', hex(40)], ['sb_secret_', word(20, MANY)], ['sbp_oauth_', hex(40)]),
  token('planetscale', jumbled('pscale_tkn_', 32), jumbled('pscale_pw_', 32), jumbled('pscale_oauth_', 32)),
  token('neon', ['napi_', lower(50, MANY)]),
  token('mongodb-atlas', jumbled('mdb_sa_sk_', 30)),
  token('aiven', ['aivenv1_', word(40, MANY)]),
  token('cockroach', ['CCDB1_', word(60, 80)]),
  // Watching
  token('grafana', ['glsa_', word(32, MANY)], ['glc_', base64(32, MANY), padding(0, 2)], ['eyJrIjoi', base64(50, MANY), padding(0, 2)]),
  token('new-relic', ['NRAK-', upper(27)], ['NRJS-', hex(19)], ['NRII-', word(32)], ['NRIQ-', word(32)]),
  token('sentry', ['sntrys_', base64(32, LONG), padding(0, 2), '_', base64(40, MANY)], ['sntryu_', hex(64)], ['sntrys_', base64(64, MANY)]),
  token('dynatrace', ['dt0c01.', upper(24), '.', upper(64)], ['dt0s16.', upper(8), '.', upper(64)]),
  token('honeycomb', ['hcaik_', lower(58)], ['hcxik_', lower(58)], ['hcbik_', lower(58)]),
  token('posthog', ['phx_', alnum(40, MANY)]),
  token('launchdarkly', ['sdk-', uuid]),
  token('prefect', ['pnu_', alnum(36)]),
  token('dbt', jumbled('dbtc_', 30), jumbled('dbtu_', 30)),
  token('mapbox', ['sk.eyJ', word(40, LONG), '.', word(20, MANY)]),
  token('maxmind', [word(36), '_mmk']),
  // Money
  token('stripe', stripe('sk_live'), stripe('sk_test'), stripe('rk_live'), stripe('rk_test'), ['whsec_', base64(24, MANY), padding(0, 2)]),
  token('shopify', ...['at', 'ca', 'pa', 'ss'].map((kind): Shape => [`shp${kind}_`, anyHex(32)])),
  mixed('square', ['sq0atp-', word(22)], ['sq0csp-', word(43)], ['EAAA', word(60)]),
  token('paypal', ['access_token$production$', lower(16), '$', hex(32)], ['access_token$sandbox$', lower(16), '$', hex(32)]),
  token('plaid', ['access-sandbox-', uuid], ['access-production-', uuid], ['access-development-', uuid]),
  token('easypost', ['EZAK', alnum(54)], ['EZTK', alnum(54)]),
  token('shippo', ['shippo_live_', hex(40)], ['shippo_test_', hex(40)]),
  token('flutterwave', ['FLWSECK-', lower(32), '-X'], ['FLWSECK_TEST-', lower(32), '-X']),
  token('duffel', jumbled('duffel_live_', 43), jumbled('duffel_test_', 43)),
  mixed('lob', ['live_', hex(35)], ['test_', hex(35)]),
  token('mollie', ['live_', alnum(30)], ['test_', alnum(30)]),
  mixed('adyen', ['AQE', base64(100, LONG), '.', base64(20, MANY)]),
  // Mail, chat, people
  token('sendgrid', ['SG.', word(20, 64), '.', word(20, MANY)]),
  token('mailgun', ['key-', hex(32)]),
  token('mailchimp', [hex(32), '-us', digits(1, 2)]),
  token('brevo', ['xkeysib-', hex(64), '-', alnum(16)], ['xsmtpsib-', hex(64), '-', alnum(16)]),
  token('mailersend', ['mlsn.', hex(64)]),
  mixed('resend', ['re_', alnum(8), '_', alnum(20, 30)]),
  token('twilio', ['SK', hex(32)]),
  token('telegram', [digits(8, 10), ':AA', word(33)], ['bot', digits(8, 10), ':AA', word(33)]),
  token('discord', ...discord),
  token('discord-webhook', ['discord.com/api/webhooks/', digits(17, 20), '/', word(60, MANY)], ['discordapp.com/api/webhooks/', digits(17, 20), '/', word(60, MANY)]),
  token('slack', ...['b', 'p', 'a', 'r', 's', 'o', 'e'].map(slack), ['xapp-', digits(1), '-', word(16, MANY)], ['xoxe.xoxp-', word(20, MANY)], ['xoxe.xoxb-', word(20, MANY)]),
  token('slack-webhook', ['hooks.slack.com/services/T', alnum(8, 14), '/B', alnum(8, 14), '/', alnum(20, 30)], ['hooks.slack.com/workflows/T', alnum(8, 14), '/A', alnum(8, 14), '/', alnum(16, 40), '/', alnum(20, 30)]),
  token('teams-webhook', ['webhook.office.com/webhookb2/', uuid, '@', uuid, '/IncomingWebhook/', hex(32)]),
  mixed('facebook', ['EAA', alnum(100, MANY)]),
  mixed('instagram', ['IGQV', word(100, MANY)]),
  token('twitter', ['AAAAAAAAAAAAAAAAAAAAA', alnum(8, 90), '%', escaped(30, 90)]),
  mixed('linkedin', ['AQU', word(200, MANY)], ['AQV', word(200, MANY)], ['AQX', word(200, MANY)]),
  token('twitch', ['oauth:', lower(30)]),
  // Work
  token('linear', ['lin_api_', alnum(32, MANY)], ['lin_oauth_', hex(64)]),
  token('notion', ['ntn_', alnum(40, MANY)], ['secret_', alnum(43)]),
  token('figma', jumbled('figd_', 20), jumbled('figoh_', 20)),
  token('airtable', ['pat', alnum(14), '.', hex(64)]),
  token('asana', ['1/', digits(13, 17), ':', hex(32)], ['2/', digits(13, 17), '/', digits(13, 17), ':', hex(32)]),
  token('atlassian', ['ATATT3', word(60, MANY), padding(0, 1), word(0, 16)], ['ATCTT3', word(60, MANY), padding(0, 1), word(0, 16)]),
  token('trello', ['ATTA', hex(64)]),
  token('clickup', ['pk_', digits(5, 12), '_', upper(32)]),
  token('hubspot', ...['na1', 'na2', 'eu1', 'ap1'].map((region): Shape => [`pat-${region}-`, uuid])),
  token('dropbox', ['sl.', word(120, MANY)]),
  token('typeform', jumbled('tfp_', 40)),
  token('contentful', ['CFPAT-', word(43)]),
  mixed('sanity', ['sk', alnum(80, 200)]),
  token('frameio', jumbled('fio-u-', 64)),
  token('adobe', ['p8e-', alnum(32)]),
  token('adafruit', ['aio_', alnum(28)]),
  token('wakatime', ['waka_', uuid]),
  token('riot', ['RGAPI-', uuid]),
  token('calcom', jumbled('cal_live_', 20)),
  token('zuplo', ['zpka_', word(30, MANY)]),
  token('unkey', ['unkey_', alnum(20, MANY)]),
  token('settlemint', ['sm_aat_', alnum(16)], ['sm_pat_', alnum(16)], ['sm_sat_', alnum(16)]),
  token('intra42', ['s-s4t2ud-', hex(64)], ['s-s4t2af-', hex(64)]),
  token('ionic', ['ion_', lower(42)]),
]
