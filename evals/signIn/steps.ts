export interface Step {
  readonly title: string
  /** Why it is not as it should be. */
  readonly fault?: string
}

/** Steps of one journey: the first that is wrong ends it, since the rest stands on it. */
export function steps(): {
  readonly step: (title: string, work: () => Promise<void>) => Promise<void>
  readonly done: Step[]
} {
  const done: Step[] = []
  return {
    done,
    async step(title, work) {
      if (done.some(({ fault }) => fault !== undefined)) return
      try {
        await work()
        done.push({ title })
      } catch (error) {
        done.push({ title, fault: error instanceof Error ? error.message : String(error) })
      }
    },
  }
}
