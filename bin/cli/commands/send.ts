import { type Command, option } from '../command.ts';

export const send: readonly Command[] = [
  {
    name: 'send',
    operands: '< message.eml',
    min: 0,
    help: 'Send the message on stdin; sender and recipients default to what its header says',
    examples: [
      'postern send < message.eml',
      'postern send --from alice@example.com --to bob@example.com --to carol@example.org < message.eml',
    ],
    options: {
      from: { type: 'string', short: 'f', value: 'A', help: 'Envelope sender', complete: 'account' },
      to: {
        type: 'string',
        short: 't',
        value: 'A',
        multiple: true,
        help: 'Envelope recipient; may be repeated',
        complete: 'account',
      },
    },
    async run(context) {
      const chunks: Buffer[] = [];
      for await (const chunk of context.stdin) chunks.push(chunk as Buffer);
      const query = { from: option(context, 'from'), to: context.options.to as readonly string[] | undefined };
      const sent = await context.client.upload<{ id: string }>('/send', 'message/rfc822', Buffer.concat(chunks), query);
      context.print(sent, () => `queued as ${sent.id}`);
    },
  },
];
