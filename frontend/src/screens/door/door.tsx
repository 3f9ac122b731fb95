import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { appName } from '../../data/brand.ts';
import { Reset } from './reset.tsx';
import { SignIn } from './sign-in.tsx';
import { SignUp } from './sign-up.tsx';
import '../../styles/door.css';

/** For who is not signed in: the door of the path, which is where he wanted to go, or one of the doors' own. */
export default function Door() {
  const { path } = useLocation();
  const name = appName();
  useEffect(() => {
    document.title = name;
  }, [name]);
  if (path === '/sign-up') return <SignUp />;
  if (path === '/reset') return <Reset />;
  return <SignIn />;
}
