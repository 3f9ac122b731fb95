const LF = 10;
const CR = 13;

/** The same text with CRLF where a lone LF ends a line (RFC 5322 section 2.3). The bytes themselves where there is none. */
export function crlf(bytes: Buffer): Buffer {
  let lone = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) lone++;
  if (lone === 0) return bytes;
  const out = Buffer.allocUnsafe(bytes.length + lone);
  let to = 0;
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR) continue;
    to += bytes.copy(out, to, from, at);
    out[to++] = CR;
    from = at;
  }
  bytes.copy(out, to, from);
  return out;
}
