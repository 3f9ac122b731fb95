import type { Account } from '../../account/types.ts';
import type { Card } from '../../contacts/books.ts';
import { CARD } from '../../contacts/log.ts';
import { filesOf } from '../../contacts/media.ts';
import { randomName } from '../../ports/index.ts';
import { CONTACTS } from '../capabilities.ts';
import { type Method, method } from '../method.ts';
import { COPY_ARGS, runCopy } from '../standard/copy.ts';
import { notFound, type Settable } from '../standard/set.ts';
import { cardObject, cardType } from './card.ts';
import { readyMedia } from './media.ts';

/** ContactCard/copy (RFC 9610 section 3.6, RFC 8620 section 5.4): into another account; what the client gives stands in place of the card's own. */
export const cardCopy: Method = method({
  capability: CONTACTS,
  args: COPY_ARGS,
  run: (call, args) => runCopy(call, args, cardType, copiedFrom),
});

function copiedFrom(from: Account): Settable {
  return {
    ...cardType,
    async prepare(call, _account, properties) {
      const id = typeof properties.id === 'string' ? (call.idOf(properties.id) ?? properties.id) : '';
      const card = from.state.object(CARD, id) as Card | undefined;
      if (card === undefined) throw notFound(String(properties.id));
      // Whoever owns a blob was fixed when it was written (design: rule 3): the copy has its own.
      for (const [blobId, file] of filesOf(card)) {
        const { name } = await call.deps.blobs.put('raw', call.deps.blobs.stream(file.blob), { owners: 1 });
        readyMedia(call).set(blobId, { ...file, blobId: `c${randomName(call.deps.random, 20)}`, blob: name });
      }
      const { id: _, addressBookIds: __, ...rest } = cardObject(id, card);
      return rest;
    },
    create(draft, { id: _, ...given }, context, original) {
      return cardType.create(draft, { ...(original as object), ...given }, context, undefined);
    },
  };
}
