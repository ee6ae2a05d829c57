/**
 * The rules of `sallyport scan` about configurations, packages and bundles: what each means, why it matters, what to do.
 * Those about what servers say are the detection's own (`@sallyport/controls/detection`).
 */
import { DETECTION_RULES, type Severity } from '@sallyport/controls/detection'
import { SHADOW_RULES } from '@sallyport/controls/surface'
import { TEXT_RULES } from '@sallyport/controls/text'

export interface ScanRule {
  /** As it usually is; a finding may say otherwise. */
  readonly severity: Severity
  /** One sentence: what was found. */
  readonly means: string
  /** One sentence: why it matters. */
  readonly explain: string
  /** One sentence: what to do. */
  readonly advice: string
  /** CWE number, where there is one. */
  readonly cwe?: number
}

export const SCAN_RULES = {
  'bundle/duplicate': {
    severity: 'high',
    means: 'Two entries of a bundle have one path, or paths that one file system takes for the same.',
    explain:
      'What is inspected may not be what is installed: unpackers differ in which of the two they take.',
    advice: 'Do not install this bundle; ask its author for one without duplicates.',
    cwe: 436,
  },
  'bundle/escape': {
    severity: 'critical',
    means: 'An entry of a bundle would be written outside its folder, or is a link.',
    explain: 'Unpacking it can overwrite any file of the user, such as a shell profile or a key.',
    advice: 'Do not install this bundle.',
    cwe: 22,
  },
  'bundle/malformed': {
    severity: 'high',
    means: 'A bundle is not a well-formed archive, or says different things in two places.',
    explain:
      'Two unpackers can read two different bundles out of it, one for the inspector and one for the user.',
    advice: 'Do not install this bundle; ask its author to pack it again with a current tool.',
    cwe: 436,
  },
  'bundle/manifest': {
    severity: 'medium',
    means: 'The manifest of a bundle is missing, malformed, or lacks what is needed to start it.',
    explain: 'What would be started cannot be told before it is.',
    advice: 'Ask the author of the bundle for a valid manifest.json.',
  },
  'bundle/size': {
    severity: 'high',
    means: 'A bundle has more entries, or unpacks to more, than any server needs.',
    explain: 'Unpacking it can fill the disk or the memory (a zip bomb).',
    advice: 'Do not install this bundle.',
    cwe: 409,
  },
  'config/approve-all': {
    severity: 'high',
    means: 'Every tool of a server, also those to come, is called without asking.',
    explain:
      'One poisoned text in what the model reads is enough to make it call any of them, and nobody is asked.',
    advice: 'Name the few read-only tools that need no question, and let the rest ask.',
    cwe: 862,
  },
  'config/approve-write': {
    severity: 'medium',
    means: 'A tool that changes, deletes, sends or runs something is called without asking.',
    explain: 'Nobody sees the call before it happens, whoever wrote the text that made the model do it.',
    advice: 'Take the tool off the list of those that are always allowed.',
    cwe: 862,
  },
  'config/command-missing': {
    severity: 'low',
    means: 'The command of a server is nowhere on this machine.',
    explain:
      'The server cannot start, and whoever can put a file of that name into a folder of PATH decides what will.',
    advice: 'Install it, give its absolute path, or remove the entry.',
    cwe: 426,
  },
  'config/code-injection': {
    severity: 'high',
    means: 'A variable makes the process of a server load other code first.',
    explain: 'Code that is not the server’s own runs inside it, with all that it may read.',
    advice: 'Remove the variable.',
    cwe: 427,
  },
  'config/container-socket': {
    severity: 'critical',
    means: 'A container is given the socket of the container engine.',
    explain:
      'Whoever can talk to the engine can start a container with the whole disk of the machine: it is root.',
    advice: 'Run the server without the socket.',
    cwe: 250,
  },
  'config/duplicate-key': {
    severity: 'medium',
    means: 'A key is given twice.',
    explain: 'Hosts differ in which of the two they take, so that what was reviewed may not be what runs.',
    advice: 'Keep one of them.',
    cwe: 436,
  },
  'config/entry': {
    severity: 'info',
    means: 'An entry has neither a command nor an address.',
    explain: 'No host can start it; what was meant is not checked.',
    advice: 'Complete the entry or remove it.',
  },
  'config/hidden-text': {
    severity: 'high',
    means: 'A name, command, argument or address has invisible, control or direction-changing characters.',
    explain: 'What a person reads in the file is not what the host runs.',
    advice: 'Retype the value, or remove the server.',
    cwe: 451,
  },
  'config/host-namespace': {
    severity: 'medium',
    means: 'A container shares the network, processes or users of the machine.',
    explain: 'It reaches everything that listens on this machine only, such as other servers and databases.',
    advice: 'Give the container a network of its own, or none.',
    cwe: 653,
  },
  'config/name-conflict': {
    severity: 'low',
    means: 'Servers of one name run different things in different configurations.',
    explain: 'What is approved under the name for one is started under the same name as the other.',
    advice: 'Give them different names, or make them the same.',
    cwe: 706,
  },
  'config/pipe-to-shell': {
    severity: 'critical',
    means: 'A command feeds a shell with what it downloads or decodes.',
    explain: 'Whoever answers that address, or wrote that text, runs anything as this user at each start.',
    advice: 'Install a pinned version once, and start that.',
    cwe: 494,
  },
  'config/plain-http': {
    severity: 'medium',
    means: 'A server is reached over plain http on another machine.',
    explain:
      'Everyone on the way can read what is said, take the credentials, and put words into its answers.',
    advice: 'Use https.',
    cwe: 319,
  },
  'config/privileged': {
    severity: 'high',
    means: 'A server runs with the rights of root, or in a container without its walls.',
    explain: 'Whatever makes the server misbehave then owns the machine.',
    advice: 'Run it as an ordinary user, without added rights.',
    cwe: 250,
  },
  'config/secret': {
    severity: 'high',
    means: 'A secret stands in the file in clear text.',
    explain: 'Every program of the user, every backup and every commit of this file has it.',
    advice: 'Revoke it, and let the entry refer to a variable or the keychain instead.',
    cwe: 312,
  },
  'config/shell': {
    severity: 'medium',
    means: 'A server is started through a shell.',
    explain: 'The shell reads the text as a program: what runs is more than what the entry seems to name.',
    advice: 'Name the program and its arguments directly.',
    cwe: 78,
  },
  'config/tls-off': {
    severity: 'high',
    means: 'The check of certificates is switched off.',
    explain: 'Anyone on the way can pose as the service that the server talks to.',
    advice: 'Remove the switch; add the missing certificate authority instead.',
    cwe: 295,
  },
  'config/unpinned': {
    severity: 'medium',
    means: 'A package or image is fetched at start in whatever version there is.',
    explain:
      'Whoever publishes the next version, its author or who took over the account, runs it here at the next start.',
    advice: 'Name one exact version.',
    cwe: 1357,
  },
  'config/wide-path': {
    severity: 'high',
    means: 'A server is given the whole disk, a home folder, or a wildcard.',
    explain: 'Keys, tokens and mail lie there, and a poisoned text can have the model fetch them.',
    advice: 'Give it the one folder that it is for.',
    cwe: 552,
  },
  'config/world-writable': {
    severity: 'high',
    means: 'A configuration, or what it runs, can be changed by every user of the machine.',
    explain: 'Anyone with an account here can have anything run as this user.',
    advice: 'Take the right away: chmod go-w.',
    cwe: 732,
  },
  'surface/malformed': {
    severity: 'medium',
    means: 'A server lists something that is not what the protocol says.',
    explain:
      'Hosts differ in what they make of it, so that what is shown to a person and to a model may differ.',
    advice: 'Have the server repaired; the gateway does not show such an item.',
    cwe: 436,
  },
} as const satisfies Readonly<Record<string, ScanRule>>

export type ScanRuleId = keyof typeof SCAN_RULES

/** What a line for `sallyport inspect` can be refused by, beside the rules of strict JSON. */
export const INSPECT_RULES = {
  'inspect/shape':
    'A line for `sallyport inspect` is no object of one of its kinds, with an id and what the kind needs.',
} as const satisfies Readonly<Record<string, string>>

/** One sentence each, for `docs/rules.md`. */
export const SCAN_RULE_TEXTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SCAN_RULES).map(([id, { means }]) => [id, means])),
  ...INSPECT_RULES,
}

/** What every rule that a scan can find by means, in one sentence. */
export function ruleMeanings(): Readonly<Record<string, string>> {
  return {
    ...TEXT_RULES,
    ...SHADOW_RULES,
    ...Object.fromEntries(DETECTION_RULES.map(({ id, explain }) => [id, explain])),
    ...SCAN_RULE_TEXTS,
  }
}
