import type { Command } from '../command.ts';
import { usage } from '../failure.ts';
import { isShell, SHELLS } from '../shells.ts';

export const completion: readonly Command[] = [
  {
    name: 'completion',
    operands: 'bash|zsh|fish',
    min: 1,
    help: 'Print what a shell needs to complete commands, domains and accounts',
    examples: [
      'source <(postern completion bash)',
      'postern completion zsh > ~/.zfunc/_postern',
      'postern completion fish > ~/.config/fish/completions/postern.fish',
    ],
    complete: [{ words: Object.keys(SHELLS) }],
    async run({ args, write }) {
      const [shell = ''] = args;
      if (!isShell(shell))
        throw usage(`There is no completion for "${shell}"; there is for ${Object.keys(SHELLS).join(', ')}`);
      write(SHELLS[shell]);
    },
  },
];
