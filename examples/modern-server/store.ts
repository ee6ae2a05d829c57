/**
 * The notes, in memory: everything the tools act on, with the bounds that keep a careless or hostile caller from
 * filling it.
 */
import { randomBytes } from 'node:crypto'

export interface Note {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly tags: readonly string[]
  readonly reminder?: { readonly on: string; readonly urgency: string }
}

export type NoteDraft = Pick<Note, 'title' | 'body' | 'tags'>

/** Told after a change, so that clients who listen hear of it. */
export interface StoreListener {
  listChanged(): void
  noteChanged(id: string): void
}

export const MAX_NOTES = 500

export class NoteStore {
  readonly #notes = new Map<string, Note>()
  readonly #listeners = new Set<StoreListener>()

  /** Adds a listener; the returned function takes it away again. */
  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Undefined when the store is full: the caller says so, nothing is dropped silently. */
  add(draft: NoteDraft): Note | undefined {
    if (this.#notes.size >= MAX_NOTES) return undefined
    // Random, so that an id from one conversation cannot be guessed in another.
    const note = { id: randomBytes(6).toString('hex'), ...draft }
    this.#notes.set(note.id, note)
    for (const listener of this.#listeners) listener.listChanged()
    return note
  }

  get(id: string): Note | undefined {
    return this.#notes.get(id)
  }

  all(): Note[] {
    return [...this.#notes.values()]
  }

  search(words: string, limit: number): Note[] {
    const wanted = words.toLowerCase()
    return this.all()
      .filter((note) =>
        [note.title, note.body, ...note.tags].some((text) => text.toLowerCase().includes(wanted)),
      )
      .slice(0, limit)
  }

  remind(id: string, reminder: NonNullable<Note['reminder']>): Note | undefined {
    const note = this.#notes.get(id)
    if (note === undefined) return undefined
    const changed = { ...note, reminder }
    this.#notes.set(id, changed)
    for (const listener of this.#listeners) listener.noteChanged(id)
    return changed
  }

  delete(id: string): boolean {
    const deleted = this.#notes.delete(id)
    if (deleted) for (const listener of this.#listeners) listener.listChanged()
    return deleted
  }

  /** Every tag in use, sorted. */
  tags(): string[] {
    return [...new Set(this.all().flatMap((note) => note.tags))].sort()
  }
}

/** A store with something to look at. */
export function createSampleStore(): NoteStore {
  const store = new NoteStore()
  store.add({ title: 'Groceries', body: 'Bread, olives, coffee.', tags: ['home'] })
  store.add({ title: 'Release plan', body: 'Freeze on Monday, ship on Thursday.', tags: ['work', 'release'] })
  store.add({ title: 'Book to read', body: 'The Design of Everyday Things.', tags: ['home', 'reading'] })
  return store
}
