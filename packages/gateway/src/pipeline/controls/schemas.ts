/**
 * Schemas at the doors: arguments that are not as their tool declares them are not sent, and a structured result that is
 * not as its tool declares it is not shown.
 *
 * Evidence: the definition that was approved and is called (`ToolDefinitions`); what is not known yet is checked when the
 * server stands ready, after the pins. A task's result is held against the tool that began it. Costs about a microsecond for a
 * call of a kilobyte. Cannot know: whether the server checks by the same schema.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { checkArguments, checkResult, type SchemaFinding, ToolSchemas } from '../../arguments/toolSchemas.ts'
import { schemasOf } from '../../config/argumentChecks.ts'
import type { Config } from '../../config/config.ts'
import { enforcement } from '../../config/trust.ts'
import type { Inbound } from '../../protocol/message.ts'
import { bodyOf } from '../body.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { ToolDefinitions } from '../definitions.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type ResponseVerdict, type Verdict } from '../verdict.ts'

type Strictness = ReturnType<typeof schemasOf>

/** How strictly a server's schemas are taken, with what the profile makes of it. */
function strictnessOf(config: Config): (server: string) => Strictness {
  const observed = enforcement[config.profile] !== 'enforce'
  const servers = new Map(config.servers.map((server) => [server.id, schemasOf(server, config.profile)]))
  const otherwise: Strictness = { arguments: 'refuse', results: 'withhold' }
  return (server) => {
    const { arguments: args, results } = servers.get(server) ?? otherwise
    if (!observed) return { arguments: args, results }
    return { arguments: args === 'off' ? 'off' : 'report', results: results === 'off' ? 'off' : 'report' }
  }
}

/** Nobody writes an argument that a tool without parameters could take. */
const NO_ARGUMENTS: JsonObject = {}

/** Refuses arguments that are not as the tool declares them; reports those that it does not declare. */
export function schemaOnRequest(
  config: Config,
  definitions: ToolDefinitions,
  compiled: ToolSchemas = new ToolSchemas(),
): RequestControl {
  const strictness = strictnessOf(config)
  return {
    name: 'argument-schema',
    decide(exchange): Verdict {
      const { server, method, direction } = exchange
      if (method !== 'tools/call' || server === undefined || direction !== 'client-to-server') return PASS
      const { arguments: strict } = strictness(server)
      if (strict === 'off') return PASS
      const definition = definitions.of(exchange)
      // Not shown yet: the pins have it looked at first, and this runs again before it is sent.
      if (definition === undefined) return PASS
      const schema = compiled.of(definition, 'inputSchema')
      if (schema === undefined) return PASS
      const { fault, undeclared } = checkArguments(schema, exchange.arguments ?? NO_ARGUMENTS)
      if (fault === undefined) {
        for (const where of undeclared) note(exchange, 'schema/undeclared', 'low', where)
        return PASS
      }
      if (strict === 'refuse') return refusal(exchange, server, fault)
      note(exchange, fault.rule, 'medium', fault.where)
      return PASS
    },
  }
}

/** Withholds a structured result that is not as the tool declares it. */
export function schemaOnResponse(
  config: Config,
  definitions: ToolDefinitions,
  compiled: ToolSchemas = new ToolSchemas(),
): ResponseControl {
  const strictness = strictnessOf(config)
  /** The result of a task of which nobody knows any more what it should look like. */
  const unheld = (
    exchange: Exchange,
    server: string,
    { structuredContent, isError }: JsonObject,
  ): ResponseVerdict => {
    const { results: strict } = strictness(server)
    if (strict === 'off' || structuredContent === undefined || isError === true) return PASS
    if (strict === 'withhold') return unknownTool(server)
    note(exchange, 'tasks/unknown-tool', 'medium', '/structuredContent')
    return PASS
  }
  return {
    name: 'result-schema',
    inspect(exchange, message): ResponseVerdict {
      const { server, direction } = exchange
      if (server === undefined || direction !== 'client-to-server') return PASS
      const { method } = exchange
      if (method !== TOOL_CALL && !method.startsWith('tasks/') && message.method !== TASK_NEWS) return PASS
      const said = resultIn(exchange, server, message, compiled)
      if (said === undefined) return PASS
      const { tool, result } = said
      if (tool === undefined) return unheld(exchange, server, result)
      const call = method === TOOL_CALL ? exchange : { ...exchange, method: TOOL_CALL, name: tool }
      const definition = definitions.of(call)
      if (definition === undefined && call !== exchange) return unheld(exchange, server, result)
      if (definition?.outputSchema === undefined) return PASS
      const { results: strict } = strictness(server)
      if (strict === 'off' || !isFinal(result)) return PASS
      const schema = compiled.of(definition, 'outputSchema')
      const fault = schema && checkResult(schema, result.structuredContent)
      if (fault === undefined) return PASS
      if (strict === 'withhold') return withheld(call, server, fault)
      note(exchange, fault.rule, 'medium', fault.where)
      return PASS
    },
  }
}

/** A task of a modern server with all that is known of it, its result too, on a subscription (2026-07-28, "Tasks"). */
const TASK_NEWS = 'notifications/tasks'

/**
 * The result of a tool that a message has, and of which tool: of a call itself; of a task, which names none, by what began
 * it (`TaskTools`). `tool` is `undefined` where nobody knows what began the task; all of it, where there is no result.
 */
function resultIn(
  exchange: Exchange,
  server: string,
  message: Inbound,
  { tasks }: ToolSchemas,
): { readonly tool: string | undefined; readonly result: JsonObject } | undefined {
  const { method, name, principal } = exchange
  const body = message.kind === 'error' ? undefined : bodyOf(message)
  if (body === undefined) return undefined
  if (message.kind === 'notification') {
    if (message.method !== TASK_NEWS || !isObject(body.result) || typeof body.taskId !== 'string')
      return undefined
    return { tool: tasks.of({ server, principal, taskId: body.taskId }), result: body.result }
  }
  if (message.kind !== 'result' || name === undefined) return undefined
  if (method === TOOL_CALL) {
    const taskId = isObject(body.task)
      ? body.task.taskId
      : body.resultType === 'task'
        ? body.taskId
        : undefined
    if (typeof taskId === 'string') tasks.note({ server, principal, taskId }, name)
    return { tool: name, result: body }
  }
  const result = method === 'tasks/result' ? body : body.result
  if (result === undefined || !isObject(result)) return undefined
  return { tool: tasks.of({ server, principal, taskId: name }), result }
}

/** An error has no structure to hold to; a task or a question is not the result yet. */
function isFinal({ isError, resultType, task }: JsonObject): boolean {
  return isError !== true && (resultType === undefined || resultType === 'complete') && task === undefined
}

function note(exchange: Exchange, rule: string, severity: 'low' | 'medium', where: string): void {
  const known = exchange.findings.some((one) => one.rule === rule && one.where === where)
  // Asked twice where the server had to be started.
  if (!known) exchange.findings.push({ rule, severity, where })
}

function refusal(exchange: Exchange, server: string, { rule, explain }: SchemaFinding): Refusal {
  const remedy =
    rule === 'schema/unusable' || rule === 'schema/budget'
      ? `A person can let its calls through unchecked with "schemas: { arguments: report }" of server "${server}".`
      : 'Call it again with arguments as its schema has them.'
  return { kind: 'refuse', rule, explain: `${explain}${toolOf(exchange)}`, remedy }
}

function withheld(exchange: Exchange, server: string, { rule, explain }: SchemaFinding): Refusal {
  return {
    kind: 'refuse',
    rule,
    explain: `${explain}${toolOf(exchange)}, so it is not shown`,
    remedy: `A person can have it shown with "schemas: { results: report }" of server "${server}".`,
  }
}

function unknownTool(server: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'tasks/unknown-tool',
    explain:
      'which tool began this task, or what that tool declares, is not known here, so its structured result is not shown',
    remedy: `List the tools of "${server}" and ask for the result again; a person can have it shown with "schemas: { results: report }" of server "${server}".`,
  }
}

function toolOf({ name }: Exchange): string {
  return name === undefined ? '' : ` (tool "${visible(name.slice(0, 128))}")`
}
