import { readFile, stat } from 'node:fs/promises'

/** What the system says of a process. */
export interface ProcessFacts {
  readonly parent: number
  /** When it started, in ticks since the system did; empty where it does not say. */
  readonly started: string
  readonly command: readonly string[]
  /** It runs as this user. */
  readonly isOwn: boolean
}

/** `undefined`: there is no such process any more; `unknown`: the system does not say. */
type ReadProcess = (pid: number) => Promise<ProcessFacts | 'unknown' | undefined>

/**
 * Names the host that started a relay for as long as it lives: its id, and, where the system says it, when it started, so that
 * a later one with the same id is another one. What names it is the process's own business: it decides nothing but whose
 * labels go on.
 *
 * A host may start its relay through `npx` or its like, which are other processes each time: those directly above the relay
 * are passed over, and nothing else is. Labels then go on where they would have been lost; nobody gets rid of any by it. What
 * can be gained by pretending to be a runner is to share the labels of one's own parent: more questions, of the same user.
 * Where the system has no `/proc`, the runner is taken for the host, and a conversation begins anew with it.
 *
 * @example await hostName(4711) // '4711:8675309'
 */
export async function hostName(
  pid: number | undefined,
  read: ReadProcess = readProcess,
): Promise<string | undefined> {
  if (pid === undefined || pid <= 1) return undefined
  let at = pid
  let known = await read(at)
  let isAboveRunner = false
  for (let steps = 0; steps < MAX_STEPS && typeof known === 'object' && known.parent > 1; steps++) {
    const above = await read(known.parent)
    if (typeof above !== 'object' || !above.isOwn) break
    const isRunning = isRunner(known.command)
    // A shell that was given one command stands between a host and its runner, and between that and the relay.
    if (!isRunning && !(isShellCommand(known.command) && (isAboveRunner || isRunner(above.command)))) break
    isAboveRunner ||= isRunning
    at = known.parent
    known = above
  }
  if (known === undefined || known === 'unknown') return String(at)
  return `${at}:${known.started}`
}

const MAX_STEPS = 8

/** `npm exec`, `npx`, `pnpm dlx`, `yarn dlx`, `bunx`: as programs, as scripts that node runs, and as npm calls itself in lists. */
function isRunner(command: readonly string[]): boolean {
  const said = command.flatMap((part) => part.split(' ')).filter((part) => part !== '')
  const words = said
    .slice(0, 4)
    .map((part) => (part.split(/[\\/]/).at(-1) ?? '').replace(/\.(?:c?js|exe)$/, ''))
  const [first = '', second = '', third = ''] =
    /^(?:node|bun)$/.test(words[0] ?? '') && words[1] !== 'x' ? words.slice(1) : words
  if (/^(?:npx|npx-cli|bunx|pnpx)$/.test(first)) return true
  if (first === 'bun') return second === 'x'
  if (/^(?:npm|npm-cli)$/.test(first)) return second === 'exec' || second === 'x'
  if (/^(?:pnpm|yarn|yarnpkg)$/.test(first)) return second === 'dlx' || (second === 'exec' && third !== '')
  return false
}

function isShellCommand([program = '', option = '']: readonly string[]): boolean {
  return /(?:^|\/)-?(?:sh|bash|dash|zsh|ash|ksh)$/.test(program) && /^-[a-z]*c$/.test(option)
}

async function readProcess(pid: number): Promise<ProcessFacts | 'unknown' | undefined> {
  try {
    const [line, command, { uid }] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      stat(`/proc/${pid}`),
    ])
    // The name, in parentheses, may hold anything; behind it come state and parent, and the start as the twentieth (proc(5)).
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return {
      parent: Number(fields[1] ?? 0),
      started: fields[19] ?? '',
      command: command.split('\0'),
      isOwn: uid === process.getuid?.(),
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // No such file system, or the process is gone by now.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    if (code === 'EACCES') return 'unknown'
    throw error
  }
}
