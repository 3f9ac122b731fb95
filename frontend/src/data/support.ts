import { account } from '../api/account.ts';
import { destroyDraft, saveDraft } from './drafts.ts';
import { readIdentities } from './identities.ts';
import { submit } from './submission.ts';

/** Sends a question to whoever looks after the domain; a copy is in Sent. Throws why it could not be sent. */
export async function askSupport({
  to,
  subject,
  text,
}: {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}): Promise<void> {
  const own = (await readIdentities()).find(({ id }) => id === 'default');
  const email = own?.email ?? account.value!.address;
  const recipients = [{ name: null, email: to }];
  const emailId = await saveDraft(
    {
      messageId: `${crypto.randomUUID()}@${email.slice(email.lastIndexOf('@') + 1)}`,
      from: { name: own?.name || null, email },
      replyTo: null,
      to: recipients,
      cc: [],
      bcc: [],
      subject,
      text: `${text}\n\n-- \n${navigator.userAgent}`,
      html: undefined,
      inReplyTo: null,
      references: null,
      wantsReceipt: false,
      files: [],
    },
    [],
  );
  try {
    await submit({ emailId, identityId: own?.id ?? 'default', from: email, recipients, hold: 0 });
  } catch (error) {
    // What was typed is still in the form.
    await destroyDraft([emailId]).catch(() => undefined);
    throw error;
  }
}
