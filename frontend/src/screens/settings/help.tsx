import { account } from '../../api/account.ts';
import { brand } from '../../data/brand.ts';
import { askSupport } from '../../data/support.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Form, useForm } from './form.tsx';
import { Field, Group } from './parts.tsx';

const START = ['help.start1', 'help.start2', 'help.start3', 'help.start4', 'help.start5'] as const;

const SEARCH: readonly (readonly [example: string, meaning: Key])[] = [
  ['from:ann', 'help.searchFrom'],
  ['to:bob@example.com', 'help.searchTo'],
  ['subject:invoice', 'help.searchSubject'],
  ['"blue bicycle"', 'help.searchPhrase'],
  ['has:attachment', 'help.searchAttachment'],
  ['is:unread', 'help.searchUnread'],
  ['in:archive', 'help.searchIn'],
  ['before:2026-01-31', 'help.searchBefore'],
  ['after:2026-01-01', 'help.searchAfter'],
  ['lunch OR dinner', 'help.searchOr'],
  ['-newsletter', 'help.searchNot'],
];

const QUESTIONS: readonly (readonly [question: Key, answer: Key])[] = [
  ['help.qUndo', 'help.aUndo'],
  ['help.qImages', 'help.aImages'],
  ['help.qDeleted', 'help.aDeleted'],
  ['help.qDevice', 'help.aDevice'],
  ['help.qPassword', 'help.aPassword'],
  ['help.qOffline', 'help.aOffline'],
];

const GLOSSARY: readonly (readonly [term: Key, meaning: Key])[] = [
  ['help.tAlias', 'help.mAlias'],
  ['help.tAppPassword', 'help.mAppPassword'],
  ['help.tArchive', 'help.mArchive'],
  ['help.tBcc', 'help.mBcc'],
  ['help.tConversation', 'help.mConversation'],
  ['help.tIdentity', 'help.mIdentity'],
  ['help.tImap', 'help.mImap'],
  ['help.tJunk', 'help.mJunk'],
  ['help.tPasskey', 'help.mPasskey'],
  ['help.tQuota', 'help.mQuota'],
];

/** Short answers, and whom to ask for longer ones. */
export default function Help() {
  return (
    <>
      <Group title={t('help.start')}>
        <ol class="set-steps">
          {START.map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ol>
        <p>
          <a href="/settings/keyboard">{t('help.toKeys')}</a>
        </p>
      </Group>
      <Group title={t('help.search')} intro={t('help.searchIntro')}>
        <dl class="set-facts">
          {SEARCH.map(([example, meaning]) => (
            <Pair key={example} term={<code dir="ltr">{example}</code>} meaning={t(meaning)} />
          ))}
        </dl>
      </Group>
      <Group title={t('help.questions')}>
        {QUESTIONS.map(([question, answer]) => (
          <details key={question} class="set-question">
            <summary>{t(question)}</summary>
            <p>{t(answer)}</p>
          </details>
        ))}
      </Group>
      <Group title={t('help.glossary')}>
        <dl class="set-facts">
          {GLOSSARY.map(([term, meaning]) => (
            <Pair key={term} term={t(term)} meaning={t(meaning)} />
          ))}
        </dl>
      </Group>
      <Support />
    </>
  );
}

function Pair({ term, meaning }: { readonly term: preact.ComponentChildren; readonly meaning: string }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{meaning}</dd>
    </>
  );
}

/** Writes to whoever looks after the domain. */
function Support() {
  const address = account.value?.address ?? '';
  const to = brand.value.support ?? `postmaster${address.slice(address.lastIndexOf('@'))}`;
  const form = useForm('support', { subject: '', text: '' }, ({ subject, text }) =>
    askSupport({ to, subject: subject.trim(), text }),
  );
  return (
    <Group title={t('help.support')} intro={t('help.supportIntro', { address: to })}>
      <Form form={form} label={t('help.send')}>
        <Field label={t('help.subject')}>
          <input
            name="subject"
            required
            maxLength={200}
            value={form.value.subject}
            onInput={({ currentTarget }) => form.set({ subject: currentTarget.value })}
          />
        </Field>
        <Field label={t('help.text')} hint={t('help.textHint')}>
          <textarea
            name="text"
            required
            rows={6}
            dir="auto"
            value={form.value.text}
            onInput={({ currentTarget }) => form.set({ text: currentTarget.value })}
          />
        </Field>
      </Form>
      {form.isSaved && <p role="status">{t('help.sent', { address: to })}</p>}
    </Group>
  );
}
