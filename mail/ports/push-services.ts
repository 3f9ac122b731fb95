/** Servers that pass messages on to people's devices (RFC 8030), named by URLs that clients give: they are not to be trusted. */
export interface PushServices {
  /**
   * POSTs to `url`, an https URL, with those headers; gives the status of the answer, whose body is thrown away, and the seconds of its
   * Retry-After. Follows no redirect, speaks with public addresses only, and gives up after 20 s. Rejects with an Error that says why
   * where there is no answer, or the URL is not one that may be asked.
   */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ): Promise<{ readonly status: number; readonly retryAfter?: number }>;
}
