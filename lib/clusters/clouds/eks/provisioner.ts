/*
 * Loading this file loads the SDK of AWS.
 */
import type { CloudProvisioner } from '../../cloud';
import { bucket } from './bucket';
import { cluster } from './cluster';
import { network } from './network';

/** What makes clusters on EKS. */
export const eksProvisioner: CloudProvisioner = { network, cluster, bucket };
