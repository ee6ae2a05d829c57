/**
 * Every command with its options; `docs/commands.md` is made of it. Each command is a file of its own, loaded when it
 * is used.
 */
import { Command, Option } from 'commander'
import { OUTCOMES } from '../audit/outcomes.ts'
import { VERSION } from '../version.ts'
import type { GlobalOptions } from './context.ts'
import type { RunOptions } from './stdio.ts'

/** The program. `done` gets the exit code of the command that ran. */
export function makeProgram(done: (exitCode: number) => void): Command {
  const program = new Command('sallyport')
    .description(
      'The security gateway for the Model Context Protocol: every message between hosts and servers, inspected and recorded.',
    )
    .version(VERSION)
    .option(
      '--config <file>',
      'configuration file (default: $SALLYPORT_CONFIG, then sallyport.yaml in the XDG config folder)',
    )
    .option('--json', 'results as JSON')
    .option('--quiet', 'nothing but results and errors')
    .option('--no-color', 'no colours, as with NO_COLOR')
    .hook('preAction', () => {
      if (program.opts().color === false) process.env.NO_COLOR = '1'
    })
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .showHelpAfterError('(see `sallyport --help`)')
  const globals = (): GlobalOptions => program.opts()
  const run = async (work: Promise<number>): Promise<void> => done(await work)
  addGateways(program, globals, run)
  addScan(program, globals, run)
  addConfiguration(program, globals, run)
  addReview(program, globals, run)
  addAudit(program, globals, run)
  addKeys(program, globals, run)
  addSignIns(program, globals, run)
  addSecrets(program, globals, run)
  return program
}

type Run = (work: Promise<number>) => Promise<void>

function addGateways(program: Command, globals: () => GlobalOptions, run: Run): void {
  program
    .command('serve')
    .description('serve all configured servers over HTTP (Streamable HTTP)')
    .option('--workers <count>', 'processes that share the address (default: listen.workers)')
    .option('--tls <how>', '"local": TLS for this machine, with a certificate made for you')
    .action(async (options: { workers?: string; tls?: string }) =>
      run((await import('./serve.ts')).runServe({ ...globals(), ...options })),
    )
  program
    .command('stdio')
    .description('serve the configured servers to one host on standard input and output')
    .option('--standalone', 'run the gateway inside this process, not in the daemon that all hosts share')
    .option('--server <id>', 'only this server, under its own names')
    .action(async (options: { server?: string; standalone?: boolean }) =>
      run((await import('./stdio.ts')).runStdio({ ...globals(), ...options })),
    )
  program
    .command('run')
    .description('put the gateway in front of one command: sallyport run -- CMD [ARGS]')
    .option('--id <id>', 'server id in records (default: from the command)')
    .option('--env <name...>', 'variables of this environment that the server may see')
    .addOption(new Option('--trust <level>', 'trust level').choices(['trusted', 'partial', 'untrusted']))
    .addOption(
      new Option('--confirm <what>', 'which calls a person is asked about').choices([
        'destructive',
        'writes',
        'never',
      ]),
    )
    .argument('<command...>')
    .action(async (command: string[], options: Omit<RunOptions, keyof GlobalOptions>) =>
      run((await import('./stdio.ts')).runWrapped(command, { ...globals(), ...options })),
    )
  program
    .command('status')
    .description('running gateways and their servers')
    .action(async () => run((await import('./status.ts')).runStatus(globals())))
}

function addScan(program: Command, globals: () => GlobalOptions, run: Run): void {
  program
    .command('scan')
    .description(
      'look at servers before they are connected: configurations of all hosts here (without a target), a configuration, a folder, a tools/list dump, server.json, an .mcpb bundle, an http(s) address, npm:NAME@VERSION, or a command behind --',
    )
    .addOption(
      new Option('--format <format>', 'of the report')
        .choices(['table', 'json', 'sarif', 'cyclonedx'])
        .default(undefined, 'table'),
    )
    .option('--output <file>', 'write the report there')
    .addOption(
      new Option('--fail-on <severity>', 'end with 1 at a finding of this severity or above')
        .choices(['info', 'low', 'medium', 'high', 'critical', 'none'])
        .default('medium'),
    )
    .option('--yes', 'start and connect what has to be, without asking')
    .option('--no-start', 'start and connect nothing: configurations and files only')
    .option('--timeout <seconds>', 'for one server, from its start to its last list', '90')
    .argument('[targets...]')
    .action(async (operands: string[], options) => {
      const { targets, command } = behindDashes(operands, process.argv)
      return run((await import('./scan.ts')).runScan(targets, command, { ...globals(), ...options }))
    })
  program
    .command('inspect')
    .description('classify one JSON object a line: tools, results, prompts and arguments')
    .requiredOption('--jsonl <file>', 'what to read; - for standard input')
    .option('--inventory <file>', 'lines of the same form, whose tools of other servers are known')
    .action(async (options: { jsonl: string; inventory?: string }) =>
      run((await import('./inspect.ts')).runInspect({ ...globals(), ...options })),
    )
}

/** What stands behind `--` is a command of its own. */
function behindDashes(
  operands: readonly string[],
  argv: readonly string[],
): { readonly targets: readonly string[]; readonly command: readonly string[] } {
  const dashes = argv.indexOf('--')
  const count = dashes < 0 ? 0 : argv.length - dashes - 1
  return {
    targets: operands.slice(0, operands.length - count),
    command: operands.slice(operands.length - count),
  }
}

function addConfiguration(program: Command, globals: () => GlobalOptions, run: Run): void {
  const servers = program
    .command('servers')
    .description('configured servers')
    .action(async () => run((await import('./servers.ts')).runServers(globals())))
  servers
    .command('connect')
    .description('sign in at a server that has "oauth" in its entry, as the user of this machine')
    .option('--no-browser', 'print the address, and open no browser')
    .argument('<server>')
    .action(async (name: string, options: { browser?: boolean }) =>
      run((await import('./serversConnect.ts')).runServersConnect(name, { ...globals(), ...options })),
    )
  servers
    .command('disconnect')
    .description('delete the sign-in at a server, and revoke it there')
    .argument('<server>')
    .action(async (name: string) =>
      run((await import('./serversConnect.ts')).runServersDisconnect(name, globals())),
    )
  servers
    .command('rekey')
    .description('change the key of the vault that the sign-ins at servers are kept in')
    .action(async () => run((await import('./serversConnect.ts')).runServersRekey(globals())))
  const policy = program.command('policy').description('what is in force, and why')
  policy
    .command('explain')
    .description(
      'the values in force for a server and where each came from; of SERVER/tool/NAME, what becomes of a call',
    )
    .argument('<target>', 'SERVER, SERVER/tool/NAME, SERVER/prompt/NAME or SERVER/resource/URI')
    .option('--arguments <json>', 'the arguments of the call')
    .option('--principal <principal>', 'for whom, as "ISSUER SUBJECT"; otherwise for you')
    .option('--group <group...>', 'groups it is in')
    .option('--claim <claim...>', 'other claims of its token, as NAME=VALUE')
    .action(
      async (
        target: string,
        options: { arguments?: string; principal?: string; group?: string[]; claim?: string[] },
      ) =>
        run(
          target.includes('/') || Object.keys(options).length > 0
            ? (await import('./policyCall.ts')).runPolicyExplainCall(target, { ...globals(), ...options })
            : (await import('./policy.ts')).runPolicyExplain(target, globals()),
        ),
    )
  policy
    .command('check')
    .description('check the configuration, and point at what in it has no effect')
    .action(async () => run((await import('./policy.ts')).runPolicyCheck(globals())))
  filtered(
    policy
      .command('replay')
      .description('what a policy would have made of the calls on record: passed, asked about, refused'),
  )
    .option('--with <file>', 'the configuration to try; otherwise the one in force')
    .action(async (options) =>
      run((await import('./policyReplay.ts')).runPolicyReplay({ ...globals(), ...options })),
    )
}

function addReview(program: Command, globals: () => GlobalOptions, run: Run): void {
  program
    .command('review')
    .description('what servers say of themselves that waits for a person, or is blocked')
    .option('--show', 'every item in full: what is different, or all of it where it is new')
    .option('--approved', 'what is approved, by whom, when, from which version')
    .option('--exceptions', 'findings that were judged to be none')
    .option('--withheld', 'texts of answers that were kept from clients; with their ids, in full')
    .argument('[target]', 'SERVER, or SERVER/ITEM with an item as it is listed, such as `files/tool/read`')
    .argument('[item...]', 'further items of that server')
    .action(async (target: string | undefined, items: string[], options) =>
      run((await import('./review.ts')).runReview(target, items, { ...globals(), ...options })),
    )
  const approvals = program
    .command('approvals')
    .description('the calls that wait for a person; with tickets, each in full')
    .option('--show', 'each in full')
    .argument('[ticket...]')
    .action(async (ids: string[], options) =>
      run((await import('./approvals.ts')).runApprovals(ids, { ...globals(), ...options })),
    )
  approvals
    .command('stats')
    .description('what was asked, what became of it, and what would have spared most questions at no loss')
    .option('--since <span>', 'such as 24h or 30d', '30d')
    .action(async (options) =>
      run((await import('./approvals.ts')).runApprovalStats({ ...globals(), ...options })),
    )
  decision(
    program
      .command('approve')
      .description('let through exactly the versions that were reviewed; of a TICKET, the call that waits'),
  )
    .addOption(
      new Option('--for <how>', 'of a ticket: how far it is allowed').choices([
        'once',
        '15-minutes',
        '1-hour',
        'conversation',
        'always',
      ]),
    )
    .option('--expires <span>', 'until then, such as 30d; from then on it waits again')
    .option('--except <rule>', 'the finding of this rule is none in this version; may be given again', gather)
    .option('--hash <digest>', 'only if this version, or this change set, is what is held')
    .argument('<target...>', 'SERVER for all that waits there, or SERVER/ITEM, or TICKET')
    .action(async (targets: string[], options) => {
      const tickets = await (await import('./ticketsAmong.ts')).ticketsAmong(targets, globals())
      await run(
        tickets === undefined
          ? (await import('./approve.ts')).runApprove(targets, { ...globals(), ...options })
          : (await import('./decideTickets.ts')).runApproveTickets(tickets, { ...globals(), ...options }),
      )
    })
  decision(
    program
      .command('deny')
      .description(
        'refuse definitions, whatever they are called from now on; of a TICKET, the call that waits',
      ),
  )
    .option('--always', 'of a ticket: its tool as well, in the configuration, after showing the change')
    .argument('<target...>', 'SERVER for all that is held there, or SERVER/ITEM, or TICKET')
    .action(async (targets: string[], options) => {
      const tickets = await (await import('./ticketsAmong.ts')).ticketsAmong(targets, globals())
      await run(
        tickets === undefined
          ? (await import('./deny.ts')).runDeny(targets, { ...globals(), ...options })
          : (await import('./decideTickets.ts')).runDenyTickets(tickets, { ...globals(), ...options }),
      )
    })
  decision(program.command('unexcept').description('end an exception before its time'))
    .argument('<target>', 'SERVER/ITEM')
    .argument('<rule>', 'the rule that counts again')
    .action(async (target: string, rule: string, options) =>
      run((await import('./unexcept.ts')).runUnexcept(target, rule, { ...globals(), ...options })),
    )
}

/** What `approve`, `deny` and `unexcept` have in common. */
function decision(command: Command): Command {
  return command
    .option('--reason <text>', 'why, for the record')
    .option('--yes', 'ask nothing')
    .option('--dry-run', 'say what would be done, and do nothing')
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function addAudit(program: Command, globals: () => GlobalOptions, run: Run): void {
  const audit = program.command('audit').description('the audit trail')
  filtered(audit.command('tail').description('the newest records that match'))
    .option('-f, --follow', 'go on as records are written')
    .option('-n, --lines <count>', 'how many', '20')
    .action(async (options) => run((await import('./auditCommands.ts')).tail({ ...globals(), ...options })))
  filtered(audit.command('query').description('search the records, by their index'))
    .option('--limit <count>', 'how many, the newest', '100')
    .action(async (options) => run((await import('./auditCommands.ts')).query({ ...globals(), ...options })))
  filtered(audit.command('export').description('write all records that match to standard output'))
    .addOption(
      new Option('--what <what>', 'the records, or what `verify` needs to check them elsewhere')
        .choices(['records', 'checkpoints', 'public-key'])
        .default('records'),
    )
    .addOption(new Option('--format <format>', 'one record a line').choices(['jsonl']).default('jsonl'))
    .action(async (options) =>
      run((await import('./auditCommands.ts')).exportRecords({ ...globals(), ...options })),
    )
  audit
    .command('verify')
    .description('prove that nothing was changed, removed or cut off')
    .option('--checkpoint <file...>', 'checkpoints kept elsewhere')
    .option('--key <file...>', 'the public key that must have signed')
    .action(async (options) => run((await import('./auditCommands.ts')).verify({ ...globals(), ...options })))
}

/** What `tail`, `query` and `export` have in common. */
function filtered(command: Command): Command {
  return command
    .option('--since <time>', 'ISO time or a span such as 15m, 24h, 7d')
    .option('--until <time>', 'ISO time or a span')
    .option('--server <id>', 'of this server')
    .option('--name <name>', 'tool, prompt or resource')
    .option('--principal <text>', 'whole, or its subject')
    .option('--outcome <outcome>', `one of ${OUTCOMES.join(', ')}`)
    .option('--rule <rule>', 'that decided, or of a finding')
    .option('--method <method>', 'such as tools/call')
    .option('--text <text>', 'anywhere in the record')
}

function addKeys(program: Command, globals: () => GlobalOptions, run: Run): void {
  const keys = program.command('keys').description('API keys for whoever calls over HTTP (auth.keys)')
  keys
    .command('create')
    .description('make a key; it is printed once, alone on standard output, and kept nowhere')
    .option(
      '--scope <scope>',
      'what it may do; may be given again (default: everything, which is mcp unless auth.scopes says otherwise)',
      gather,
    )
    .option('--expires <span>', 'until then, such as 90d')
    .option(
      '--from <range>',
      'only from this address or range, such as 10.0.0.0/8; may be given again',
      gather,
    )
    .option('--rate <rate>', 'requests, such as 60/min (of each worker)')
    .argument('<name>', 'what or whom it is for')
    .action(async (name: string, options) =>
      run((await import('./keys.ts')).runKeysCreate(name, { ...globals(), ...options })),
    )
  keys
    .command('list')
    .description('the keys there are, without the keys')
    .action(async () => run((await import('./keys.ts')).runKeysList(globals())))
  keys
    .command('rotate')
    .description('make a key in place of another, for the same caller and with the same rights')
    .option('--overlap <span>', 'the old one is good for this long, or none', '24h')
    .option('--expires <span>', 'of the new one (default: as long as the old one was made for)')
    .argument('<id>')
    .action(async (id: string, options) =>
      run((await import('./keys.ts')).runKeysRotate(id, { ...globals(), ...options })),
    )
  keys
    .command('revoke')
    .description('end keys at once, with the streams that are open')
    .option('--all', 'and every other key of the same callers')
    .argument('<id...>')
    .action(async (ids: string[], options) =>
      run((await import('./keys.ts')).runKeysRevoke(ids, { ...globals(), ...options })),
    )
  keys
    .command('pepper')
    .description('what the hashes of keys are made with')
    .command('rotate')
    .description('make a new one; the old one is kept as long as a key needs it')
    .action(async () => run((await import('./keys.ts')).runPepperRotate(globals())))
}

function addSignIns(program: Command, globals: () => GlobalOptions, run: Run): void {
  const signIns = program
    .command('sign-ins')
    .description("what people allowed programs at the gateway's own sign-in (auth.server)")
  signIns
    .command('list')
    .description('what can still be used, and which programs registered themselves')
    .action(async () => run((await import('./signIns.ts')).runSignInsList(globals())))
  signIns
    .command('end')
    .description('end what was allowed, with every token that came of it, at once')
    .option('--person <person>', 'all of this person, by account or name, and their sessions in browsers')
    .option('--program <id>', 'all of this program, and its registration')
    .argument('[id...]')
    .action(async (ids: string[], options) =>
      run((await import('./signIns.ts')).runSignInsEnd(ids, { ...globals(), ...options })),
    )
}

function addSecrets(program: Command, globals: () => GlobalOptions, run: Run): void {
  const secrets = program
    .command('secrets')
    .description('secrets of servers, kept outside the configuration, which refers to them by name')
  secrets
    .command('set')
    .description('keep a secret; its value is asked for, or read from standard input')
    .addOption(
      new Option(
        '--store <where>',
        'default: the keychain of the system, or a private file where there is none',
      ).choices(['keychain', 'file']),
    )
    .argument('<name>')
    .action(async (name: string, options) =>
      run((await import('./secrets.ts')).runSecretsSet(name, { ...globals(), ...options })),
    )
  secrets
    .command('list')
    .description('the names there are, and where each is kept')
    .action(async () => run((await import('./secrets.ts')).runSecretsList(globals())))
  secrets
    .command('remove')
    .description('forget a secret')
    .argument('<name>')
    .action(async (name: string) => run((await import('./secrets.ts')).runSecretsRemove(name, globals())))
}
