import { LOCALES, type Locale, locale, setLocale, t } from '../../i18n/index.ts';
import { Choice, Group, Toggle } from './parts.tsx';

const UNDO = [0, 5, 10, 20, 30];
const READ = [0, 2, 5, 10];

/** How the pages look and behave. */
export default function Appearance() {
  return (
    <>
      <Group>
        <Choice
          name="theme"
          label={t('appearance.theme')}
          options={[
            ['auto', t('appearance.themeAuto')],
            ['light', t('appearance.themeLight')],
            ['dark', t('appearance.themeDark')],
          ]}
        />
        <Choice
          name="density"
          label={t('appearance.density')}
          options={[
            ['cosy', t('appearance.cosy')],
            ['compact', t('appearance.compact')],
          ]}
        />
        <Choice
          name="locale"
          label={t('appearance.language')}
          options={[
            [null, t('appearance.languageAuto')],
            ...Object.entries(LOCALES).map(([tag, name]) => [tag, name] as const),
          ]}
          after={(wanted) => void setLocale(wanted === null ? ofBrowser() : (wanted as Locale))}
        />
      </Group>
      <Group title={t('appearance.reading')}>
        <Toggle name="conversations" label={t('appearance.conversations')} hint={t('appearance.conversationsHint')} />
        <Choice
          name="markReadAfter"
          label={t('appearance.read')}
          options={[
            ...READ.map(
              (count) => [count, count === 0 ? t('appearance.atOnce') : t('appearance.after', { count })] as const,
            ),
            ['never', t('appearance.readNever')],
          ]}
        />
      </Group>
      <Group title={t('appearance.writing')}>
        <Choice
          name="undoSeconds"
          label={t('appearance.undo')}
          hint={t('appearance.undoHint')}
          options={UNDO.map(
            (count) => [count, count === 0 ? t('appearance.undoNever') : t('appearance.seconds', { count })] as const,
          )}
        />
        <Toggle name="shortcuts" label={t('appearance.shortcuts')} hint={t('appearance.shortcutsHint')} />
      </Group>
    </>
  );
}

function ofBrowser(): Locale {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return wanted.find((tag): tag is Locale => tag in LOCALES) ?? locale.peek();
}
