import { Protocol } from '../serving/engine-definition';

/**
 * Protocols in KServe's words; none for those that it only passes on.
 * @see https://github.com/kserve/kserve/blob/v0.20.0/pkg/constants/constants.go (0.20)
 */
const VERSIONS: Partial<Record<Protocol, string>> = {
  [Protocol.TFS_REST]: 'v1',
  [Protocol.TFS_GRPC]: 'grpc-v1',
  [Protocol.KSERVE_V2_REST]: 'v2',
  [Protocol.KSERVE_V2_GRPC]: 'grpc-v2',
};

/** How KServe calls a protocol. */
export function protocolVersionOf(protocol: Protocol | undefined): string | undefined {
  return protocol && VERSIONS[protocol];
}

/** Whether a protocol is gRPC, and so HTTP/2. */
export function isGrpc(protocol: Protocol | undefined): boolean {
  return protocol === Protocol.TFS_GRPC || protocol === Protocol.KSERVE_V2_GRPC;
}

/** Names of protocols for people. */
export function protocolsText(protocols: readonly Protocol[]): string {
  return protocols.join(', ');
}
