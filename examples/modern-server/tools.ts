/** The five tools: two that read and write, one that takes its time, one that asks back, one that destroys. */
import { setTimeout as pause } from 'node:timers/promises'
import {
  acceptedContent,
  type CallToolResult,
  inputRequired,
  inputResponse,
  type McpServer,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { DRAFT, NOTE, NOTE_ID, NOTES, REMINDER } from './schemas.ts'
import type { SealedState } from './server.ts'
import { MAX_NOTES, type Note, type NoteStore } from './store.ts'

/** Importing takes a moment for each note, as it would with a real store behind it. */
const IMPORT_PACE_MS = 20

export function registerTools(server: McpServer, store: NoteStore, state: SealedState): void {
  server.registerTool(
    'add_note',
    {
      title: 'Add a note',
      description: 'Adds one note and returns it with its id.',
      inputSchema: DRAFT,
      outputSchema: NOTE,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    (draft) => {
      const note = store.add(draft)
      return note ? structured(note) : problem(`There are ${MAX_NOTES} notes already: delete one first.`)
    },
  )

  server.registerTool(
    'search_notes',
    {
      title: 'Search notes',
      description: 'Finds notes whose title, body or tags contain the words; an empty text finds all.',
      inputSchema: z.strictObject({
        words: z.string().max(200).default('').describe('What to look for.'),
        limit: z.int().min(1).max(50).default(10).describe('At most this many.'),
      }),
      outputSchema: NOTES,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ words, limit }) => structured({ notes: store.search(words, limit), total: store.all().length }),
  )

  server.registerTool(
    'import_notes',
    {
      title: 'Import notes',
      description: 'Adds many notes one by one, and tells how far it is.',
      inputSchema: z.strictObject({ notes: z.array(DRAFT).min(1).max(100).describe('The notes to add.') }),
      outputSchema: NOTES,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    async ({ notes: drafts }, ctx) => {
      const token = ctx.mcpReq._meta?.progressToken
      const added: Note[] = []
      for (const draft of drafts) {
        // A client that gave up must not go on changing things.
        ctx.mcpReq.signal.throwIfAborted()
        const note = store.add(draft)
        if (note === undefined) return problem(`Only ${added.length} of ${drafts.length} notes fit.`)
        added.push(note)
        if (token !== undefined) {
          await ctx.mcpReq.notify({
            method: 'notifications/progress',
            params: {
              progressToken: token,
              progress: added.length,
              total: drafts.length,
              message: note.title,
            },
          })
        }
        await pause(IMPORT_PACE_MS)
      }
      return structured({ notes: added, total: store.all().length })
    },
  )

  server.registerTool(
    'set_reminder',
    {
      title: 'Set a reminder',
      description: 'Asks the person for a day and an urgency and notes them down.',
      inputSchema: z.strictObject({ id: NOTE_ID.describe('The note to be reminded of.') }),
      outputSchema: NOTE,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async ({ id }, ctx) => {
      const note = store.get(id)
      if (note === undefined) return unknownNote(id)
      const view = inputResponse(ctx.mcpReq.inputResponses, 'reminder')
      if (view.kind === 'elicit' && view.action !== 'accept')
        return { ...structured(note), ...said('No reminder was set.') }
      const answer = acceptedContent(ctx.mcpReq.inputResponses, 'reminder', REMINDER)
      // The answer counts only for the note that was asked about: the arguments of a retry are the client's word.
      if (answer && ctx.mcpReq.requestState<{ id: string }>()?.id === id) {
        const changed = store.remind(id, answer)
        return changed ? structured(changed) : unknownNote(id)
      }
      return inputRequired({
        inputRequests: {
          reminder: inputRequired.elicit({
            message: `When do you want to be reminded of "${note.title}"?`,
            requestedSchema: REMINDER,
          }),
        },
        requestState: await state.mint({ id }, ctx),
      })
    },
  )

  server.registerTool(
    'delete_note',
    {
      title: 'Delete a note',
      description: 'Deletes one note for good.',
      inputSchema: z.strictObject({ id: NOTE_ID.describe('The note to delete.') }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ id }) => (store.delete(id) ? said(`Deleted ${id}.`) : unknownNote(id)),
  )
}

function structured(value: Note | { notes: Note[]; total: number }): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: { ...value } }
}

function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}

/** What a model can act on: an error of the tool, not of the protocol. */
function problem(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] }
}

function unknownNote(id: string): CallToolResult {
  return problem(`There is no note ${id}: search_notes lists the ones there are.`)
}
