/** A message of the server's to a person, about his account. */
export interface Notice {
  /** Derived from what causes it: the same id is sent once. Of [a-z2-7]. */
  readonly id: string;
  readonly to: string;
  /** The account that it is about. */
  readonly account: { readonly address: string; readonly tenant: string };
  readonly subject: string;
  /** Lines of plain text. */
  readonly text: readonly string[];
}

/** Resolves when it is sure to be sent. Throws `Unavailable` or `OutcomeUnknown`. */
export type Post = (notice: Notice) => Promise<void>;

type Text = Pick<Notice, 'subject' | 'text'>;

export function confirmAddress(account: string, link: string, hours: number): Text {
  return {
    subject: `Confirm this address for ${account}`,
    text: [
      `The account ${account} wants to use this address to get back in, should its`,
      'password be forgotten. If that is your account, open this link and confirm:',
      '',
      link,
      '',
      `The link works once, within ${hours} hours. If you know nothing of this, do`,
      'nothing: without you the address does not count.',
    ],
  };
}

export function addressChanged(account: string, now: string | undefined): Text {
  return {
    subject: `The recovery address of ${account} has changed`,
    text: [
      `This was the recovery address of ${account}. ${
        now === undefined ? 'The account has none any more.' : 'Another one has taken its place.'
      }`,
      '',
      'If that was not you, sign in, change your password, and set the address',
      'again; if you cannot sign in, ask your administrator.',
    ],
  };
}

export function resetPassword(account: string, link: string, minutes: number): Text {
  return {
    subject: `A new password for ${account}`,
    text: [
      `Somebody asked for a new password for ${account}. To choose one, open:`,
      '',
      link,
      '',
      `The link works once, within ${minutes} minutes. If that was not you, do nothing:`,
      'your password stays as it is.',
    ],
  };
}

export function passwordReset(account: string, appPasswords: 'keep' | 'remove'): Text {
  return {
    subject: `The password of ${account} was changed`,
    text: [
      `The password of ${account} was changed by a link that was sent to this`,
      `address. Everybody was signed out. App passwords ${appPasswords === 'keep' ? 'still work.' : 'were removed.'}`,
      '',
      'If that was not you, somebody else reads the mail of this address. Ask your',
      'administrator for help.',
    ],
  };
}
