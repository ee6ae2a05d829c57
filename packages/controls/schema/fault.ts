/** Why no value can be checked by a schema. */
export class SchemaFault extends Error {
  /** JSON Pointer in the schema. */
  readonly where: string

  constructor(where: string, explain: string) {
    super(explain)
    this.where = where
  }
}
