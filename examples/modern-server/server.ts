/** One instance of the notes server, built anew for each modern request (HTTP) or connection (stdio). */
import { randomBytes } from 'node:crypto'
import {
  completable,
  createRequestStateCodec,
  McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { TAG } from './schemas.ts'
import type { Note, NoteStore } from './store.ts'
import { registerTools } from './tools.ts'

/** Seals what a tool remembers between two rounds of one exchange. */
export type SealedState = ReturnType<typeof createSealedState>

/**
 * The state goes through the client, who could otherwise change it or use it elsewhere: it is signed, expires, and is
 * bound to the method and the caller it was made for.
 */
export function createSealedState() {
  return createRequestStateCodec<{ id: string }>({
    key: randomBytes(32),
    ttlSeconds: 300,
    bind: (ctx) => JSON.stringify([ctx.mcpReq.method, ctx.http?.authInfo?.clientId ?? 'local']),
  })
}

const SHARED = { ttlMs: 300_000, cacheScope: 'public' } as const
const OWN = { ttlMs: 0, cacheScope: 'private' } as const

export function createNotesServer(store: NoteStore, state: SealedState): McpServer {
  const server = new McpServer(
    { name: 'sallyport-notes', title: 'Notes', version: '0.1.0' },
    {
      instructions: 'A notebook. Search before you add; deleting is for good.',
      capabilities: { resources: { subscribe: true, listChanged: true } },
      requestState: { verify: state.verify },
      maxToolInputElements: 1_000,
      cacheHints: {
        'server/discover': SHARED,
        'tools/list': SHARED,
        'prompts/list': SHARED,
        'resources/templates/list': SHARED,
        'resources/list': OWN,
        'resources/read': OWN,
      },
    },
  )
  registerTools(server, store, state)
  registerResources(server, store)
  registerPrompts(server, store)
  return server
}

function registerResources(server: McpServer, store: NoteStore): void {
  server.registerResource(
    'index',
    'notes://index',
    { title: 'All notes', description: 'Ids and titles of all notes.', mimeType: 'application/json' },
    (uri) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/json',
          text: JSON.stringify(store.all().map(({ id, title }) => ({ id, title }))),
        },
      ],
    }),
  )

  server.registerResource(
    'note',
    new ResourceTemplate('note://{id}', {
      list: () => ({
        resources: store.all().map((note) => ({ ...described(note), uri: `note://${note.id}` })),
      }),
      complete: {
        id: (value) =>
          store
            .all()
            .map((note) => note.id)
            .filter((id) => id.startsWith(value)),
      },
    }),
    { title: 'One note', description: 'The text of one note.', mimeType: 'text/markdown' },
    (uri, { id }) => {
      const note = store.get(String(id))
      if (note === undefined) throw new ResourceNotFoundError(uri.href)
      return {
        contents: [{ uri: uri.href, mimeType: 'text/markdown', text: `# ${note.title}\n\n${note.body}\n` }],
      }
    },
  )
}

function registerPrompts(server: McpServer, store: NoteStore): void {
  server.registerPrompt(
    'review_notes',
    {
      title: 'Review notes',
      description: 'Goes through the notes with one tag and proposes what to do next.',
      argsSchema: z.object({
        tag: completable(TAG.describe('Which notes.'), (value) =>
          store.tags().filter((tag) => tag.startsWith(value)),
        ),
      }),
    },
    ({ tag }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: `Review my notes tagged "${tag}" and propose what to do next:\n\n${store
              .all()
              .filter((note) => note.tags.includes(tag))
              .map((note) => `- ${note.title}: ${note.body}`)
              .join('\n')}`,
          },
        },
      ],
    }),
  )
}

function described(note: Note): { name: string; title: string; mimeType: string } {
  return { name: note.id, title: note.title, mimeType: 'text/markdown' }
}
