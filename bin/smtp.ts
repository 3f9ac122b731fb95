/** SMTP, submissions and submission on AWS: what a load balancer's connections come to. */
import { runProgram } from './parts/run.ts';
import { openGround } from './parts/service.ts';
import { startSmtp } from './parts/services.ts';

runProgram(async (stopping) => {
  const service = await startSmtp(openGround('smtp'));
  await stopping;
  await service.stop();
});
