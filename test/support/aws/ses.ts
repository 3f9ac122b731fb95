/** SES: SendRawEmail of the first API (query, XML) and SendEmail with raw content of the second (REST, JSON). */
import { type FakeRequest, type FakeService, json, NotInFake, onlyKeys, parseJson, type Reply } from './reply.ts';

export interface SentMail {
  readonly api: 'v1' | 'v2';
  /** '' when none was given. */
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
  readonly id: string;
}

/** What SES answers instead of accepting. */
export interface SesRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const V1_LIMIT = 10_485_760;
const V2_LIMIT = 40_000_000;
const V2_PATH = '/v2/email/outbound-emails';

export class FakeSes implements FakeService {
  readonly name = 'ses';
  readonly throttled = { status: 400, code: 'Throttling' };
  readonly sent: SentMail[] = [];
  /** Says no to a message, when it returns something. */
  refuse: (mail: Omit<SentMail, 'id'>) => SesRefusal | undefined = () => undefined;

  operationOf({ method, path, body }: FakeRequest): string {
    if (method === 'POST' && path === V2_PATH) return 'SendEmail';
    const start = body.subarray(0, 200).toString();
    if (method === 'POST' && path === '/' && start.includes('Action=SendRawEmail&')) return 'SendRawEmail';
    throw new NotInFake(`SES ${method} ${path} ${start}`);
  }

  handle(operation: string, request: FakeRequest): Reply {
    return operation === 'SendEmail' ? this.sendV2(request) : this.sendV1(request);
  }

  error(status: number, code: string, message: string, operation: string): Reply {
    if (operation === 'SendEmail') return json(status, { message }, { 'x-amzn-errortype': code });
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
    return xml(status, `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">${error}</ErrorResponse>`);
  }

  private sendV1({ body }: FakeRequest): Reply {
    const form = new URLSearchParams(body.toString());
    const to: string[] = [];
    for (const [name, value] of form) {
      if (name.startsWith('Destinations.member.')) to.push(value);
      else
        onlyKeys('SendRawEmail', { [name]: value }, [
          'Action',
          'Version',
          'Source',
          'RawMessage.Data',
          'ConfigurationSetName',
        ]);
    }
    const bytes = Buffer.from(form.get('RawMessage.Data') ?? '', 'base64');
    if (bytes.byteLength > V1_LIMIT)
      return this.error(400, 'InvalidParameterValue', 'Message length is over 10485760', 'SendRawEmail');
    const { reply, id } = this.accept({ api: 'v1', from: form.get('Source') ?? '', to, bytes });
    if (reply) return reply;
    const result = `<SendRawEmailResult><MessageId>${id}</MessageId></SendRawEmailResult>`;
    return xml(
      200,
      `<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">${result}</SendRawEmailResponse>`,
    );
  }

  private sendV2({ body }: FakeRequest): Reply {
    const input = parseJson<{
      FromEmailAddress?: string;
      Destination: { ToAddresses: string[] };
      Content: { Raw: { Data: string } };
    }>(body);
    onlyKeys('SendEmail', input, ['FromEmailAddress', 'Destination', 'Content', 'ConfigurationSetName']);
    onlyKeys('Destination', input.Destination, ['ToAddresses']);
    onlyKeys('Content', input.Content, ['Raw']);
    const bytes = Buffer.from(input.Content.Raw.Data, 'base64');
    if (bytes.byteLength > V2_LIMIT)
      return this.error(400, 'BadRequestException', 'Message is over 40 MB', 'SendEmail');
    const to = input.Destination.ToAddresses;
    const { reply, id } = this.accept({ api: 'v2', from: input.FromEmailAddress ?? '', to, bytes });
    return reply ?? json(200, { MessageId: id });
  }

  private accept(mail: Omit<SentMail, 'id'>): { readonly reply?: Reply; readonly id: string } {
    const id = `fake-ses-${this.sent.length + 1}`;
    const operation = mail.api === 'v1' ? 'SendRawEmail' : 'SendEmail';
    const recipients = mail.to.length;
    if (recipients < 1 || recipients > 50) {
      return {
        id,
        reply: this.error(400, 'MessageRejected', `Recipient count ${recipients} is not 1 to 50`, operation),
      };
    }
    const refusal = this.refuse(mail);
    if (refusal) return { id, reply: this.error(refusal.status, refusal.code, refusal.message, operation) };
    this.sent.push({ ...mail, id });
    return { id };
  }
}

function xml(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
