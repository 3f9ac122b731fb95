/** DynamoDB: one table, four operations, consistent reads, the two conditions and four key conditions of the adapter. */
import { type FakeRequest, type FakeService, json, NotInFake, onlyKeys, parseJson, type Reply } from './reply.ts';

type Value = { readonly S?: string; readonly N?: string; readonly B?: string };
type Attributes = Readonly<Record<string, Value>>;

interface Row {
  readonly order: Buffer;
  readonly attributes: Attributes;
  readonly size: number;
}

const ITEM_LIMIT = 400 * 1024;
const PAGE_LIMIT = 1024 * 1024;
const TYPES: Readonly<Record<string, 'S' | 'N' | 'B'>> = { pk: 'S', sk: 'S', v: 'N', b: 'B', ttl: 'N' };
const WRITE_KEYS = ['TableName', 'ConditionExpression', 'ExpressionAttributeValues'];

class DynamoError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const invalid = (message: string) => new DynamoError('ValidationException', message);

export class FakeDynamoDB implements FakeService {
  readonly name = 'dynamodb';
  readonly throttled = { status: 400, code: 'ProvisionedThroughputExceededException' };
  private readonly table: string;
  private readonly partitions = new Map<string, Row[]>();

  constructor(table: string) {
    this.table = table;
  }

  /** How many items there are. */
  get size(): number {
    return [...this.partitions.values()].reduce((sum, rows) => sum + rows.length, 0);
  }

  operationOf({ headers }: FakeRequest): string {
    const target = headers['x-amz-target'] ?? '';
    const operation = /^DynamoDB_20120810\.(GetItem|PutItem|DeleteItem|Query)$/.exec(target)?.[1];
    if (operation === undefined) throw new NotInFake(`DynamoDB operation ${target}`);
    return operation;
  }

  handle(operation: string, request: FakeRequest): Reply {
    const input = parseJson<Record<string, unknown>>(request.body);
    try {
      if (input.TableName !== this.table) throw new DynamoError('ResourceNotFoundException', 'no such table');
      if (operation === 'GetItem') return json(200, this.get(input));
      if (operation === 'PutItem') return json(200, this.put(input));
      if (operation === 'DeleteItem') return json(200, this.delete(input));
      return json(200, this.query(input));
    } catch (error) {
      if (error instanceof DynamoError) return this.error(400, error.code, error.message);
      throw error;
    }
  }

  error(status: number, code: string, message: string): Reply {
    return json(status, { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message });
  }

  private get(input: Record<string, unknown>): object {
    onlyKeys('GetItem', input, ['TableName', 'Key', 'ConsistentRead']);
    requireConsistent(input);
    const { pk, sk } = keyOf(input.Key as Attributes, true);
    const found = this.find(pk, sk);
    return found ? { Item: found.attributes } : {};
  }

  private put(input: Record<string, unknown>): object {
    onlyKeys('PutItem', input, [...WRITE_KEYS, 'Item']);
    const attributes = input.Item as Attributes;
    const { pk, sk } = keyOf(attributes, false);
    const size = sizeOf(attributes);
    if (size > ITEM_LIMIT) throw invalid('Item size has exceeded the maximum allowed size');
    checkCondition(input, this.find(pk, sk));
    const rows = this.partitions.get(pk) ?? [];
    this.partitions.set(pk, rows);
    const order = Buffer.from(sk);
    const at = lowerBound(rows, order);
    rows.splice(at, rows[at]?.order.equals(order) ? 1 : 0, { order, attributes, size });
    return {};
  }

  private delete(input: Record<string, unknown>): object {
    onlyKeys('DeleteItem', input, [...WRITE_KEYS, 'Key']);
    const { pk, sk } = keyOf(input.Key as Attributes, true);
    const found = this.find(pk, sk);
    checkCondition(input, found);
    const rows = this.partitions.get(pk);
    if (rows && found) rows.splice(rows.indexOf(found), 1);
    if (rows?.length === 0) this.partitions.delete(pk);
    return {};
  }

  private query(input: Record<string, unknown>): object {
    const known = ['KeyConditionExpression', 'ExpressionAttributeValues', 'ScanIndexForward', 'Limit'];
    onlyKeys('Query', input, ['TableName', 'ConsistentRead', 'ExclusiveStartKey', ...known]);
    requireConsistent(input);
    const { pk, from, to } = keyCondition(input);
    const limit = (input.Limit as number | undefined) ?? Number.POSITIVE_INFINITY;
    if (limit < 1) throw invalid('Limit must be at least 1');
    const forward = input.ScanIndexForward !== false;

    const rows = this.partitions.get(pk) ?? [];
    let low = from ? lowerBound(rows, from) : 0;
    let high = to ? upperBound(rows, to) : rows.length;
    if (input.ExclusiveStartKey) {
      const start = keyOf(input.ExclusiveStartKey as Attributes, true);
      const order = Buffer.from(start.sk);
      const inside = (!from || Buffer.compare(order, from) >= 0) && (!to || Buffer.compare(order, to) <= 0);
      if (start.pk !== pk || !inside) throw invalid('The provided starting key is outside query boundaries');
      if (forward) low = Math.max(low, upperBound(rows, order));
      else high = Math.min(high, lowerBound(rows, order));
    }

    const items: Attributes[] = [];
    let bytes = 0;
    let stopped = false;
    for (let read = 0; low + read < high && !stopped; read++) {
      const row = rows[forward ? low + read : high - 1 - read]!;
      if (bytes + row.size > PAGE_LIMIT && items.length > 0) {
        stopped = true;
        break;
      }
      items.push(row.attributes);
      bytes += row.size;
      stopped = items.length >= limit;
    }
    const last = items.at(-1);
    const next = stopped && last ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {};
    return { Items: items, Count: items.length, ScannedCount: items.length, ...next };
  }

  private find(pk: string, sk: string): Row | undefined {
    const rows = this.partitions.get(pk) ?? [];
    const order = Buffer.from(sk);
    const row = rows[lowerBound(rows, order)];
    return row?.order.equals(order) ? row : undefined;
  }
}

function requireConsistent(input: Record<string, unknown>): void {
  if (input.ConsistentRead !== true) throw new NotInFake('a read that is not consistent');
}

/** Checks the attributes' names, types and the keys' lengths, and returns the key. */
function keyOf(attributes: Attributes, onlyKey: boolean): { readonly pk: string; readonly sk: string } {
  onlyKeys('attributes', attributes, onlyKey ? ['pk', 'sk'] : Object.keys(TYPES));
  for (const [name, value] of Object.entries(attributes)) {
    const type = TYPES[name];
    if (!type || Object.keys(value).join() !== type) throw invalid(`${name} must be of type ${type}`);
    if (type === 'N' && !/^-?\d{1,38}$/.test(value.N ?? '')) throw invalid(`${name} is not a number`);
  }
  const pk = attributes.pk?.S;
  const sk = attributes.sk?.S;
  if (!pk || !sk) throw invalid('One or more parameter values are not valid: a key is missing or an empty string');
  if (Buffer.byteLength(pk) > 2048 || Buffer.byteLength(sk) > 1024) throw invalid('a key is too long');
  return { pk, sk };
}

function sizeOf(attributes: Attributes): number {
  let size = 0;
  for (const [name, { S, N, B }] of Object.entries(attributes)) {
    size += name.length;
    if (S !== undefined) size += Buffer.byteLength(S);
    if (N !== undefined) size += Math.ceil(N.length / 2) + 1;
    if (B !== undefined) size += Buffer.byteLength(B, 'base64');
  }
  return size;
}

function checkCondition(input: Record<string, unknown>, found: Row | undefined): void {
  const expression = input.ConditionExpression;
  const values = (input.ExpressionAttributeValues ?? {}) as Attributes;
  let holds: boolean;
  if (expression === undefined || expression === 'attribute_not_exists(pk)') {
    if (input.ExpressionAttributeValues !== undefined) throw invalid('ExpressionAttributeValues are not used');
    holds = expression === undefined || found === undefined;
  } else if (expression === 'v = :v') {
    if (Object.keys(values).join() !== ':v') throw invalid('Value provided in ExpressionAttributeValues unused');
    holds = found?.attributes.v?.N === values[':v']?.N;
  } else {
    throw new NotInFake(`ConditionExpression ${String(expression)}`);
  }
  if (!holds) throw new DynamoError('ConditionalCheckFailedException', 'The conditional request failed');
}

const KEY_CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  'pk = :pk': [':pk'],
  'pk = :pk AND sk >= :from': [':pk', ':from'],
  'pk = :pk AND sk <= :to': [':pk', ':to'],
  'pk = :pk AND sk BETWEEN :from AND :to': [':pk', ':from', ':to'],
};

function keyCondition(input: Record<string, unknown>): { pk: string; from?: Buffer; to?: Buffer } {
  const expression = String(input.KeyConditionExpression);
  const names = KEY_CONDITIONS[expression];
  if (!names) throw new NotInFake(`KeyConditionExpression ${expression}`);
  const values = (input.ExpressionAttributeValues ?? {}) as Attributes;
  if (Object.keys(values).sort().join() !== [...names].sort().join()) throw invalid('unused or missing values');
  for (const name of names) if (!values[name]?.S) throw invalid(`${name}: a key must not be empty`);
  const pk = values[':pk']?.S ?? '';
  const from = values[':from']?.S;
  const to = values[':to']?.S;
  const bounds = {
    ...(from === undefined ? {} : { from: Buffer.from(from) }),
    ...(to === undefined ? {} : { to: Buffer.from(to) }),
  };
  if (bounds.from && bounds.to && Buffer.compare(bounds.from, bounds.to) > 0) {
    throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
  }
  return { pk, ...bounds };
}

/** The first row at or behind the key. */
function lowerBound(rows: readonly Row[], order: Buffer): number {
  return bound(rows, (row) => Buffer.compare(row.order, order) < 0);
}

/** The first row behind the key. */
function upperBound(rows: readonly Row[], order: Buffer): number {
  return bound(rows, (row) => Buffer.compare(row.order, order) <= 0);
}

function bound(rows: readonly Row[], isBefore: (row: Row) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(rows[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
