/** IMAP and POP3 on AWS: what a load balancer's connections come to. */
import { runProgram } from './parts/run.ts';
import { openGround } from './parts/service.ts';
import { startAccess } from './parts/services.ts';

runProgram(async (stopping) => {
  const service = await startAccess(openGround('access'));
  await stopping;
  await service.stop();
});
