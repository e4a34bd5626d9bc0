/*
 * Loading this file loads the SDK of Google Cloud.
 */
import type { CloudProvisioner } from '../../cloud';
import { bucket } from './bucket';
import { cluster } from './cluster';
import { network } from './network';

/** What makes clusters on GKE. */
export const gkeProvisioner: CloudProvisioner = { network, cluster, bucket };
