/** A shop, and one table that nobody may see. Columns are of types that SQLite and PostgreSQL both have. */
export function schemaFor(json: 'TEXT' | 'JSONB'): readonly string[] {
  return [
    'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, country TEXT, plan TEXT, created_at TEXT)',
    'CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total NUMERIC, status TEXT, created_at TEXT)',
    'CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price NUMERIC)',
    'CREATE TABLE order_items (order_id INTEGER, product_id INTEGER, quantity INTEGER, price NUMERIC)',
    `CREATE TABLE events (id INTEGER PRIMARY KEY, user_id INTEGER, kind TEXT, data ${json})`,
    'CREATE TABLE secrets (id INTEGER PRIMARY KEY, token TEXT)',
    'CREATE INDEX orders_user ON orders (user_id)',
    "INSERT INTO users VALUES (1, 'Ann', 'ann@example.com', 'DE', 'pro', '2026-01-02'), (2, 'Bob', 'bob@example.org', NULL, 'free', '2026-03-04')",
    "INSERT INTO orders VALUES (1, 1, 120, 'paid', '2026-02-03'), (2, 1, 5, 'open', '2026-02-04'), (3, 2, 50, 'paid', '2026-05-06')",
    "INSERT INTO products VALUES (1, 'Lamp', 'home', 30)",
    'INSERT INTO order_items VALUES (1, 1, 4, 30)',
    `INSERT INTO events VALUES (1, 1, 'login', '{"page": "/home"}')`,
    "INSERT INTO secrets VALUES (1, 'canary-token')",
  ]
}
