import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take a minute or two, though they are short: the last to start would run alone at the end. */
const LONG = [
  'tests/clients/gatewayStdio.test.ts',
  'tests/gateway/poisonMutations.test.ts',
  'tests/gateway/approvals.test.ts',
  'tests/gateway/timeouts.test.ts',
  'tests/clients/gatewayHttp.test.ts',
  'tests/gateway/surface.test.ts',
  'tests/gateway/workers.test.ts',
  'tests/clients/gatewaySse.test.ts',
]

/** The order of test files: as Vitest would, but for those that are known to take long, which go first. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(name))
      return at < 0 ? LONG.length : at
    }
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => place(one) - place(other))
  }
}
