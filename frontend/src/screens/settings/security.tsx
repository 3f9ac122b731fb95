import { AppPasswords } from './app-passwords.tsx';
import { Passkeys } from './passkeys.tsx';
import { Password } from './password.tsx';
import { SecondStep } from './second-step.tsx';
import { Sessions } from './sessions.tsx';

/** How one signs in, and where one is signed in. */
export default function Security() {
  return (
    <>
      <Password />
      <SecondStep />
      <Passkeys />
      <AppPasswords />
      <Sessions />
    </>
  );
}
