/** Whether a stream may be written to in colours. @see https://no-color.org */
export function hasColours(stream: { readonly isTTY?: boolean }): boolean {
  return (
    stream.isTTY === true &&
    (process.env['NO_COLOR'] ?? '') === '' &&
    process.env['TERM'] !== 'dumb'
  );
}
