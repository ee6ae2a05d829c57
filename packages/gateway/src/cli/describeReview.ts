import type { ReviewedStatus } from '../gateway/gatewayStatus.ts'

/** What of a server a person has to look at. @example describeReview({ waiting: 2, blocked: 1 }) // '2 waiting, 1 blocked' */
export function describeReview({ waiting, blocked }: ReviewedStatus['review']): string {
  const parts = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(blocked > 0 ? [`${blocked} blocked`] : []),
  ]
  return parts.join(', ')
}
