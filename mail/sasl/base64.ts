const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 with its padding and nothing else (RFC 4648 section 4); undefined where it is not. */
export function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

export function encodeBase64(data: string | Uint8Array): string {
  return Buffer.from(data as string).toString('base64');
}
