/*
 * The entry of the Pulumi program; what it exports are the outputs of the stack.
 *
 *   pulumi config set inference:stack eks-spot-resnet && pulumi up
 */
import { program } from './pulumi/program';

export const { kubeconfigCommand, endpoint, pools, bucket, loadBalancerHost } = program();
