import { type Relay, RelayError } from '../mail/ports/index.ts';

/**
 * A relay for a function that stands in no network of ours, where AWS lets nothing out to port 25: direct delivery is
 * refused at once with what to do about it, instead of timing out for five days. The other ports work.
 */
export function withoutPort25(relay: Relay): Relay {
  return {
    async deliver(attempt) {
      if (attempt.port !== 25) return relay.deliver(attempt);
      throw new RelayError({
        stage: 'greeting',
        temporary: false,
        code: 0,
        enhanced: '5.3.5',
        text: 'Direct delivery is not set up here: deploy with -c mx=true, or route this domain by SES or a smarthost',
        remote: attempt.host,
      });
    },
  };
}
