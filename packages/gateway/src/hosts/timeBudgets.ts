/**
 * How long hosts wait for a tool call before they give it up, and whether `notifications/progress` makes them wait on.
 *
 * Measured with a tool that never answers, on the hosts' own command lines (November 2026); the names are what each says
 * of itself in `clientInfo.name`. A name proves nothing: it only decides how early a call is answered.
 */
export interface TimeBudget {
  /** After this long without a word the host cancels, in milliseconds; `Infinity` where nothing is known. */
  readonly silentMs: number
  /** True when each progress notification starts its clock anew. */
  readonly progressExtends: boolean
}

export interface HostBudget extends TimeBudget {
  /** `clientInfo.name` in lower case; also stands for names that continue it with a hyphen. */
  readonly name: string
  /** As people call it. */
  readonly title: string
}

const SECOND = 1_000

/** Hosts whose patience is known, and where the figures are from. */
export const KNOWN_HOSTS: readonly (HostBudget & { readonly source: string })[] = [
  {
    name: 'opencode',
    title: 'OpenCode',
    silentMs: 60 * SECOND,
    progressExtends: true,
    source: 'measured, 1.18.33: 60 s silent, beyond 245 s with progress every 5 s',
  },
  {
    name: 'cline',
    title: 'Cline',
    silentMs: 60 * SECOND,
    progressExtends: false,
    source: 'measured, CLI 3.0.65: 60 s, and it sends no progress token',
  },
  {
    name: 'github-copilot-developer',
    title: 'Copilot CLI',
    silentMs: 180 * SECOND,
    progressExtends: true,
    source: 'measured, 1.0.102: 180 s silent, beyond 270 s with progress every 5 s',
  },
  {
    name: 'codex-mcp-client',
    title: 'Codex',
    silentMs: 300 * SECOND,
    progressExtends: false,
    source: 'measured, 0.169.0: 300 s with and without progress',
  },
  {
    // It adds the name of its entry to its own.
    name: 'gemini-cli-mcp-client',
    title: 'Gemini CLI',
    silentMs: 600 * SECOND,
    progressExtends: false,
    source: 'documented, 0.61.0 (docs/tools/mcp-server.md, "timeout"): 600 s',
  },
  {
    // MCP_TOOL_TIMEOUT is its user's: it can be said in the configuration.
    name: 'claude-code',
    title: 'Claude Code',
    silentMs: Number.POSITIVE_INFINITY,
    progressExtends: false,
    source: 'documented, 2.1.330: a wall clock that progress does not extend; its default is not known',
  },
]

/** What the configuration says of a host, by the name it gives itself (`hosts.NAME`). */
export interface HostSetting {
  readonly name: string
  readonly callTimeoutMs: number | undefined
  readonly progressExtends: boolean | undefined
}

/**
 * The known hosts with what the configuration says otherwise, the longest names first.
 *
 * @example hostBudgets([{ name: 'claude-code', callTimeoutMs: 90_000, progressExtends: undefined }])
 */
export function hostBudgets(settings: readonly HostSetting[]): readonly HostBudget[] {
  const hosts = new Map<string, HostBudget>()
  for (const { name, title, silentMs, progressExtends } of KNOWN_HOSTS)
    hosts.set(name, { name, title, silentMs, progressExtends })
  for (const { name: said, callTimeoutMs, progressExtends } of settings) {
    const name = said.toLowerCase()
    const known = hosts.get(name)
    hosts.set(name, {
      name,
      title: known?.title ?? said,
      silentMs: callTimeoutMs ?? known?.silentMs ?? Number.POSITIVE_INFINITY,
      progressExtends: progressExtends ?? known?.progressExtends ?? false,
    })
  }
  return [...hosts.values()].toSorted((one, other) => other.name.length - one.name.length)
}

/**
 * What is known of a client that calls itself `name`.
 *
 * @example findBudget(hostBudgets([]), 'opencode')?.silentMs // 60000
 */
export function findBudget(budgets: readonly HostBudget[], name: string): HostBudget | undefined {
  const said = name.toLowerCase()
  return budgets.find(
    (host) =>
      said.startsWith(host.name) && (said.length === host.name.length || said[host.name.length] === '-'),
  )
}
