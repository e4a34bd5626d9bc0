/* A server that keeps a core busy for each request, in a process of its own. Prints its port. */
import { RecordingServer } from '../lab/support/inference-service';

const millis = Number(process.argv[2]);

void new RecordingServer(0, -1, () => {
  const end = performance.now() + millis;
  while (performance.now() < end);
})
  .listen()
  .then(({ port }) => console.log(port));
