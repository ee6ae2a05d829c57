/**
 * How well `checkCommand` does. Values: by a canary file that a real shell makes. Command lines: by vectors. See
 * docs/command-lines.md.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCommand, type ValueContext } from '../../packages/controls/commands/index.ts'
import {
  BAD_LINES,
  type CommandVector,
  GOOD_LINES,
  HONEST_ARGUMENTS,
  HONEST_VALUES,
  NO_VALUES,
  publishedValues,
  TEMPLATES,
  VALUES,
} from './commands/vectors.ts'

export interface CommandFigures {
  /** Attacks and honest cases together. */
  readonly cases: number
  readonly missed: number
  readonly falseAlarms: number
  readonly missedCases: string[]
  readonly falseAlarmCases: string[]
  /** Values that made a canary in a live shell. */
  readonly live: number
}

/** Runs everything. Some seconds; needs `sh`. */
export async function measureCommands(): Promise<CommandFigures> {
  const live = measureLive()
  const missedCases = [
    ...live.missed,
    ...NO_VALUES.filter((value) => checkCommand(value, { kind: 'value' }).ok).map(
      (value) => `value: ${JSON.stringify(value)}`,
    ),
    ...BAD_LINES.filter(passes).map(({ command }) => `command: ${JSON.stringify(command)}`),
  ]
  const falseAlarmCases = [
    ...HONEST_VALUES.filter((value) => !checkCommand(value, { kind: 'value' }).ok).map(
      (value) => `value: ${value}`,
    ),
    ...HONEST_ARGUMENTS.filter(
      (value) => !checkCommand(value, { kind: 'value', context: 'argument' }).ok,
    ).map((value) => `argument: ${value}`),
    ...GOOD_LINES.filter((vector) => !passes(vector)).map(
      ({ command }) => `command: ${JSON.stringify(command)}`,
    ),
  ]
  return {
    cases:
      live.harmful +
      NO_VALUES.length +
      BAD_LINES.length +
      HONEST_VALUES.length +
      HONEST_ARGUMENTS.length +
      GOOD_LINES.length,
    missed: missedCases.length,
    falseAlarms: falseAlarmCases.length,
    missedCases,
    falseAlarmCases,
    live: live.harmful,
  }
}

function passes({ command, allow, shell }: CommandVector): boolean {
  return checkCommand(command, { kind: 'command', allow, ...(shell === undefined ? {} : { shell }) }).ok
}

/** What stands around the value in each template, as a policy would say it. */
const CONTEXTS: readonly ValueContext[] = [
  'bare',
  'double',
  'single',
  'bare',
  'double',
  'single',
  'bare',
  'double',
]

/** Commands that published payloads run. In the folder of the test each of them is the canary; there are no others. */
const NAMES =
  'CANARY id ls cat whoami uname pwd netstat ifconfig ping sleep wget curl nc perl python php ruby dir type ps env which set touch sh bash echo_ sysinfo net ipconfig cmd {cmd}'.split(
    ' ',
  )

/**
 * Every value in every template, run by `sh` in a folder of its own whose `PATH` has nothing but canaries: a command that was
 * only to be a value shows itself by a file, and can do no more than that.
 */
function measureLive(): { harmful: number; missed: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-commands-'))
  const runs: { readonly value: string; readonly context: ValueContext }[] = []
  try {
    for (const name of NAMES) {
      writeFileSync(join(folder, name), '#!/bin/sh\n: > "$MADE"\n')
      chmodSync(join(folder, name), 0o755)
    }
    // Without PATH only what is built into the shell is left: nothing of it but `kill` reaches further than the folder.
    const published = publishedValues().filter((value) => !/[/\0]|kill/.test(value))
    for (const value of [...VALUES, ...published]) {
      for (const [index, template] of TEMPLATES.entries()) {
        spawnSync('/bin/sh', ['-c', template(value)], {
          cwd: folder,
          env: { PATH: folder, MADE: join(folder, `made-${runs.length}`) },
          stdio: 'ignore',
          timeout: 5000,
        })
        runs.push({ value, context: CONTEXTS[index] ?? 'any' })
      }
    }
    // The last one may still run in the background; a shell that starts after it is slower than it.
    spawnSync('/bin/sh', ['-c', 'sleep 1'], { stdio: 'ignore' })
    const harmful = runs.filter((_, index) => existsSync(join(folder, `made-${index}`)))
    const missed = harmful.flatMap(({ value, context }) =>
      ([context, 'any'] as const)
        .filter((where) => checkCommand(value, { kind: 'value', context: where }).ok)
        .map((where) => `value, ${where}: ${JSON.stringify(value)}`),
    )
    return { harmful: harmful.length, missed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
