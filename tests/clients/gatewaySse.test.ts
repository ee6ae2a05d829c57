import { gatewaySse, gatewaySseOne } from './gatewayRoutes.ts'
import { describeMatrix } from './matrix.ts'

describeMatrix([gatewaySse, gatewaySseOne])
