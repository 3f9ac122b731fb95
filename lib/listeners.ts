/**
 * Which port belongs to which program. The programs listen at the standard port plus PORT_BASE, as on one machine, so
 * that no process needs the right to open a port below 1024.
 */
export const PORT_BASE = 10_000;

/** Answers while its program is well and takes connections; the load balancer and the container agent ask it. */
export const HEALTH_PORT = { smtp: 8025, access: 8143 } as const;

export type Program = keyof typeof HEALTH_PORT;

export interface MailListener {
  readonly name: string;
  /** The port that the world connects to. */
  readonly port: number;
  readonly program: Program;
  /** Whether its connections begin with PROXY v2. @default true */
  readonly proxy?: boolean;
}

const SMTP: readonly MailListener[] = [
  { name: 'Smtp', port: 25, program: 'smtp' },
  { name: 'Submissions', port: 465, program: 'smtp' },
  { name: 'Submission', port: 587, program: 'smtp' },
];

const ACCESS: readonly MailListener[] = [
  { name: 'Imap', port: 143, program: 'access' },
  { name: 'Imaps', port: 993, program: 'access' },
  { name: 'Pop3', port: 110, program: 'access' },
  { name: 'Pop3s', port: 995, program: 'access' },
  // For CloudFront, which names its client in a header: JMAP's uploads, downloads, event streams and WebSockets.
  { name: 'Https', port: 443, program: 'access', proxy: false },
];

/** ECS registers a service with five target groups at most, so what one task serves is bounded. */
export const LISTENERS = {
  smtp: SMTP,
  access: ACCESS,
  /** The one-task installation serves the ports that are TLS from the first byte, and the one that the world's servers need. */
  combined: [...SMTP, ...ACCESS].filter(({ port }) => [25, 465, 993, 995, 443].includes(port)),
} as const;
