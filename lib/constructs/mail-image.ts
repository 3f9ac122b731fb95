import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { PROJECT } from './mail-function.ts';

/** The image of both programs. Synthesis only hashes what it is made of; Docker builds it when it is deployed. */
export function mailImage(): ContainerImage {
  return ContainerImage.fromAsset(PROJECT, { file: 'Dockerfile', platform: Platform.LINUX_ARM64 });
}

/** User and group that the image's programs run as. */
export const IMAGE_USER = '10001:10001';
