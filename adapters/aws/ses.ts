/** Sending through Amazon SES: its first API up to 10 MB, its second up to 40 MB. */
import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SES_LIMIT, SES_MAX_RECIPIENTS, type Ses, SesError } from '../../mail/ports/index.ts';
import { httpHandler } from './clients.ts';
import { isThrottle, nameOf, neverSent, statusOf } from './errors.ts';
import type { AwsConfig } from './index.ts';

export interface AwsSesOptions {
  /** Both must be made with `maxAttempts: 1`: SES has no idempotency token, and a repeat can send a message twice. */
  readonly v1: SESClient;
  readonly v2: SESv2Client;
  /** The configuration set that reports bounces and complaints. */
  readonly configurationSet?: string;
}

/** SES reads 40 MB and answers after it has judged them. */
const SES_MS = 120_000;

/** The most that SendRawEmail takes. */
export const SES_V1_LIMIT = 10_000_000;

/** Opens SES for a program that sends. Nothing is sent until it is used. */
export function openSes(config: Pick<AwsConfig, 'region' | 'credentials' | 'requestHandler' | 'ses'>): Ses {
  const { region, credentials, requestHandler } = config;
  const options = {
    region,
    ...(credentials ? { credentials } : {}),
    requestHandler: httpHandler(SES_MS, requestHandler),
    maxAttempts: 1,
  };
  return new AwsSes({ v1: new SESClient(options), v2: new SESv2Client(options), ...config.ses });
}

export class AwsSes implements Ses {
  private readonly options: AwsSesOptions;

  constructor(options: AwsSesOptions) {
    this.options = options;
  }

  async send(envelopeFrom: string, recipients: readonly string[], bytes: Uint8Array): Promise<{ readonly id: string }> {
    if (bytes.byteLength > SES_LIMIT) {
      const text = `message of ${bytes.byteLength} bytes: SES takes at most ${SES_LIMIT}`;
      throw new SesError({ permanent: true, code: '5.3.4', text });
    }
    if (recipients.length < 1 || recipients.length > SES_MAX_RECIPIENTS) {
      const text = `${recipients.length} recipients: SES takes 1 to ${SES_MAX_RECIPIENTS}`;
      throw new SesError({ permanent: true, code: '5.5.3', text });
    }
    try {
      const send = bytes.byteLength > SES_V1_LIMIT ? this.sendV2 : this.sendV1;
      return { id: await send.call(this, envelopeFrom, recipients, bytes) };
    } catch (error) {
      throw sesError(error);
    }
  }

  /** SES knows no null sender: without a Source it takes the message's Return-Path or From. */
  private async sendV1(from: string, recipients: readonly string[], bytes: Uint8Array): Promise<string> {
    const { v1, configurationSet } = this.options;
    const command = new SendRawEmailCommand({
      ...(from === '' ? {} : { Source: from }),
      Destinations: [...recipients],
      RawMessage: { Data: bytes },
      ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
    });
    return (await v1.send(command)).MessageId ?? '';
  }

  private async sendV2(from: string, recipients: readonly string[], bytes: Uint8Array): Promise<string> {
    const { v2, configurationSet } = this.options;
    const command = new SendEmailCommand({
      ...(from === '' ? {} : { FromEmailAddress: from }),
      Destination: { ToAddresses: [...recipients] },
      Content: { Raw: { Data: bytes } },
      ...(configurationSet === undefined ? {} : { ConfigurationSetName: configurationSet }),
    });
    return (await v2.send(command)).MessageId ?? '';
  }
}

/** The message, or who sends it, is refused for good: name of the SES error → enhanced status code. */
const PERMANENT: Readonly<Record<string, string>> = {
  MessageRejected: '5.6.0',
  MailFromDomainNotVerifiedException: '5.7.1',
  BadRequestException: '5.6.0',
  InvalidParameterValue: '5.6.0',
  InvalidParameterValueException: '5.6.0',
  ValidationError: '5.6.0',
  AccountSuspendedException: '5.7.1',
};

/** Somebody must lift a limit or mend a setting; the message itself is good. */
const TEMPORARY: Readonly<Record<string, string>> = {
  LimitExceededException: '4.4.5',
  SendingPausedException: '4.3.2',
  AccountSendingPausedException: '4.3.2',
  ConfigurationSetSendingPausedException: '4.3.2',
  ConfigurationSetDoesNotExistException: '4.3.5',
  ConfigurationSetDoesNotExist: '4.3.5',
  NotFoundException: '4.3.5',
};

function sesError(error: unknown): SesError {
  if (!(error instanceof Error)) throw error;
  const name = nameOf(error);
  const text = `${name}: ${error.message}`.replace(/\s+/g, ' ').slice(0, 500);
  const refused = (permanent: boolean, code: string, uncertain = false) =>
    new SesError({ permanent, code, text, uncertain, cause: error });

  if (isThrottle(error)) return refused(false, '4.4.5');
  if (neverSent(error)) return refused(false, '4.4.1');
  const temporary = TEMPORARY[name];
  if (temporary) return refused(false, temporary);
  const permanent = PERMANENT[name];
  // An identity that is not verified, or the sandbox: not allowed, rather than malformed (RFC 3463 section 3.8).
  if (permanent) return refused(true, /not verified/i.test(error.message) ? '5.7.1' : permanent);
  const status = statusOf(error);
  if (status === 413) return refused(true, '5.3.4');
  // Credentials, permissions: an operator's matter.
  if (status !== undefined && status >= 400 && status < 500) return refused(false, '4.3.5');
  return refused(false, status === undefined ? '4.4.2' : '4.3.0', true);
}
