import { t } from '../../i18n/index.ts';
import { isMarking, marksCount, searched } from './marks.ts';

/** Of a message that a search has found: how often its words stand there, and what takes the marks off. */
export function MarksBar() {
  if (searched.value.length === 0 || (isMarking.value && marksCount.value === 0)) return null;
  return (
    <div class="images-bar marks-bar" role="group" aria-label={t('marks.label')}>
      <span>{isMarking.value ? t('marks.count', { count: marksCount.value }) : t('marks.label')}</span>
      <button
        type="button"
        class="link"
        onClick={() => {
          isMarking.value = !isMarking.value;
        }}
      >
        {t(isMarking.value ? 'marks.hide' : 'marks.show')}
      </button>
    </div>
  );
}
