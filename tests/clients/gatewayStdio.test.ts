import { gatewayRun, gatewayStdio } from './gatewayRoutes.ts'
import { describeMatrix } from './matrix.ts'

describeMatrix([gatewayStdio, gatewayRun])
