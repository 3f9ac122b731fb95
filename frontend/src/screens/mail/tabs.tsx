import { useLocation } from 'preact-iso';
import { signOut } from '../../api/session.ts';
import { compose } from '../../data/compose.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton, type MenuPart } from '../../ui/menu.tsx';
import { over } from './commands.ts';
import { drawer } from './rail.tsx';

/** What a phone shows at its foot, and the button to write with above it. */
export function Tabs() {
  const { path, route } = useLocation();
  const isMail = !path.startsWith('/contacts');
  const help: MenuPart = {
    name: 'help',
    label: t('command.help'),
    perform: () => {
      over.value = 'help';
    },
  };
  return (
    <>
      {isMail && (
        <button
          type="button"
          class="float-compose"
          aria-label={t('rail.compose')}
          onClick={() => compose({ kind: 'new' })}
        >
          <Icon name="compose" />
        </button>
      )}
      <nav class="tabs" aria-label={t('tabs.label')}>
        <a href="/" aria-current={isMail ? 'page' : undefined}>
          <Icon name="inbox" />
          <span>{t('tabs.mail')}</span>
        </a>
        <button
          type="button"
          aria-expanded={drawer.value}
          onClick={() => {
            drawer.value = !drawer.value;
            if (!isMail) route('/');
          }}
        >
          <Icon name="folder" />
          <span>{t('rail.label')}</span>
        </button>
        <a href="/contacts" aria-current={isMail ? undefined : 'page'}>
          <Icon name="contacts" />
          <span>{t('tabs.contacts')}</span>
        </a>
        <MenuButton
          label={t('app.more')}
          class="tab"
          parts={() => [
            { name: 'settings', label: t('rail.settings'), icon: 'settings', perform: () => route('/settings') },
            ...(isMail ? [help] : []),
            'line',
            { name: 'out', label: t('signIn.out'), icon: 'out', perform: () => void signOut() },
          ]}
        >
          <Icon name="more" />
          <span>{t('app.more')}</span>
        </MenuButton>
      </nav>
    </>
  );
}
