/**
 * How well detection does on sources and servers it was not trained on. See docs/detection.md.
 *
 *   npm run eval:detection
 */
import { corporaExist } from './corpora.ts'
import { evaluate } from './evaluate.ts'
import { printReport } from './report.ts'

if (!corporaExist()) {
  process.stderr.write(
    'eval:detection could not check: the corpora are not there (../shared/reference/data/detection beside the repository).\n',
  )
  process.exitCode = 3
} else {
  printReport(evaluate())
}
