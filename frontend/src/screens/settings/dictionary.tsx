import { addWord, preferences, removeWord } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Names } from './names.tsx';
import { Group, Toggle } from './parts.tsx';

/** Words that the spelling check takes for right. */
export default function Dictionary() {
  return (
    <Group intro={t('dictionary.intro')}>
      <Toggle name="spelling" label={t('dictionary.on')} />
      <Names
        label={t('dictionary.word')}
        names={preferences.value.dictionary}
        none={t('dictionary.none')}
        add={addWord}
        remove={removeWord}
        wrong={(word) => (/\s/.test(word) ? t('dictionary.oneWord') : undefined)}
      />
    </Group>
  );
}
