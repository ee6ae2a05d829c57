/**
 * What a client does in each client scenario of the official suite. It speaks to the gateway, which is the client that the suite
 * sees: nothing here mirrors headers, drops tools or answers for the gateway.
 */
import type { GateClient } from './gateClient.ts'

/** What some scenarios tell the client to do (MCP_CONFORMANCE_CONTEXT). */
export interface ScenarioContext {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[]
}

type Scenario = (client: GateClient, context: ScenarioContext) => Promise<void>

/** Scenarios by name; one more is one more entry. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  initialize: listTools,
  'request-metadata': listTools,
  'json-schema-ref-no-deref': listTools,

  async tools_call(client) {
    await listTools(client)
    await client.callTool('add_numbers', { a: 5, b: 3 })
  },

  async 'elicitation-sep1034-client-defaults'(client) {
    for (const { name } of await client.listTools()) await client.callTool(name, {})
  },

  async 'sse-retry'(client) {
    await listTools(client)
    await client.callTool('test_reconnection', {})
  },

  async 'http-standard-headers'(client) {
    for (const { name } of await client.listTools()) await client.callTool(name, {})
    const { resources } = await client.request('resources/list', {})
    for (const { uri } of resources as { uri: string }[]) await client.request('resources/read', { uri })
    const { prompts } = await client.request('prompts/list', {})
    for (const { name } of prompts as { name: string }[]) await client.request('prompts/get', { name })
  },

  async 'http-custom-headers'(client, { toolCalls = [] }) {
    await listTools(client)
    for (const call of toolCalls) await client.callTool(call.name, call.arguments)
  },

  // Every tool that the gateway shows is called: what it should have left out would be called as well.
  async 'http-invalid-tool-headers'(client) {
    for (const { name } of await client.listTools()) await client.callTool(name, { region: 'here' })
  },

  async 'sep-2322-client-request-state'(client) {
    await listTools(client)
    for (const name of ['echo_state', 'no_state', 'unrelated', 'no_result_type'])
      await client.callTool(`test_mrtr_${name}`, {})
  },

  async 'json-schema-2020-12-preservation'(client) {
    const tools = await client.listTools()
    const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema
    await client.callTool('json_schema_echo', { schema })
  },
}

async function listTools(client: GateClient): Promise<void> {
  await client.listTools()
}
