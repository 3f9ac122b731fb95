/** A connection over which whole text messages go both ways (RFC 6455). The adapter owns the socket, and finds by pings who has left. */
export interface MessageSocket {
  /**
   * The client's messages, in order. Not more is read ahead of whoever iterates than the network's buffers hold: one who waits makes
   * the client wait. Ends when the connection does. To be iterated once.
   */
  readonly messages: AsyncIterable<string>;
  /** Resolves when the network has taken the message: a caller that awaits it holds bounded memory. Rejects with `WireClosed`. */
  send(text: string): Promise<void>;
  /** Sends what is queued, then ends the connection. `code`: RFC 6455 section 7.4.1; `reason`: at most 123 bytes. */
  close(code: number, reason: string): void;
}

/** What a client's wish for such a connection comes to, where it is granted. */
export interface Conversation {
  /** Speaks with the client until it leaves; closes the socket itself where it ends before. Never rejects. */
  hold(socket: MessageSocket): Promise<void>;
}
