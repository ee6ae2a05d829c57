// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** Keys `secrets.vault` and `secrets.exec`: where `${vault:...}` and `${exec:...}` are asked. */
import type { SecretStoresConfig } from './secretStoreConfig.ts'
import { duration, list, map, optional, preset, type Read, record, required } from './shape.ts'
import {
  argument,
  plainReference,
  program,
  secretName,
  variableName,
  vaultAddress,
  vaultPath,
} from './texts.ts'

export const secretStoreFields = {
  vault: preset(
    record({
      address: optional(vaultAddress, 'Of a HashiCorp Vault or OpenBao: https, or http on this machine.', {
        otherwise: '`VAULT_ADDR`',
        restart: true,
        alias: ['url', 'addr'],
      }),
      token: optional(
        plainReference,
        'What it is asked with, as `${env:NAME}` or `${file:PATH}`; a file is read anew each time, so that an agent can renew it.',
        { otherwise: '`VAULT_TOKEN`, then `~/.vault-token`', restart: true },
      ),
      namespace: optional(vaultPath, 'Where the secrets are, in a vault that has namespaces.', {
        otherwise: '`VAULT_NAMESPACE`',
        restart: true,
      }),
      mount: optional(
        vaultPath,
        'Where the KV engine (version 2) is, if not at the first segment of a path.',
        {
          otherwise: 'the first segment of `PATH`',
          restart: true,
        },
      ),
      refresh: preset(
        duration('5s', '24h'),
        '5m',
        'How long a value of a remote server’s header is used before it is looked for again.',
        { restart: true },
      ),
    }),
    {},
    'Where `${vault:PATH#FIELD}` is looked up.',
  ),
  exec: preset(
    map(
      'name',
      secretName,
      record({
        command: required(
          list(argument, { first: program, notEmpty: 'names the program to run' }),
          'The program and its arguments, one by one; there is no shell. What it prints is the secret.',
        ),
        inheritEnv: optional(list(variableName), 'Variables it may see beside PATH, HOME and the like.', {
          otherwise: 'none',
        }),
        timeout: preset(duration('100ms', '2m'), '10s', 'Ended after this.'),
      }),
    ),
    {},
    'Programs for `${exec:NAME}`. Without an entry here nothing is run.',
    { restart: true },
  ),
}

type SecretStoresFile = Read<ReturnType<typeof record<typeof secretStoreFields>>>

/** What the file says of them, as the program uses it. */
export function buildSecretStores(
  { vault, exec }: SecretStoresFile,
  programPath: (program: string) => string,
): SecretStoresConfig {
  const { address, token, namespace, mount, refresh } = vault
  return {
    vault: {
      address,
      namespace,
      mount,
      refreshMs: refresh,
      ...(token === undefined ? {} : { token: { source: token, secret: true } }),
    },
    exec: new Map(
      exec.map(
        ([
          name,
          {
            command: [program = '', ...args],
            inheritEnv = [],
            timeout,
          },
        ]) => [name, { command: [programPath(program), ...args], inheritEnv, timeoutMs: timeout }],
      ),
    ),
  }
}
