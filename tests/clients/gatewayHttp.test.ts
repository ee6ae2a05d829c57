import { gatewayHttp, gatewayHttpOne } from './gatewayRoutes.ts'
import { describeMatrix } from './matrix.ts'

describeMatrix([gatewayHttp, gatewayHttpOne])
