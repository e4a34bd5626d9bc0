/** Milliseconds after which people are told what is going on. */
const PATIENCE = 1000;

/** Whether a stream may be written to in colours. @see https://no-color.org */
export function hasColours(stream: { readonly isTTY?: boolean }): boolean {
  const refused = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  return stream.isTTY === true && !refused;
}

/**
 * Says on standard error what is going on when it takes longer than a second: at a terminal on one line that goes away,
 * elsewhere once.
 * @param going what it is doing, asked again each second
 */
export async function withProgress<T>(going: () => string, work: () => Promise<T>): Promise<T> {
  const terminal = process.stderr.isTTY;
  const started = performance.now();
  let lines = 0;
  const timer = setInterval(() => {
    lines += 1;
    const seconds = Math.round((performance.now() - started) / 1000);
    if (terminal) process.stderr.write(`\r\u001b[K${going()} … ${seconds} s`);
    else if (lines === 1) process.stderr.write(`${going()} …\n`);
  }, PATIENCE);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (terminal && lines > 0) process.stderr.write('\r\u001b[K');
  }
}
