/** Something that one asks of a routing and that not every mesh can do. */
export enum MeshCapability {
  /** Several servers that share the calls by weight. */
  WEIGHTS = 'weights',
  /** Some pods of a server, told apart by their labels. */
  SUBSETS = 'subsets',
  /** Routes by gRPC service or method. */
  METHODS = 'routes by gRPC service and method',
  /** Routes by header. */
  HEADERS = 'routes by header',
  /** Routes by who calls. */
  SOURCES = 'routes by caller',
  /** Copies of calls to a server whose answers nobody waits for. */
  MIRROR = 'mirroring',
  /** A time limit of a call. */
  TIMEOUT = 'timeout',
  /** Further attempts after certain gRPC statuses. */
  RETRIES = 'retries',
  /** Delays and failures on purpose. */
  FAULTS = 'fault injection',
  /** A choice of how calls are spread. */
  LOAD_BALANCING = 'a choice of load balancing',
  /** Bounds on what is under way, and servers that fail left out for a while. */
  CIRCUIT_BREAKER = 'circuit breaking',
  /** A choice of which connections are encrypted and authenticated. */
  MUTUAL_TLS = 'a choice of mutual TLS',
  /** Only certain service accounts and namespaces may call. */
  ACCESS = 'access by identity',
  /** Host names for callers outside of the mesh. */
  GATEWAY = 'a gateway',
  /** Calls by the names of Services. */
  SERVICES = 'calls by Service name',
  /** The mesh itself is made by an operator, from resources. */
  CONTROL_PLANE = 'a control plane from resources',
  /** A proxy in each pod, whose size can be chosen. */
  SIDECAR = 'sidecars',
}
