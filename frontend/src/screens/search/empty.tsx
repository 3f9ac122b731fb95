import { searchPath } from '../../data/search.ts';
import { t } from '../../i18n/index.ts';

/** Operators that most people have use for. */
const HINTS = [
  'from:mary',
  'subject:invoice',
  'has:attachment',
  'is:unread',
  'newer_than:7d',
  '"exact words"',
  '-without',
];

/** What one can do where nothing was found. */
export default function NothingFound({ text }: { readonly text: string }) {
  const isApart = !/\bin:anywhere\b/.test(text);
  return (
    <div class="search-empty">
      <h2>{t('search.nothing')}</h2>
      {text !== '' && isApart && (
        <p>
          <a href={searchPath(`${text} in:anywhere`)}>{t('search.alsoApart')}</a>
        </p>
      )}
      <p class="muted">{t('search.hints')}</p>
      <ul class="search-hints">
        {HINTS.map((hint) => (
          <li key={hint}>
            <code dir="ltr">{hint}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
