/** Servers of mailing lists that take a request to leave by one POST (RFC 8058): they are not to be trusted. */
export interface OneClick {
  /**
   * POSTs `List-Unsubscribe=One-Click` to an https URL on its standard port, at public addresses only: without cookies, credentials or
   * anything else that says who asks (RFC 8058 section 3.2), and follows no redirect (section 3.1). Gives the status of the answer, whose
   * body is thrown away. Rejects with an Error that says why where there is none within 20 s, or where the URL may not be asked.
   */
  post(url: string): Promise<number>;
}
