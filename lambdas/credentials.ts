/**
 * In the place of the SDK's chain of eight places to look for credentials, each with a client of its own: Lambda puts a function's own into
 * its environment, where they hold as long as it lives. The bundle of each function takes this for `@aws-sdk/credential-provider-node`
 * (lib/constructs/mail-function.ts).
 */
export function defaultProvider() {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN: sessionToken } = process.env;
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  return async () => credentials;
}
