import { AppSyncAuthorizationType, ChannelNamespace, EventApi } from 'aws-cdk-lib/aws-appsync';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** "Account N has reached position M", from whoever appends to the tasks that hold its clients (/t/<task>): AppSync Events, IAM only. */
export class WakeUps extends Construct {
  readonly api: EventApi;
  readonly #tasks: ChannelNamespace;

  constructor(scope: Construct, id: string, props: { readonly apiName: string }) {
    super(scope, id);
    const iam = [AppSyncAuthorizationType.IAM];
    this.api = new EventApi(this, 'Api', {
      apiName: props.apiName,
      authorizationConfig: {
        authProviders: [{ authorizationType: AppSyncAuthorizationType.IAM }],
        connectionAuthModeTypes: iam,
        defaultPublishAuthModeTypes: iam,
        defaultSubscribeAuthModeTypes: iam,
      },
    });
    this.#tasks = new ChannelNamespace(this, 'Tasks', {
      api: this.api,
      channelNamespaceName: 't',
    });
  }

  grantPublish(grantee: IGrantable): void {
    this.#tasks.grantPublish(grantee);
  }

  grantSubscribe(grantee: IGrantable): void {
    this.api.grantConnect(grantee);
    this.#tasks.grantSubscribe(grantee);
  }
}
