/** Values kept in AWS Secrets Manager: the admin token, the servers' certificate. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { HttpHandler } from './appsync.ts';

export interface SecretsOptions {
  readonly region: string;
  /** In place of HTTP: the fake transport of the tests. */
  readonly requestHandler?: HttpHandler;
}

export interface Secrets {
  /** The current value of the secret with this ARN. Throws what the SDK throws, and an Error when it holds no text. */
  read(arn: string): Promise<string>;
}

export function openSecrets(options: SecretsOptions): Secrets {
  const { region, requestHandler } = options;
  const client = new SecretsManagerClient({
    region,
    maxAttempts: 4,
    ...(requestHandler ? { requestHandler: requestHandler as never } : {}),
  });
  return {
    async read(arn) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (SecretString === undefined) throw new Error(`the secret ${arn} holds no text`);
      return SecretString;
    },
  };
}
