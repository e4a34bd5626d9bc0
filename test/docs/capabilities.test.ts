import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cells, withTable } from '../../.tools/capability-table';

test('the table of capabilities says what the registry says', () => {
  const page = readFileSync(join(resolve(__dirname, '..', '..'), 'docs', 'ingress.md'), 'utf8');

  // npm run capabilities writes it.
  expect(cells(page)).toEqual(cells(withTable(page)));
  expect(cells(page).length).toBeGreaterThan(30);
});
