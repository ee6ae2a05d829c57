import { describeMatrix } from './matrix.ts'
import { directHttp, directStdio } from './routes.ts'

describeMatrix([directStdio, directHttp])
