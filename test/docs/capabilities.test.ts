import { PAGES, cells, readPage, withTable } from '../../.tools/capability-table';

test.each(PAGES)('the table of capabilities in %s says what the registry says', (name) => {
  const page = cells(readPage(name));

  // npm run capabilities writes it.
  expect(page).toEqual(cells(withTable(name)));
  expect(page.length).toBeGreaterThan(15);
});
