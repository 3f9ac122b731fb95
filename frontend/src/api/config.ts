/** What differs between deployments, beside the files of the page. */
export interface WebmailConfig {
  /** Where `frame.html` is: another origin than ours. */
  readonly frameOrigin: string;
}

let config: Promise<WebmailConfig> | undefined;

export function webmailConfig(): Promise<WebmailConfig> {
  config ??= fetch('/webmail.json').then((response) => response.json() as Promise<WebmailConfig>);
  config.catch(() => {
    config = undefined;
  });
  return config;
}
