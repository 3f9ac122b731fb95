import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addChecks, addDeployment, type Deployment } from '../../lib/deployment.ts';
import { type Settings, settingsFrom } from '../../lib/settings.ts';

export const PROJECT = join(import.meta.dirname, '..', '..');

const CONTEXT = (JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> })
  .context;

/** An app as the CLI would make it, but for the bundling of functions, which takes seconds and is tried by the CLI test. */
export function newApp(options: Readonly<Record<string, string>> = {}): App {
  return new App({ context: { ...CONTEXT, ...options, 'aws:cdk:bundling-stacks': [] } });
}

export function settings(options: Readonly<Record<string, string>> = {}): Settings {
  return settingsFrom(newApp(options).node);
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized {
  readonly deployment: Deployment;
  /** By the stack's part: data, ingress, access, egress, web. */
  readonly templates: ReadonlyMap<string, Template>;
}

/** Synthesizes one installation with every check on; throws when cdk-nag or the template validator finds anything. */
export function synthesize(options: Readonly<Record<string, string>> = {}): Synthesized {
  const app = newApp(options);
  const deployment = addDeployment(app, settingsFrom(app.node));
  addChecks(app);
  const templates = new Map<string, Template>();
  for (const [part, stack] of Object.entries(deployment) as [string, Stack][]) {
    templates.set(part, Template.fromStack(stack));
  }
  return { deployment, templates };
}

export function resourcesOf(template: Template): readonly (readonly [string, Resource])[] {
  return Object.entries((template.toJSON().Resources ?? {}) as Record<string, Resource>);
}

/** Every resource of a type, in every stack. */
export function every(made: Synthesized, type: string): readonly (readonly [string, Resource])[] {
  return [...made.templates.values()].flatMap((template) =>
    resourcesOf(template).filter(([, one]) => one.Type === type),
  );
}
