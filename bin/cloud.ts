/** The CDK app: `npx cdk deploy --all -c domain=example.com`. */
import { App } from 'aws-cdk-lib';
import { addChecks, addDeployment } from '../lib/deployment.ts';
import { SettingsError, settingsFrom } from '../lib/settings.ts';

const app = new App();
try {
  addDeployment(app, settingsFrom(app.node));
  addChecks(app);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(1);
}
