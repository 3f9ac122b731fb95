/** Records on one DynamoDB table: pk (S), sk (S), v (N, the rev), b (B, the body), ttl (N, DynamoDB's time to live). */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Expect,
  ITEM_LIMIT,
  type Item,
  type Page,
  type Range,
  type Records,
  TooLarge,
} from '../../mail/ports/index.ts';
import { calling } from './errors.ts';

type Attributes = Record<string, AttributeValue>;

export interface DynamoRecordsOptions {
  readonly table: string;
  /** For reads: it may retry. */
  readonly reader: DynamoDBClient;
  /**
   * For writes: it must be made with `maxAttempts: 1`. The SDK's own retry of a conditional put that took effect and
   * then timed out finds our own item and reports ConditionalCheckFailed: a write that happened would look like one
   * that did not. With one attempt the time-out comes out as OutcomeUnknown, and the account log settles it.
   */
  readonly writer: DynamoDBClient;
}

export class DynamoRecords implements Records {
  private readonly table: string;
  private readonly reader: DynamoDBClient;
  private readonly writer: DynamoDBClient;

  constructor(options: DynamoRecordsOptions) {
    this.table = options.table;
    this.reader = options.reader;
    this.writer = options.writer;
  }

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: key(pk, sk), ConsistentRead: true });
    const { Item: found } = await calling('read', 'read record', () => this.reader.send(command));
    return found && toItem(found);
  }

  async put(item: Item, expect: Expect): Promise<void> {
    // ITEM_LIMIT leaves room for the attributes' names and the two numbers, which DynamoDB counts too.
    const size = Buffer.byteLength(item.pk) + Buffer.byteLength(item.sk) + item.body.byteLength;
    if (size > ITEM_LIMIT) throw new TooLarge(`record of ${size} bytes: at most ${ITEM_LIMIT}`);
    const command = new PutItemCommand({ TableName: this.table, Item: fromItem(item), ...condition(expect) });
    await calling('write', 'write record', () => this.writer.send(command));
  }

  async delete(pk: string, sk: string, expect: Exclude<Expect, 'absent'>): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.table, Key: key(pk, sk), ...condition(expect) });
    await calling('write', 'delete record', () => this.writer.send(command));
  }

  async query(range: Range & { readonly startAfter?: string }): Promise<Page> {
    const { pk, startAfter, limit } = range;
    if (isEmpty(range)) return { items: [] };
    const bounds = keyCondition(range);
    const command = new QueryCommand({
      TableName: this.table,
      ConsistentRead: true,
      KeyConditionExpression: bounds.expression,
      ExpressionAttributeValues: bounds.values,
      ScanIndexForward: !range.reverse,
      ...(limit === undefined ? {} : { Limit: limit }),
      ...(startAfter === undefined || isBefore(startAfter, range) ? {} : { ExclusiveStartKey: key(pk, startAfter) }),
    });
    const answer = await calling('read', 'query records', () => this.reader.send(command));
    const items = (answer.Items ?? []).map(toItem);
    const next = answer.LastEvaluatedKey?.sk?.S;
    return next === undefined ? { items } : { items, next };
  }
}

function key(pk: string, sk: string): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

function fromItem(item: Item): Attributes {
  return {
    ...key(item.pk, item.sk),
    v: { N: String(item.rev ?? 0) },
    b: { B: item.body },
    ...(item.expires === undefined ? {} : { ttl: { N: String(item.expires) } }),
  };
}

function toItem(attributes: Attributes): Item {
  const { pk, sk, v, b, ttl } = attributes;
  if (pk?.S === undefined || sk?.S === undefined || b?.B === undefined)
    throw new Error('record without pk, sk or body');
  const rev = Number(v?.N ?? 0);
  return {
    pk: pk.S,
    sk: sk.S,
    body: b.B,
    ...(rev === 0 ? {} : { rev }),
    ...(ttl?.N === undefined ? {} : { expires: Number(ttl.N) }),
  };
}

function condition(expect: Expect): { ConditionExpression?: string; ExpressionAttributeValues?: Attributes } {
  if (expect === 'any') return {};
  if (expect === 'absent') return { ConditionExpression: 'attribute_not_exists(pk)' };
  return { ConditionExpression: 'v = :v', ExpressionAttributeValues: { ':v': { N: String(expect.rev) } } };
}

function keyCondition(range: Range): { expression: string; values: Attributes } {
  const { pk, from, to } = range;
  const values: Attributes = { ':pk': { S: pk } };
  // DynamoDB takes no empty string for a key, and '' bounds nothing from below.
  if (from !== undefined && from !== '') values[':from'] = { S: from };
  if (to !== undefined) values[':to'] = { S: to };
  if (values[':from'] && values[':to']) return { expression: 'pk = :pk AND sk BETWEEN :from AND :to', values };
  if (values[':from']) return { expression: 'pk = :pk AND sk >= :from', values };
  if (values[':to']) return { expression: 'pk = :pk AND sk <= :to', values };
  return { expression: 'pk = :pk', values };
}

/** A range that can hold nothing: DynamoDB answers such bounds, and start keys outside them, with a ValidationException. */
function isEmpty({ from, to, limit, startAfter, reverse }: Range & { readonly startAfter?: string }): boolean {
  if (to === '' || (limit !== undefined && limit <= 0)) return true;
  if (from !== undefined && to !== undefined && compare(from, to) > 0) return true;
  if (startAfter === undefined) return false;
  if (reverse) return startAfter === '' || (from !== undefined && compare(startAfter, from) <= 0);
  return to !== undefined && compare(startAfter, to) >= 0;
}

/** Whether the start key lies before the range's beginning, in its direction, and so skips nothing. */
function isBefore(startAfter: string, { from, to, reverse }: Range): boolean {
  if (reverse) return to !== undefined && compare(startAfter, to) > 0;
  return startAfter === '' || (from !== undefined && compare(startAfter, from) < 0);
}

/** DynamoDB orders strings by their UTF-8 bytes. */
function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
