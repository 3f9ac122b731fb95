/**
 * The functions as they are bundled, each run by a Node of its own, as Lambda would, against dynalite: from a folder where nothing
 * can be imported but Node itself.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addDeployment } from '../../lib/deployment.ts';
import { settingsFrom } from '../../lib/settings.ts';
import { type RunningDynalite, startDynalite } from './dynalite.ts';

/** The value of every secret. */
export const TOKEN = 'k'.repeat(43);

export interface Functions {
  readonly dynamo: RunningDynalite;
  /** Path of each bundle, by the name of its file in lambdas/. */
  readonly bundles: ReadonlyMap<string, string>;
  /**
   * Runs the body of an async function in a Node of its own, with the variables that a function is given, and gives what it returns.
   * `load()` in it imports the bundle. Everything but table and secrets answers nothing. `before`: a command that runs Node.
   */
  run(name: string, body: string, before?: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startFunctions(): Promise<Functions> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-functions-'));
  const bundles = bundleInto(folder);
  const dynamo = await startDynalite();
  const secrets = createServer((_request, response) => response.end(JSON.stringify({ SecretString: TOKEN })));
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
  const env = variables(dynamo, (secrets.address() as AddressInfo).port);
  return {
    dynamo,
    bundles,
    run(name, body, before = []) {
      const script = `
        const load = () => import(${JSON.stringify(bundles.get(name))});
        const result = await (async () => { ${body} })();
        process.stdout.write('\\nRESULT ' + JSON.stringify(result ?? null), () => process.exit(0));`;
      const [command, ...rest] = [...before, process.execPath, '--input-type=module', '--eval', script];
      return new Promise((resolve, reject) => {
        execFile(command!, rest, { env, timeout: 60_000, maxBuffer: 2 ** 24 }, (_error, stdout, stderr) => {
          const result = /^RESULT (.*)$/m.exec(stdout)?.[1];
          if (result === undefined) reject(new Error(`no result\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`));
          else resolve(JSON.parse(result));
        });
      });
    },
    async stop() {
      secrets.close();
      await dynamo.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function bundleInto(folder: string): Map<string, string> {
  const bundles = new Map<string, string>();
  const app = new App({ outdir: folder });
  addDeployment(app, settingsFrom(app.node));
  app.synth();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.assets.json'))) {
    const { files } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      files: Record<string, { displayName: string; source: { path: string } }>;
    };
    for (const { displayName, source } of Object.values(files)) {
      const name = /^(\w+)\/Function\/Code$/.exec(displayName)?.[1];
      if (name !== undefined) bundles.set(name.toLowerCase(), join(folder, source.path, 'index.mjs'));
    }
  }
  return bundles;
}

function variables(dynamo: RunningDynalite, secretsPort: number): Record<string, string> {
  const arn = 'arn:aws:sqs:us-east-1:123456789012:q';
  const url = 'http://127.0.0.1:9/123456789012/q';
  return {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${secretsPort}`,
    POSTERN_HOSTNAME: 'mail.example.org',
    POSTERN_TABLE: dynamo.table,
    POSTERN_BUCKET: 'bucket',
    POSTERN_DELIVER_QUEUE_URL: url,
    POSTERN_DELIVER_QUEUE_ARN: arn,
    POSTERN_SEND_QUEUE_URL: url,
    POSTERN_SEND_QUEUE_ARN: arn,
    POSTERN_COMPACT_QUEUE_URL: url,
    POSTERN_COMPACT_QUEUE_ARN: arn,
    POSTERN_SCHEDULE_GROUP: 'group',
    POSTERN_SCHEDULE_ROLE_ARN: arn,
    POSTERN_EVENTS_HTTP: '127.0.0.1:9',
    POSTERN_EVENTS_REALTIME: '127.0.0.1:9',
    POSTERN_FRONT_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:front',
    POSTERN_ADMIN_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token',
    POSTERN_VERSION: '1.2.3',
  };
}
