/*
 * Which of many models is on which of several servers: by rendezvous hashing, so that a new server or one that goes
 * moves as little as can be, and never more on a server than it holds. Pure.
 * @see Thaler and Ravishankar, Using name-based mappings to increase hit rates, IEEE/ACM ToN 6(1), 1998
 */
import { digest } from '../core/digest';

/** A model and what it takes of a server. */
export interface AssignedModel {
  readonly name: string;
  readonly mebibytes: number;
}

/** Name of the model → name of its server. */
export type ModelAssignment = Readonly<Record<string, string>>;

/** An assignment, and the models that no server had room for. */
export interface Assigned {
  readonly assignment: ModelAssignment;
  readonly without: readonly AssignedModel[];
}

/**
 * Assigns models to servers.
 * @param previous an earlier assignment: what is valid of it stays, however full the servers are. Without one, models
 * stay where they are as long as no server is full.
 */
export function assignModels(
  models: readonly AssignedModel[],
  servers: readonly string[],
  mebibytesPerServer: number,
  previous: ModelAssignment = {},
): Assigned {
  const free = new Map(servers.map((server) => [server, mebibytesPerServer]));
  const assignment: Record<string, string> = {};
  const put = ({ name, mebibytes }: AssignedModel, server: string | undefined): boolean => {
    const room = server === undefined ? undefined : free.get(server);
    if (server === undefined || room === undefined || room < mebibytes) return false;
    free.set(server, room - mebibytes);
    assignment[name] = server;
    return true;
  };
  const moving = models.filter((model) => !put(model, previous[model.name]));
  const without = moving.filter(
    (model) => !ranked(model.name, servers).some((server) => put(model, server)),
  );
  return { assignment, without };
}

/** Servers in the order in which a model likes them: for each model another one, and always the same. */
function ranked(model: string, servers: readonly string[]): readonly string[] {
  return servers
    .map((server) => [digest(`${server}\n${model}`, 64), server])
    .sort(([a = ''], [b = '']) => (a < b ? 1 : -1))
    .map(([, server = '']) => server);
}
