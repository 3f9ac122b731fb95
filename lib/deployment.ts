import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Settings } from './settings.ts';
import { AccessStack } from './stacks/access.ts';
import { DataStack } from './stacks/data.ts';
import { EgressStack } from './stacks/egress.ts';
import { IngressStack } from './stacks/ingress.ts';
import { WebStack } from './stacks/web.ts';

export interface Deployment {
  readonly data: DataStack;
  readonly ingress: IngressStack;
  /** Absent when one task does everything. */
  readonly access?: AccessStack;
  readonly egress: EgressStack;
  readonly web: WebStack;
}

/**
 * One installation: five stacks by how often they change, the data first. Nothing in it has a name of its own choosing, so that
 * any number of them, under different names, live in one account.
 */
export function addDeployment(app: App, settings: Settings): Deployment {
  const { name, domain } = settings;
  const describe = (what: string) => `Postern for ${domain}: ${what}`;
  const data = new DataStack(app, `${name}-data`, { settings, description: describe('what must be kept') });
  const ingress = new IngressStack(app, `${name}-ingress`, { settings, data, description: describe('mail in') });
  const access = settings.combined
    ? undefined
    : new AccessStack(app, `${name}-access`, { settings, data, ingress, description: describe('IMAP and POP3') });
  const egress = new EgressStack(app, `${name}-egress`, { settings, data, description: describe('mail out') });
  const web = new WebStack(app, `${name}-web`, { settings, data, description: describe('web site and APIs') });
  for (const stack of [data, ingress, access, egress, web]) {
    if (stack !== undefined) Tags.of(stack).add('postern', name);
  }
  return { data, ingress, egress, web, ...(access === undefined ? {} : { access }) };
}

/** Makes synthesis fail on any finding of cdk-nag that nobody gave a reason for. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
