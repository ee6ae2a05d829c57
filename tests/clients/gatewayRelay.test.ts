import { gatewayRelay } from './gatewayRoutes.ts'
import { describeMatrix } from './matrix.ts'

describeMatrix([gatewayRelay])
