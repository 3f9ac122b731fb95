import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * The servers' certificate and key, as JSON `{"cert": PEM, "key": PEM}`. It begins as `{}`; whoever issues the certificate
 * writes it, and the tasks read it again every hour. CloudFormation never writes it a second time, because its
 * property never changes.
 */
export class TlsSecret extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, props: { readonly hostname: string }) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: `TLS certificate and key of ${props.hostname}: {"cert": PEM, "key": PEM}`,
      secretObjectValue: {},
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The issuer of the certificate renews it from outside; the tasks pick the new one up within the hour.',
    });
  }

  grantRead(grantee: IGrantable): void {
    grantReadSecret(grantee, this.secret);
  }
}

/** Read a secret's value: one call, without the look at its description that `Secret.grantRead` adds. */
export function grantReadSecret(grantee: IGrantable, secret: Secret): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] }),
  );
}
